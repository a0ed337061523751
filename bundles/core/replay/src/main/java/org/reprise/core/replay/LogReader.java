package org.reprise.core.replay;

import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.reprise.api.replay.Event;
import org.reprise.api.replay.EventJournal.LogEnd;
import org.reprise.api.replay.EventKind;

/**
 * Reads a log frame by frame, as far as its frames are good. Whatever the bytes are it ends, with a {@link LogEnd} that says how; lengths
 * are checked before memory is allocated. One thread.
 */
final class LogReader implements Closeable {
    private final InputStream in;
    private final int semantics;
    private final int required;
    private long offset;
    private int frames;
    private long lastIcount;
    private boolean ended;
    private LogEnd end;

    /** @throws IOException naming file, problem and remedy when the header is not one that this program can read */
    LogReader(Path file) throws IOException {
        in = Files.newInputStream(file);
        try {
            byte[] header = in.readNBytes(LogFormat.HEADER_BYTES);
            offset = header.length;
            if (LogFormat.isCutHeader(header)) {
                semantics = LogFormat.SEMANTICS_VERSION;
                required = LogFormat.REQUIRED_FEATURES;
                finish(cut("in its header"));
            } else {
                String problem = LogFormat.problem(header);
                if (problem != null) {
                    throw new IOException(file + " cannot be read: " + problem);
                }
                semantics = LogFormat.semantics(header);
                required = LogFormat.required(header);
            }
        } catch (IOException e) {
            in.close();
            throw e;
        }
    }

    /** Goes on from a place that an earlier pass over the same log has come by. To be called before anything was read. */
    void skipTo(Place place) throws IOException {
        in.skipNBytes(place.offset - offset);
        offset = place.offset;
        frames = place.frames;
        lastIcount = place.icount;
    }

    /** Where it is, between two frames. */
    Place place() {
        return new Place(offset, frames, lastIcount);
    }

    /** A place between two frames. @param offset in the file @param frames frames before it @param icount icount of the last event before it */
    record Place(long offset, int frames, long icount) {
    }

    /** The events of the next good frame, INSTRUCTION included; null when there is none: {@link #end} says why. */
    List<Event> next() throws IOException {
        if (end != null) {
            return null;
        }
        byte[] header = in.readNBytes(LogFormat.FRAME_HEADER_BYTES);
        if (header.length == 0) {
            return finish(ended ? new LogEnd(LogEnd.Kind.CLEAN, lastIcount, "the recording ended cleanly at icount " + lastIcount)
                : cut("after frame " + frames));
        }
        if (ended) {
            return damaged("there are bytes after the recording's end");
        }
        if (header.length < LogFormat.FRAME_HEADER_BYTES) {
            return finish(cut("in the header of frame " + frames + " at offset " + offset));
        }
        ByteBuffer b = ByteBuffer.wrap(header);
        int length = b.getInt();
        int raw = b.getInt();
        long first = b.getLong();
        int sequence = b.getInt();
        int codec = Byte.toUnsignedInt(b.get());
        int payloadSum = b.getInt();
        if (b.getInt() != LogFormat.crc(header, 0, LogFormat.FRAME_HEADER_BYTES - Integer.BYTES)) {
            return damaged("the checksum of its header does not fit");
        }
        if (length < 1 || length > LogFormat.MAX_FRAME_BYTES || raw < 1 || raw > LogFormat.MAX_FRAME_BYTES) {
            return damaged("its length " + length + " (" + raw + " unpacked) is not possible");
        }
        if (sequence != frames) {
            return damaged("its number is " + sequence + ": frames are missing or doubled");
        }
        if (first < lastIcount) {
            return damaged("its first icount " + first + " is before " + lastIcount);
        }
        if (codec == LogFormat.CODEC_LZ4 && !FrameCodec.lz4Works()) {
            throw new IOException("the log cannot be read from frame " + frames + " on: it is packed with LZ4, which needs sun.misc.Unsafe;"
                + " Java " + Runtime.version().feature() + " as it was started does not offer that: use Java 17 to 25, as bin/reprise starts it");
        }
        byte[] payload = in.readNBytes(length);
        if (payload.length < length) {
            return finish(cut("in frame " + frames + " at offset " + offset + " (" + payload.length + " of " + length + " bytes)"));
        }
        if (LogFormat.crc(payload, 0, length) != payloadSum) {
            return damaged("the checksum of its payload does not fit");
        }
        try {
            List<Event> events = decode(first, FrameCodec.unpack(payload, codec, raw, required));
            offset += LogFormat.FRAME_HEADER_BYTES + length;
            frames++;
            return events;
        } catch (IOException e) {
            return damaged(e.getMessage());
        }
    }

    private List<Event> decode(long first, byte[] bytes) throws IOException {
        EventCodec codec = new EventCodec(first);
        EventCodec.Cursor cursor = new EventCodec.Cursor(bytes);
        List<Event> events = new ArrayList<>();
        boolean last = false;
        while (!cursor.atEnd()) {
            if (last) {
                throw new IOException("there are events after the recording's end");
            }
            boolean full = cursor.position() >= LogFormat.FRAME_BYTES;
            Event e = codec.read(cursor);
            // bounds the memory of a frame's events
            if (full && !(e.kind() == EventKind.INSTRUCTION && cursor.atEnd())) {
                throw new IOException("it has more events than a frame can have");
            }
            events.add(e);
            last = e.kind() == EventKind.END;
        }
        ended = last;
        lastIcount = events.get(events.size() - 1).icount();
        return events;
    }

    private LogEnd cut(String where) {
        return new LogEnd(LogEnd.Kind.TRUNCATED, lastIcount, "the log is cut off " + where
            + ": its recorder was killed, or is still writing; it is good up to icount " + lastIcount);
    }

    private List<Event> damaged(String why) {
        return finish(new LogEnd(LogEnd.Kind.DAMAGED, lastIcount, "the log is damaged in frame " + frames + " at offset " + offset + ": "
            + why + "; it is good up to icount " + lastIcount));
    }

    private List<Event> finish(LogEnd how) {
        end = how;
        return null;
    }

    /** How the log ends; null before {@link #next} has returned null. */
    LogEnd end() {
        return end;
    }

    /** The semantics version of the emulator that recorded. */
    int semantics() {
        return semantics;
    }

    int frames() {
        return frames;
    }

    /** Bytes of good frames so far, header included. */
    long bytes() {
        return offset;
    }

    @Override
    public void close() throws IOException {
        in.close();
    }
}
