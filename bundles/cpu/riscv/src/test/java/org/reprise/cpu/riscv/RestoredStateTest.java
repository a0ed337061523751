package org.reprise.cpu.riscv;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.reprise.core.memory.RamCapture;
import org.reprise.tools.devicekit.SavedState;

/** A CPU that goes back goes on as it did: also a program that sees what is in the TLB, whatever way it is run. */
class RestoredStateTest {
    private static final long INSTRUCTIONS = 6_000;
    /** Random programs for each case; a soak sets more. */
    private static final int PROGRAMS = Integer.getInteger("reprise.soak", 20);
    private static final List<Map<String, String>> MODES = List.of(Map.of("translator.mode", "interpreter"),
        Map.of("translator.mode", "compile", "translator.promotion", "1"),
        Map.of("translator.mode", "mixed", "translator.threshold", "3", "translator.promotion", "1000"));

    /** A machine at one moment. */
    private record Moment(SavedState cpu, byte[][] pages, long[] device, long icount, long walks) {
    }

    private static long walks(TinyMachine m) {
        return m.cpu.statistics().get("page walks");
    }

    private static Moment save(TinyMachine m, WatchedProgram.Registers device, long icount) {
        byte[][] pages = new byte[(int) (TinyMachine.SIZE >> 12)][];
        try (RamCapture capture = m.memory.capture(true)) {
            for (int page : capture.changed()) {
                pages[page] = new byte[4096];
                capture.read(page, pages[page]);
            }
        }
        return new Moment(SavedState.of(m.cpu), pages, new long[] {device.count, device.read, device.written}, icount, walks(m));
    }

    private static void restore(TinyMachine m, WatchedProgram.Registers device, Moment moment) {
        moment.cpu().restore(m.cpu);
        m.memory.restore(IntStream.range(0, moment.pages().length).toArray(), (page, into) -> {
            byte[] content = moment.pages()[page];
            if (content != null) {
                System.arraycopy(content, 0, into, 0, content.length);
            }
            return content != null;
        });
        device.count = moment.device()[0];
        device.read = moment.device()[1];
        device.written = moment.device()[2];
    }

    /** Everything that the guest can see, and the page walks since a moment. */
    private static String end(TinyMachine m, WatchedProgram.Registers device, long walksBefore) {
        return SavedState.of(m.cpu) + " memory " + Long.toHexString(m.memory.digest()) + " device " + device.count + " walks " + (walks(m) - walksBefore);
    }

    private static void run(TinyMachine m, long instructions, Random slices) {
        for (long left = instructions; left > 0;) {
            long budget = Math.min(left, 1 + slices.nextInt(700));
            assertEquals(budget, m.cpu.run(budget));
            left -= budget;
        }
    }

    @ParameterizedTest
    @CsvSource({"64, false", "64, true", "32, false", "32, true"})
    void goesOnAsItDid(int xlen, boolean wild) {
        int different = 0;
        for (int n = 0; n < PROGRAMS; n++) {
            WatchedProgram program = new WatchedProgram(n, xlen, true, wild);
            Random random = new Random(n);
            try (TinyMachine m = new TinyMachine(MODES.get(n % MODES.size()), xlen); TinyMachine other = new TinyMachine(MODES.get((n + 1) % MODES.size()), xlen)) {
                WatchedProgram.Registers device = program.load(m);
                WatchedProgram.Registers otherDevice = program.load(other);
                long[] at = random.longs(5, 1, INSTRUCTIONS).sorted().distinct().toArray();
                Moment[] moments = new Moment[at.length];
                for (int i = 0; i < at.length; i++) {
                    run(m, at[i] - (i == 0 ? 0 : at[i - 1]), random);
                    moments[i] = save(m, device, at[i]);
                }
                run(m, INSTRUCTIONS - at[at.length - 1], random);
                String[] ends = Arrays.stream(moments).map(moment -> end(m, device, moment.walks())).toArray(String[]::new);
                for (int k = 0; k < 8; k++) {
                    int i = random.nextInt(moments.length);
                    boolean same = random.nextBoolean();
                    TinyMachine machine = same ? m : other;
                    WatchedProgram.Registers its = same ? device : otherDevice;
                    restore(machine, its, moments[i]);
                    assertEquals(moments[i].cpu(), SavedState.of(machine.cpu), "every field, program " + n);
                    long walks = walks(machine);
                    run(machine, INSTRUCTIONS - moments[i].icount(), random);
                    assertEquals(ends[i], end(machine, its, walks), "program " + n + " from " + moments[i].icount());
                }
                different += moments[0].cpu().equals(moments[1].cpu()) ? 0 : 1;
            }
        }
        assertTrue(different > PROGRAMS / 2, "the programs do something");
    }
}
