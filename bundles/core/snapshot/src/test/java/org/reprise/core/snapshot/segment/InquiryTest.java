package org.reprise.core.snapshot.segment;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.BooleanSupplier;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.reprise.api.travel.Hit;
import org.reprise.core.snapshot.segment.SegmentAnswer.End;

/** Whoever works on the segments, and however fast: the answer is that of one pass over the recording. */
@Timeout(60)
class InquiryTest {
    private static final Question ALL = Question.of(List.of(1L), List.of(), false);
    private static final Question LAST = Question.of(List.of(1L), List.of(), true);

    /** Answers from a list of hits. */
    private static class Runner implements SegmentRunner {
        final List<Hit> recording;
        final Random random;
        private boolean stopped;

        Runner(List<Hit> recording, long seed) {
            this.recording = recording;
            random = new Random(seed);
        }

        @Override
        public SegmentAnswer run(SegmentJob job, BooleanSupplier unwanted) {
            if (pause(random.nextInt(3))) {
                return new SegmentAnswer(List.of(), End.STOPPED);
            }
            List<Hit> hits = recording.stream().filter(hit -> job.segment().has(hit.icount())).toList();
            if (job.question().last()) {
                return new SegmentAnswer(hits.isEmpty() ? hits : hits.subList(hits.size() - 1, hits.size()), End.WHOLE);
            }
            List<Hit> some = hits.stream().skip(job.skip()).limit(job.most()).toList();
            return new SegmentAnswer(some, job.skip() + some.size() < hits.size() ? End.MORE : End.WHOLE);
        }

        /** @return true when it was interrupted */
        synchronized boolean pause(long millis) {
            stopped = false;
            long until = System.nanoTime() + millis * 1_000_000;
            while (!stopped && System.nanoTime() < until) {
                try {
                    wait(1);
                } catch (InterruptedException e) {
                    throw new AssertionError(e);
                }
            }
            return stopped;
        }

        @Override
        public synchronized void interrupt() {
            stopped = true;
            notifyAll();
        }
    }

    private static SegmentRunner broken() {
        return new Runner(List.of(), 0) {
            @Override
            public SegmentAnswer run(SegmentJob job, BooleanSupplier unwanted) {
                pause(3);
                throw new IllegalStateException("a twin that fails");
            }
        };
    }

    private static List<Hit> hits(LongStream icounts) {
        return icounts.sorted().mapToObj(icount -> new Hit(icount, (int) icount & 1, icount * 3, Optional.empty())).toList();
    }

    private static List<Hit> asked(Question question, List<Segment> segments, long length, SegmentRunner own, List<SegmentRunner> helpers) {
        List<Hit> found = new ArrayList<>();
        assertTrue(new Inquiry(question, segments, segment -> segment.length() > length / 3).ask(own, helpers, 0, hit -> {
            found.add(hit);
            return !question.last();
        }));
        return found;
    }

    @Test
    void theAnswerIsTheSameForAnyNumberOfRunnersAndAnySegments() {
        for (int seed = 0; seed < 120; seed++) {
            Random random = new Random(seed);
            long length = 10_000_000L * (1 + random.nextInt(10));
            List<Hit> recording = hits(random.longs(random.nextInt(3) * random.nextInt(20), 0, length));
            List<Long> places = random.longs(random.nextInt(30), 1, length).sorted().distinct().boxed().toList();
            List<SegmentRunner> helpers = new ArrayList<>();
            for (int i = 0; i < seed % 4; i++) {
                helpers.add(random.nextInt(5) == 0 ? broken() : new Runner(recording, random.nextLong()));
            }
            Runner own = new Runner(recording, seed);
            assertEquals(recording, asked(ALL, Segment.forwards(places, length, 4), length, own, helpers), "seed " + seed);
            long before = 1 + random.nextLong(length);
            List<Hit> last = recording.stream().filter(hit -> hit.icount() < before).toList();
            List<Hit> found = asked(LAST, Segment.backwards(places, before), length, own, helpers);
            assertEquals(last.isEmpty() ? last : last.subList(last.size() - 1, last.size()), found, "seed " + seed);
        }
    }

    /** Makes hits without an end, and counts those that nobody has taken. */
    private static final class Endless extends Runner {
        final AtomicLong waiting;
        long most;

        Endless(AtomicLong waiting) {
            super(List.of(), 0);
            this.waiting = waiting;
        }

        @Override
        public SegmentAnswer run(SegmentJob job, BooleanSupplier unwanted) {
            long first = job.segment().after() + 1 + job.skip();
            long count = Math.min(job.most(), job.segment().upTo() + 1 - first);
            most = Math.max(most, waiting.addAndGet(count));
            return new SegmentAnswer(hits(LongStream.range(first, first + count)), first + count > job.segment().upTo() ? End.WHOLE : End.MORE);
        }
    }

    @Test
    void manyHitsDoNotPileUp() {
        List<Segment> segments = IntStream.range(0, 40).mapToObj(i -> new Segment(i * 50_000L - 1, i * 50_000L + 49_999)).toList();
        AtomicLong waiting = new AtomicLong();
        List<Endless> runners = Stream.generate(() -> new Endless(waiting)).limit(3).toList();
        long[] next = new long[1];
        assertTrue(new Inquiry(ALL, segments, segment -> false).ask(runners.get(0), runners.subList(1, 3), 0, hit -> {
            waiting.decrementAndGet();
            return hit.icount() == next[0]++;
        }));
        assertEquals(2_000_000, next[0]);
        long most = runners.stream().mapToLong(r -> r.most).max().orElseThrow();
        assertTrue(most <= 16L * Inquiry.MOST, most + " hits waited");
    }

    /** Works on its segment until it is interrupted. */
    private static Runner stuck(CountDownLatch begun) {
        return new Runner(List.of(), 0) {
            @Override
            public SegmentAnswer run(SegmentJob job, BooleanSupplier unwanted) {
                begun.countDown();
                pause(Long.MAX_VALUE / 2_000_000);
                return new SegmentAnswer(List.of(), End.STOPPED);
            }
        };
    }

    private static List<Segment> latestFirst(int count) {
        return IntStream.range(0, count).mapToObj(i -> new Segment((count - 1 - i) * 100L - 1, (count - i) * 100L - 1)).toList();
    }

    @Test
    void whatALaterSegmentMakesNeedlessIsInterrupted() throws InterruptedException {
        CountDownLatch begun = new CountDownLatch(1);
        Runner own = new Runner(hits(LongStream.of(950)), 0) {
            @Override
            public SegmentAnswer run(SegmentJob job, BooleanSupplier unwanted) {
                try {
                    begun.await();
                } catch (InterruptedException e) {
                    throw new AssertionError(e);
                }
                return super.run(job, unwanted);
            }
        };
        List<Long> found = new ArrayList<>();
        // the latest segment is not for the helper: it sits on one before
        List<Segment> segments = latestFirst(10);
        assertTrue(new Inquiry(LAST, segments, segment -> segment.upTo() == 999).ask(own, List.of(stuck(begun)), 0, hit -> {
            found.add(hit.icount());
            return false;
        }));
        assertEquals(List.of(950L), found);
    }

    @Test
    void anInterruptEndsAllRunnersAndSaysSo() throws InterruptedException {
        CountDownLatch begun = new CountDownLatch(2);
        Inquiry inquiry = new Inquiry(ALL, latestFirst(5), segment -> false);
        Thread user = new Thread(() -> {
            try {
                begun.await();
            } catch (InterruptedException e) {
                throw new AssertionError(e);
            }
            inquiry.interrupt();
        });
        user.start();
        assertFalse(inquiry.ask(stuck(begun), List.of(stuck(begun)), 0, hit -> true));
        user.join();
    }

    @Test
    void aMachineThatSomebodyElseStopsEndsTheInquiry() {
        Runner own = new Runner(List.of(), 0) {
            @Override
            public SegmentAnswer run(SegmentJob job, BooleanSupplier unwanted) {
                return new SegmentAnswer(List.of(), End.STOPPED);
            }
        };
        assertFalse(new Inquiry(ALL, latestFirst(5), segment -> false).ask(own, List.of(), 0, hit -> true));
    }

    @Test
    void aFailureOfTheOwnRunnerCountsWhereItsAnswerIsWanted() {
        IllegalStateException diverged = new IllegalStateException("diverged");
        Runner own = new Runner(hits(LongStream.of(250, 950)), 0) {
            @Override
            public SegmentAnswer run(SegmentJob job, BooleanSupplier unwanted) {
                if (job.segment().has(350)) {
                    throw diverged;
                }
                return super.run(job, unwanted);
            }
        };
        assertEquals(1, asked(LAST, latestFirst(10), 1_000, own, List.of()).size(), "the last hit is behind it");
        List<Segment> firstFirst = IntStream.range(0, 10).mapToObj(i -> new Segment(i * 100L - 1, i * 100L + 99)).toList();
        List<Hit> found = new ArrayList<>();
        assertSame(diverged, assertThrows(IllegalStateException.class, () -> new Inquiry(ALL, firstFirst, segment -> false).ask(own, List.of(), 0, hit -> {
            found.add(hit);
            return true;
        })));
        assertEquals(hits(LongStream.of(250)), found, "what comes before it is told of");
    }
}
