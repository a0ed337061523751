package org.reprise.core.translator;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;

/**
 * What the CPUs of a machine and of its twins share that translate alike: the compiling thread, the translation cache, and compiled code. Code is found by
 * the IR of its region: what one CPU had compiled, another one uses as soon as it comes to an entry of it, and a page that is written again with the same
 * code costs nothing. Any thread.
 */
final class SharedCode {
    /** Most regions whose code is kept for others; the least used are forgotten. */
    private static final int MOST = 16_384;
    private static final int MOST_ALIKE = 4;

    /** Two regions of equal shape have the same code: everything that the compiler looks at. */
    private static final class Shape {
        private final Region region;
        private final int hash;

        Shape(Region region) {
            this.region = region;
            int h = region.hot() ? 1 : 0;
            for (Block b : region.blocks()) {
                h = 31 * h + Long.hashCode(b.pc);
                h = 31 * h + Arrays.hashCode(b.code);
            }
            hash = h;
        }

        @Override
        public int hashCode() {
            return hash;
        }

        @Override
        public boolean equals(Object other) {
            if (!(other instanceof Shape s) || hash != s.hash || region.hot() != s.region.hot() || region.narrow() != s.region.narrow()
                    || region.blocks().length != s.region.blocks().length) {
                return false;
            }
            for (int i = 0; i < region.blocks().length; i++) {
                if (!alike(region.blocks()[i], s.region.blocks()[i]) || !Arrays.equals(region.expected()[i], s.region.expected()[i])) {
                    return false;
                }
            }
            return true;
        }
    }

    private record Head(long pc, int mode) {
    }

    /** What waits for code that is being compiled. */
    private record Waiting(Region region, RegionManager client) {
    }

    private final RegionCompiler compiler;
    private final TranslationCache remembered;
    private final Map<Shape, CompiledRegion> done = new LinkedHashMap<>(16, 0.75f, true) {
        @Override
        protected boolean removeEldestEntry(Map.Entry<Shape, CompiledRegion> eldest) {
            return size() > MOST;
        }
    };
    private final Map<Head, List<Region>> heads = new LinkedHashMap<>(16, 0.75f, true) {
        @Override
        protected boolean removeEldestEntry(Map.Entry<Head, List<Region>> eldest) {
            return size() > MOST;
        }
    };
    private final Map<Shape, List<Waiting>> underWay = new HashMap<>();
    private CompileWorker worker;
    private int users;

    SharedCode(RegionCompiler compiler, Supplier<TranslationCache> remembered) {
        this.compiler = compiler;
        this.remembered = remembered.get();
    }

    /** One more CPU. */
    synchronized SharedCode use() {
        users++;
        return this;
    }

    /** Compiles a region at once. */
    synchronized List<CompiledRegion> compileNow(Region region) {
        return compiler.compile(List.of(region));
    }

    /** Time spent in compiling, for statistics. */
    long nanos() {
        return compiler.nanos();
    }

    /** What earlier runs knew, or null. */
    TranslationCache remembered() {
        return remembered;
    }

    private static boolean alike(Block a, Block b) {
        return a.pc == b.pc && a.mode == b.mode && a.nextPc == b.nextPc && a.target == b.target && a.temps == b.temps
                && Arrays.equals(a.code, b.code) && Arrays.equals(a.pool, b.pool) && Arrays.equals(a.starts, b.starts)
                && Arrays.equals(a.offsets, b.offsets);
    }

    /** Regions that were made with this entry, the best first; empty when none. */
    synchronized List<Region> madeAt(Block head) {
        List<Region> all = heads.get(new Head(head.pc, head.mode));
        if (all == null) {
            return List.of();
        }
        List<Region> found = new ArrayList<>(all);
        found.removeIf(r -> !alike(r.blocks()[0], head));
        return found;
    }

    /** A CPU's region with the blocks that made one had, or null when one of them is not there or another. */
    Region same(Region made, Block head, TranslatedCpu cpu) {
        Block[] blocks = new Block[made.blocks().length];
        blocks[0] = head;
        for (int i = 1; i < blocks.length; i++) {
            blocks[i] = cpu.blockIfKnown(made.blocks()[i].pc, head.mode);
            if (blocks[i] == null || blocks[i].secondPage != -1 || !alike(blocks[i], made.blocks()[i])) {
                return null;
            }
        }
        return new Region(blocks, made.expected(), made.hot(), made.narrow());
    }

    /** Code that exists for a region, for a CPU's own blocks; null when there is none. */
    synchronized CompiledRegion find(Region region) {
        CompiledRegion made = done.get(new Shape(region));
        return made == null ? null : made.on(region);
    }

    /** Has a region compiled by the worker: the client gets it, sooner or later. */
    synchronized void compile(Region region, RegionManager client) {
        List<Waiting> others = underWay.get(new Shape(region));
        if (others != null) {
            others.add(new Waiting(region, client));
            return;
        }
        underWay.put(new Shape(region), new ArrayList<>());
        if (worker == null) {
            worker = new CompileWorker(compiler, this);
        }
        worker.add(region, client);
    }

    /** A region was compiled; whoever waits for the same gets it, too. */
    synchronized void made(CompiledRegion r) {
        done.put(new Shape(r.region), r);
        List<Region> alike = heads.computeIfAbsent(new Head(r.blocks[0].pc, r.blocks[0].mode), k -> new ArrayList<>(1));
        alike.add(0, r.region);
        if (alike.size() > MOST_ALIKE) {
            alike.remove(MOST_ALIKE);
        }
        List<Waiting> others = underWay.remove(new Shape(r.region));
        if (others != null) {
            others.forEach(w -> w.client().finished(r.on(w.region())));
        }
    }

    /** A region could not be compiled. */
    synchronized void failed(Region region) {
        List<Waiting> others = underWay.remove(new Shape(region));
        if (others != null) {
            others.forEach(w -> w.client().refused(w.region()));
        }
    }

    /** One CPU less; with the last one the worker ends and the translation cache is written. A machine that is put together anew uses it again. */
    synchronized void release() {
        if (--users > 0) {
            return;
        }
        if (worker != null) {
            worker.close();
            worker = null;
            // what was under way was dropped with it
            underWay.clear();
        }
        if (remembered != null) {
            remembered.write();
        }
    }
}
