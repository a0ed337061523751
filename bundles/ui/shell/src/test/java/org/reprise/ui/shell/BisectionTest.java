package org.reprise.ui.shell;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** The search for the first difference, on machines whose state is a sum. */
class BisectionTest {
    private static final long NEVER = Long.MAX_VALUE;
    private int runs;

    /** A machine that is wrong from an icount on, and whose replay ends by itself at another. */
    private Bisection.Side side(String name, long wrongFrom, int page, long endsAt) {
        return new Bisection.Side() {
            @Override
            public String name() {
                return name;
            }

            @Override
            public Bisection.Run begin() {
                runs++;
                return new Fake(wrongFrom, page, endsAt);
            }
        };
    }

    private static class Fake implements Bisection.Run {
        long wrongFrom;
        private final int page;
        private final long endsAt;
        long icount;

        Fake(long wrongFrom, int page, long endsAt) {
            this.wrongFrom = wrongFrom;
            this.page = page;
            this.endsAt = endsAt;
        }

        @Override
        public Bisection.Point to(long until) {
            assertTrue(until >= icount, "backwards");
            icount = Math.min(until, endsAt);
            Map<String, Long> digests = new LinkedHashMap<>();
            boolean wrong = icount >= wrongFrom;
            digests.put("cpu0", icount * 31 + (wrong && page < 0 ? 1 : 0));
            digests.put("ram", icount * 17 + (wrong && page >= 0 ? 1 : 0));
            return new Bisection.Point(icount, icount < until, digests, Map.of("pc", icount * 4, "a0", wrong && page < 0 ? 8L : 7L));
        }

        @Override
        public String next() {
            return "instruction " + icount;
        }

        @Override
        public long[] pages() {
            long[] pages = new long[16];
            if (icount >= wrongFrom && page >= 0) {
                pages[page] = 1;
            }
            return pages;
        }

        @Override
        public void close() {
            icount = NEVER;
        }
    }

    private Bisection.Difference narrow(Bisection.Side a, Bisection.Side b, long good, long bad) throws InterruptedException {
        return new Bisection(a, b, text -> {
        }).narrow(good, bad);
    }

    @Test
    void theFirstWrongInstructionIsFoundWhereverItIs() throws InterruptedException {
        Random random = new Random(3);
        for (int i = 0; i < 300; i++) {
            long good = random.nextLong() >>> 20 + random.nextInt(40);
            long length = 1 + (random.nextLong() >>> 20 + random.nextInt(43));
            long wrong = good + 1 + Math.floorMod(random.nextLong(), length);
            Bisection.Difference d = narrow(side("a", NEVER, -1, NEVER), side("b", wrong, -1, NEVER), good, good + length);
            assertEquals(wrong, d.icount());
            assertEquals(wrong - 1, d.good());
            assertEquals((wrong - 1) + "  instruction " + (wrong - 1), d.trail().get(d.trail().size() - 1));
            assertEquals(List.of("cpu0"), d.components());
            assertEquals(List.of("a0"), d.registers());
            assertEquals(List.of(), d.pages());
        }
    }

    @Test
    void passesGrowWithTheLogarithmOfTheInterval() throws InterruptedException {
        narrow(side("a", NEVER, -1, NEVER), side("b", 33_333_333, -1, NEVER), 0, 50_000_000);
        assertTrue(runs <= 2 * 5 + 4 + 3, "64^5 is more than 50 million; both ends once more with one halt, and the report's: " + runs);
    }

    @Test
    void thePageThatDiffersIsNamed() throws InterruptedException {
        Bisection.Difference d = narrow(side("a", NEVER, 0, NEVER), side("b", 1234, 5, NEVER), 1000, 9999);
        assertEquals(1234, d.icount());
        assertEquals(List.of("ram"), d.components());
        assertEquals(List.of(5), d.pages());
    }

    @Test
    void aReplayThatEndsEarlierDiffersBehindItsEnd() throws InterruptedException {
        Bisection.Difference d = narrow(side("a", NEVER, -1, NEVER), side("b", NEVER, -1, 700), 0, 9999);
        assertEquals(700, d.good());
        assertEquals(701, d.icount());
        assertTrue(d.second().ended() && !d.first().ended());
    }

    @Test
    void noDifferenceIsNone() throws InterruptedException {
        assertNull(narrow(side("a", NEVER, -1, 800), side("b", NEVER, -1, 800), 0, 9999));
        assertNull(narrow(side("a", 50, -1, 800), side("b", 50, -1, 800), 0, 9999), "both wrong in the same way");
    }

    /** As compiled code does: a block runs as a whole, wrong, unless a halt falls into it. */
    private Bisection.Side withBlock(long from, long to) {
        return new Bisection.Side() {
            @Override
            public String name() {
                return "block";
            }

            @Override
            public Bisection.Run begin() {
                return new Fake(NEVER, -1, NEVER) {
                    @Override
                    public Bisection.Point to(long until) {
                        if (icount <= from && until >= to) {
                            wrongFrom = to;
                        }
                        return super.to(until);
                    }
                };
            }
        };
    }

    @Test
    void aDefectThatHaltsHideIsFoundAtTheEndOfItsBlock() throws InterruptedException {
        Random random = new Random(9);
        for (int i = 0; i < 200; i++) {
            long from = 1 + random.nextInt(5_000_000);
            long to = from + 1 + random.nextInt(60);
            Bisection.Difference d = narrow(side("a", NEVER, -1, NEVER), withBlock(from, to), 0, 6_000_000);
            assertEquals(to, d.icount(), "block " + from + " to " + to);
            assertEquals(to - 1, d.good());
            assertEquals(List.of("cpu0"), d.components());
        }
    }

    @Test
    void aDifferenceThatIsNotSeenAgainIsReportedWhereItWas() throws InterruptedException {
        boolean[] once = {true};
        Bisection.Side moody = new Bisection.Side() {
            @Override
            public String name() {
                return "moody";
            }

            @Override
            public Bisection.Run begin() {
                Fake run = new Fake(once[0] ? 5000 : NEVER, -1, NEVER);
                once[0] = false;
                return run;
            }
        };
        Bisection.Difference d = narrow(side("a", NEVER, -1, NEVER), moody, 0, 64_000);
        assertEquals(List.of(4000L, 5000L), List.of(d.good(), d.icount()));
        assertEquals(List.of("cpu0"), d.components());
    }
}
