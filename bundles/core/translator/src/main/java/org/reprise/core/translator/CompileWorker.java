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
    private static final int CALLS = 260;
    /** So many calls are timed: interpreted code takes some eight times as long as the best compiled code, that of the quick compiler two or three times. */
    private static final int PROBES = 64;
    private static final int SLOWER = 4;
    /** Probes of a method that is surely compiled at the end. */
    private static final int REFERENCE_PROBES = 1000;
    /** Handed over without being compiled after this time: the JVM may be one that does not compile. */
    private static final long PATIENCE_NANOS = 1_000_000_000L;
    private static final long POLL_MILLIS = 1;

    /** Who wants what. */
    private record Job(Region region, RegionManager client) {
    }

    /** A region that the JVM is compiling. */
    private record Warming(CompiledRegion region, RegionManager client, long since) {
    }

    private final Logger log = LoggerFactory.getLogger(CompileWorker.class);
    private final RegionCompiler compiler;
    private final SharedCode shared;
    private final List<Job> queue = new ArrayList<>();
    private final ArrayDeque<Warming> warming = new ArrayDeque<>();
    private boolean closed;
    /** The fewest nanoseconds that {@link #PROBES} calls have taken. */
    private long fastest = Long.MAX_VALUE;

    /** What a region's method does with too small a budget. */
    private static final class Reference extends CompiledCode {
        @Override
        protected int region0(TranslatedCpu cpu, long budget) {
            return budget < 1 ? -1 : 0;
        }
    }

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
        for (int i = 0; i < REFERENCE_PROBES; i++) {
            probe(new Reference(), 0);
        }
        for (List<Job> batch = take(); batch != null; batch = take()) {
            if (!batch.isEmpty()) {
                compile(batch);
            }
            for (int n = warming.size(); n > 0; n--) {
                Warming w = warming.poll();
                if (compiled(w.region()) || System.nanoTime() - w.since() > PATIENCE_NANOS) {
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
            for (int i = 0; i < CALLS; i++) {
                r.code().run(r.which(), null, Long.MIN_VALUE);
            }
            warming.add(new Warming(r, job.client(), System.nanoTime()));
        }
    }

    private void refused(Job job) {
        shared.failed(job.region());
        job.client().refused(job.region());
    }

    private boolean compiled(CompiledRegion r) {
        return probe(r.code(), r.which()) <= SLOWER * fastest;
    }

    private long probe(CompiledCode code, int which) {
        long begin = System.nanoTime();
        for (int i = 0; i < PROBES; i++) {
            code.run(which, null, Long.MIN_VALUE);
        }
        long nanos = System.nanoTime() - begin;
        // a clock that stands still meanwhile is no measure
        fastest = Math.min(fastest, Math.max(PROBES, nanos));
        return nanos;
    }
}
