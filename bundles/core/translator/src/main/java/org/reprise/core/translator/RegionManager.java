package org.reprise.core.translator;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/**
 * Decides what is compiled together, has it compiled, and puts the result to use. Blocks are immutable, so the compiler works on its own
 * thread; regions are formed and installed on the machine's thread, at the beginning of a slice, which the guest cannot see.
 */
final class RegionManager {
    /** Most pages a region may come from: each is checked after a TLB flush. */
    private static final int MAX_PAGES = 4;

    private final TranslatorSettings settings;
    private final CodeCache cache;
    private final RegionCompiler compiler;
    private final ConcurrentLinkedQueue<CompiledRegion> finished = new ConcurrentLinkedQueue<>();
    private ExecutorService worker;
    private long installed;
    private long installedInstructions;
    private long installedBytes;
    private long outdated;

    RegionManager(TranslatorSettings settings, CodeCache cache, RegionCompiler compiler) {
        this.settings = settings;
        this.cache = cache;
        this.compiler = compiler;
    }

    /** Asks for a region that begins with this block. */
    void request(Block head, TranslatedCpu cpu) {
        head.requested = true;
        if (head.secondPage != -1) {
            return;
        }
        Block[] blocks = form(head, cpu);
        if (!settings.background()) {
            accept(compiler.compile(blocks));
            return;
        }
        if (worker == null) {
            worker = Executors.newSingleThreadExecutor(r -> {
                Thread t = new Thread(r, "reprise-translator");
                t.setDaemon(true);
                return t;
            });
        }
        worker.execute(() -> {
            CompiledRegion r = compiler.compile(blocks);
            if (r != null) {
                finished.add(r);
            }
        });
    }

    private Block[] form(Block head, TranslatedCpu cpu) {
        List<Block> list = new ArrayList<>();
        Set<Block> seen = new HashSet<>();
        Set<Long> pages = new HashSet<>();
        list.add(head);
        seen.add(head);
        pages.add(head.pc & -4096L);
        int instructions = head.length;
        for (int i = 0; i < list.size(); i++) {
            Block b = list.get(i);
            int t = b.terminator();
            if (t == Op.JUMP || Op.isBranch(t)) {
                // the fall-through first: it is laid out next to its predecessor
                for (int side = Op.isBranch(t) ? 0 : 1; side < 2; side++) {
                    long pc = side == 0 ? b.nextPc : b.target;
                    Block next = known(pc, head.mode, cpu);
                    if (next != null && !seen.contains(next) && instructions + next.length <= settings.regionInstructions()
                            && (pages.contains(pc & -4096L) || pages.size() < MAX_PAGES)) {
                        seen.add(next);
                        pages.add(pc & -4096L);
                        list.add(next);
                        instructions += next.length;
                    }
                }
            }
        }
        return list.toArray(Block[]::new);
    }

    private Block known(long pc, int mode, TranslatedCpu cpu) {
        long page = cpu.knownFetchPage(pc);
        if (page == -1 || cpu.isBreakpoint(pc)) {
            return null;
        }
        Block b = cache.find(page + (pc & 4095), pc, mode);
        return b != null && b.secondPage == -1 ? b : null;
    }

    /** Puts regions to use that have been compiled meanwhile. */
    void install() {
        if (worker != null) {
            for (CompiledRegion r = finished.poll(); r != null; r = finished.poll()) {
                accept(r);
            }
        }
    }

    private void accept(CompiledRegion r) {
        if (r == null) {
            return;
        }
        for (Block b : r.blocks) {
            if (!b.valid) {
                outdated++;
                r.blocks[0].requested = false;
                r.blocks[0].heat = 0;
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
        r.blocks[0].region = r;
        installed++;
        installedBytes += r.bytes;
    }

    void statistics(Map<String, Long> m) {
        m.put("regions", installed);
        m.put("instructions in regions", installedInstructions);
        m.put("bytecodes in regions", installedBytes);
        m.put("regions outdated when compiled", outdated);
        m.put("ns compiling to bytecode", compiler.nanos());
    }

    void close() {
        if (worker != null) {
            worker.shutdownNow();
        }
    }
}
