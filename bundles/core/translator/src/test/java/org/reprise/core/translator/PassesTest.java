package org.reprise.core.translator;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Each pass does what it is for; the verifier sees what a broken one would do. That they change nothing for the guest others test. */
class PassesTest {
    private static final int SLOTS = 8;
    private static final int TEMP = SLOTS;
    private static final PassContext CONTEXT = new PassContext(SLOTS, new Helper[0]);

    /** A block of one operation per instruction: rows of op, d, x, y, z. */
    private static Block block(long pc, long target, long[] pool, int[]... operations) {
        int[] code = new int[operations.length * 4];
        int[] starts = new int[operations.length + 1];
        short[] offsets = new short[operations.length];
        for (int i = 0; i < operations.length; i++) {
            int[] o = operations[i];
            code[i * 4] = o[0] | o[1] << 16;
            code[i * 4 + 1] = o[2];
            code[i * 4 + 2] = o[3];
            code[i * 4 + 3] = o[4];
            starts[i + 1] = i * 4 + 4;
            offsets[i] = (short) (i * 4);
        }
        return new Block(pc, pc + 4L * operations.length, 0, pc, -1, code, pool, target, starts, offsets, 1);
    }

    private static RegionBlock[] run(String passes, Block... blocks) {
        long[][] expected = new long[blocks.length][0];
        Region region = new Region(blocks, expected, true, true);
        return Passes.of(passes, true).run(region, new ControlFlow(region, false), CONTEXT);
    }

    private static List<String> names(RegionBlock b) {
        String[] names = new String[b.code.length / 4];
        Arrays.setAll(names, i -> Op.name(b.op(i * 4)));
        return List.of(names);
    }

    private static final int[] OUT = {Op.JUMP, 0, 0, 0, 0};

    @Test
    void constantsAreFoldedAndAddressesKnown() {
        RegionBlock b = run("none,constants", block(0, 0, new long[] {0x1000, 0x234}, new int[] {Op.MOVK, 1, 0, 0, 0},
            new int[] {Op.ADD + 1, 1, 1, 1, 0}, new int[] {Op.ADD, 2, 3, 1, 0}, new int[] {Op.LD64, 4, 1, 8, 0}, OUT))[0];
        assertEquals(List.of("movk", "movk", "add_k", "ld64", "jump"), names(b));
        assertEquals(0x1234, b.pool[b.code[4 + 2]]);
        assertEquals(0, b.code[12 + 1]);
        assertEquals(0x123c, b.code[12 + 2]);
    }

    @Test
    void whatIsOverwrittenUnseenIsNotComputed() {
        RegionBlock b = run("none,dead-stores", block(0, 0, new long[0], new int[] {Op.ADD, 1, 2, 3, 0}, new int[] {Op.SUB, TEMP, 2, 3, 0},
            new int[] {Op.SUB, 1, 2, 3, 0}, OUT))[0];
        assertEquals(List.of("sub", "jump"), names(b));
        assertEquals(1, b.d(0));
        assertEquals(4, b.starts.length - 1);
    }

    @Test
    void whatAFaultWouldShowIsComputed() {
        RegionBlock b = run("none,dead-stores", block(0, 0, new long[0], new int[] {Op.ADD, 1, 2, 3, 0}, new int[] {Op.LD8U, 4, 2, 0, 0},
            new int[] {Op.SUB, 1, 2, 3, 0}, OUT))[0];
        assertEquals(List.of("add", "ld8u", "sub", "jump"), names(b));
    }

    @Test
    void logicOnTwoShortValuesIsShort() {
        Block head = block(0, 100, new long[] {7, 25}, new int[] {Op.SHL32 + 1, 1, 5, 0, 0}, new int[] {Op.SHR32 + 1, 2, 5, 1, 0},
            new int[] {Op.OR, 3, 1, 2, 0}, new int[] {Op.OR, 4, 5, 2, 0}, new int[] {Op.JUMP, 0, 0, 0, 0});
        // known across blocks: 3 is short where control comes from the head only
        Block next = block(100, 100, new long[0], new int[] {Op.XOR, 6, 3, 1, 0}, new int[] {Op.JUMP, 0, 0, 0, 0});
        RegionBlock[] b = run("none,narrow", head, next);
        assertEquals(List.of("shl32_k", "shr32_k", "or32", "or", "jump"), names(b[0]));
        assertEquals(List.of("xor32", "jump"), names(b[1]));
    }

    @Test
    void neighboursThroughOneBaseLookAtThePageOnly() {
        RegionBlock b = run("none,tlb", block(0, 0, new long[0], new int[] {Op.ST64, 1, 2, 0, 8}, new int[] {Op.ST64, 3, 2, 8, 8},
            new int[] {Op.ADD, 2, 2, 2, 0}, new int[] {Op.ST64, 1, 2, 16, 8}, new int[] {Op.LD64, 2, 2, 0, 8}, new int[] {Op.LD64, 4, 2, 8, 8}, OUT))[0];
        assertEquals(8 | RegionBlock.LEADS, b.code[3]);
        assertEquals(8 | RegionBlock.FOLLOWS, b.code[7]);
        assertEquals(8, b.code[15], "the base has changed");
        assertEquals(8, b.code[19]);
        assertEquals(8, b.code[23], "the base was loaded anew");
    }

    @Test
    void theBudgetIsCheckedWhereLoopsBegin() {
        Block a = block(0, 0, new long[0], new int[] {Op.ADD, 1, 1, 2, 0}, new int[] {Op.BREQ, 0, 1, 2, 0});
        Block b = block(a.nextPc, a.nextPc, new long[0], new int[] {Op.ADD, 1, 1, 2, 0}, new int[] {Op.ADD, 1, 1, 2, 0}, new int[] {Op.BREQ, 0, 1, 2, 0});
        Region region = new Region(new Block[] {a, b}, new long[2][0], true, true);
        ControlFlow flow = new ControlFlow(region, false);
        assertTrue(flow.checked(0) && flow.checked(1));
        assertEquals(2, flow.needed(0));
        assertEquals(3, flow.needed(1));
        Block straight = block(0, 100, new long[0], OUT);
        Block end = block(100, 500, new long[0], new int[] {Op.ADD, 1, 1, 2, 0}, OUT);
        flow = new ControlFlow(new Region(new Block[] {straight, end}, new long[2][0], true, true), false);
        assertTrue(!flow.checked(1));
        assertEquals(3, flow.needed(0));
    }

    @Test
    void registersThatStayShortAreInts() {
        // 1 only ever gets short values, 2 once a wide one, 3 a copy of 2, 4 a copy of 1; 5 is never written
        Block head = block(0, 100, new long[] {1, 1L << 40}, new int[] {Op.ADD32, 1, 1, 5, 0}, new int[] {Op.MOVK, 2, 0, 0, 0},
            new int[] {Op.MOV, 3, 2, 0, 0}, new int[] {Op.MOV, 4, 1, 0, 0}, OUT);
        Block next = block(100, 100, new long[] {1L << 40}, new int[] {Op.MOVK, 2, 0, 0, 0}, new int[] {Op.MOV, 3, 2, 0, 0}, OUT);
        boolean[] narrow = NarrowLocals.find(run("none", head, next), CONTEXT);
        assertEquals(List.of(false, true, false, false, true, false),
            List.of(narrow[0], narrow[1], narrow[2], narrow[3], narrow[4], narrow[5]));
    }

    @Test
    void theVerifierSeesBrokenPasses() {
        Block b = block(0, 0, new long[] {5}, new int[] {Op.ADD, 1, 2, 3, 0}, new int[] {Op.LD64, 4, 2, 0, 0}, OUT);
        RegionBlock lost = new RegionBlock(b);
        lost.drop(new boolean[] {false, true, false});
        assertBroken("not what was there", lost);
        RegionBlock slot0 = new RegionBlock(b);
        slot0.set(0, Op.ADD, 0, 2, 3, 0);
        assertBroken("writes operand 0", slot0);
        RegionBlock operand = new RegionBlock(b);
        operand.set(0, Op.ADD, 1, 2, 1000, 0);
        assertBroken("reads operand 1000", operand);
        RegionBlock constant = new RegionBlock(b);
        constant.set(0, Op.ADD + 1, 1, 2, 1, 0);
        assertBroken("reads constant 1", constant);
        RegionBlock end = new RegionBlock(b);
        end.set(8, Op.MOV, 1, 2, 0, 0);
        assertBroken("terminator", end);
        RegionBlock other = new RegionBlock(b);
        other.set(4, Op.LD32S, 4, 2, 0, 0);
        assertBroken("not what was there", other);
    }

    private static void assertBroken(String how, RegionBlock b) {
        String message = assertThrows(IllegalStateException.class, () -> IrVerifier.verify("test", b, CONTEXT)).getMessage();
        assertTrue(message.contains(how), message);
    }

    @Test
    void unknownPassesAreNamed() {
        String message = assertThrows(IllegalArgumentException.class, () -> Passes.of("all,-speed", false)).getMessage();
        assertTrue(message.contains("'speed'") && message.contains("dead-stores"), message);
        assertEquals("", Passes.of("none", false).toString());
        assertEquals(String.join(",", Passes.names()), Passes.of("all", false).toString());
        assertEquals("constants,narrow,dead-stores,jumps,budget,ints", Passes.of("all,-tlb", false).toString());
    }
}
