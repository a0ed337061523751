package org.reprise.debug.profile;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.provider.ValueSource;

/** Stacks of guests that stand at every kind of place. */
class SamplingTest {
    private static final long STACK = 0x8000_8000L;

    private static String stacks(Guest guest) {
        Sampling sampling = new Sampling(guest, 1000);
        sampling.at(guest);
        assertEquals(1, sampling.samples());
        return sampling.read(FoldedStacks::of).strip();
    }

    /** Stands in the innermost function. @param ra where it returns to, as far as the register knows */
    private static Guest inner(Guest guest, long ra, int privilege) {
        return guest.registers(0x8000_2020L, ra, STACK - 160, STACK - 128, privilege);
    }

    private static Guest guest(int word) {
        return new Guest(word, 1).function("outer", 0x8000_0000L).function("middle", 0x8000_1000L).function("inner", 0x8000_2000L)
            .frame(STACK, 0, 0).frame(STACK - 64, 0x8000_0014L, STACK).frame(STACK - 128, 0x8000_1014L, STACK - 64);
    }

    @ParameterizedTest
    @ValueSource(ints = {4, 8})
    void callersAreFoundWhereverTheInnermostFunctionStands(int word) {
        String all = "kernel;outer;middle;inner 1";
        assertEquals(all, stacks(inner(guest(word), 0x8000_1014L, 1)), "in its body, before a call");
        assertEquals(all, stacks(inner(guest(word), 0x8000_2014L, 1)), "in its body, after a call");
        assertEquals(all, stacks(guest(word).registers(0x8000_2000L, 0x8000_1014L, STACK - 96, STACK - 64, 1)), "at its first instruction");
        Guest leaf = guest(word);
        leaf.put(STACK - 128 - word, STACK - 64, word);
        assertEquals(all, stacks(inner(leaf, 0x8000_1014L, 1)), "a function that saves s0 alone");
    }

    @Test
    void aWalkEndsAtWhatIsNoReturnAddress() {
        assertEquals("user;inner 1", stacks(guest(8).registers(0x8000_2020L, 12, STACK - 160, 0x1234, 0)), "s0 is no pointer");
        assertEquals("user;inner 1", stacks(inner(guest(8).frame(STACK - 128, 0x8000_1018L, STACK - 64), 12, 0)));
        assertEquals("user;[unknown] 1", stacks(guest(8).registers(0x1_0000, 12, STACK - 160, 7, 0)));
        assertEquals("firmware;[0x10000] 1", stacks(guest(8).registers(0x1_0044, 12, STACK - 160, 7, 3)));
    }

    @Test
    void framesThatPointToThemselvesEnd() {
        Guest loop = guest(8).frame(STACK - 128, 0x8000_1014L, STACK - 128);
        String stack = stacks(inner(loop, 0x8000_1014L, 1));
        assertEquals("kernel;middle;middle;middle;middle;inner 1", stack);
    }

    @Test
    void theCallersOfAKernelDoNotGoOnWithThoseOfAProgram() {
        Guest guest = guest(8).frame(STACK - 64, 0x8000_0014L, 0x4000_0000L);
        guest.put(0x20_0010, 0x0040_00ef, 4);
        guest.frame(0x4000_0000L, 0x20_0014, 0x4000_0040L);
        assertEquals("kernel;outer;middle;inner 1", stacks(inner(guest, 0x8000_1014L, 1)));
    }

    @Test
    void severalCpusAreToldApart() {
        Guest guest = new Guest(8, 3).function("work", 0x1000);
        assertEquals("cpu2;firmware;work 1", stacks(guest.registers(0x1004, 0, 0, 0, 3)));
    }

    @Test
    void noGuestMakesAWalkFailOrLong() {
        Random random = new Random(6);
        for (int i = 0; i < 3000; i++) {
            Guest guest = guest(random.nextBoolean() ? 4 : 8);
            for (int j = 0; j < 40; j++) {
                guest.put(STACK - 256 + random.nextInt(256), random.nextBoolean() ? STACK - 256 + random.nextInt(256) : 0x8000_1014L, 8);
            }
            long pc = random.nextBoolean() ? 0x8000_2020L : random.nextLong();
            String stack = stacks(guest.registers(pc, random.nextBoolean() ? 0x8000_1014L : random.nextLong(), STACK - 256,
                STACK - random.nextInt(256), random.nextInt(4)));
            assertTrue(stack.chars().filter(c -> c == ';').count() <= StackWalker.MOST + 1, stack);
        }
    }
}
