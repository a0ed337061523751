package org.reprise.debug.gdb.internal;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.reprise.debug.gdb.protocol.MemoryCrc;
import org.reprise.debug.gdb.protocol.Packets;

/** The packets that read, write and search memory: m, M, X, qCRC, qSearch:memory. Machine's thread. */
final class Memory {
    private static final int PART = 1 << 16;
    private static final int LONGEST_PATTERN = 0x4000;
    private final Target target;

    Memory(Target target) {
        this.target = target;
    }

    /** ADDRESS,LENGTH. */
    static long[] range(String text) {
        int comma = text.indexOf(',');
        if (comma < 0) {
            throw new IllegalArgumentException("',' is missing");
        }
        long length = Packets.number(text.substring(comma + 1));
        if (length < 0 || length > Integer.MAX_VALUE) {
            throw new IllegalArgumentException("length 0x" + Long.toHexString(length) + " is too great");
        }
        return new long[] {Packets.number(text.substring(0, comma)), length};
    }

    private byte[] read(long address, int length) {
        return target.session().read(target.selected(), address, length);
    }

    /** m ADDRESS,LENGTH. */
    String read(String text) {
        long[] range = range(text);
        byte[] bytes = read(range[0], (int) Math.min(range[1], (Commands.PACKET_SIZE - 8) / 2));
        return bytes.length == 0 && range[1] > 0 ? Replies.NO_MEMORY : Packets.hex(bytes);
    }

    /** M or X ADDRESS,LENGTH:DATA; X without data asks whether X is known. */
    String write(String text, boolean binary) {
        int colon = text.indexOf(':');
        if (colon < 0) {
            throw new IllegalArgumentException("':' is missing");
        }
        long[] range = range(text.substring(0, colon));
        String data = text.substring(colon + 1);
        byte[] bytes = binary ? data.getBytes(StandardCharsets.ISO_8859_1) : Packets.bytes(data);
        if (bytes.length != range[1]) {
            throw new IllegalArgumentException("length is " + range[1] + ", but there are " + bytes.length + " bytes");
        }
        if (bytes.length > 0) {
            target.session().write(target.selected(), range[0], bytes);
        }
        return Replies.OK;
    }

    /** Checksum of memory, as gdb's compare-sections asks. @param cpu whose addresses they are, or PHYSICAL */
    String crc(int cpu, long[] range) {
        int crc = MemoryCrc.START;
        for (long done = 0; done < range[1];) {
            byte[] part = target.session().read(cpu, range[0] + done, (int) Math.min(PART, range[1] - done));
            if (part.length == 0) {
                return Replies.NO_MEMORY;
            }
            crc = MemoryCrc.update(crc, part);
            done += part.length;
        }
        return "C" + Integer.toHexString(crc);
    }

    /** qSearch:memory ADDRESS;LENGTH;PATTERN, the pattern binary. */
    String search(String text) {
        int first = text.indexOf(';');
        int second = text.indexOf(';', first + 1);
        if (first < 0 || second < 0) {
            throw new IllegalArgumentException("address, length and pattern are needed");
        }
        long[] range = range(text.substring(0, first) + ',' + text.substring(first + 1, second));
        byte[] pattern = text.substring(second + 1).getBytes(StandardCharsets.ISO_8859_1);
        if (pattern.length == 0 || pattern.length > LONGEST_PATTERN) {
            throw new IllegalArgumentException("a pattern of " + pattern.length + " bytes: there must be 1 to " + LONGEST_PATTERN);
        }
        // parts overlap by less than the pattern, so that it is found across their borders
        for (long at = 0; at + pattern.length <= range[1]; at += PART - pattern.length + 1) {
            int wanted = (int) Math.min(PART, range[1] - at);
            byte[] part = read(range[0] + at, wanted);
            int found = find(part, pattern);
            if (found >= 0) {
                return "1," + Long.toHexString(range[0] + at + found);
            }
            if (part.length < wanted) {
                return Replies.NO_MEMORY;
            }
        }
        return "0";
    }

    private static int find(byte[] in, byte[] pattern) {
        for (int i = 0; i + pattern.length <= in.length; i++) {
            if (in[i] == pattern[0] && Arrays.equals(in, i, i + pattern.length, pattern, 0, pattern.length)) {
                return i;
            }
        }
        return -1;
    }
}
