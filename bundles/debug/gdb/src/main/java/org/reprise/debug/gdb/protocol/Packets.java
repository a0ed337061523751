package org.reprise.debug.gdb.protocol;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/** Framing of packets ("Overview" of the protocol): {@code $payload#checksum}, escapes, hexadecimal. Payloads are bytes, one per char. */
public final class Packets {
    /** The byte that interrupts a running target. */
    public static final byte INTERRUPT = 3;
    private static final char[] DIGITS = "0123456789abcdef".toCharArray();

    private Packets() {
    }

    /** The payload as it goes over the wire, with escapes. */
    public static byte[] frame(String payload) {
        byte[] out = new byte[2 * payload.length() + 4];
        int n = 0;
        int sum = 0;
        out[n++] = '$';
        for (int i = 0; i < payload.length(); i++) {
            int c = payload.charAt(i) & 0xff;
            if (c == '$' || c == '#' || c == '}' || c == '*') {
                out[n++] = '}';
                sum += '}';
                c ^= 0x20;
            }
            out[n++] = (byte) c;
            sum += c;
        }
        out[n++] = '#';
        out[n++] = (byte) DIGITS[sum >>> 4 & 15];
        out[n++] = (byte) DIGITS[sum & 15];
        return Arrays.copyOf(out, n);
    }

    /** Bytes as hexadecimal digits. */
    public static String hex(byte[] bytes) {
        byte[] digits = new byte[bytes.length * 2];
        for (int i = 0; i < bytes.length; i++) {
            digits[2 * i] = (byte) DIGITS[bytes[i] >>> 4 & 15];
            digits[2 * i + 1] = (byte) DIGITS[bytes[i] & 15];
        }
        return new String(digits, StandardCharsets.ISO_8859_1);
    }

    /** Appends a value as bytes, the least significant first. @param bytes 1..8 */
    public static void hex(StringBuilder s, long value, int bytes) {
        for (int i = 0; i < bytes; i++) {
            int b = (int) (value >>> 8 * i);
            s.append(DIGITS[b >>> 4 & 15]).append(DIGITS[b & 15]);
        }
    }

    /** Text as hexadecimal UTF-8. */
    public static String hexText(String text) {
        return hex(text.getBytes(StandardCharsets.UTF_8));
    }

    /** Bytes from hexadecimal digits. @throws IllegalArgumentException when they are none */
    public static byte[] bytes(String hex) {
        if ((hex.length() & 1) != 0) {
            throw new IllegalArgumentException("an odd number of hexadecimal digits");
        }
        byte[] bytes = new byte[hex.length() / 2];
        for (int i = 0; i < bytes.length; i++) {
            bytes[i] = (byte) (digit(hex.charAt(2 * i)) << 4 | digit(hex.charAt(2 * i + 1)));
        }
        return bytes;
    }

    /** A value from at most 8 bytes in hexadecimal, the least significant first. */
    public static long value(String hex, int from, int to) {
        if (to - from > 16 || (to - from & 1) != 0 || from == to) {
            throw new IllegalArgumentException("a value of " + (to - from) + " hexadecimal digits");
        }
        long value = 0;
        for (int i = to - 2; i >= from; i -= 2) {
            value = value << 8 | digit(hex.charAt(i)) << 4 | digit(hex.charAt(i + 1));
        }
        return value;
    }

    /** An unsigned number in hexadecimal, the most significant digit first. */
    public static long number(String hex) {
        if (hex.isEmpty() || hex.length() > 16) {
            throw new IllegalArgumentException("'" + hex + "' is no number of 1 to 16 hexadecimal digits");
        }
        long value = 0;
        for (int i = 0; i < hex.length(); i++) {
            value = value << 4 | digit(hex.charAt(i));
        }
        return value;
    }

    private static int digit(char c) {
        int d = c <= 127 ? Character.digit(c, 16) : -1;
        if (d < 0) {
            throw new IllegalArgumentException("'" + c + "' is no hexadecimal digit");
        }
        return d;
    }
}
