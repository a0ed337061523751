package org.reprise.debug.symbols;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/** Writes what a kernel carries, as kernels of several ages do. */
final class KernelTables {
    /** Ages of kernels by their order of tables. */
    enum Layout { SINCE_6_4, SINCE_6_2, SINCE_4_20, ABSOLUTE }

    /** One symbol: its type, its name, its address. */
    record Name(char type, String name, long address) {
    }

    private final ByteArrayOutputStream out = new ByteArrayOutputStream();
    private final ByteOrder order;
    private final int word;

    private KernelTables(ByteOrder order, int word) {
        this.order = order;
        this.word = word;
    }

    /** Names like a kernel's, some longer than 127 tokens. */
    static List<Name> names(int count, long base, Random random) {
        List<Name> names = new ArrayList<>();
        long address = base;
        for (int i = 0; i < count; i++) {
            StringBuilder name = new StringBuilder(i % 7 == 0 ? "__" : "");
            int length = i % 200 == 99 ? 300 : 3 + random.nextInt(20);
            for (int j = 0; j < length; j++) {
                name.append("abcdefghijklmnopqrstuvwxyz_0123456789.".charAt(random.nextInt(j == 0 ? 26 : 38)));
            }
            names.add(new Name("tTdDbBrW".charAt(random.nextInt(8)), name.toString() + i, address));
            address += random.nextInt(5) == 0 ? 0 : 4 + 4L * random.nextInt(200);
        }
        return names;
    }

    private void align() {
        while (out.size() % word != 0) {
            out.write(0);
        }
    }

    private void number(int bytes, long value) {
        ByteBuffer b = ByteBuffer.allocate(8).order(order).putLong(0, value);
        out.write(b.array(), order == ByteOrder.LITTLE_ENDIAN ? 0 : 8 - bytes, bytes);
    }

    /**
     * Bytes that begin with 1 KiB of a kernel and end with some more.
     *
     * @param relocated the base is filled in only when the kernel starts
     */
    static byte[] image(List<Name> names, Layout layout, ByteOrder order, int word, long base, boolean relocated, Random random) {
        KernelTables t = new KernelTables(order, word);
        byte[] head = new byte[1024];
        random.nextBytes(head);
        ByteBuffer.wrap(head).order(ByteOrder.LITTLE_ENDIAN).putInt(0x38, 0x05435352);
        t.out.writeBytes(head);
        if (layout == Layout.SINCE_6_2 || layout == Layout.SINCE_4_20) {
            t.offsets(names, base, relocated);
        } else if (layout == Layout.ABSOLUTE) {
            t.align();
            names.forEach(n -> t.number(word, n.address));
        }
        // tokens: characters, and in place of those that no name has, pairs of characters
        String[] tokens = new String[256];
        for (int i = 0; i < 256; i++) {
            tokens[i] = i > ' ' && i < 0x7f ? String.valueOf((char) i)
                : "" + "abcdefghijklmnop".charAt(i & 15) + "_aeiou0123456789".charAt(i >> 4);
        }
        t.align();
        t.number(4, names.size());
        t.align();
        List<Integer> marks = new ArrayList<>();
        int start = t.out.size();
        for (int i = 0; i < names.size(); i++) {
            if (i % 256 == 0) {
                marks.add(t.out.size() - start);
            }
            byte[] packed = pack(names.get(i).type + names.get(i).name, tokens);
            if (packed.length >= 0x80) {
                t.out.write(packed.length & 0x7f | 0x80);
                t.out.write(packed.length >> 7);
            } else {
                t.out.write(packed.length);
            }
            t.out.writeBytes(packed);
        }
        t.align();
        marks.forEach(m -> t.number(4, m));
        t.align();
        if (layout == Layout.SINCE_6_2) {
            byte[] sequence = new byte[3 * names.size()];
            random.nextBytes(sequence);
            t.out.writeBytes(sequence);
            t.align();
        }
        int first = t.out.size();
        List<Integer> begins = new ArrayList<>();
        for (String token : tokens) {
            begins.add(t.out.size() - first);
            t.out.writeBytes(token.getBytes(StandardCharsets.US_ASCII));
            t.out.write(0);
        }
        t.align();
        begins.forEach(b -> t.number(2, b));
        if (layout == Layout.SINCE_6_4) {
            t.offsets(names, base, relocated);
            byte[] sequence = new byte[3 * names.size()];
            t.out.writeBytes(sequence);
        }
        t.out.writeBytes(new byte[2000]);
        return t.out.toByteArray();
    }

    private void offsets(List<Name> names, long base, boolean relocated) {
        align();
        names.forEach(n -> number(4, n.address - base));
        align();
        number(word, relocated ? 0 : base);
    }

    private static byte[] pack(String name, String[] tokens) {
        ByteArrayOutputStream packed = new ByteArrayOutputStream();
        for (int i = 0; i < name.length();) {
            int best = name.charAt(i);
            for (int t = 0; t < 256; t++) {
                if (tokens[t].length() > tokens[best].length() && name.startsWith(tokens[t], i)) {
                    best = t;
                }
            }
            packed.write(best);
            i += tokens[best].length();
        }
        return packed.toByteArray();
    }
}
