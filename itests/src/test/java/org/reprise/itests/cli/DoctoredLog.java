package org.reprise.itests.cli;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.zip.CRC32C;
import java.util.zip.DataFormatException;
import java.util.zip.Inflater;

/** Changes bytes of a log's events, with right checksums, as docs/log-format.md describes it. */
final class DoctoredLog {
    private static final int HEADER = 24;
    private static final int FRAME_HEADER = 29;

    private DoctoredLog() {
    }

    /** Replaces the first occurrence of some bytes in the payloads of all frames. */
    static void replace(Path log, byte[] bytes, byte[] by) throws IOException, DataFormatException {
        byte[] all = Files.readAllBytes(log);
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        out.write(all, 0, HEADER);
        boolean done = false;
        for (int at = HEADER; at < all.length;) {
            ByteBuffer b = ByteBuffer.wrap(all, at, all.length - at);
            int length = b.getInt();
            int raw = b.getInt();
            long first = b.getLong();
            int sequence = b.getInt();
            int codec = b.get();
            byte[] payload = Arrays.copyOfRange(all, at + FRAME_HEADER, at + FRAME_HEADER + length);
            if (codec == 1) {
                Inflater inflater = new Inflater(true);
                inflater.setInput(payload);
                payload = new byte[raw];
                inflater.inflate(payload);
                inflater.end();
            } else if (codec != 0) {
                throw new AssertionError(log + " has a frame with codec " + codec + ": it grew faster than a log that this is for");
            }
            int found = done ? -1 : indexOf(payload, bytes);
            if (found >= 0) {
                System.arraycopy(by, 0, payload, found, by.length);
                done = true;
            }
            ByteBuffer header = ByteBuffer.allocate(FRAME_HEADER).putInt(payload.length).putInt(payload.length).putLong(first).putInt(sequence)
                .put((byte) 0).putInt(crc(payload, payload.length));
            header.putInt(crc(header.array(), FRAME_HEADER - 4));
            out.write(header.array());
            out.write(payload);
            at += FRAME_HEADER + length;
        }
        if (!done) {
            throw new AssertionError("the bytes are not in " + log);
        }
        Files.write(log, out.toByteArray());
    }

    private static int indexOf(byte[] in, byte[] what) {
        for (int i = 0; i + what.length <= in.length; i++) {
            if (Arrays.equals(in, i, i + what.length, what, 0, what.length)) {
                return i;
            }
        }
        return -1;
    }

    private static int crc(byte[] bytes, int length) {
        CRC32C crc = new CRC32C();
        crc.update(bytes, 0, length);
        return (int) crc.getValue();
    }
}
