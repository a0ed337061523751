package org.reprise.ui.shell;

import java.util.Arrays;
import java.util.Map;
import java.util.TreeMap;
import org.reprise.api.machine.ExitCode;
import org.reprise.api.machine.MachineException;
import org.reprise.api.travel.Witness;

/** What the consoles of a machine print in a whole recording, and where: some four bytes of memory for each. */
final class Transcript implements Witness {
    /** Bytes of all consoles together: beyond, questions about output are refused. */
    static final int MOST = 64 << 20;
    private static final int STRIDE = 256;

    private final Map<String, Roll> rolls = new TreeMap<>();
    private final int most;
    private int bytes;
    private boolean full;

    Transcript() {
        this(MOST);
    }

    /** @param most bytes that are kept */
    Transcript(int most) {
        this.most = most;
    }

    /** Output of one console. Icounts are kept as differences of 7 bits in a byte; each {@value #STRIDE}th is found directly. */
    private static final class Roll {
        private byte[] text = new byte[1 << 12];
        private int length;
        private byte[] deltas = new byte[1 << 13];
        private int used;
        /** Bytes that were printed before the recording began. */
        private long before;
        private long[] icounts = new long[1 << 4];
        private int[] starts = new int[1 << 4];
        private long last;

        void add(byte value, long icount) {
            if (length == text.length) {
                text = Arrays.copyOf(text, length * 2);
            }
            if (length % STRIDE == 0) {
                int block = length / STRIDE;
                if (block == icounts.length) {
                    icounts = Arrays.copyOf(icounts, block * 2);
                    starts = Arrays.copyOf(starts, block * 2);
                }
                icounts[block] = icount;
                starts[block] = used;
            } else {
                long delta = icount - last;
                if (deltas.length - used < 10) {
                    deltas = Arrays.copyOf(deltas, deltas.length * 2);
                }
                while (delta > 127) {
                    deltas[used++] = (byte) (delta & 127 | 128);
                    delta >>>= 7;
                }
                deltas[used++] = (byte) delta;
            }
            last = icount;
            text[length++] = value;
        }

        long icount(int offset) {
            long icount = icounts[offset / STRIDE];
            int at = starts[offset / STRIDE];
            for (int i = 0; i < offset % STRIDE; i++) {
                long delta = 0;
                int shift = 0;
                do {
                    delta |= (deltas[at] & 127L) << shift;
                    shift += 7;
                } while (deltas[at++] < 0);
                icount += delta;
            }
            return icount;
        }
    }

    @Override
    public void printed(String console, byte value, long icount, long virtual) {
        if (bytes == most) {
            full = true;
            return;
        }
        bytes++;
        rolls.computeIfAbsent(console, name -> new Roll()).add(value, icount);
    }

    private Roll roll(String console) {
        return rolls.getOrDefault(console, new Roll());
    }

    /** @throws MachineException USAGE when there was more than can be kept */
    void check() {
        if (full) {
            throw new MachineException(ExitCode.USAGE, "the consoles of this recording print more than " + Text.number(most)
                + " bytes, more than is kept to be searched: rr:export --format asciicast writes it to a file, with its times");
        }
    }

    /** Bytes printed. */
    long length(String console) {
        return roll(console).length;
    }

    /** The recording has come to its end. @param count bytes that a console has printed since power-on, which may be before the recording began */
    void written(String console, long count) {
        Roll roll = rolls.computeIfAbsent(console, name -> new Roll());
        roll.before = count - roll.length;
    }

    /** What a console has printed in the recording until so many bytes were printed since power-on. */
    byte[] first(String console, long count) {
        Roll roll = roll(console);
        return Arrays.copyOf(roll.text, (int) Math.min(count - roll.before, roll.length));
    }

    /** Icount at which a byte was printed. */
    long icount(String console, int offset) {
        return roll(console).icount(offset);
    }

    /** Offset of the last byte of the next occurrence of a text that ends at this offset or behind it; -1 when there is none. */
    int end(String console, byte[] wanted, int from) {
        Roll roll = roll(console);
        for (int at = Math.max(0, from - wanted.length + 1); at + wanted.length <= roll.length; at++) {
            if (Arrays.equals(roll.text, at, at + wanted.length, wanted, 0, wanted.length)) {
                return at + wanted.length - 1;
            }
        }
        return -1;
    }
}
