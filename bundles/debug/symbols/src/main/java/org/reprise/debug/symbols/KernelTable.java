package org.reprise.debug.symbols;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.reprise.debug.symbols.SymbolTable.Entry;

/**
 * The table of its own symbols that a Linux kernel carries ({@code CONFIG_KALLSYMS}; what {@code scripts/kallsyms} writes), found in the
 * bytes of an uncompressed kernel. Nothing points to it from outside, so it is recognised by how its tables agree.
 *
 * <p>A name is a length and so many tokens, a byte each; the first character of what they stand for is the symbol's type, as nm prints it.
 * Tables, each aligned to 8 bytes (4 in kernels of 32 bits):
 * <pre>
 * num_syms      u32
 * names         length (one byte, or two with 7 bits each, the low ones first, when bit 7 of the first is set), tokens
 * markers       u32 for each 256th name: where it begins
 * token_table   256 texts that end in 0
 * token_index   u16 for each: where it begins
 * offsets       u32 for each symbol, ascending: its address less the base
 * relative_base address
 * </pre>
 * This is the order since Linux 6.4; before, offsets and base came first, and 6.2 and 6.3 have another table before the tokens.
 */
final class KernelTable {
    private static final int TOKENS = 256;
    private static final int MARKED = 256;
    private static final int FEWEST = 64;
    private static final int MOST = 4_000_000;
    /** Names that must look right before all of them are read. */
    private static final int TASTE = 24;
    /** The tables of one kernel do not lie farther apart. */
    private static final int REACH = 1 << 25;
    /** Places and names that are tried before a file is given up as one that only looks like a kernel. */
    private static final long PATIENCE = 100_000_000L;
    private static final String TYPES = "tTwWdDbBrRaAvVgGsSuniICNp?-";
    private static final byte[] DIGITS = "0\0001\0002\0003\0004\0005\0006\0007\0008\0009\000".getBytes(StandardCharsets.US_ASCII);
    private static final int FIRST_DIGIT = '0';
    /** "RSC" and 5 at 0x38: a RISC-V Image (Linux, Documentation/arch/riscv/boot-image-header). */
    private static final int RISCV_MAGIC = 0x05435352;
    private static final int RISCV_MAGIC_AT = 0x38;
    /** Where riscv64 kernels run (Documentation/arch/riscv/vm-layout), for those that put it into their table only when they start. */
    private static final long RISCV_BASE = 0xffff_ffff_8000_0000L;

    /** Kernels of 32 bits lie above what a table of small numbers looks like. */
    private static final long LOWEST_32 = 1 << 20;

    private final String name;
    private final byte[] bytes;
    private ByteBuffer file;
    private int tokenStart;
    private final String[] tokens = new String[TOKENS];
    private int indexEnd;
    private int count;
    private int countAt;
    private int namesStart;
    private long work;
    private long base;

    KernelTable(String name, byte[] content) {
        this.name = name;
        bytes = content;
    }

    /** The kernel's symbols; none when the file has no such table. */
    List<Entry> symbols() {
        for (int at = find(0); at >= 0; at = find(at + 1)) {
            if (tokens(at) && names()) {
                return decode();
            }
        }
        return List.of();
    }

    /** Virtual address of the first symbol, which is the kernel's first byte, or 0 when there are no symbols. */
    long base() {
        return base;
    }

    private int find(int from) {
        for (int i = from; i <= bytes.length - DIGITS.length; i++) {
            if (bytes[i] == '0' && bytes[i + 2] == '1' && Arrays.equals(bytes, i, i + DIGITS.length, DIGITS, 0, DIGITS.length)) {
                return i;
            }
        }
        return -1;
    }

    private static int align(int at, int alignment) {
        return at + alignment - 1 & -alignment;
    }

    // Tokens: the digits are themselves, because some symbol has them; the index says where each token begins, the first one, too, which
    // what lies before it does not.

    private boolean tokens(int digits) {
        int second = digits;
        for (int i = 1; i < FIRST_DIGIT && second > 0; i++) {
            int length = 1;
            while (second - length > 0 && bytes[second - length - 1] != 0) {
                length++;
            }
            second -= length;
        }
        int[] begins = new int[TOKENS];
        int at = second;
        for (int i = 1; i < TOKENS; i++) {
            begins[i] = at;
            int end = at;
            while (end < bytes.length && bytes[end] != 0 && end - at < Entries.LONGEST) {
                end++;
            }
            if (end >= bytes.length || bytes[end] != 0) {
                return false;
            }
            tokens[i] = new String(bytes, at, end - at, StandardCharsets.ISO_8859_1);
            at = end + 1;
        }
        for (ByteOrder order : List.of(ByteOrder.LITTLE_ENDIAN, ByteOrder.BIG_ENDIAN)) {
            for (int alignment = 8; alignment >= 2; alignment /= 2) {
                if (indexed(align(at, alignment), order, begins)) {
                    return true;
                }
            }
        }
        return false;
    }

    private boolean indexed(int at, ByteOrder order, int[] begins) {
        file = ByteBuffer.wrap(bytes).order(order);
        indexEnd = at + 2 * TOKENS;
        if (indexEnd > bytes.length) {
            return false;
        }
        int first = file.getShort(at + 2) & 0xffff;
        tokenStart = begins[1] - first;
        if (first == 0 || first > Entries.LONGEST || tokenStart < 0 || file.getShort(at) != 0) {
            return false;
        }
        for (int i = 1; i < TOKENS; i++) {
            if ((file.getShort(at + 2 * i) & 0xffff) != begins[i] - tokenStart) {
                return false;
            }
        }
        tokens[0] = new String(bytes, tokenStart, first - 1, StandardCharsets.ISO_8859_1);
        return true;
    }

    // Names: a number, so many names, and markers that say where they begin.

    private boolean names() {
        int first = Math.max(0, tokenStart - REACH);
        for (int at = tokenStart - 12 & -4; at >= first && work < PATIENCE; at -= 4) {
            work++;
            int n = file.getInt(at);
            if (n >= FEWEST && n <= MOST && n <= (tokenStart - at) / 2
                    && (namesAt(at, n, at + 4) || file.getInt(at + 4) == 0 && namesAt(at, n, at + 8))) {
                return true;
            }
        }
        if (work >= PATIENCE) {
            throw new BadSymbolsException(name + " looks like a kernel in too many places: it is damaged, or made to");
        }
        return false;
    }

    private boolean namesAt(int numberAt, int n, int start) {
        int at = start;
        int[] marks = new int[(n + MARKED - 1) / MARKED];
        for (int i = 0; i < n; i++) {
            work++;
            if (i % MARKED == 0) {
                marks[i / MARKED] = at - start;
            }
            if (i < TASTE && !typed(at)) {
                return false;
            }
            at = next(at);
            if (at > tokenStart) {
                return false;
            }
        }
        for (int width = 4; width <= 8; width += 4) {
            if (marked(align(at, 8), width, marks) || marked(align(at, 4), width, marks)) {
                countAt = numberAt;
                count = n;
                namesStart = start;
                return true;
            }
        }
        return false;
    }

    private boolean marked(int at, int width, int[] marks) {
        if (at + (long) width * marks.length > tokenStart) {
            return false;
        }
        for (int i = 0; i < marks.length; i++) {
            long mark = width == 4 ? file.getInt(at + 4 * i) : file.getLong(at + 8 * i);
            if (mark != marks[i]) {
                return false;
            }
        }
        return true;
    }

    private int length(int at) {
        int low = bytes[at] & 0xff;
        return low < 0x80 ? low : low & 0x7f | (bytes[at + 1] & 0xff) << 7;
    }

    private int next(int at) {
        return at + length(at) + ((bytes[at] & 0x80) == 0 ? 1 : 2);
    }

    private boolean typed(int at) {
        String first = tokens[bytes[at + ((bytes[at] & 0x80) == 0 ? 1 : 2)] & 0xff];
        return length(at) > 0 && !first.isEmpty() && TYPES.indexOf(first.charAt(0)) >= 0;
    }

    // Addresses.

    private List<Entry> decode() {
        long[] addresses = addresses();
        if (addresses == null) {
            throw new BadSymbolsException(name + " is a kernel with a table of " + count + " symbols, but their addresses are not where"
                + " kernels known have them; give its System.map, or what the guest's /proc/kallsyms shows");
        }
        Entries entries = new Entries(name);
        StringBuilder text = new StringBuilder();
        int at = namesStart;
        for (int i = 0; i < count; i++) {
            text.setLength(0);
            int end = next(at);
            for (int j = at + ((bytes[at] & 0x80) == 0 ? 1 : 2); j < end && text.length() <= Entries.LONGEST; j++) {
                text.append(tokens[bytes[j] & 0xff]);
            }
            at = end;
            Entry entry = text.length() < 2 ? null : TextSymbols.entry(text.substring(1), text.charAt(0), addresses[i]);
            if (entry != null) {
                entries.add(entry);
            }
        }
        base = addresses[0];
        return entries.list();
    }

    /** The symbols' addresses by the layout that fits, or null. */
    private long[] addresses() {
        for (boolean relocated : new boolean[] {true, false}) {
            for (int word = 8; word >= 4; word -= 4) {
                int after = align(indexEnd, word);
                long[] found = relative(after, align(after + 4 * count, word), word, relocated);
                if (found == null) {
                    int baseAt = countAt - word;
                    found = relative(baseAt - align(4 * count, word), baseAt, word, relocated);
                }
                if (found == null && relocated) {
                    found = ascending(countAt - word * count, word, 0);
                }
                if (found != null) {
                    return found;
                }
            }
        }
        return null;
    }

    /** @param relocated whether the base is there, or will be when the kernel starts */
    private long[] relative(int offsets, int baseAt, int word, boolean relocated) {
        // the base is the first symbol's address
        if (offsets < 0 || baseAt < 0 || baseAt + word > bytes.length || file.getInt(offsets) != 0) {
            return null;
        }
        long start = word == 8 ? file.getLong(baseAt) : file.getInt(baseAt) & 0xffff_ffffL;
        if (!relocated) {
            boolean riscv = word == 8 && file.order() == ByteOrder.LITTLE_ENDIAN && file.getInt(RISCV_MAGIC_AT) == RISCV_MAGIC;
            return start == 0 ? ascending(offsets, 4, riscv ? RISCV_BASE : 0) : null;
        }
        // kernels of 64 bits live in the upper half, within the 48 bits that every MMU has
        boolean plausible = word == 8 ? start >>> 48 == 0xffff : start >= LOWEST_32;
        return plausible ? ascending(offsets, 4, start) : null;
    }

    private long[] ascending(int at, int width, long start) {
        if (at < 0 || at + (long) width * count > bytes.length) {
            return null;
        }
        long[] addresses = new long[count];
        for (int i = 0; i < count; i++) {
            addresses[i] = start + (width == 4 ? file.getInt(at + 4 * i) & 0xffff_ffffL : file.getLong(at + 8 * i));
            if (i > 0 && Long.compareUnsigned(addresses[i], addresses[i - 1]) < 0) {
                return null;
            }
        }
        return addresses[count - 1] == addresses[0] ? null : addresses;
    }
}
