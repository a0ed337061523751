package org.reprise.core.translator;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Chooses the blocks of a region: those reached from its entry by jumps, branches and computed jumps as they were seen to go, as long as
 * they are not much colder than the entry. Machine's thread only.
 */
final class RegionFormer {
    /** Most pages a region may come from: each is checked after a TLB flush. */
    private static final int MAX_PAGES = 4;
    /** A block that was entered so many times less often than the region's entry stays outside: cold code costs the compilers' time. */
    private static final int COLDER = 16;
    /** A region that is only warm is so many times shorter than a hot one may be. */
    private static final int WARM = 2;
    /** Most addresses that a computed jump is compared with. */
    private static final int MAX_EXPECTED = 4;

    private final TranslatorSettings settings;
    private final CodeCache cache;

    RegionFormer(TranslatorSettings settings, CodeCache cache) {
        this.settings = settings;
        this.cache = cache;
    }

    Region form(Block head, boolean hot, TranslatedCpu cpu) {
        Map<Long, Block> chosen = new LinkedHashMap<>();
        Set<Long> pages = new HashSet<>();
        List<Block> list = new ArrayList<>();
        chosen.put(head.pc, head);
        list.add(head);
        pages.add(head.pc & -4096L);
        int instructions = head.length;
        int most = hot ? settings.regionInstructions() : Math.max(1, settings.regionInstructions() / WARM);
        int coldest = Math.min(head.heat, settings.threshold()) / COLDER;
        for (int i = 0; i < list.size(); i++) {
            for (long pc : successors(list.get(i), hot && settings.passes().expectsJumps())) {
                if (chosen.containsKey(pc) || !pages.contains(pc & -4096L) && pages.size() == MAX_PAGES) {
                    continue;
                }
                Block next = known(pc, head.mode, cpu);
                if (next != null && next.heat >= coldest && instructions + next.length <= most) {
                    chosen.put(pc, next);
                    pages.add(pc & -4096L);
                    list.add(next);
                    instructions += next.length;
                }
            }
        }
        Block[] blocks = list.toArray(Block[]::new);
        long[][] expected = new long[blocks.length][];
        for (int i = 0; i < blocks.length; i++) {
            expected[i] = settings.passes().expectsJumps() && blocks[i].terminator() == Op.JUMP_TO ? expected(blocks[i], chosen) : new long[0];
        }
        return new Region(blocks, expected, hot, hot && settings.passes().narrowsLocals());
    }

    /**
     * A warm region as an earlier run had it, as far as its code is there and the same. Blocks that were not executed yet are translated
     * when their page is known: the guest sees nothing of that.
     */
    Region remember(Block head, TranslationCache.Entry entry, TranslatedCpu cpu) {
        List<Block> list = new ArrayList<>();
        for (int i = 0; i < entry.pcs().length; i++) {
            Block b = i == 0 ? head : cpu.blockIfKnown(entry.pcs()[i], head.mode);
            if (b != null && b.secondPage == -1 && b.codeHash(cpu.memory) == entry.hashes()[i]) {
                list.add(b);
                if (b.targets == null && entry.targets()[i] != null) {
                    for (long target : entry.targets()[i]) {
                        b.jumped(target);
                    }
                }
            }
        }
        Block[] blocks = list.toArray(Block[]::new);
        long[][] expected = new long[blocks.length][0];
        return new Region(blocks, expected, false, false);
    }

    private static long[] successors(Block b, boolean computed) {
        int t = b.terminator();
        if (t == Op.JUMP) {
            return new long[] {b.target};
        }
        if (Op.isBranch(t)) {
            // the fall-through first: it is laid out next to its predecessor
            return new long[] {b.nextPc, b.target};
        }
        return t == Op.JUMP_TO && computed && b.targets != null ? b.targets : new long[0];
    }

    private static long[] expected(Block b, Map<Long, Block> chosen) {
        return b.targets == null ? new long[0]
            : java.util.Arrays.stream(b.targets).distinct().filter(chosen::containsKey).limit(MAX_EXPECTED).toArray();
    }

    private Block known(long pc, int mode, TranslatedCpu cpu) {
        long page = cpu.knownFetchPage(pc);
        if (page == -1 || cpu.isBreakpoint(pc)) {
            return null;
        }
        Block b = cache.find(page + (pc & 4095), pc, mode);
        return b != null && b.secondPage == -1 ? b : null;
    }
}
