package org.reprise.core.replay;

import java.io.ByteArrayOutputStream;
import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.zip.Deflater;
import org.reprise.api.replay.Event;
import org.reprise.api.replay.EventKind;

/**
 * Writes the log: a frame is collected in memory and goes to the file in one write when it is sealed, so a process that is killed leaves
 * whole frames, and at most one torn one that the reader recognises. One thread.
 */
final class LogWriter implements Closeable {
    /** Below this a frame does not get smaller. */
    private static final int COMPRESS_FROM = 96;

    private final LogSink sink;
    private final Deflater deflater = new Deflater(Deflater.DEFAULT_COMPRESSION, true);
    private final ByteArrayOutputStream frame = new ByteArrayOutputStream(LogFormat.FRAME_BYTES);
    private EventCodec codec;
    private long firstIcount;
    private int sequence;
    private long bytes;
    private long sealedIcount = -1;

    /** @param required features that a reader must know */
    LogWriter(LogSink sink, int required) throws IOException {
        this.sink = sink;
        write(LogFormat.header(required));
    }

    /** Adds an event; seals the frame when it is full. */
    void append(Event e) throws IOException {
        if (e.data().length > LogFormat.MAX_EVENT_BYTES) {
            throw new IOException("an event has " + e.data().length + " bytes, the most is " + LogFormat.MAX_EVENT_BYTES);
        }
        begin(e.icount());
        codec.write(e, frame);
        // END is the last event of a log: finish() writes its frame
        if (frame.size() >= LogFormat.FRAME_BYTES && e.kind() != EventKind.END) {
            seal(e.icount());
        }
    }

    private void begin(long icount) {
        if (frame.size() == 0) {
            firstIcount = icount;
            codec = new EventCodec(icount);
        }
    }

    /** Ends the frame with how far the machine has come, and writes it. Nothing happens when nothing has since the last frame. */
    void seal(long icount) throws IOException {
        if (frame.size() == 0 && icount == sealedIcount) {
            return;
        }
        begin(icount);
        codec.write(new Event(EventKind.INSTRUCTION, icount, 0, 0, Event.NO_DATA), frame);
        sealedIcount = icount;
        flush();
    }

    /** Writes the last frame, which ends with END and nothing behind it. */
    void finish() throws IOException {
        if (frame.size() > 0) {
            flush();
        }
        sink.force();
    }

    private void flush() throws IOException {
        byte[] raw = frame.toByteArray();
        byte[] payload = raw;
        int flags = 0;
        byte[] packed = raw.length < COMPRESS_FROM ? raw : deflated(raw);
        if (packed.length < raw.length) {
            payload = packed;
            flags = LogFormat.FLAG_DEFLATED;
        }
        ByteBuffer b = ByteBuffer.allocate(LogFormat.FRAME_HEADER_BYTES + payload.length);
        b.putInt(payload.length).putInt(raw.length).putLong(firstIcount).putInt(sequence).put((byte) flags)
            .putInt(LogFormat.crc(payload, 0, payload.length)).putInt(LogFormat.crc(b.array(), 0, b.position())).put(payload);
        write(b.array());
        frame.reset();
        sequence++;
    }

    /** The bytes compressed, or the bytes themselves when that makes them no smaller. */
    private byte[] deflated(byte[] raw) {
        byte[] packed = new byte[raw.length];
        deflater.reset();
        deflater.setInput(raw);
        deflater.finish();
        int n = deflater.deflate(packed);
        return deflater.finished() ? Arrays.copyOf(packed, n) : raw;
    }

    private void write(byte[] b) throws IOException {
        sink.write(b);
        bytes += b.length;
    }

    /** Cuts off the torn frame that a failed write has left, if the disk lets us: the reader gets along with it as well. */
    void cutTornFrame() {
        try {
            sink.truncate(bytes);
        } catch (IOException e) {
            // the reader recognises a torn frame by its length and checksum
            frame.reset();
        }
    }

    /** Bytes of whole frames written, header included. */
    long bytes() {
        return bytes;
    }

    @Override
    public void close() throws IOException {
        deflater.end();
        sink.close();
    }
}
