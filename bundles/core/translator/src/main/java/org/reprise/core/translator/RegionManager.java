package org.reprise.core.translator;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentLinkedQueue;

/**
 * Has regions compiled and puts the result to use. Regions are formed and installed on the machine's thread, installed at the beginning of
 * a slice, which the guest cannot see; blocks are immutable, so the compiler works on its own thread.
 */
final class RegionManager {
    /** Refused entries after which a region is compiled anew. */
    private static final int REFUSALS = 16;

    private final TranslatorSettings settings;
    private final RegionFormer former;
    private final SharedCode shared;
    private final ConcurrentLinkedQueue<CompiledRegion> finished = new ConcurrentLinkedQueue<>();
    private final ConcurrentLinkedQueue<Region> refused = new ConcurrentLinkedQueue<>();
    private long installed;
    private long installedInstructions;
    private long installedBytes;
    private long hot;
    private long outdated;
    private long reused;

    RegionManager(TranslatorSettings settings, CodeCache cache, SharedCode shared) {
        this.settings = settings;
        this.former = new RegionFormer(settings, cache);
        this.shared = shared;
    }

    /** The worker has compiled a region. Any thread. */
    void finished(CompiledRegion r) {
        finished.add(r);
    }

    /** The worker could not compile a region. Any thread. */
    void refused(Region r) {
        refused.add(r);
    }

    /** Asks for a region that begins with this block. */
    void request(Block head, TranslatedCpu cpu) {
        if (head.secondPage != -1 || cpu.isBreakpoint(head.pc)) {
            // a region that comes back to its entry would not ask there
            head.due = Integer.MAX_VALUE;
            return;
        }
        TranslationCache.Entry entry = head.remembered;
        head.remembered = null;
        for (Region made : shared.madeAt(head)) {
            Region same = shared.same(made, head, cpu);
            CompiledRegion code = same == null ? null : shared.find(same);
            if (code != null) {
                reused++;
                accept(code);
                return;
            }
        }
        compile(entry != null ? former.remember(head, entry, cpu) : former.form(head, false, cpu));
    }

    /** Asks for better code of the region at a block, in which much time is spent. */
    void promote(Block head, TranslatedCpu cpu) {
        head.promotion = Long.MAX_VALUE;
        // it may just have overwritten itself
        if (head.valid) {
            compile(former.form(head, true, cpu));
        }
    }

    /** A hot region was not entered because a register is wide: when that goes on, it is compiled without ints. */
    void refused(CompiledRegion r) {
        if (++r.refusals == REFUSALS) {
            Block head = r.blocks[0];
            if (head.region() == r) {
                head.region(r.before);
            }
            if (head.pending == 0) {
                compile(r.region.widened());
            }
        }
    }

    private void compile(Region region) {
        CompiledRegion there = shared.find(region);
        if (there != null) {
            reused++;
            accept(there);
            return;
        }
        for (Block b : region.blocks()) {
            b.pending++;
        }
        if (settings.background()) {
            shared.compile(region, this);
            return;
        }
        List<CompiledRegion> compiled = shared.compileNow(region);
        settle(region);
        compiled.forEach(r -> {
            shared.made(r);
            accept(r);
        });
        if (compiled.isEmpty()) {
            region.blocks()[0].due = Integer.MAX_VALUE;
        }
    }

    /** Puts regions to use that have been compiled meanwhile. */
    void install() {
        for (CompiledRegion r = finished.poll(); r != null; r = finished.poll()) {
            settle(r.region);
            accept(r);
        }
        for (Region r = refused.poll(); r != null; r = refused.poll()) {
            settle(r);
            r.blocks()[0].due = Integer.MAX_VALUE;
        }
    }

    /** The region is not under way any more: its blocks may become entries when they go on to be interpreted. */
    private void settle(Region region) {
        for (Block b : region.blocks()) {
            b.pending--;
            b.due = b.heat > Integer.MAX_VALUE - settings.threshold() ? Integer.MAX_VALUE : b.heat + settings.threshold();
        }
    }

    private void accept(CompiledRegion r) {
        for (Block b : r.blocks) {
            if (!b.valid) {
                outdated++;
                return;
            }
        }
        for (Block b : r.blocks) {
            if (b.regions == null) {
                b.regions = new ArrayList<>(2);
            }
            b.regions.add(r);
            installedInstructions += b.length;
        }
        Block head = r.blocks[0];
        CompiledRegion before = head.region();
        r.warm = r.region.hot() && before != null ? before.warm : r.region;
        r.before = before == null || !before.region.hot() ? before : before.before;
        if (r.region.hot()) {
            head.promotion = Long.MAX_VALUE;
        } else {
            head.executed = 0;
            head.promotion = settings.promotion();
        }
        head.region(r);
        installed++;
        if (r.region.hot()) {
            hot++;
        }
        installedBytes += r.bytes;
    }

    /** What of this region is worth remembering: for the translation cache. */
    static TranslationCache.Entry entry(CompiledRegion r, TranslatedCpu cpu) {
        Block[] blocks = r.warm.blocks();
        long[] pcs = new long[blocks.length];
        long[] hashes = new long[blocks.length];
        long[][] targets = new long[blocks.length][];
        for (int i = 0; i < blocks.length; i++) {
            pcs[i] = blocks[i].pc;
            hashes[i] = blocks[i].codeHash(cpu.memory);
            targets[i] = blocks[i].targets;
        }
        return new TranslationCache.Entry(blocks[0].mode, r.blocks[0].executed, pcs, hashes, targets);
    }

    void statistics(Map<String, Long> m) {
        m.put("regions", installed);
        m.put("hot regions", hot);
        m.put("instructions in regions", installedInstructions);
        m.put("bytecodes in regions", installedBytes);
        m.put("regions outdated when compiled", outdated);
        m.put("regions whose code another one had", reused);
        m.put("ns compiling to bytecode", shared.nanos());
    }

    void close() {
        shared.release();
    }
}
