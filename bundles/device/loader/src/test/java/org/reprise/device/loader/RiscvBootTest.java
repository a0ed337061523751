package org.reprise.device.loader;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.reprise.api.device.Device;
import org.reprise.api.device.DeviceTreeNode;
import org.reprise.tools.devicekit.FakeDeviceContext;
import org.reprise.tools.devicekit.FakeMemory;

class RiscvBootTest {
    private static final long RAM = 0x8000_0000L;
    private static final int MIB = 1 << 20;

    private static FakeDeviceContext context(int ramMib, String... settings) {
        return new FakeDeviceContext(RAM, ramMib * MIB, "loader", settings).describedBy((cpus, soc) -> {
            DeviceTreeNode cpu = cpus.child("cpu@0").property("riscv,isa", "rv64imafdc");
            cpu.child("interrupt-controller").standsFor("cpu0").cells("#interrupt-cells", 1);
            // Refers to the PLIC before that is described.
            soc.child("serial@10000000").standsFor("uart0").property("compatible", "ns16550a").reg(0x1000_0000L, 0x100)
                    .interrupt("plic:10");
            soc.child("plic@c000000").standsFor("plic").interrupt("cpu0:MEI").interrupt("cpu0:SEI").phandle();
        });
    }

    private static byte[] filled(int length, int value) {
        byte[] bytes = new byte[length];
        Arrays.fill(bytes, (byte) value);
        return bytes;
    }

    private static byte[] linuxImage(int length, long textOffset, long memoryBytes) {
        ByteBuffer image = ByteBuffer.wrap(filled(length, 0x13)).order(ByteOrder.LITTLE_ENDIAN);
        image.putLong(8, textOffset).putLong(16, memoryBytes).putLong(24, 0).putInt(56, 0x05435352);
        return image.array();
    }

    private static byte[] elf(int xlen, int machine, long address, int bytes, long memoryBytes) {
        boolean wide = xlen == 64;
        int header = wide ? 64 : 52;
        int at = header + (wide ? 56 : 32);
        ByteBuffer file = ByteBuffer.allocate(at + bytes).order(ByteOrder.LITTLE_ENDIAN);
        file.put(new byte[] {0x7f, 'E', 'L', 'F', (byte) (wide ? 2 : 1), 1, 1});
        file.putShort(16, (short) 2).putShort(18, (short) machine);
        if (wide) {
            file.putLong(24, address + 4).putLong(32, header).putShort(54, (short) 56).putShort(56, (short) 1);
            file.putInt(header, 1).putLong(header + 8, at).putLong(header + 16, address).putLong(header + 24, address);
            file.putLong(header + 32, bytes).putLong(header + 40, memoryBytes);
        } else {
            file.putInt(24, (int) address + 4).putInt(28, header).putShort(42, (short) 32).putShort(44, (short) 1);
            file.putInt(header, 1).putInt(header + 4, at).putInt(header + 8, (int) address).putInt(header + 12, (int) address);
            file.putInt(header + 16, bytes).putInt(header + 20, (int) memoryBytes);
        }
        Arrays.fill(file.array(), at, at + bytes, (byte) 0x77);
        return file.array();
    }

    private static Fdt tree(FakeDeviceContext context, long address) {
        byte[] head = new byte[8];
        context.memory().readBytes(address, head, 0, 8);
        byte[] blob = new byte[ByteBuffer.wrap(head).getInt(4)];
        context.memory().readBytes(address, blob, 0, blob.length);
        return new Fdt(blob);
    }

    private static String refusal(FakeDeviceContext context) {
        return assertThrows(IllegalArgumentException.class, () -> new RiscvBoot(context).reset()).getMessage();
    }

    @Test
    void romHandsOverHartTreeAndDynamicInformation64() {
        FakeDeviceContext context = context(32).image("firmware", filled(1000, 1)).image("kernel", linuxImage(5000, 0x20_0000, 8000));
        new RiscvBoot(context);
        FakeMemory memory = context.memory();
        // Assembled by hand from the instruction formats: auipc t0,0; addi a2,t0,40; csrr a0,mhartid; ld a1,32(t0); ld t0,24(t0); jr t0.
        int[] code = {0x00000297, 0x02828613, 0xf1402573, 0x0202b583, 0x0182b283, 0x00028067};
        for (int i = 0; i < code.length; i++) {
            assertEquals(code[i], (int) memory.read(0x1000 + 4L * i, 4));
        }
        assertEquals(RAM, memory.read(0x1018, 8));
        assertEquals(RAM + 30L * MIB, memory.read(0x1020, 8));
        long[] info = {0x4942534f, 2, RAM + 2L * MIB, 1, 0, 0};
        for (int i = 0; i < info.length; i++) {
            assertEquals(info[i], memory.read(0x1028 + 8L * i, 8));
        }
    }

    @Test
    void romUses32BitWordsOnRv32() {
        FakeDeviceContext context = context(32, "xlen", "32").image("firmware", filled(1000, 1))
                .image("kernel", linuxImage(5000, 0x40_0000, 8000));
        new RiscvBoot(context);
        FakeMemory memory = context.memory();
        int[] code = {0x00000297, 0x02028613, 0xf1402573, 0x01c2a583, 0x0182a283, 0x00028067};
        for (int i = 0; i < code.length; i++) {
            assertEquals(code[i], (int) memory.read(0x1000 + 4L * i, 4));
        }
        long[] data = {RAM, RAM + 30L * MIB, 0x4942534f, 2, RAM + 4L * MIB, 1, 0, 0};
        for (int i = 0; i < data.length; i++) {
            assertEquals(data[i], memory.read(0x1018 + 4L * i, 4));
        }
    }

    @Test
    void placesFirmwareKernelInitrdAndTreeApart() {
        FakeDeviceContext context = context(32, "append", "console=ttyS0 panic=-1").image("firmware", filled(1000, 1))
                .image("kernel", linuxImage(5000, 0x20_0000, 8000)).image("initrd", filled(3_000_001, 3));
        Device loader = new RiscvBoot(context);
        loader.reset();
        FakeMemory memory = context.memory();
        assertEquals(0x0101_0101, memory.read(RAM, 4));
        assertEquals(0x1313_1313, memory.read(RAM + 2 * MIB, 4));
        Fdt tree = tree(context, RAM + 30L * MIB);
        long start = tree.cell64("/chosen/linux,initrd-start", 0);
        long end = tree.cell64("/chosen/linux,initrd-end", 0);
        assertEquals(RAM + 16L * MIB, start);
        assertEquals(3_000_001, end - start);
        assertEquals(3, memory.read(start, 1));
        assertEquals(3, memory.read(end - 1, 1));
        assertEquals(0, memory.read(end, 1));
        assertEquals("console=ttyS0 panic=-1", tree.text("/chosen/bootargs"));
    }

    @Test
    void describesTheMachineWithReferencesInAnyOrder() {
        FakeDeviceContext context = context(32).image("firmware", filled(10, 1)).setting("dt.model", "a board");
        new RiscvBoot(context).reset();
        Fdt tree = tree(context, RAM + 30L * MIB);
        assertEquals("a board", tree.text("/model"));
        assertEquals(2, tree.cell("/#address-cells", 0));
        assertEquals(10_000_000, tree.cell("/cpus/timebase-frequency", 0));
        assertEquals(1, tree.cell("/cpus/#address-cells", 0));
        assertEquals(0, tree.cell("/cpus/#size-cells", 0));
        assertEquals("memory", tree.text("/memory@80000000/device_type"));
        assertEquals(RAM, tree.cell64("/memory@80000000/reg", 0));
        assertEquals(32L * MIB, tree.cell64("/memory@80000000/reg", 1));
        assertEquals("simple-bus", tree.text("/soc/compatible"));
        assertEquals(0, tree.bytes("/soc/ranges").length);
        assertEquals("/soc/serial@10000000", tree.text("/chosen/stdout-path"));
        int plic = tree.cell("/soc/plic@c000000/phandle", 0);
        int hart = tree.cell("/cpus/cpu@0/interrupt-controller/phandle", 0);
        assertNotEquals(plic, hart);
        assertEquals(plic, tree.cell("/soc/serial@10000000/interrupts-extended", 0));
        assertEquals(10, tree.cell("/soc/serial@10000000/interrupts-extended", 1));
        int[] contexts = {hart, 11, hart, 9};
        for (int i = 0; i < contexts.length; i++) {
            assertEquals(contexts[i], tree.cell("/soc/plic@c000000/interrupts-extended", i));
        }
        assertFalse(tree.has("/chosen/bootargs"));
        assertFalse(tree.has("/chosen/linux,initrd-start"));
    }

    @Test
    void seedComesFromTheMachineAndDiffersAtEachReset() {
        FakeDeviceContext context = context(32).image("firmware", filled(10, 1));
        Device loader = new RiscvBoot(context);
        assertTrue(context.randomRequests().isEmpty(), "nothing is asked of the outside while the machine is assembled");
        loader.reset();
        byte[] first = tree(context, RAM + 30L * MIB).bytes("/chosen/rng-seed");
        loader.reset();
        byte[] second = tree(context, RAM + 30L * MIB).bytes("/chosen/rng-seed");
        assertEquals(2, context.randomRequests().size());
        assertEquals(32, first.length);
        assertFalse(Arrays.equals(first, second));
    }

    @Test
    void resetWritesEverythingAnew() {
        FakeDeviceContext context = context(32).image("kernel", elf(64, 243, RAM + 0x1000, 100, 5000));
        Device loader = new RiscvBoot(context);
        loader.reset();
        assertEquals(RAM + 0x1004, context.memory().read(0x1018, 8), "the kernel itself starts, in M-mode");
        byte[] dirt = filled(5000, 0xee);
        context.memory().writeBytes(RAM + 0x1000, dirt, 0, dirt.length);
        loader.reset();
        byte[] loaded = new byte[5000];
        context.memory().readBytes(RAM + 0x1000, loaded, 0, loaded.length);
        byte[] expected = Arrays.copyOf(filled(100, 0x77), 5000);
        assertArrayEquals(expected, loaded);
    }

    @Test
    void loads32BitElf() {
        FakeDeviceContext context = context(32, "xlen", "32").describedBy((cpus, soc) ->
                cpus.child("cpu@0").property("riscv,isa", "rv32imac")).image("kernel", elf(32, 243, RAM, 64, 64));
        new RiscvBoot(context).reset();
        assertEquals(RAM + 4, context.memory().read(0x1018, 4));
        assertEquals(0x77, context.memory().read(RAM + 63, 1));
    }

    @Test
    void positionIndependentFirmwareGoesToTheStartOfRam() {
        byte[] pie = elf(64, 243, 0, 100, 100);
        pie[16] = 3;
        FakeDeviceContext context = context(32).image("firmware", pie).image("kernel", pie);
        new RiscvBoot(context).reset();
        assertEquals(RAM + 4, context.memory().read(0x1018, 8));
        assertEquals(0x77, context.memory().read(RAM + 99, 1));
        assertEquals(RAM + 2 * MIB + 4, context.memory().read(0x1028 + 16, 8), "a kernel goes where kernels go");
    }

    @Test
    void machineModeImageStartsWithoutFirmware() {
        FakeDeviceContext context = context(32).image("kernel", linuxImage(5000, 0, 8000));
        new RiscvBoot(context);
        assertEquals(RAM, context.memory().read(0x1018, 8));
        String refused = refusal(context(32).image("kernel", linuxImage(5000, 0x20_0000, 8000)));
        assertTrue(refused.contains("kernel.img is built for S-mode") && refused.contains("loader.firmware"), refused);
    }

    @Test
    void rawKernelOnlyWhenAskedFor() {
        String refused = refusal(context(32).image("firmware", filled(10, 1)).image("kernel", filled(5000, 9)));
        assertTrue(refused.contains("kernel.img") && refused.contains("kernel.format=raw") && refused.contains("0x80200000"), refused);
        FakeDeviceContext context = context(32, "kernel.format", "raw").image("firmware", filled(10, 1)).image("kernel", filled(5000, 9));
        new RiscvBoot(context).reset();
        assertEquals(9, context.memory().read(RAM + 2 * MIB, 1));
    }

    @Test
    void refusesFilesForOtherMachinesByName() {
        String x86 = refusal(context(32).image("firmware", elf(64, 62, RAM, 100, 100)));
        assertTrue(x86.contains("firmware.img") && x86.contains("x86-64 (62)"), x86);
        String narrow = refusal(context(32).image("firmware", elf(32, 243, RAM, 100, 100)));
        assertTrue(narrow.contains("32-bit ELF") && narrow.contains("64-bit harts"), narrow);
        byte[] bigEndian = elf(64, 243, RAM, 100, 100);
        bigEndian[5] = 2;
        assertTrue(refusal(context(32).image("firmware", bigEndian)).contains("big-endian"));
        byte[] object = elf(64, 243, RAM, 100, 100);
        object[16] = 1;
        assertTrue(refusal(context(32).image("firmware", object)).contains("not an executable"));
    }

    @Test
    void refusesElfCutAtAnyLength() {
        byte[] whole = elf(64, 243, RAM, 100, 100);
        for (int length = 4; length < whole.length; length++) {
            String refused = refusal(context(32).image("firmware", Arrays.copyOf(whole, length)));
            assertTrue(refused.contains("cut off"), length + ": " + refused);
        }
    }

    @Test
    void refusesAbsurdElf() {
        ByteBuffer less = ByteBuffer.wrap(elf(64, 243, RAM, 100, 100)).order(ByteOrder.LITTLE_ENDIAN);
        less.putLong(64 + 40, 50);
        assertTrue(refusal(context(32).image("firmware", less.array())).contains("absurd segment"));
        ByteBuffer huge = ByteBuffer.wrap(elf(64, 243, RAM, 100, 100)).order(ByteOrder.LITTLE_ENDIAN);
        huge.putLong(64 + 40, Long.MAX_VALUE);
        assertTrue(refusal(context(32).image("firmware", huge.array())).contains("firmware.img"));
        ByteBuffer entry = ByteBuffer.wrap(elf(64, 243, RAM, 100, 100)).order(ByteOrder.LITTLE_ENDIAN);
        entry.putLong(24, 0x1234);
        assertTrue(refusal(context(32).image("firmware", entry.array())).contains("0x1234"));
        ByteBuffer headers = ByteBuffer.wrap(elf(64, 243, RAM, 100, 100)).order(ByteOrder.LITTLE_ENDIAN);
        headers.putLong(32, -1);
        assertTrue(refusal(context(32).image("firmware", headers.array())).contains("program headers"));
        String outside = refusal(context(32).image("firmware", elf(64, 243, 0x1000, 100, 100)));
        assertTrue(outside.contains("outside of RAM") && outside.contains("0x80000000"), outside);
    }

    @Test
    void damagedSizesNeverEscapeAsOtherExceptions() {
        byte[] whole = elf(64, 243, RAM, 100, 100);
        java.util.Random random = new java.util.Random(42);
        for (int round = 0; round < 20_000; round++) {
            byte[] damaged = whole.clone();
            for (int i = 0; i < 4; i++) {
                damaged[16 + random.nextInt(104)] = (byte) random.nextInt();
            }
            try {
                new BootPlan("loader", 64, RAM, 32L * MIB, new TestImage(damaged), null, null, false);
            } catch (IllegalArgumentException e) {
                assertTrue(e.getMessage().startsWith("loader: "), e.getMessage());
            }
        }
    }

    private record TestImage(byte[] content) implements org.reprise.api.device.Image {
        @Override
        public String name() {
            return "damaged.elf";
        }

        @Override
        public long length() {
            return content.length;
        }
    }

    @Test
    void refusesOverlapsNamingBoth() {
        String refused = refusal(context(32).image("firmware", filled(3 * MIB, 1)).image("kernel", linuxImage(5000, 0x20_0000, 8000)));
        assertTrue(refused.contains("kernel.img") && refused.contains("overlaps firmware firmware.img") && refused.contains("3145728"),
                refused);
    }

    @Test
    void refusesSmallRamWithSizesAndRemedy() {
        String kernel = refusal(context(16).image("firmware", filled(10, 1)).image("kernel", linuxImage(5000, 0x20_0000, 20L * MIB)));
        assertTrue(kernel.contains("RAM of 16.0 MiB is too small") && kernel.contains("20.0 MiB") && kernel.contains("at least 32M"),
                kernel);
        String initrd = refusal(context(16).image("firmware", filled(10, 1)).image("kernel", linuxImage(5000, 0x20_0000, 8L * MIB))
                .image("initrd", filled(6 * MIB, 1)));
        assertTrue(initrd.contains("initrd.img") && initrd.contains("too small"), initrd);
        String nothing = refusal(new FakeDeviceContext(RAM, MIB, "loader").image("firmware", filled(10, 1)));
        assertTrue(nothing.contains("too small"), nothing);
    }

    @Test
    void treeStaysBelowThreeGibibytes() {
        BootPlan plan = new BootPlan("loader", 64, RAM, 8L << 30, new TestImage(filled(10, 1)), null, null, false);
        assertEquals(0xbfe0_0000L, plan.deviceTreeAddress());
        BootPlan odd = new BootPlan("loader", 64, RAM, 33L * MIB + 4096, new TestImage(filled(10, 1)), null, null, false);
        assertEquals(RAM + 30L * MIB, odd.deviceTreeAddress());
    }

    @Test
    void refusesWhatCannotStart() {
        assertTrue(refusal(context(32)).contains("nothing to start"));
        assertTrue(refusal(context(32).image("firmware", new byte[0])).contains("is empty"));
        assertTrue(refusal(context(32).image("firmware", filled(10, 1)).image("initrd", filled(10, 1))).contains("without a kernel"));
        assertTrue(refusal(context(32, "xlen", "48").image("firmware", filled(10, 1))).contains("xlen 48"));
        assertTrue(refusal(context(32, "xlen", "32").image("firmware", filled(10, 1))).contains("rv64imafdc"));
    }

    @Test
    void standardOutputIsAPartOrAPath() {
        for (String stdout : new String[] {"plic", "/soc/plic@c000000"}) {
            FakeDeviceContext context = context(32, "stdout", stdout).image("firmware", filled(10, 1));
            new RiscvBoot(context).reset();
            assertEquals("/soc/plic@c000000", tree(context, RAM + 30L * MIB).text("/chosen/stdout-path"));
        }
        assertTrue(refusal(context(32, "stdout", "uart7").image("firmware", filled(10, 1))).contains("uart7"));
    }

    @Test
    void unresolvedReferenceNamesThePart() {
        String refused = refusal(context(32).image("firmware", filled(10, 1))
                .describedBy((cpus, soc) -> soc.child("x").interrupt("nowhere:1")));
        assertTrue(refused.contains("nowhere"), refused);
        assertTrue(refusal(context(32).image("firmware", filled(10, 1))
                .describedBy((cpus, soc) -> soc.child("x").interrupt("plic:bogus"))).contains("bogus"));
    }

    /** An independent reader agrees: the package device-tree-compiler (tools/guest/prerequisites.sh oracle). */
    @Test
    void deviceTreeCompilerReadsTheTree() throws Exception {
        FakeDeviceContext context = context(32, "append", "a b").image("firmware", filled(10, 1));
        new RiscvBoot(context).reset();
        byte[] blob = new byte[4096];
        context.memory().readBytes(RAM + 30L * MIB, blob, 0, blob.length);
        Path file = Files.createTempFile("tree", ".dtb");
        try {
            Files.write(file, Arrays.copyOf(blob, ByteBuffer.wrap(blob).getInt(4)));
            Process process = new ProcessBuilder("dtc", "-q", "-I", "dtb", "-O", "dts", file.toString())
                    .redirectErrorStream(true).start();
            String text = new String(process.getInputStream().readAllBytes(), java.nio.charset.StandardCharsets.UTF_8);
            assertEquals(0, process.waitFor(), text);
            assertTrue(text.contains("bootargs = \"a b\";") && text.contains("serial@10000000 {"), text);
        } finally {
            Files.delete(file);
        }
    }
}
