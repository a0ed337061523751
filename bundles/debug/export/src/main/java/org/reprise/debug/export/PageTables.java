package org.reprise.debug.export;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.reprise.api.memory.MemoryRange;
import org.reprise.api.travel.Capture;
import org.reprise.api.travel.PageSource;

/**
 * What RISC-V page tables in a snapshot map to RAM ("The RISC-V Instruction Set Manual: Volume II", sections "Sv32" to "Sv57"). The guest made them: what is looked at
 * is bounded, and what makes no sense is passed over.
 */
final class PageTables {
    /** Mappings that a core file has room for: its header counts segments in 16 bits. */
    static final int MOST = 60_000;
    /** Tables that are looked at: with pages of 4 KiB only they map 128 GiB. */
    private static final int MOST_TABLES = 1 << 16;
    private static final int PAGE_BITS = 12;

    private final MemoryRange ram;
    private final PageSource pages;
    private final TreeMap<Long, Mapping> found = new TreeMap<>(Long::compareUnsigned);
    private int tables;

    /** Virtual addresses that are physical ones in a row. */
    record Mapping(long virtual, long physical, long size) {
    }

    /** How a mode of {@code satp} translates. @param levels of tables @param entry bytes of one @param index bits of an address that each level takes */
    private record Mode(int levels, int entry, int index) {
        long extended(long virtual) {
            int bits = 64 - levels * index - PAGE_BITS;
            return entry == 4 ? virtual : virtual << bits >> bits;
        }
    }

    PageTables(MemoryRange ram, PageSource pages) {
        this.ram = ram;
        this.pages = pages;
    }

    private static Mode mode(long satp, boolean wide) {
        if (!wide) {
            return (satp & 1L << 31) == 0 ? null : new Mode(2, 4, 10);
        }
        return switch ((int) (satp >>> 60)) {
            case 8 -> new Mode(3, 8, 9);
            case 9 -> new Mode(4, 8, 9);
            case 10 -> new Mode(5, 8, 9);
            default -> null;
        };
    }

    /**
     * All mappings, by address, at most {@value #MOST}; where CPUs differ, the first one's.
     *
     * @param satps of the CPUs
     */
    List<Mapping> mappings(long[] satps, boolean wide) {
        TreeMap<Long, Boolean> seen = new TreeMap<>();
        for (long satp : satps) {
            Mode mode = mode(satp, wide);
            long root = (wide ? satp & (1L << 44) - 1 : satp & (1L << 22) - 1) << PAGE_BITS;
            if (mode != null && seen.put(satp, true) == null) {
                walk(mode, root, mode.levels - 1, 0);
            }
        }
        return joined();
    }

    private void walk(Mode mode, long table, int level, long virtual) {
        if (!inRam(table, Capture.PAGE) || ++tables > MOST_TABLES) {
            return;
        }
        byte[] bytes = new byte[Capture.PAGE];
        if (!pages.read("ram", (int) ((table - ram.base()) >>> PAGE_BITS), bytes)) {
            return;
        }
        ByteBuffer entries = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
        int shift = PAGE_BITS + level * mode.index;
        for (int i = 0; i < 1 << mode.index; i++) {
            long entry = mode.entry == 8 ? entries.getLong(i * 8) : entries.getInt(i * 4) & 0xffffffffL;
            long physical = (mode.entry == 8 ? entry >>> 10 & (1L << 44) - 1 : entry >>> 10) << PAGE_BITS;
            long at = virtual | (long) i << shift;
            if ((entry & 1) == 0) {
                continue;
            }
            if ((entry & 0xe) != 0) {
                leaf(mode.extended(at), physical, 1L << shift);
            } else if (level > 0) {
                walk(mode, physical, level - 1, at);
            }
        }
    }

    private boolean inRam(long address, long size) {
        return address >= ram.base() && address - ram.base() <= ram.size() - size;
    }

    private void leaf(long virtual, long physical, long size) {
        // a large page can reach beyond RAM
        long from = Math.max(physical, ram.base());
        long to = Math.min(physical + size, ram.base() + ram.size());
        if (from < to && (physical & size - 1) == 0) {
            found.putIfAbsent(virtual + from - physical, new Mapping(virtual + from - physical, from, to - from));
        }
    }

    private List<Mapping> joined() {
        List<Mapping> all = new ArrayList<>();
        Mapping last = null;
        for (Map.Entry<Long, Mapping> next : found.descendingMap().entrySet()) {
            Mapping m = next.getValue();
            if (last != null && m.virtual() + m.size() == last.virtual() && m.physical() + m.size() == last.physical()) {
                last = new Mapping(m.virtual(), m.physical(), m.size() + last.size());
                all.set(all.size() - 1, last);
            } else if (all.size() < MOST) {
                last = m;
                all.add(m);
            } else {
                // the kernel's, which come first here, are there
                break;
            }
        }
        java.util.Collections.reverse(all);
        return all;
    }
}
