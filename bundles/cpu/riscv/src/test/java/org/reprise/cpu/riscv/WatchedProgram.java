package org.reprise.cpu.riscv;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.reprise.api.cpu.Watchpoint;
import org.reprise.api.memory.MmioHandler;

/**
 * A random program that loads and stores, and watchpoints for it. It runs in supervisor mode, with paging or without; traps go to a handler
 * in machine mode that stores a word and skips the instruction. Wild programs change their page tables and code, and do not always fence.
 */
final class WatchedProgram {
    static final long CODE = TinyMachine.BASE;
    static final long HANDLER = TinyMachine.BASE + 0x4000;
    static final long TABLES = TinyMachine.BASE + 0x8000;
    static final long DATA = TinyMachine.BASE + 0x20000;
    static final long DEVICE = 0x10000000L;
    /** One page that can be mapped for stores, which fault then: an atomic instruction has loaded before. */
    static final long ROM = 0x90000000L;
    static final int PAGES = 16;
    private static final int ROM_PAGE = PAGES - 3;
    private static final int LENGTH = 160;
    private static final int S = 1;

    /** Remembers what it was asked last; its values depend on how often it was. */
    static final class Registers implements MmioHandler {
        long count;
        long read;
        long written;

        @Override
        public long read(long offset, int size) {
            read = ++count * 0x0101010101010101L + offset;
            return read;
        }

        @Override
        public void write(long offset, int size, long value) {
            written = value;
            count = count * 31 + value + offset + size;
        }
    }

    final int xlen;
    final boolean paged;
    final boolean wild;
    final long seed;
    /** Virtual to physical pages. */
    final Map<Long, Long> pages = new HashMap<>();
    final List<Watchpoint> points = new ArrayList<>();
    private final long dataVirtual;
    private final long codeVirtual;
    private final Map<Long, Long> tables = new HashMap<>();
    private long nextTable;

    WatchedProgram(long seed, int xlen, boolean paged, boolean wild) {
        this.seed = seed * 0x9e3779b97f4a7c15L;
        this.xlen = xlen;
        this.paged = paged;
        this.wild = wild;
        Random r = new Random(this.seed);
        boolean high = r.nextBoolean();
        codeVirtual = paged ? 0x40000000L : CODE;
        dataVirtual = !paged ? DATA : xlen == 32 ? (high ? 0xd0000000L : 0x50000000L) : high ? 0xffffffc050000000L : 0x50000000L;
    }

    private long narrow(long address) {
        return xlen == 32 ? (int) address : address;
    }

    private long plain(long address) {
        return xlen == 32 ? address & 0xffffffffL : address;
    }

    /** Puts the program into a machine just reset. @return its device */
    Registers load(TinyMachine m) {
        pages.clear();
        tables.clear();
        points.clear();
        Random r = new Random(seed);
        Registers device = new Registers();
        m.memory.addMmio("device", DEVICE, 0x1000, device);
        byte[] content = new byte[4096];
        r.nextBytes(content);
        m.memory.addRom("rom", ROM, content);
        m.put(HANDLER, Asm.csrrs(31, 0x341, 0), Asm.addi(31, 31, 4), Asm.csrrw(0, 0x341, 31), Asm.sw(31, 29, 8), Asm.MRET);
        int i = 0;
        while (i < LENGTH) {
            for (int word : r.nextInt(8) == 0 ? cluster(r) : new int[] {instruction(r)}) {
                m.put(CODE + 4L * i++, word);
            }
        }
        m.put(CODE + 4L * i, Asm.jal(0, -4 * i));
        for (long a = 0; a < PAGES * 0x1000; a += 8) {
            m.memory.write(DATA + a, 8, r.nextLong());
        }
        map(m, r);
        for (int x = 5; x < 16; x++) {
            m.x(x, narrow(r.nextLong() >>> r.nextInt(64)));
            m.cpu.v[RiscvCpu.F0 + x - 4] = r.nextLong();
        }
        for (int x = 16; x < 26; x++) {
            long page = dataVirtual + 0x1000L * (x == 19 && r.nextBoolean() ? ROM_PAGE : r.nextInt(PAGES));
            m.x(x, narrow(x < 20 ? page + 8 * r.nextInt(512) : x < 23 ? page + r.nextInt(4096) : page + 4096 - r.nextInt(9)));
        }
        // the page with the data's page table entries when there is one, and physical for the handler
        m.x(26, narrow(dataVirtual + 0x1000L * (PAGES - 3)));
        m.x(29, narrow(DATA + 0x1000L * r.nextInt(PAGES) + 8 * r.nextInt(500)));
        m.cpu.csr.mtvec = narrow(HANDLER);
        m.cpu.csr.write(0x3a0, 0x1f);
        m.cpu.csr.write(0x3b0, -1);
        m.cpu.csr.mstatus |= 1 << 13 | (long) S << 11;
        if (paged) {
            m.cpu.csr.write(0x180, xlen == 32 ? 1L << 31 | TABLES >>> 12 : 8L << 60 | TABLES >>> 12);
        }
        m.cpu.csr.mepc = narrow(codeVirtual);
        m.cpu.returnFromMachine();
        m.cpu.flushTranslations();
        choosePoints(m, r);
        return device;
    }

    private void map(TinyMachine m, Random r) {
        nextTable = TABLES + 0x1000;
        for (int i = 0; i < 2; i++) {
            page(m, codeVirtual + 0x1000L * i, CODE + 0x1000L * i, wild ? 0xcf : 0xcb);
        }
        for (int i = 0; i < PAGES; i++) {
            long va = dataVirtual + 0x1000L * i;
            if (i == PAGES - 1) {
                page(m, va, paged ? DEVICE : DATA + 0x1000L * i, 0xc7);
            } else if (i == ROM_PAGE && paged && !wild) {
                page(m, va, ROM, 0xc7);
            } else if (i != PAGES - 2 || !paged) {
                // the page in front of the device is mapped nowhere
                int kind = r.nextInt(10);
                int flags = (kind == 1 ? 3 : 7) | (r.nextBoolean() ? 0x40 : 0) | (r.nextBoolean() ? 0x80 : 0);
                if (!paged || kind != 0) {
                    page(m, va, DATA + 0x1000L * (paged ? r.nextInt(PAGES) : i), flags);
                }
            }
        }
        if (wild) {
            // the table with the data's entries, and code
            page(m, dataVirtual + 0x1000L * (PAGES - 3), leaf(m, dataVirtual), 0xc7);
            page(m, dataVirtual + 0x1000L * (PAGES - 4), CODE, 0xc7);
        }
    }

    private int indexBits() {
        return xlen == 32 ? 10 : 9;
    }

    private long leaf(TinyMachine m, long va) {
        int bits = indexBits();
        long table = TABLES;
        for (int level = xlen == 32 ? 1 : 2; level > 0; level--) {
            long at = table + (va >>> 12 + bits * level & (1L << bits) - 1) * (xlen / 8);
            if (!tables.containsKey(at)) {
                tables.put(at, nextTable);
                m.memory.write(at, xlen / 8, nextTable >>> 12 << 10 | 1);
                nextTable += 0x1000;
            }
            table = tables.get(at);
        }
        return table;
    }

    private void page(TinyMachine m, long va, long pa, int flags) {
        pages.put(va, pa);
        if (paged) {
            m.memory.write(leaf(m, va) + (va >>> 12 & (1L << indexBits()) - 1) * (xlen / 8), xlen / 8, pa >>> 12 << 10 | flags);
        }
    }

    /** Ranges near to where the registers point, and anywhere. */
    private void choosePoints(TinyMachine m, Random r) {
        List<Long> mapped = new ArrayList<>(pages.keySet());
        mapped.sort(null);
        for (int i = 1 + r.nextInt(8); i > 0; i--) {
            boolean physical = r.nextInt(3) == 0;
            long page = mapped.get(r.nextInt(mapped.size()));
            int offset = switch (r.nextInt(3)) {
                case 0 -> r.nextInt(4096);
                case 1 -> 4096 - r.nextInt(12);
                default -> r.nextInt(12);
            };
            if (r.nextInt(4) == 0) {
                // up to the first byte of a page, or from the last one of the page before
                long end = (plain(m.x(23 + r.nextInt(3))) + 8) & -4096L;
                boolean one = r.nextBoolean();
                points.add(new Watchpoint(Watchpoint.Kind.values()[r.nextInt(3)],
                    one ? end - 7 : end - 1, one ? 8 : 1 + r.nextInt(16), false));
                continue;
            }
            if (r.nextInt(4) != 0) {
                int x = r.nextInt(10) == 0 ? 29 : 16 + r.nextInt(10);
                long near = plain(m.x(x)) + r.nextInt(33) - 16;
                if (x == 29) {
                    // where the handler stores, which has no paging
                    points.add(new Watchpoint(Watchpoint.Kind.WRITE, near, 16, r.nextBoolean()));
                    continue;
                }
                if (pages.containsKey(near & -4096L)) {
                    page = near & -4096L;
                    offset = (int) near & 4095;
                }
            }
            long length = switch (r.nextInt(4)) {
                case 0 -> 1 + r.nextInt(4096);
                case 1 -> 1 + r.nextInt(512);
                default -> 1 + r.nextInt(8);
            };
            points.add(new Watchpoint(Watchpoint.Kind.values()[r.nextInt(3)],
                (physical ? pages.get(page) : page) + offset, length, physical));
        }
    }

    /** Registers saved or restored: accesses of which compiled code checks the first. */
    private int[] cluster(Random r) {
        int size = xlen == 32 ? 2 : 3;
        int base = 16 + r.nextInt(10);
        int at = r.nextInt(8) << size;
        boolean load = r.nextBoolean();
        int[] words = new int[2 + r.nextInt(5)];
        for (int i = 0; i < words.length; i++) {
            int imm = at + (i << size);
            words[i] = load ? Asm.i(imm, base, size, 5 + i, 0x03) : store(size, 5 + i, base, imm);
        }
        return words;
    }

    private int instruction(Random r) {
        int kind = r.nextInt(100);
        int rd = 5 + r.nextInt(11);
        int base = 16 + r.nextInt(10);
        int widest = xlen == 32 ? 2 : 3;
        if (wild && kind < 10) {
            int size = xlen == 32 ? 2 : 3;
            int at = (int) (dataVirtual >>> 12 & (1L << indexBits()) - 1) * (xlen / 8) + (r.nextInt(PAGES) << size);
            return kind < 5 ? Asm.i(at, 26, size, rd, 0x03) : kind < 8 ? store(size, rd, 26, at)
                : Asm.i(r.nextInt(2) == 0 ? 0x40 : 0x80, rd, 4, rd, 0x13);
        }
        if (kind < 30) {
            int size = r.nextInt(widest + 1);
            boolean unsigned = size < widest && r.nextBoolean();
            return Asm.i(offset(r, base, size), base, size | (unsigned && size < (xlen == 32 ? 2 : 3) ? 4 : 0), rd, 0x03);
        } else if (kind < 36) {
            int size = 2 + r.nextInt(2);
            return Asm.i(offset(r, base, size), base, size, 1 + r.nextInt(11), 0x07);
        } else if (kind < 58) {
            int size = r.nextInt(widest + 1);
            return store(size, rd, base, offset(r, base, size));
        } else if (kind < 64) {
            int size = 2 + r.nextInt(2);
            return store(size, 1 + r.nextInt(11), base, offset(r, base, size)) | 4;
        } else if (kind < 76) {
            int[] functions = {0, 1, 4, 8, 12, 16, 20, 24, 28};
            int aligned = 16 + r.nextInt(r.nextInt(6) == 0 ? 10 : 4);
            int size = xlen == 32 ? 2 : 2 + r.nextInt(2);
            int which = r.nextInt(3);
            int function = which == 0 ? 2 : which == 1 ? 3 : functions[r.nextInt(functions.length)];
            if (which < 2) {
                // the same register, so that some of them hold
                aligned = 16;
            }
            return Asm.r(function << 2, function == 2 ? 0 : 5 + r.nextInt(11), aligned, size, rd, 0x2f);
        } else if (kind < 78) {
            return base > 22 ? Asm.SFENCE : Asm.addi(base, base, 8 * (r.nextInt(9) - 4));
        } else if (kind < 79) {
            return Asm.SFENCE;
        } else if (kind < 86) {
            int skip = 8 + 4 * r.nextInt(4);
            return (skip >> 1 & 15) << 8 | 5 + r.nextInt(11) << 20 | 5 + r.nextInt(11) << 15
                | new int[] {0, 1, 4, 5, 6, 7}[r.nextInt(6)] << 12 | 0x63;
        }
        return r.nextBoolean() ? Asm.r(0, 5 + r.nextInt(11), 5 + r.nextInt(11), new int[] {0, 4, 6, 7}[r.nextInt(4)], rd, 0x33)
            : Asm.addi(rd, 5 + r.nextInt(11), r.nextInt(4096) - 2048);
    }

    /** Often small, so that accesses through one register follow each other on its page; now and then misaligned. */
    private static int offset(Random r, int base, int size) {
        if (base > 22 && r.nextBoolean()) {
            // around a page end
            return r.nextInt(16) - 8;
        }
        int offset = (r.nextInt(3) == 0 ? r.nextInt(4096) - 2048 : r.nextInt(128) - 64) & -1 << size;
        return r.nextInt(12) == 0 ? offset | 1 : offset;
    }

    private static int store(int size, int rs2, int rs1, int imm) {
        return Asm.r(imm >> 5 & 127, rs2, rs1, size, imm & 31, 0x23);
    }
}
