package org.reprise.core.replay;

import java.io.ByteArrayOutputStream;
import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import org.reprise.api.replay.Event;
import org.reprise.api.replay.EventKind;

/**
 * Writes the log: a frame is collected in memory and goes to the file in one write when it is sealed, so a process that is killed leaves
 * whole frames, and at most one torn one that the reader recognises. One thread.
 */
final class LogWriter implements Closeable {
    private final LogSink sink;
    private final FrameCodec packer;
    private final Frame frame = new Frame();
    private boolean hurry;
    /** Bytes of the frame that are data of events. */
    private int bulk;
    private EventCodec codec;
    private long firstIcount;
    private int sequence;
    private long bytes;
    private long sealedIcount = -1;

    /** The payload of a frame, behind room for the header, which can be read where it is. */
    private static final class Frame extends ByteArrayOutputStream {
        Frame() {
            super(2 * LogFormat.FRAME_BYTES);
            reset();
        }

        @Override
        public synchronized void reset() {
            count = LogFormat.FRAME_HEADER_BYTES;
        }

        int length() {
            return count - LogFormat.FRAME_HEADER_BYTES;
        }

        byte[] buffer() {
            return buf;
        }
    }

    /** @param required features that a reader must know */
    LogWriter(LogSink sink, int required) throws IOException {
        this(sink, required, PackingBudget.of(Runtime.getRuntime().availableProcessors()));
    }

    LogWriter(LogSink sink, int required, PackingBudget budget) throws IOException {
        this.sink = sink;
        packer = new FrameCodec(required, budget);
        byte[] header = LogFormat.header(required);
        write(header, header.length);
    }

    /**
     * Bytes of frames that another recorder has written, as they are, one piece after the other: before anything else is written.
     *
     * @param frames so many of them are whole with this piece
     */
    void copied(byte[] piece, int frames) throws IOException {
        write(piece, piece.length);
        sequence = frames;
    }

    /** Adds an event; seals the frame when it is full. */
    void append(Event e) throws IOException {
        if (e.data().length > LogFormat.MAX_EVENT_BYTES) {
            throw new IOException("an event has " + e.data().length + " bytes, the most is " + LogFormat.MAX_EVENT_BYTES);
        }
        begin(e.icount());
        codec.write(e, frame);
        bulk += e.data().length;
        // END is the last event of a log: finish() writes its frame
        if (frame.length() >= LogFormat.FRAME_BYTES && e.kind() != EventKind.END) {
            seal(e.icount());
        }
    }

    private void begin(long icount) {
        if (frame.length() == 0) {
            firstIcount = icount;
            codec = new EventCodec(icount);
        }
    }

    /** While in a hurry, frames are not packed. */
    void hurry(boolean now) {
        hurry = now;
    }

    /** Ends the frame with how far the machine has come, and writes it. Nothing happens when nothing has since the last frame. */
    void seal(long icount) throws IOException {
        if (frame.length() == 0 && icount == sealedIcount) {
            return;
        }
        begin(icount);
        codec.write(new Event(EventKind.INSTRUCTION, icount, 0, 0, Event.NO_DATA), frame);
        sealedIcount = icount;
        flush();
    }

    /** Writes the last frame, which ends with END and nothing behind it. */
    void finish() throws IOException {
        if (frame.length() > 0) {
            flush();
        }
        sink.force();
    }

    private void flush() throws IOException {
        int length = frame.length();
        int how = hurry ? LogFormat.CODEC_NONE : packer.pack(frame.buffer(), length, bulk > length / 2);
        boolean packed = how != LogFormat.CODEC_NONE;
        int payload = packed ? packer.packedLength() : length;
        byte[] whole = packed ? packer.packed() : frame.buffer();
        ByteBuffer header = ByteBuffer.wrap(whole, 0, LogFormat.FRAME_HEADER_BYTES);
        header.putInt(payload).putInt(length).putLong(firstIcount).putInt(sequence).put((byte) how)
            .putInt(LogFormat.crc(whole, LogFormat.FRAME_HEADER_BYTES, payload)).putInt(LogFormat.crc(whole, 0, header.position()));
        write(whole, LogFormat.FRAME_HEADER_BYTES + payload);
        frame.reset();
        bulk = 0;
        sequence++;
    }

    private void write(byte[] b, int length) throws IOException {
        sink.write(b, length);
        bytes += length;
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
        packer.close();
        sink.close();
    }
}
