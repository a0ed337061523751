package org.reprise.core.replay;

import java.nio.ByteBuffer;
import java.util.zip.CRC32C;

/** Constants and checksums of the log; docs/log-format.md is its description. All numbers are big-endian. */
final class LogFormat {
    static final long MAGIC = 0x5250_5253_4c4f_470aL;
    static final int FORMAT_VERSION = 1;
    /** Raised when a change of the emulator alters what a recorded guest would do. */
    static final int SEMANTICS_VERSION = 1;
    static final int REQUIRED_FEATURES = 0;
    static final int OPTIONAL_FEATURES = 0;
    static final int HEADER_BYTES = 24;
    static final int FRAME_HEADER_BYTES = 25;
    static final int FLAG_DEFLATED = 1;
    /** A frame is sealed when it has so many bytes. */
    static final int FRAME_BYTES = 64 * 1024;
    /** No event is larger than this, and no frame larger than this and the frame size together. */
    static final int MAX_EVENT_BYTES = 16 * 1024 * 1024;
    static final int MAX_FRAME_BYTES = FRAME_BYTES + MAX_EVENT_BYTES + 64;
    static final String LOG = "events.log";
    static final String MANIFEST = "manifest.json";

    private LogFormat() {
    }

    static byte[] header() {
        ByteBuffer b = ByteBuffer.allocate(HEADER_BYTES);
        b.putLong(MAGIC).putShort((short) FORMAT_VERSION).putShort((short) SEMANTICS_VERSION).putInt(REQUIRED_FEATURES)
            .putInt(OPTIONAL_FEATURES);
        b.putInt(crc(b.array(), 0, HEADER_BYTES - 4));
        return b.array();
    }

    /** Why the header cannot be accepted, or null. */
    static String problem(byte[] header, int length) {
        if (length < HEADER_BYTES) {
            return "it has " + length + " bytes, less than a log's header of " + HEADER_BYTES;
        }
        ByteBuffer b = ByteBuffer.wrap(header);
        if (b.getLong() != MAGIC) {
            return "it does not begin as a log does: it is no Reprise log, or its first bytes are damaged";
        }
        int format = b.getShort();
        int semantics = b.getShort();
        int required = b.getInt();
        b.getInt();
        if (b.getInt() != crc(header, 0, HEADER_BYTES - 4)) {
            return "its header is damaged (checksum at offset 20)";
        }
        if (format != FORMAT_VERSION) {
            return "it has format version " + format + ", this program reads " + FORMAT_VERSION + ": use the version that recorded it";
        }
        if (semantics != SEMANTICS_VERSION) {
            return "it was recorded with semantics version " + semantics + ", this program has " + SEMANTICS_VERSION
                + ": replay with the version that recorded it";
        }
        if ((required & ~REQUIRED_FEATURES) != 0) {
            return "it needs features 0x" + Integer.toHexString(required) + ", this program knows 0x" + Integer.toHexString(REQUIRED_FEATURES)
                + ": use a newer version";
        }
        return null;
    }

    static int crc(byte[] bytes, int offset, int length) {
        CRC32C crc = new CRC32C();
        crc.update(bytes, offset, length);
        return (int) crc.getValue();
    }
}
