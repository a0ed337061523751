package org.reprise.device.loader;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;

/**
 * The program headers of an ELF file for RISC-V (System V ABI, chapter 5; RISC-V ELF psABI): what to load where, and where to start.
 * Nothing in the file is trusted; every refusal says what does not fit.
 */
final class ElfImage {
    private static final int IDENT_BYTES = 16;
    private static final int CLASS_32 = 1;
    private static final int CLASS_64 = 2;
    private static final int LITTLE_ENDIAN = 1;
    private static final int TYPE_EXECUTABLE = 2;
    private static final int TYPE_SHARED = 3;
    private static final int MACHINE_RISCV = 243;
    private static final int PT_LOAD = 1;
    private static final int HEADER_32 = 52;
    private static final int HEADER_64 = 64;
    private static final int SEGMENT_32 = 32;
    private static final int SEGMENT_64 = 56;

    /**
     * One loadable segment. @param offset in the file @param address physical @param virtual address @param fileBytes from the file
     * @param bytes in memory
     */
    record Segment(int offset, long address, long virtual, int fileBytes, long bytes) {
    }

    private final String name;
    private final ByteBuffer file;
    private final List<Segment> segments = new ArrayList<>();
    private long entry;

    static boolean isElf(byte[] content) {
        return content.length >= 4 && content[0] == 0x7f && content[1] == 'E' && content[2] == 'L' && content[3] == 'F';
    }

    /** @param home where a position-independent file that is not linked for RAM goes @param ramBase start of RAM */
    ElfImage(String name, byte[] content, int xlen, long home, long ramBase) {
        this.name = name;
        file = ByteBuffer.wrap(content).order(ByteOrder.LITTLE_ENDIAN);
        need(IDENT_BYTES, "its identification");
        int width = content[4];
        if (width != CLASS_32 && width != CLASS_64) {
            throw bad("ELF class " + width + " is neither 32-bit nor 64-bit; the file is damaged");
        }
        if (content[5] != LITTLE_ENDIAN) {
            throw bad("is a big-endian ELF file; this machine is little-endian RISC-V");
        }
        boolean wide = width == CLASS_64;
        need(wide ? HEADER_64 : HEADER_32, "its header");
        int machine = file.getShort(18) & 0xffff;
        if (machine != MACHINE_RISCV) {
            throw bad("is an ELF file for " + machineName(machine) + "; this machine is RISC-V (" + MACHINE_RISCV + ")");
        }
        if (wide != (xlen == 64)) {
            throw bad("is a " + (wide ? 64 : 32) + "-bit ELF file; this machine has " + xlen + "-bit harts: use an rv" + xlen
                    + " build or the"
                    + " other machine feature");
        }
        int type = file.getShort(16) & 0xffff;
        if (type != TYPE_EXECUTABLE && type != TYPE_SHARED) {
            throw bad("is not an executable ELF file (type " + type + "); link it first");
        }
        entry = word(24, wide);
        readSegments(wide);
        translateEntry();
        if (type == TYPE_SHARED) {
            relocate(home, ramBase);
        }
    }

    /** Position-independent firmware (OpenSBI) is linked for address 0 and relocates itself: it is moved as a whole. */
    private void relocate(long home, long ramBase) {
        long lowest = segments.stream().mapToLong(Segment::address).reduce((a, b) -> Long.compareUnsigned(a, b) <= 0 ? a : b).orElseThrow();
        if (Long.compareUnsigned(lowest, ramBase) < 0) {
            long distance = home - lowest;
            segments.replaceAll(s -> new Segment(s.offset(), s.address() + distance, s.virtual(), s.fileBytes(), s.bytes()));
            entry += distance;
        }
    }

    private void readSegments(boolean wide) {
        long table = word(wide ? 32 : 28, wide);
        int entryBytes = file.getShort(wide ? 54 : 42) & 0xffff;
        int count = file.getShort(wide ? 56 : 44) & 0xffff;
        if (entryBytes < (wide ? SEGMENT_64 : SEGMENT_32)) {
            throw bad("has program headers of " + entryBytes + " bytes; the file is damaged");
        }
        if (table < 0 || table > file.limit() || table + (long) entryBytes * count > file.limit()) {
            throw bad("is cut off: " + count + " program headers at " + Long.toUnsignedString(table) + " do not lie within its "
                    + file.limit() + " bytes");
        }
        for (int i = 0; i < count; i++) {
            int at = (int) table + i * entryBytes;
            if (file.getInt(at) == PT_LOAD) {
                segment(at, i, wide);
            }
        }
        if (segments.isEmpty()) {
            throw bad("has nothing to load");
        }
    }

    private void segment(int at, int number, boolean wide) {
        long offset = word(at + (wide ? 8 : 4), wide);
        long virtual = word(at + (wide ? 16 : 8), wide);
        long address = word(at + (wide ? 24 : 12), wide);
        long fileBytes = word(at + (wide ? 32 : 16), wide);
        long bytes = word(at + (wide ? 40 : 20), wide);
        if (bytes == 0) {
            return;
        }
        if (offset < 0 || fileBytes < 0 || offset > file.limit() || fileBytes > file.limit() - offset) {
            throw bad("is cut off: segment " + number + " (" + Long.toUnsignedString(fileBytes) + " bytes at "
                    + Long.toUnsignedString(offset) + ") does not lie within its " + file.limit() + " bytes");
        }
        if (bytes < fileBytes || address >= 0 && address + bytes < 0) {
            throw bad("has an absurd segment " + number + ": " + fileBytes + " bytes in the file, " + Long.toUnsignedString(bytes)
                    + " in memory at 0x" + Long.toHexString(address));
        }
        segments.add(new Segment((int) offset, address, virtual, (int) fileBytes, bytes));
    }

    /** The entry is given as a virtual address; the hart starts without translation. */
    private void translateEntry() {
        for (Segment segment : segments) {
            long within = entry - segment.virtual();
            if (within >= 0 && within < segment.bytes()) {
                entry = segment.address() + within;
                return;
            }
        }
        for (Segment segment : segments) {
            long within = entry - segment.address();
            if (within >= 0 && within < segment.bytes()) {
                return;
            }
        }
        throw bad("starts at 0x" + Long.toHexString(entry) + ", which is in none of its segments");
    }

    List<Segment> segments() {
        return segments;
    }

    /** Physical address of the first instruction. */
    long entry() {
        return entry;
    }

    private long word(int at, boolean wide) {
        return wide ? file.getLong(at) : file.getInt(at) & 0xffff_ffffL;
    }

    private void need(int bytes, String what) {
        if (file.limit() < bytes) {
            throw bad("is cut off: " + file.limit() + " bytes do not hold " + what + " of " + bytes);
        }
    }

    private IllegalArgumentException bad(String problem) {
        return new IllegalArgumentException(name + " " + problem);
    }

    private static String machineName(int machine) {
        String known = switch (machine) {
            case 2 -> "SPARC";
            case 3 -> "x86 (32-bit)";
            case 4 -> "Motorola 68000";
            case 8 -> "MIPS";
            case 20 -> "PowerPC";
            case 21 -> "PowerPC64";
            case 22 -> "S/390";
            case 40 -> "ARM";
            case 43 -> "SPARC V9";
            case 62 -> "x86-64";
            case 92 -> "OpenRISC";
            case 94 -> "Xtensa";
            case 183 -> "AArch64";
            default -> "another machine";
        };
        return known + " (" + machine + ")";
    }
}
