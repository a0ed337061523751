package org.reprise.core.snapshot.segment;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.function.Predicate;
import org.reprise.api.travel.Hit;
import org.reprise.core.snapshot.segment.SegmentAnswer.End;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One question, asked of all segments of a recording by several runners at the same time. The answer is that of one runner that works on one segment
 * after the other. Runners take segments in the order in which their answers are wanted; few answers wait in memory. What a helping runner fails to do,
 * the recording's own one does: only its failures count.
 */
public final class Inquiry {
    /** Hits in one answer. */
    static final int MOST = 4096;
    /** Hits of one segment, and of all, with which runners wait until somebody has taken some. */
    private static final int FULL = 2 * MOST;
    private static final int ALL_FULL = 8 * MOST;
    private static final long POKE_MILLIS = 5;
    /** Helpers that are still being put together then end by themselves. */
    private static final int POKES = 20;
    private static final Logger LOG = LoggerFactory.getLogger(Inquiry.class);

    private enum Stage { OPEN, UNDER_WAY, DONE }

    private static final class Part {
        private final int index;
        private final Segment segment;
        private Stage stage = Stage.OPEN;
        /** Answers that nobody has taken, and how many hits are in them. */
        private final Deque<List<Hit>> ready = new ArrayDeque<>();
        private int waiting;
        /** Hits found so far. */
        private long known;
        private SegmentRunner runner;
        private RuntimeException failure;

        Part(int index, Segment segment) {
            this.index = index;
            this.segment = segment;
        }
    }

    /** A runner and its thread. */
    private final class Worker implements Runnable {
        private final SegmentRunner runner;
        private final boolean own;
        private final long patience;
        private Part last;

        Worker(SegmentRunner runner, boolean own, long patience) {
            this.runner = runner;
            this.own = own;
            this.patience = patience;
        }

        @Override
        public void run() {
            if (idle(patience)) {
                return;
            }
            for (Part part = take(this); part != null; part = take(this)) {
                Part present = part;
                SegmentAnswer answer = null;
                Throwable failure = null;
                try {
                    answer = runner.run(new SegmentJob(part.segment, question, part.known, MOST), () -> unwanted(present));
                } catch (RuntimeException | Error e) {
                    failure = e;
                }
                if (!put(this, part, answer, failure)) {
                    return;
                }
            }
        }
    }

    private final Question question;
    private final List<Part> parts = new ArrayList<>();
    private final Predicate<Segment> ownOnly;
    private int workers;
    /** The first part whose hits are not all taken. */
    private int head;
    /** Parts from here on are not wanted: a part before them has what is looked for. */
    private int horizon;
    /** Hits that nobody has taken. */
    private int waiting;
    private boolean over;
    private boolean interrupted;

    /**
     * Makes an inquiry.
     *
     * @param segments in the order in which answers are wanted; for the last hit, the latest first
     * @param ownOnly segments that only the recording's own runner works on
     */
    public Inquiry(Question question, List<Segment> segments, Predicate<Segment> ownOnly) {
        this.question = question;
        this.ownOnly = ownOnly;
        segments.forEach(segment -> parts.add(new Part(parts.size(), segment)));
        horizon = parts.size();
    }

    /**
     * Asks, and waits for the answer. To be called once.
     *
     * @param own the runner that always works
     * @param helpers others, if any
     * @param patience milliseconds after which helpers begin, if the answer is not there before
     * @param wanted told of each hit, in the order of the segments, on the caller's thread; false ends the inquiry
     * @return false when it was interrupted
     * @throws RuntimeException when the recording's own runner has failed with something that is wanted
     */
    public boolean ask(SegmentRunner own, List<? extends SegmentRunner> helpers, long patience, Predicate<Hit> wanted) {
        List<Worker> all = new ArrayList<>();
        all.add(new Worker(own, true, 0));
        helpers.forEach(helper -> all.add(new Worker(helper, false, patience)));
        workers = all.size();
        List<Thread> threads = new ArrayList<>();
        for (Worker worker : all) {
            Thread thread = new Thread(worker, "reprise-segments-" + threads.size());
            thread.setDaemon(true);
            threads.add(thread);
            thread.start();
        }
        try {
            return listen(wanted);
        } finally {
            finish(threads);
        }
    }

    /** Ends it soon. Any thread. */
    public synchronized void interrupt() {
        interrupted = true;
        over = true;
        notifyAll();
    }

    private boolean listen(Predicate<Hit> wanted) {
        for (Part part : parts) {
            for (List<Hit> hits = next(part); hits != null; hits = next(part)) {
                for (Hit hit : hits) {
                    if (!wanted.test(hit)) {
                        return true;
                    }
                }
            }
            synchronized (this) {
                if (interrupted) {
                    return false;
                }
            }
        }
        return true;
    }

    /** The next hits of a part; null when there are no more, or the inquiry is over. */
    private synchronized List<Hit> next(Part part) {
        head = part.index;
        notifyAll();
        while (!over && part.ready.isEmpty() && part.stage != Stage.DONE) {
            await(0);
        }
        if (over) {
            return null;
        }
        List<Hit> hits = part.ready.poll();
        if (hits == null && part.failure != null) {
            throw part.failure;
        }
        if (hits != null) {
            part.waiting -= hits.size();
            waiting -= hits.size();
            notifyAll();
        }
        return hits;
    }

    /** Waits for a change; an interrupt of the thread is one of the inquiry. */
    private synchronized void await(long millis) {
        try {
            wait(millis);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            interrupt();
        }
    }

    /** Waits. @return true when it is over meanwhile */
    private synchronized boolean idle(long millis) {
        long until = System.nanoTime() + millis * 1_000_000;
        for (long left = millis; left > 0 && !over; left = (until - System.nanoTime()) / 1_000_000) {
            await(left);
        }
        return over;
    }

    private synchronized boolean unwanted(Part part) {
        return over || part.index >= horizon;
    }

    /** A part to work on; null when there will be none any more. */
    private synchronized Part take(Worker worker) {
        while (!over) {
            Part part = choose(worker);
            if (part != null) {
                part.stage = Stage.UNDER_WAY;
                part.runner = worker.runner;
                worker.last = part;
                return part;
            }
            await(0);
        }
        return null;
    }

    private Part choose(Worker worker) {
        Part last = worker.last;
        if (last != null && last.stage == Stage.OPEN && last.index < horizon) {
            // the machine stands in the middle of it: only what everybody waits for is worth going away
            Part first = parts.get(head);
            return open(last, worker) ? last : first != last && open(first, worker) ? first : null;
        }
        for (int i = head; i < horizon; i++) {
            if (open(parts.get(i), worker)) {
                return parts.get(i);
            }
        }
        return null;
    }

    private boolean open(Part part, Worker worker) {
        return part.stage == Stage.OPEN && part.index < horizon && (worker.own || !ownOnly.test(part.segment)) && part.waiting < FULL
            && (waiting < ALL_FULL || part.index < head + workers);
    }

    /** A job is over. @return false when the runner is not to be used any more */
    private synchronized boolean put(Worker worker, Part part, SegmentAnswer answer, Throwable failure) {
        part.runner = null;
        notifyAll();
        if (failure != null && worker.own) {
            part.failure = failure instanceof RuntimeException known ? known : new IllegalStateException(failure);
            part.stage = Stage.DONE;
            return true;
        }
        if (failure != null || answer.end() == End.STOPPED) {
            part.stage = Stage.OPEN;
            if (unwanted(part)) {
                return failure == null;
            }
            if (worker.own) {
                // somebody has stopped the machine
                interrupt();
            } else {
                LOG.warn("a part of a question is asked again, of another machine: {}", failure == null ? "it was stopped" : failure.getMessage());
            }
            return false;
        }
        part.stage = answer.end() == End.WHOLE ? Stage.DONE : Stage.OPEN;
        part.known += answer.hits().size();
        if (!answer.hits().isEmpty()) {
            part.ready.add(answer.hits());
            part.waiting += answer.hits().size();
            waiting += answer.hits().size();
            if (question.last() && part.index + 1 < horizon) {
                horizon = part.index + 1;
                poke();
            }
        }
        return true;
    }

    /**
     * Ends what is under way and not wanted. Nobody can begin a new job meanwhile; one that is just about to run is missed.
     *
     * @return true when there was something
     */
    private synchronized boolean poke() {
        boolean any = false;
        for (Part part : parts) {
            if (part.runner != null && unwanted(part)) {
                part.runner.interrupt();
                any = true;
            }
        }
        return any;
    }

    private void finish(List<Thread> threads) {
        synchronized (this) {
            over = true;
            notifyAll();
        }
        boolean interruptedMeanwhile = false;
        for (int round = 0; threads.get(0).isAlive() || round < POKES && threads.stream().anyMatch(Thread::isAlive); round++) {
            poke();
            try {
                threads.stream().filter(Thread::isAlive).findFirst().orElse(threads.get(0)).join(POKE_MILLIS);
            } catch (InterruptedException e) {
                interruptedMeanwhile = true;
            }
        }
        if (interruptedMeanwhile) {
            Thread.currentThread().interrupt();
        }
    }
}
