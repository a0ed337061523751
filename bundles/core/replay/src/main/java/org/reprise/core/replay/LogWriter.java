package org.reprise.core.replay;

import java.io.ByteArrayOutputStream;
import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.WritableByteChannel;
import java.util.zip.CRC32C;
import java.util.zip.Deflater;
import org.reprise.api.replay.Event;
import org.reprise.api.replay.EventKind;

/**
 * Writes the log: a frame is collected in memory and goes to the file in one write when it is sealed, so a process that is killed leaves
 * whole frames, and at most one torn one that the reader recognises. One thread.
 */
final class LogWriter implements Closeable {
    private static final int COMPRESS_FROM = 96;

    private final WritableByteChannel channel;
    private final Deflater deflater = new Deflater(Deflater.DEFAULT_COMPRESSION, true);
    private final ByteArrayOutputStream frame = new ByteArrayOutputStream(LogFormat.FRAME_BYTES);
    private EventCodec codec;
    private long firstIcount;
    private int sequence;
    private long bytes;
    private long sealedIcount = -1;

    LogWriter(WritableByteChannel channel) throws IOException {
        this.channel = channel;
        write(ByteBuffer.wrap(LogFormat.header()));
    }

    /** Adds an event; seals the frame when it is full. */
    void append(Event e) throws IOException {
        if (e.data().length > LogFormat.MAX_EVENT_BYTES) {
            throw new IOException("an event has " + e.data().length + " bytes, the most is " + LogFormat.MAX_EVENT_BYTES);
        }
        if (frame.size() == 0) {
            firstIcount = e.icount();
            codec = new EventCodec(firstIcount);
        }
        codec.write(e, frame);
        if (frame.size() >= LogFormat.FRAME_BYTES) {
            seal(e.icount());
        }
    }

    /** Ends the frame with how far the machine has come, and writes it. Nothing happens when nothing has since the last frame. */
    void seal(long icount) throws IOException {
        if (frame.size() == 0 && icount == sealedIcount) {
            return;
        }
        if (frame.size() == 0) {
            firstIcount = icount;
            codec = new EventCodec(icount);
        }
        codec.write(new Event(EventKind.INSTRUCTION, icount, 0, 0, Event.NO_DATA), frame);
        sealedIcount = icount;
        flush();
    }

    /** Writes the last frame, which ends with END and nothing behind it. */
    void finish() throws IOException {
        if (frame.size() > 0) {
            flush();
        }
        if (channel instanceof FileChannel file) {
            file.force(true);
        }
    }

    private void flush() throws IOException {
        byte[] raw = frame.toByteArray();
        byte[] payload = raw;
        int flags = 0;
        if (raw.length >= COMPRESS_FROM) {
            byte[] packed = new byte[raw.length];
            deflater.reset();
            deflater.setInput(raw);
            deflater.finish();
            int n = deflater.deflate(packed);
            if (deflater.finished() && n < raw.length) {
                payload = java.util.Arrays.copyOf(packed, n);
                flags = LogFormat.FLAG_DEFLATED;
            }
        }
        ByteBuffer b = ByteBuffer.allocate(LogFormat.FRAME_HEADER_BYTES + payload.length);
        b.putInt(payload.length).putInt(0).putLong(firstIcount).putInt(sequence).put((byte) flags).putInt(raw.length).put(payload);
        CRC32C crc = new CRC32C();
        crc.update(b.array(), 0, 4);
        crc.update(b.array(), 8, b.capacity() - 8);
        b.putInt(4, (int) crc.getValue());
        b.flip();
        write(b);
        frame.reset();
        sequence++;
    }

    private void write(ByteBuffer b) throws IOException {
        int n = b.remaining();
        while (b.hasRemaining()) {
            channel.write(b);
        }
        bytes += n;
    }

    /** Bytes written. */
    long bytes() {
        return bytes;
    }

    @Override
    public void close() throws IOException {
        deflater.end();
        channel.close();
    }
}
