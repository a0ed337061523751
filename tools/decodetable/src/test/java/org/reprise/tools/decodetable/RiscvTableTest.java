package org.reprise.tools.decodetable;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The RISC-V table through the compiler, against what GNU objdump prints and against trying the lines one by one. */
class RiscvTableTest {
    private static final Path BUNDLE = Path.of(System.getProperty("basedir", "."), "../../bundles/cpu/riscv/src/main");
    private static final int LARGEST_METHOD = 4000;
    private static final int LONGEST_FILE = 800;

    @TempDir
    static Path folder;
    private static DecodeTable table;
    private static Compiled code;

    @BeforeAll
    static void compile() throws IOException, TableException {
        Path names = BUNDLE.resolve("java/org/reprise/cpu/riscv/RegisterNames.java");
        table = TableParser.parse("riscv.decode", Files.readAllLines(BUNDLE.resolve("resources/org/reprise/cpu/riscv/riscv.decode")));
        code = new Compiled(table, folder, Files.readString(names).replace("package org.reprise.cpu.riscv;", "package generated;"));
    }

    private static long features(String... names) {
        long features = 0;
        for (String name : names) {
            features |= 1L << table.features().indexOf(name);
        }
        return features;
    }

    /** Everything that the table knows, for one register width. */
    private static long all(int xlen) {
        return (1L << table.features().size()) - 1 & ~features(xlen == 32 ? "RV64" : "RV32");
    }

    /** Names of the lines that exist for a register width. */
    private static Set<String> admitted(int xlen) {
        Set<String> names = new TreeSet<>();
        for (Instruction instruction : table.instructions()) {
            if ((all(xlen) & instruction.condition().mask()) == instruction.condition().value()) {
                names.add(instruction.name());
            }
        }
        return names;
    }

    private static List<String> lines(String resource) throws IOException {
        try (var in = RiscvTableTest.class.getResourceAsStream(resource + ".txt")) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8).lines().filter(line -> !line.startsWith("#")).toList();
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {32, 64})
    void everyLineDisassemblesAsGnuObjdumpDoes(int xlen) throws IOException {
        Set<String> seen = new TreeSet<>();
        List<String> different = new ArrayList<>();
        for (String line : lines("objdump-rv" + xlen)) {
            String[] columns = line.split(" ", 3);
            int insn = Integer.parseUnsignedInt(columns[1], 16);
            assertEquals(columns[1].length() / 2, code.length(insn & 0xffff), line);
            String ours = code.disassemble(insn, Long.parseLong(columns[0], 16), all(xlen)).replace(", ", ",");
            if (!ours.equals(columns[2])) {
                different.add(line + " but here " + ours);
            }
            seen.add(table.instructions().get(code.lookup(insn, all(xlen))).name());
        }
        assertEquals(List.of(), different);
        Set<String> expected = admitted(xlen);
        // objdump -M no-aliases prints this one as the c.addi that it is.
        assertTrue(expected.remove("c.nop"));
        assertEquals(expected, seen);
    }

    @ParameterizedTest
    @ValueSource(ints = {32, 64})
    void everyCompressedWordFindsTheLineThatTryingThemAllFinds(int xlen) {
        for (int insn = 0; insn <= 0xffff; insn++) {
            int word = insn | 0xabcd_0000;
            assertEquals(LinearScan.lookup(table, word & 0xffff_ffffL, all(xlen)), code.lookup(word, all(xlen)), Integer.toHexString(word));
        }
    }

    @Test
    void randomWordsAndFeaturesFindTheLineThatTryingThemAllFinds() {
        Random random = new Random(2);
        for (int i = 0; i < 200_000; i++) {
            Instruction near = table.instructions().get(i % table.instructions().size());
            // Every third word differs from a line's fixed bits in one place.
            int word = (int) (random.nextInt() & ~near.mask() | near.match()) ^ (i % 3 == 0 ? 1 << random.nextInt(32) : 0);
            long features = random.nextLong() | (i % 2 == 0 ? all(64) : 0);
            features &= all(random.nextBoolean() ? 32 : 64);
            assertEquals(LinearScan.lookup(table, word & 0xffff_ffffL, features), code.lookup(word, features), Integer.toHexString(word));
        }
    }

    @Test
    void runtimeConstraintsAgreeWithTheTable() {
        Random random = new Random(3);
        for (Instruction line : table.instructions()) {
            for (int i = 0; i < 50; i++) {
                // A mask of random density makes zero fields frequent.
                int word = (int) (random.nextInt() & random.nextInt() & random.nextInt() & ~line.mask() | line.match());
                boolean expected = line.constraints().stream().allMatch(c -> c.holds(word & 0xffff_ffffL));
                assertEquals(expected, code.satisfies(line.index(), word), line.name() + " " + Integer.toHexString(word));
            }
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {32, 64})
    void compressedInstructionsCallTheHandlerOfTheirExpansion(int xlen) throws IOException {
        Set<String> seen = new TreeSet<>(Set.of("c.nop"));
        for (String line : lines("expansions-rv" + xlen)) {
            String[] columns = line.split(" ", 3);
            int compressed = Integer.parseInt(columns[0], 16);
            String expected = code.decode(Integer.parseUnsignedInt(columns[1], 16), all(xlen));
            assertEquals(expected, code.decode(compressed, all(xlen)), line);
            seen.add(table.instructions().get(code.lookup(compressed, all(xlen))).name());
        }
        Set<String> expected = admitted(xlen);
        expected.removeIf(name -> !name.startsWith("c."));
        assertEquals(expected, seen);
        assertEquals("addi int:rd=0 int:rs1=0 long:imm=0", code.decode(1, all(xlen)), "c.nop");
    }

    @Test
    void reservedEncodingsAreIllegal() {
        assertEquals("illegal", code.decode(0x0000_0000, all(64)), "all zeros");
        assertEquals("illegal", code.decode(0xffff_ffff, all(64)), "all ones");
        assertEquals("illegal", code.decode(0x6101, all(64)), "c.addi16sp 0");
        assertEquals("illegal", code.decode(0x6501, all(64)), "c.lui 0");
        assertEquals("illegal", code.decode(0x2001, all(64)), "c.addiw to x0");
        assertEquals("illegal", code.decode(0x4002, all(64)), "c.lwsp to x0");
        assertEquals("illegal", code.decode(0x6002, all(64)), "c.ldsp to x0");
        assertEquals("illegal", code.decode(0x8002, all(64)), "c.jr x0");
        assertEquals("illegal", code.decode(0x1502, all(32)), "c.slli by 32 in RV32");
        assertEquals("illegal", code.decode(0x0205_1513, all(32)), "slli by 32 in RV32");
        assertEquals("illegal", code.decode(0x00c5_d553, all(64)), "fadd.s with rounding mode 5");
        assertEquals("illegal", code.decode(0x00c5_e553, all(64)), "fadd.s with rounding mode 6");
    }

    @Test
    void extensionsThatAreOffAreIllegal() {
        long base = features("RV64", "I");
        assertEquals("illegal", code.decode(0x02b5_0533, base), "mul");
        assertEquals("illegal", code.decode(0x8082, base), "c.jr");
        assertEquals("illegal", code.decode(0x3000_2573, base), "csrrs");
        assertEquals("illegal", code.decode(0x2108, features("RV64", "I", "C")), "c.fld without D");
        assertEquals("add int:rd=10 int:rs1=10 int:rs2=11", code.decode(0x00b5_0533, base));
    }

    @Test
    void ignoredBitsOfFencesStillDecode() {
        assertEquals("fence", code.decode(0x8ff0_0f8f, all(64)));
        assertEquals("fence_i", code.decode(0x1235_958f, all(64)));
    }

    @Test
    void generatedMethodsAndFilesStaySmall() throws IOException {
        assertTrue(code.largestMethod() < LARGEST_METHOD, "largest method " + code.largestMethod());
        Main.sources(table, Compiled.NAMES).forEach((name, text) -> assertTrue(text.lines().count() < LONGEST_FILE, name));
    }

    @Test
    void theOutputDependsOnTheTableOnly() throws IOException, TableException {
        DecodeTable again = TableParser.parse("riscv.decode",
                Files.readAllLines(BUNDLE.resolve("resources/org/reprise/cpu/riscv/riscv.decode")));
        assertEquals(Main.sources(table, Compiled.NAMES), Main.sources(again, Compiled.NAMES));
    }
}
