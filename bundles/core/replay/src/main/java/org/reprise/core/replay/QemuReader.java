package org.reprise.core.replay;

import java.io.BufferedInputStream;
import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import org.reprise.api.replay.EventJournal.LogEnd;
import org.reprise.api.replay.ForeignLogs.ForeignEvent;

/**
 * Reads a log that QEMU wrote, event by event, as far as it is well-formed. The layout has no checksums: only what breaks its grammar can
 * be found, and is, with the offset. Lengths are checked before memory is taken. One thread.
 */
final class QemuReader implements Closeable {
    private final InputStream in;
    /** Length of the file when it was opened: what a recorder adds since is left out. */
    private final long size;
    private final boolean finished;
    private long offset;
    private long icount;
    private boolean ended;
    private LogEnd end;

    /** @throws IOException naming file, problem and remedy when it does not begin as such a log */
    QemuReader(Path file) throws IOException {
        this(new BufferedInputStream(Files.newInputStream(file)), Files.size(file), file.toString());
    }

    /** @param size bytes to read @param name for messages */
    QemuReader(InputStream in, long size, String name) throws IOException {
        this.in = in;
        this.size = size;
        try {
            byte[] header = in.readNBytes(QemuFormat.HEADER_BYTES);
            offset = header.length;
            String problem = problem(header);
            if (problem != null) {
                throw new IOException(name + " cannot be read: " + problem);
            }
            finished = header.length == QemuFormat.HEADER_BYTES && ByteBuffer.wrap(header).getInt() == QemuFormat.VERSION;
            if (header.length < QemuFormat.HEADER_BYTES) {
                finish(LogEnd.Kind.TRUNCATED,
                    "it is cut off in its header (" + header.length + " of " + QemuFormat.HEADER_BYTES + " bytes)");
            }
        } catch (IOException e) {
            in.close();
            throw e;
        }
    }

    /** Why the first bytes are not those of such a log, or null. Too few bytes are judged as far as they go. */
    static String problem(byte[] header) {
        byte[] whole = new byte[QemuFormat.HEADER_BYTES];
        System.arraycopy(header, 0, whole, 0, header.length);
        int version = ByteBuffer.wrap(whole).getInt();
        if (version != 0 && header.length < Integer.BYTES) {
            byte[] known = ByteBuffer.allocate(Integer.BYTES).putInt(QemuFormat.VERSION).array();
            for (int i = 0; i < header.length; i++) {
                if (header[i] != known[i]) {
                    return "its first bytes (offset " + i + ") are not those of a log of QEMU";
                }
            }
        } else if (version != 0 && version != QemuFormat.VERSION) {
            return (version & QemuFormat.FAMILY) == (QemuFormat.VERSION & QemuFormat.FAMILY)
                ? String.format(Locale.ROOT, "its version word (offset 0) is 0x%x: this program reads 0x%x, which QEMU 7.1 to 10.2 write",
                    version, QemuFormat.VERSION)
                : String.format(Locale.ROOT, "its first word (offset 0) is 0x%08x, that of a log of QEMU is 0x%08x", version,
                    QemuFormat.VERSION);
        }
        long reserved = ByteBuffer.wrap(whole).getLong(Integer.BYTES);
        return reserved == 0 ? null
            : String.format(Locale.ROOT, "the reserved word of its header (offset 4) is 0x%x, must be 0: the header is damaged", reserved);
    }

    /** The next event, or null when there is none: {@link #end} says why. */
    ForeignEvent next() throws IOException {
        if (end != null) {
            return null;
        }
        long start = offset;
        if (offset == size) {
            return atEnd();
        }
        if (ended) {
            return finish(LogEnd.Kind.DAMAGED, "there are bytes behind its END event at offset " + offset);
        }
        int id = in.read();
        offset++;
        String name = id < 0 ? null : QemuFormat.name(id);
        try {
            if (id < 0) {
                throw new Cut("the file has become shorter while it is read");
            }
            if (name == null) {
                throw new IOException("no event has the number " + id);
            }
            Map<String, Long> values = new LinkedHashMap<>();
            byte[] data = body(id, values);
            ForeignEvent e = new ForeignEvent(start, icount, id, name, values, data);
            if (id == QemuFormat.INSTRUCTION) {
                icount += values.get("count");
            }
            ended = id == QemuFormat.END;
            return e;
        } catch (Cut e) {
            return finish(LogEnd.Kind.TRUNCATED, "it is cut off in the event at offset " + start
                + (name == null ? "" : " (" + name + ")") + ": " + e.getMessage());
        } catch (IOException e) {
            return finish(LogEnd.Kind.DAMAGED, "it is damaged in the event at offset " + start
                + (name == null ? "" : " (" + name + ")") + ": " + e.getMessage());
        }
    }

    private ForeignEvent atEnd() {
        if (ended && finished) {
            end = new LogEnd(LogEnd.Kind.CLEAN, icount, "the log of QEMU ended cleanly at icount " + icount);
            return null;
        }
        return finish(LogEnd.Kind.TRUNCATED, finished ? "it is cut off at offset " + offset + ": its END event is missing"
            : "its version word is 0: its recorder was killed or is still writing; it was read to its last byte, offset " + offset);
    }

    private byte[] body(int id, Map<String, Long> values) throws IOException {
        switch (id) {
            case QemuFormat.INSTRUCTION -> {
                long count = dword();
                if (count < 1 || icount + count < 0) {
                    throw new IOException("its count of instructions is " + Integer.toUnsignedString((int) count) + ", must be 1 to "
                        + QemuFormat.MAX_DELTA);
                }
                values.put("count", count);
            }
            case QemuFormat.ASYNC_BH, QemuFormat.ASYNC_BH_ONESHOT, QemuFormat.ASYNC_BLOCK -> values.put("number", qword());
            case QemuFormat.ASYNC_INPUT -> input(values);
            case QemuFormat.ASYNC_CHAR_READ -> {
                values.put("device", (long) octet());
                return array();
            }
            case QemuFormat.ASYNC_NET -> {
                values.put("filter", (long) octet());
                values.put("flags", dword() & 0xffff_ffffL);
                return array();
            }
            case QemuFormat.CHAR_WRITE -> {
                values.put("result", dword());
                values.put("written", dword());
            }
            case QemuFormat.CHAR_READ_ALL -> {
                return array();
            }
            case QemuFormat.CHAR_READ_ALL_ERROR -> values.put("error", dword());
            case QemuFormat.AUDIO_OUT -> values.put("played", qword());
            case QemuFormat.AUDIO_IN -> {
                long samples = qword();
                values.put("samples", samples);
                values.put("position", qword());
                if (samples < 0 || samples > QemuFormat.MAX_ARRAY_BYTES / 16) {
                    throw new IOException("its number of samples is " + Long.toUnsignedString(samples) + ", the most is "
                        + QemuFormat.MAX_ARRAY_BYTES / 16);
                }
                return bytes(samples * 16);
            }
            case QemuFormat.RANDOM -> {
                values.put("result", dword());
                return array();
            }
            case QemuFormat.CLOCK_HOST, QemuFormat.CLOCK_VIRTUAL_RT -> values.put("ns", qword());
            default -> {
                // the others are their number alone
                return NOTHING;
            }
        }
        return NOTHING;
    }

    private static final byte[] NOTHING = {};

    private void input(Map<String, Long> values) throws IOException {
        long type = choice("type of input", dword(), 3);
        values.put("type", type);
        if (type == 0) {
            long coding = choice("coding of the key", dword(), 1);
            values.put("coding", coding);
            values.put("key", coding == 0 ? qword() : dword());
            values.put("down", choice("key's state", octet(), 1));
        } else if (type == 1) {
            values.put("button", dword());
            values.put("down", choice("button's state", octet(), 1));
        } else {
            values.put("axis", choice("axis", dword(), 1));
            values.put("value", qword());
        }
    }

    private static long choice(String what, long value, long most) throws IOException {
        if (value < 0 || value > most) {
            throw new IOException("its " + what + " is " + value + ", must be 0 to " + most);
        }
        return value;
    }

    private byte[] array() throws IOException {
        long length = dword() & 0xffff_ffffL;
        if (length > QemuFormat.MAX_ARRAY_BYTES) {
            throw new IOException("its array has " + length + " bytes, the most is " + QemuFormat.MAX_ARRAY_BYTES);
        }
        return bytes(length);
    }

    private byte[] bytes(long length) throws IOException {
        if (length > size - offset) {
            throw new Cut(length + " bytes are missing or its length is damaged: only " + (size - offset) + " are left");
        }
        byte[] b = in.readNBytes((int) length);
        offset += b.length;
        if (b.length < length) {
            throw new Cut("the file has become shorter while it is read");
        }
        return b;
    }

    private int octet() throws IOException {
        return bytes(1)[0] & 0xff;
    }

    /** Signed. */
    private long dword() throws IOException {
        return ByteBuffer.wrap(bytes(Integer.BYTES)).getInt();
    }

    private long qword() throws IOException {
        return ByteBuffer.wrap(bytes(Long.BYTES)).getLong();
    }

    private ForeignEvent finish(LogEnd.Kind kind, String what) {
        end = new LogEnd(kind, icount, "the log of QEMU is " + (kind == LogEnd.Kind.DAMAGED ? "damaged" : "not complete") + ": " + what
            + "; it is good up to icount " + icount);
        return null;
    }

    /** How the log ends; null before {@link #next} has returned null. */
    LogEnd end() {
        return end;
    }

    @Override
    public void close() throws IOException {
        in.close();
    }

    /** The file ends within an event. */
    private static final class Cut extends IOException {
        private static final long serialVersionUID = 1L;

        Cut(String message) {
            super(message);
        }
    }
}
