package org.reprise.core.translator;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** Where the budget is checked: every loop has a check in it, also one that the entry does not lead to, and the longest way is known. */
class ControlFlowTest {
    /** Block number n at 16 n: a branch to one block, else on to the next one; a target below 0 is outside. */
    private static Region region(int... targets) {
        List<Block> blocks = new ArrayList<>();
        for (int i = 0; i < targets.length; i++) {
            int[] code = {Op.BREQ, 1, 2, 0};
            blocks.add(new Block(16 * i, 16 * (i + 1), 0, 16 * i, -1, code, new long[0], targets[i] < 0 ? 1 << 20 : 16L * targets[i],
                new int[] {0, 4}, new short[] {0}, 0));
        }
        return new Region(blocks.toArray(Block[]::new), new long[targets.length][0], true, false);
    }

    @Test
    void aLoopThatTheEntryDoesNotLeadToIsOneToo() {
        // a remembered region whose middle is missing: 0 goes out, 2 and 3 go round
        Region whole = region(-1, -1, 3, 2);
        Region holed = new Region(new Block[] {whole.blocks()[0], whole.blocks()[2], whole.blocks()[3]}, new long[3][0], true, false);
        ControlFlow flow = new ControlFlow(holed, false);
        assertFalse(flow.checked(0));
        assertTrue(flow.checked(1) || flow.checked(2));
        assertEquals(1, flow.needed(0));
    }

    @Test
    void aChainOfAnyLengthIsMeasured() {
        int[] targets = new int[50_000];
        java.util.Arrays.fill(targets, -1);
        assertEquals(targets.length, new ControlFlow(region(targets), false).needed(0));
        assertEquals(1, new ControlFlow(region(targets), true).needed(0));
    }

    @Test
    void everyWayComesToACheckWithinWhatIsNeeded() {
        Random random = new Random(1);
        for (int round = 0; round < 2_000; round++) {
            int[] targets = random.ints(1 + random.nextInt(12), -1, 12).map(t -> Math.min(t, 11)).toArray();
            for (int i = 0; i < targets.length; i++) {
                targets[i] = targets[i] >= targets.length ? -1 : targets[i];
            }
            ControlFlow flow = new ControlFlow(region(targets), false);
            for (int i = 0; i < targets.length; i++) {
                int at = i;
                int steps = 0;
                while (true) {
                    steps++;
                    int[] next = flow.successors(at);
                    if (next.length == 0) {
                        break;
                    }
                    at = next[random.nextInt(next.length)];
                    if (flow.checked(at)) {
                        break;
                    }
                    assertTrue(steps < flow.needed(i), "from block " + i + " of " + java.util.Arrays.toString(targets));
                }
                assertTrue(steps <= flow.needed(i));
            }
        }
    }
}
