package org.reprise.core.translator;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The thread that compiles regions, the hottest first, several to a class. A fresh method would run in the JVM's bytecode interpreter, ten
 * times slower than ours: so it is called here, with a budget that lets it do nothing, until the JVM has compiled it, and only then
 * handed over. That is a guess from time, and only speed depends on it. The optimising compiler comes later, by itself: it needs the
 * profile of real execution.
 */
final class CompileWorker {
    /** Regions in one class. */
    private static final int BATCH = CompiledCode.REGIONS;
    /** Calls after which HotSpot asks for compiled code (Tier3InvocationThreshold, looked at each 128 calls). */
    private static final int CALLS = 256;
    /** So many calls are timed: in the JVM's interpreter they take some three times as long as in code of its quick compiler. */
    private static final int PROBES = 64;
    /** So many times faster than it was, a region is compiled. */
    private static final double FASTER = 1.5;
    /** So often the probe itself is warmed up, before it measures anything. */
    private static final int REHEARSALS = 300;
    /** Handed over without being compiled after this time: the JVM may be one that does not compile. */
    private static final long PATIENCE_NANOS = 1_000_000_000L;
    private static final long POLL_MILLIS = 1;

    /** Who wants what. */
    private record Job(Region region, RegionManager client) {
    }

    /** A region that the JVM is compiling. @param interpreted nanoseconds that a probe took before */
    private record Warming(CompiledRegion region, RegionManager client, long since, long interpreted) {
    }

    private final Logger log = LoggerFactory.getLogger(CompileWorker.class);
    private final RegionCompiler compiler;
    private final SharedCode shared;
    private final List<Job> queue = new ArrayList<>();
    private final ArrayDeque<Warming> warming = new ArrayDeque<>();
    private boolean closed;

    /** @param shared told of what was compiled before the one who asked for it */
    CompileWorker(RegionCompiler compiler, SharedCode shared) {
        this.compiler = compiler;
        this.shared = shared;
        Thread thread = new Thread(this::work, "reprise-translator");
        thread.setDaemon(true);
        thread.start();
    }

    synchronized void add(Region region, RegionManager client) {
        queue.add(new Job(region, client));
        notifyAll();
    }

    synchronized void close() {
        closed = true;
        notifyAll();
    }

    /** The hottest regions waiting; empty when there are none but some are being warmed up; null at the end. */
    private synchronized List<Job> take() {
        try {
            while (!closed && queue.isEmpty()) {
                if (!warming.isEmpty()) {
                    wait(POLL_MILLIS);
                    break;
                }
                wait();
            }
        } catch (InterruptedException e) {
            return null;
        }
        if (closed) {
            return null;
        }
        List<Job> batch = new ArrayList<>();
        while (!queue.isEmpty() && batch.size() < BATCH) {
            int hottest = 0;
            long heat = -1;
            for (int i = 0; i < queue.size(); i++) {
                long h = queue.get(i).region().heat();
                if (h > heat) {
                    heat = h;
                    hottest = i;
                }
            }
            batch.add(queue.remove(hottest));
        }
        return batch;
    }

    private void work() {
        rehearse();
        for (List<Job> batch = take(); batch != null; batch = take()) {
            if (!batch.isEmpty()) {
                compile(batch);
            }
            for (int n = warming.size(); n > 0; n--) {
                Warming w = warming.poll();
                if (FASTER * probe(w.region().code(), w.region().which()) <= w.interpreted() || System.nanoTime() - w.since() > PATIENCE_NANOS) {
                    shared.made(w.region());
                    w.client().finished(w.region());
                } else {
                    warming.add(w);
                }
            }
        }
    }

    private void compile(List<Job> batch) {
        List<CompiledRegion> regions;
        try {
            regions = compiler.compile(batch.stream().map(Job::region).toList());
        } catch (RuntimeException | StackOverflowError | LinkageError e) {
            if (batch.size() > 1) {
                // one of them is to blame, the others are not
                batch.forEach(job -> compile(List.of(job)));
                return;
            }
            Job job = batch.get(0);
            log.error("the region at 0x{} stays interpreted", Long.toHexString(job.region().blocks()[0].pc), e);
            refused(job);
            return;
        }
        for (Job job : batch) {
            CompiledRegion r = regions.stream().filter(c -> c.region == job.region()).findFirst().orElse(null);
            if (r == null) {
                refused(job);
                continue;
            }
            // the first time it links what it calls, and the last time it may be compiled already
            long interpreted = Long.MAX_VALUE;
            for (int calls = 0; calls < CALLS; calls += PROBES) {
                interpreted = Math.min(interpreted, probe(r.code(), r.which()));
            }
            warming.add(new Warming(r, job.client(), System.nanoTime(), interpreted));
        }
    }

    private void refused(Job job) {
        shared.failed(job.region());
        job.client().refused(job.region());
    }

    /** Nanoseconds that calls take which do nothing. */
    private static long probe(CompiledCode code, int which) {
        long begin = System.nanoTime();
        for (int i = 0; i < PROBES; i++) {
            code.run(which, null, Long.MIN_VALUE);
        }
        return System.nanoTime() - begin;
    }

    /** Has the JVM compile the probe, for many classes: else it would be what is slow, or be compiled for one class. */
    private static void rehearse() {
        CompiledCode[] some = {new First(), new Second(), new Third()};
        for (int i = 0; i < REHEARSALS; i++) {
            probe(some[i % some.length], 0);
        }
    }

    private static class First extends CompiledCode {
        @Override
        protected int region0(TranslatedCpu cpu, long budget) {
            return -1;
        }
    }

    private static final class Second extends First {
        @Override
        protected int region0(TranslatedCpu cpu, long budget) {
            return budget < 0 ? -1 : 0;
        }
    }

    private static final class Third extends First {
        @Override
        protected int region0(TranslatedCpu cpu, long budget) {
            return cpu == null ? -1 : 0;
        }
    }
}
