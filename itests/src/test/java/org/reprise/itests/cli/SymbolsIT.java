package org.reprise.itests.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.reprise.api.debug.SourceLine;
import org.reprise.api.debug.Symbol;
import org.reprise.api.debug.Symbols;
import org.reprise.api.machine.MachineException;
import org.reprise.debug.symbols.SymbolReaderService;

/** Symbols of ELF files against binutils'. */
@Tag("command")
class SymbolsIT {
    private static final Path ROOT = Path.of(System.getProperty("reprise.root")).toAbsolutePath().normalize();
    private static final Pattern LINE = Pattern.compile("([0-9a-f]{8,16}) (?:([0-9a-f]{8,16}) )?([A-Za-z]) (\\S+)");

    @TempDir
    Path folder;

    private static String tool(Path directory, String... line) throws Exception {
        Process p = new ProcessBuilder(line).directory(directory.toFile()).redirectErrorStream(true).start();
        p.getOutputStream().close();
        String text = new String(p.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertEquals(0, p.waitFor(), String.join(" ", line) + "\n" + text);
        return text;
    }

    /** Our guests with symbols. */
    static void debugGuests(Path into) throws Exception {
        tool(ROOT, "distribution/guests/build.sh", "--debug", into.toString());
    }

    private static Symbols read(Object file) {
        return new SymbolReaderService().read(List.of(file.toString()));
    }

    /** All functions, and the sizes that the file says; nothing that nm does not know. */
    private static int compare(Path file, long offset, String nm) {
        Symbols symbols = read(file + (offset == 0 ? "" : "@0x" + Long.toHexString(offset)));
        TreeSet<String> functions = new TreeSet<>();
        TreeSet<String> all = new TreeSet<>();
        Map<String, Symbol> byPlace = symbols.all().stream()
            .collect(Collectors.toMap(s -> s.name() + " " + Long.toHexString(s.address()), s -> s, (a, b) -> a));
        for (Matcher m = LINE.matcher(nm); m.find();) {
            String place = m.group(4) + " " + Long.toHexString(Long.parseUnsignedLong(m.group(1), 16) + offset);
            all.add(place);
            if ("tTW".contains(m.group(3)) && !m.group(4).startsWith("$") && !m.group(4).startsWith(".L")) {
                functions.add(place);
            }
            if (m.group(2) != null && byPlace.containsKey(place)) {
                assertEquals(Long.parseUnsignedLong(m.group(2), 16), byPlace.get(place).size(), place);
            }
        }
        TreeSet<String> ours = byPlace.entrySet().stream().filter(e -> e.getValue().function()).map(Map.Entry::getKey)
            .collect(Collectors.toCollection(TreeSet::new));
        assertEquals(functions, ours, file.toString());
        assertTrue(all.containsAll(byPlace.keySet()), file.toString());
        for (Symbol s : symbols.all()) {
            assertEquals(s.address(), symbols.find(s.address()).address(), s.toString());
            assertEquals(s.name(), symbols.named(s.name()).orElseThrow().name());
        }
        return functions.size();
    }

    @Test
    void ourGuestsFunctionsAreThoseOfNm() throws Exception {
        debugGuests(folder);
        for (String guest : List.of("demo-riscv64/demo.elf", "demo-riscv32/demo.elf", "bench-riscv64/paging.elf")) {
            String nm = tool(folder, "riscv64-unknown-elf-nm", "-S", guest);
            assertTrue(compare(folder.resolve(guest), 0, nm) > 10, guest);
            assertTrue(compare(folder.resolve(guest), 0x7000_0000L, nm) > 10, guest);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"-march=rv64imac -mabi=lp64", "-march=rv32imac -mabi=ilp32", "-march=rv64imac -mabi=lp64 -mbig-endian",
        "-march=rv32imac -mabi=ilp32 -mbig-endian"})
    void everyClassAndByteOrderIsRead(String machine) throws Exception {
        Files.writeString(folder.resolve("x.c"), "int data[4] = {1};\nstatic int helper(int a) { return a * 3; }\n"
            + "int work(int a) { return helper(a) + data[a & 3]; }\n"
            + "int same(int) __attribute__((alias(\"work\")));\nvoid _start(void) { for (;;) work(2); }\n");
        tool(folder, ("riscv64-unknown-elf-gcc -O0 -nostdlib -o x.elf x.c " + machine).split(" "));
        assertEquals(4, compare(folder.resolve("x.elf"), 0, tool(folder, "riscv64-unknown-elf-nm", "-S", "x.elf")));
        Symbols symbols = read(folder.resolve("x.elf"));
        Symbol work = symbols.named("work").orElseThrow();
        assertEquals("same", symbols.find(work.address() + work.size() - 1).name(), "of two names, the first by the alphabet");
        assertTrue(!symbols.named("data").orElseThrow().function());
    }

    @ParameterizedTest
    @ValueSource(strings = {"zlib", "zstd"})
    void compressedSectionsSayTheSame(String way) throws Exception {
        Path plain = ROOT.resolve("distribution/target/reprise/guests/hunt-riscv64/hunt.elf");
        Path packed = folder.resolve(way + ".elf");
        tool(folder, "riscv64-unknown-elf-objcopy", "--compress-debug-sections=" + way, plain.toString(), packed.toString());
        assertTrue(tool(folder, "riscv64-unknown-elf-readelf", "-t", packed.toString()).toLowerCase(java.util.Locale.ROOT).contains(way));
        Symbols expected = read(plain);
        Symbols symbols = read(packed);
        int lines = 0;
        for (Symbol s : expected.all()) {
            for (long at = s.address(); s.function() && at < s.address() + s.size(); at += 2) {
                assertEquals(expected.line(at), symbols.line(at), Long.toHexString(at));
                lines += expected.line(at).isPresent() ? 1 : 0;
            }
        }
        assertTrue(lines > 200, lines + " places with a line");
        // whatever is damaged: an answer or a message
        byte[] content = Files.readAllBytes(packed);
        java.util.Random random = new java.util.Random(3);
        int refused = 0;
        for (int i = 0; i < 60; i++) {
            byte[] damaged = content.clone();
            for (int n = 0; n < 20; n++) {
                damaged[content.length / 2 + random.nextInt(content.length / 2)] ^= (byte) (1 + random.nextInt(255));
            }
            Files.write(packed, damaged);
            try {
                Symbols some = read(packed);
                some.line(expected.all().get(0).address());
            } catch (MachineException e) {
                refused++;
            }
        }
        assertTrue(refused > 5, refused + " refused");
    }

    /** A library for another machine, whose symbol table was stripped off. */
    @Test
    void strippedLibrariesHaveTheNamesTheyExport() throws Exception {
        Path copy = folder.resolve("libjava.so");
        ByteBuffer elf = ByteBuffer.wrap(Files.readAllBytes(Path.of(System.getProperty("java.home"), "lib", "libjava.so")))
            .order(ByteOrder.nativeOrder());
        assertEquals(2, elf.get(4), "a host of 64 bits");
        for (int i = 0; i < elf.getShort(60); i++) {
            int type = (int) elf.getLong(40) + i * elf.getShort(58) + 4;
            elf.putInt(type, elf.getInt(type) == 2 ? 0 : elf.getInt(type));
        }
        Files.write(copy, elf.array());
        String text = tool(folder, "riscv64-unknown-elf-readelf", "-W", "--dyn-syms", "libjava.so");
        TreeSet<String> expected = new TreeSet<>();
        for (Matcher m = Pattern.compile("\\d+: ([0-9a-f]{16}) +\\d+ FUNC +\\S+ +\\S+ +\\d+ ([^\\s@]+)").matcher(text); m.find();) {
            expected.add(m.group(2) + " " + Long.toHexString(Long.parseUnsignedLong(m.group(1), 16)));
        }
        TreeSet<String> ours = read(copy).all().stream().filter(Symbol::function).map(s -> s.name() + " " + Long.toHexString(s.address()))
            .collect(Collectors.toCollection(TreeSet::new));
        assertTrue(expected.size() > 100, text);
        assertEquals(expected, ours);
    }

    /** Versions, widths, byte orders and ways to pack; functions apart, as the linker throws some away. */
    @ParameterizedTest
    @ValueSource(strings = {"rv64 -gdwarf-5", "rv32 -gdwarf-5 -O0", "rv64 -gdwarf-4", "rv32 -gdwarf-4", "rv64 -gdwarf-3 -O0", "rv32 -gdwarf-2",
        "rv64 -gdwarf-5 -gdwarf64", "rv64 -gdwarf-5 -mbig-endian", "rv64 -gdwarf-5 -gz=zlib", "rv32 -gdwarf-4 -gz=zlib",
        "rv64 -gdwarf-5 -O0 -mno-relax"})
    void everyAddressHasTheLineThatBinutilsGives(String how) throws Exception {
        String machine = how.startsWith("rv64") ? "-march=rv64imafdc -mabi=lp64d -mcmodel=medany" : "-march=rv32imafdc -mabi=ilp32d -mcmodel=medany";
        compile(machine + " " + how.substring(5), "x.elf");
        Path theirs = folder.resolve("x.elf");
        if (how.contains(" -gdwarf64")) {
            // this version of binutils reads no file names of 64-bit DWARF; the code is the same without
            compile(machine + " " + how.substring(5).replace(" -gdwarf64", ""), "y.elf");
            theirs = folder.resolve("y.elf");
        }
        assertTrue(compareLines(folder.resolve("x.elf"), 0x7000_0000L, theirs) > 500, "addresses with lines");
    }

    private void compile(String how, String output) throws Exception {
        tool(ROOT.resolve("distribution/guests"), ("riscv64-unknown-elf-gcc -O2 -ffreestanding -ffunction-sections -nostdlib -nostartfiles -static -Wl,-T,runtime/link.ld"
            + " -Wl,--gc-sections -Wl,--no-warn-rwx-segments -Iruntime -Wno-main " + how + " hunt/hunt.c runtime/runtime.c runtime/sha256.c runtime/start.S -o "
            + folder.resolve(output) + (how.contains("big") ? "" : " -lgcc")).split(" "));
    }

    /** @param theirs the file that binutils and gdb are given @return how many addresses have a line */
    private int compareLines(Path file, long offset, Path theirs) throws Exception {
        Matcher text = Pattern.compile("\\.text +PROGBITS +([0-9a-f]+) [0-9a-f]+ ([0-9a-f]+)").matcher(
            tool(folder, "riscv64-unknown-elf-readelf", "-W", "-S", file.toString()));
        assertTrue(text.find());
        long start = Long.parseUnsignedLong(text.group(1), 16);
        long end = start + Long.parseUnsignedLong(text.group(2), 16);
        Path list = folder.resolve("addresses");
        StringBuilder all = new StringBuilder();
        for (long at = start - 4; at < end + 4; at++) {
            all.append(Long.toHexString(at)).append('\n');
        }
        Files.writeString(list, all);
        String[] expected = tool(folder, "sh", "-c", "riscv64-unknown-elf-addr2line -e " + theirs + " < addresses").split("\n");
        Symbols symbols = read(file + "@0x" + Long.toHexString(offset));
        int lines = 0;
        TreeMap<Long, SourceLine> doubtful = new TreeMap<>();
        for (int i = 0; i < end + 8 - start; i++) {
            long at = start - 4 + i;
            String line = i < expected.length ? expected[i].replaceAll(" \\(discriminator.*", "") : "";
            SourceLine ours = symbols.line(at + offset).orElse(null);
            lines += ours == null ? 0 : 1;
            if (!(ours == null ? line.matches(".*:[?0]") : line.equals(ours.toString()) || line.endsWith("/" + ours.toString().replaceFirst("^\\./", "")))) {
                doubtful.put(at, ours);
            }
        }
        // this version of addr2line mistakes the file of inline functions that are there as such, too
        assertTrue(doubtful.size() < lines / 10, doubtful.toString());
        compareWithGdb(theirs, doubtful);
        compareAddresses(theirs, symbols, offset);
        return lines;
    }

    private void compareWithGdb(Path file, TreeMap<Long, SourceLine> lines) throws Exception {
        Path commands = folder.resolve("commands");
        Files.write(commands, lines.keySet().stream().map(at -> "info line *0x" + Long.toHexString(at)).toList());
        Pattern form = Pattern.compile("Line (\\d+) of \"([^\"]+)\".*|No line number information.*");
        List<String> answers = tool(folder, "gdb-multiarch", "-nx", "-batch", "-x", commands.toString(), file.toString()).lines()
            .filter(l -> form.matcher(l).matches()).toList();
        assertEquals(lines.size(), answers.size(), answers.toString());
        int i = 0;
        for (Map.Entry<Long, SourceLine> line : lines.entrySet()) {
            Matcher m = form.matcher(answers.get(i++));
            assertTrue(m.matches());
            assertEquals(m.group(1) == null ? "null" : m.group(2).replaceFirst("^\\./", "") + ":" + m.group(1), line.getValue() + "",
                Long.toHexString(line.getKey()));
        }
    }

    /** A line's places begin rows of that line, and every line that is in the table is found. */
    private void compareAddresses(Path file, Symbols symbols, long offset) throws Exception {
        String table = tool(folder, "riscv64-unknown-elf-objdump", "--dwarf=decodedline", "-w", file.toString());
        TreeMap<String, TreeSet<Long>> rows = new TreeMap<>();
        for (Matcher m = Pattern.compile("(?m)^([\\w./]+\\.[cS]) +(\\d+) +0x([0-9a-f]+).* x$").matcher(table); m.find();) {
            rows.computeIfAbsent(m.group(1) + ":" + m.group(2), k -> new TreeSet<>()).add(Long.parseUnsignedLong(m.group(3), 16) + offset);
        }
        assertTrue(rows.size() > 100, table);
        for (Map.Entry<String, TreeSet<Long>> row : rows.entrySet()) {
            String name = row.getKey().substring(0, row.getKey().indexOf(':'));
            List<Long> ours = symbols.addresses(name, Integer.parseInt(row.getKey().substring(name.length() + 1)));
            TreeSet<Long> inCode = new TreeSet<>(row.getValue().tailSet(0x8000_0000L + offset));
            assertTrue(inCode.containsAll(ours) && ours.isEmpty() == inCode.isEmpty(), row + ", here " + ours);
            assertTrue(inCode.isEmpty() || ours.contains(inCode.first()), row + ", here " + ours);
        }
        assertEquals(List.of(), symbols.addresses("hunt.c", 1));
        assertEquals(List.of(), symbols.addresses("unt.c", 55), "part of a name");
        assertEquals(symbols.addresses("hunt.c", 55), symbols.addresses("hunt/hunt.c", 55));
    }

    @Test
    void damagedFilesGiveSymbolsOrAnErrorThatNamesThem() throws Exception {
        debugGuests(folder);
        byte[] whole = Files.readAllBytes(folder.resolve("demo-riscv64/demo.elf"));
        SplittableRandom random = new SplittableRandom(9);
        int refused = 0;
        for (int i = 0; i < 1500; i++) {
            byte[] bytes = i % 3 == 0 ? Arrays.copyOf(whole, random.nextInt(whole.length)) : whole.clone();
            for (int j = random.nextInt(6); j >= 0; j--) {
                // headers, section headers and symbols are where it hurts
                int at = random.nextBoolean() ? random.nextInt(64) : bytes.length - 1 - random.nextInt(8000);
                if (at >= 0 && at < bytes.length) {
                    bytes[at] ^= (byte) (1 << random.nextInt(8));
                }
            }
            Path file = folder.resolve("damaged");
            Files.write(file, bytes);
            try {
                Symbols symbols = read(file);
                symbols.all().forEach(s -> symbols.find(s.address()));
            } catch (MachineException e) {
                refused++;
                assertTrue(e.getMessage().contains(file.toString()), e.getMessage());
            }
        }
        assertTrue(refused > 300 && refused < 1400, refused + " of 1500");
    }

    @Test
    void damagedLinesAreThereAsFarAsTheyAreWhole() throws Exception {
        byte[] whole = Files.readAllBytes(ROOT.resolve("distribution/guests/hunt-riscv64/hunt.elf"));
        Path file = folder.resolve("damaged");
        SplittableRandom random = new SplittableRandom(11);
        int lines = 0;
        int none = 0;
        for (int i = 0; i < 600; i++) {
            byte[] bytes = whole.clone();
            for (int j = random.nextInt(40); j >= 0; j--) {
                // behind the code and before the section headers: mostly .debug_…
                int at = 0x1800 + random.nextInt(whole.length - 0x1800 - 1200);
                bytes[at] = (byte) (random.nextBoolean() ? random.nextInt() : random.nextInt(3) - 1);
            }
            Files.write(file, bytes);
            try {
                Symbols symbols = read(file);
                for (long at = 0x8000_0000L; at < 0x8000_0500L; at += 2) {
                    if (symbols.line(at).isPresent()) {
                        lines++;
                    } else {
                        none++;
                    }
                }
                symbols.addresses("hunt.c", 57);
            } catch (MachineException e) {
                assertTrue(e.getMessage().contains(file.toString()), e.getMessage());
            }
        }
        assertTrue(lines > 10_000 && none > 10_000, lines + " lines, " + none + " places without");
    }
}
