package org.reprise.tools.decodetable;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class GeneratedDecoderTest {
    private static final String KIND_AND_NUMBER = """
            package generated;

            final class RegisterNames {
                private RegisterNames() {
                }

                static String format(String kind, long value) {
                    return kind + value;
                }
            }
            """;

    @TempDir
    Path folder;

    private Compiled compile(String... lines) throws TableException {
        return new Compiled(TableParser.parse("t.decode", Arrays.asList(lines)), folder, KIND_AND_NUMBER);
    }

    @Test
    void fieldsAreScatteredExtendedScaledAndOffset() throws TableException {
        Compiled code = compile("unit 32", "feature WORDS",
                "field scattered imm s 31|7|30:25|11:8 << 1",
                "field offset    imm 4:2 + 8",
                "field negative  imm 4:2 - 2",
                "field wide      imm 31:0",
                "field far       imm s 28:5 << 12",
                "branch | ....... 0000000000000 ..... 0000001 | scattered | !WORDS",
                "small  | 00000000000000000000000000 0 ... 10 | offset negative | !WORDS",
                "page   | 000 ........................ 00011  | far | !WORDS",
                "all    | ................................    | wide | WORDS | all {wide} | wide>0xfffffff0");
        assertEquals("branch long:scattered=-4096", code.decode(0x8000_0001, 0));
        assertEquals("branch long:scattered=2048", code.decode(0x81, 0));
        assertEquals("branch long:scattered=2014", code.decode(0x7c00_0f01, 0));
        assertEquals("branch long:scattered=-2", code.decode(0xfe00_0f81, 0));
        assertEquals("small int:offset=13 int:negative=3", code.decode(0x16, 0));
        assertEquals("page long:far=-4096", code.decode(0x1fff_ffe3, 0));
        assertEquals("page long:far=34359734272", code.decode(0x0fff_ffe3, 0));
        assertEquals("all long:wide=4294967295", code.decode(0xffff_ffff, 1));
        assertEquals("illegal", code.decode(0xffff_fff0, 1));
    }

    @Test
    void shortInstructionsOfABigEndianMachineStandAtTheTopOfTheWord() throws TableException {
        Compiled code = compile("unit 16 big",
                "length 2 00..............",
                "length 4 01..............",
                "length 6 1...............",
                "kind reg",
                "field r1 reg 7:4",
                "field r2 reg 3:0",
                "field x  imm 15:0",
                "field y  hex 31:0",
                "field rl reg 39:36",
                "lr  | 00011000 .... ....                    | r1 r2     | - | lr {r1},{r2} | r1!=r2",
                "ahi | 0101000000000000 ................     | value=x   | - | ahi {value}",
                "iil | 11000000 .... 0000 ................ ................ | rl y | - | iil {rl},{y}");
        assertEquals("lr int:r1=3 int:r2=4", code.decode(0x1834_dead_beefL, 0));
        assertEquals("illegal", code.decode(0x1833_dead_beefL, 0));
        assertEquals("ahi int:value=65535", code.decode(0x5000_ffff_1234L, 0));
        assertEquals("iil int:rl=7 long:y=4294967295", code.decode(0xc070_ffff_ffffL, 0));
        assertEquals("lr reg3,reg4", code.disassemble(0x1834_dead_beefL, 0, 0));
        assertEquals("iil reg7,0xffffffff", code.disassemble(0xc070_ffff_ffffL, 0, 0));
        assertEquals(".2byte 0x1833", code.disassemble(0x1833_dead_beefL, 0, 0));
        assertEquals(List.of(2, 4, 6), List.of(code.length(0x1834), code.length(0x5000), code.length(0xc070)));
        assertTrue(code.satisfies(0, 0x1834_0000_0000L));
        assertFalse(code.satisfies(0, 0x1844_0000_0000L));
    }

    @Test
    void featuresSelectLines() throws TableException {
        Compiled code = compile("unit 8", "feature OLD NEW", "field n imm 3:0",
                "mul.old | 0001.... | n | OLD&!NEW",
                "mul.new | 0001.... | n | NEW",
                "nop     | 00000000 | - | -");
        assertEquals("mul_old int:n=5", code.decode(0x15, 1));
        assertEquals("mul_new int:n=5", code.decode(0x15, 3));
        assertEquals("illegal", code.decode(0x15, 0));
        assertEquals("nop", code.decode(0, 0));
    }

    @Test
    void theDeclaredWinnerOfAnOverlapIsTriedFirst() throws TableException {
        Compiled code = compile("unit 8", "feature PAUSE", "field n imm 3:0",
                "hint  | 0001.... | n | - | hint {n}",
                "pause | 00010001 | - | PAUSE | pause | overrides hint");
        assertEquals("pause", code.decode(0x11, 1));
        assertEquals("hint int:n=1", code.decode(0x11, 0));
        assertEquals("hint int:n=2", code.decode(0x12, 1));
    }

    @Test
    void sharedHandlersTakeConstantsInAnyOrderAndTheWidestType() throws TableException {
        Compiled code = compile("unit 8", "field r imm 1:0", "field i imm s 3:2", "field u imm 3:2",
                "add     | 0000.... | r i     | -",
                "add.u -> add | 0001.... | i=u r | -",
                "inc -> add   | 000100.. | i=1 r | - | inc {r} | overrides add.u",
                "int     | 00100000 | -       | -",
                "ldm -> int | 00110000 | -     | -");
        assertEquals("add int:r=1 long:i=-1", code.decode(0b0000_1101, 0));
        assertEquals("add int:r=1 long:i=3", code.decode(0b0001_1101, 0));
        assertEquals("add int:r=2 long:i=1", code.decode(0b0001_0010, 0));
        assertEquals("int_", code.decode(0x20, 0));
        assertEquals("int_", code.decode(0x30, 0));
    }

    @Test
    void ignoredBitsAreShownButNotPassed() throws TableException {
        Compiled code = compile("unit 8", "kind order", "field o order 1:0", "field r imm 3:2",
                "swap | 0000.... | r ~o | - | swap.{o} {r}");
        assertEquals("swap int:r=2", code.decode(0b1011, 0));
        assertEquals("swap.order3 2", code.disassemble(0b1011, 0, 0));
    }

    @Test
    void commentsLeaveTheHashOfAnOperandAlone() throws TableException {
        Compiled code = compile("# a table", "unit 8 # bits", "field n imm 7:0",
                "mov | ........ | n | - | mov #{n} # not the operand's");
        assertEquals("mov #7", code.disassemble(7, 0, 0));
    }

    @Test
    void targetsAreRelativeToThePcWithinTheAddressWidth() throws TableException {
        Compiled code = compile("unit 8", "feature NARROW", "address-bits NARROW 16", "field d pcrel s 7:0 << 1",
                "br | ........ | d | - | br {pc+d}");
        assertEquals("br 0xfe", code.disassemble(0xff, 0x100, 0));
        assertEquals("br 0xfffffffffffffffe", code.disassemble(0xff, 0, 0));
        assertEquals("br 0xfffe", code.disassemble(0xff, 0, 1));
    }

    @Test
    void lengthByLineAdmitsLengthsThatTheFirstUnitDoesNotTell() throws TableException {
        Compiled code = compile("unit 8 big", "length by-line", "field n imm 7:0", "field m imm 15:8",
                "one | 00000001 | - | -",
                "two | 00001111 ........ | n | -",
                "tri | 00000010 ........ 00000001 | m | -");
        assertEquals("one", code.decode(0x01_2345, 0));
        assertEquals("two int:n=35", code.decode(0x0f_2345, 0));
        assertEquals("tri int:m=35", code.decode(0x02_2301, 0));
        assertEquals("illegal", code.decode(0x02_2302, 0));
    }

    @Test
    void theTreeAgreesWithTryingEveryLineInTurn() throws TableException {
        Compiled code = compile("unit 16", "feature A B", "exclusive A B",
                "field a imm 3:0", "field b imm s 7:4", "field c imm 11:8", "field d imm 15:12",
                "i | 0000 .... .... .... | a b c | A   | i | a!=0",
                "j | 0000 .... .... 0000 | b c   | A   | j | b<c",
                "k | .... 0000 0001 .... | a d   | -   | k | d>7",
                "l | 0000 1111 .... .... | a b   | B",
                "m | 0001 .... .... .... | a b c | -   | m | a==b",
                "n | 0001 0000 0000 0001 | -     | B",
                "o | 0111 .... .... .... | a b c | !A  | o | b!=0, b!=-1, b<=5");
        for (long features = 0; features < 3; features++) {
            for (int insn = 0; insn <= 0xffff; insn++) {
                assertEquals(LinearScan.lookup(code.table, insn, features), code.lookup(insn, features), Integer.toHexString(insn));
            }
        }
    }
}
