package org.reprise.core.replay;

import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.zip.CRC32C;

/** Constants and checksums of the log; docs/log-format.md is its description. All numbers are big-endian. */
final class LogFormat {
    static final long MAGIC = 0x5250_5253_4c4f_470aL;
    static final int FORMAT_VERSION = 1;
    /** Raised when a change of the emulator alters what a recorded guest would do. */
    static final int SEMANTICS_VERSION = 5;
    /** Required feature: the log may hold NET events. */
    static final int FEATURE_NET = 1;
    /** Required feature: the log may hold PLUG and UNPLUG events. */
    static final int FEATURE_PLUG = 2;
    /** Required feature: the log may hold CLOCK_VIRTUAL_RT events. */
    static final int FEATURE_AUTO_SHIFT = 4;
    /** Required feature: the log may hold POKE and TRAPS events. */
    static final int FEATURE_POKE = 8;
    /** Required feature: frames may be packed with LZ4. */
    static final int FEATURE_LZ4 = 16;
    /** All required features that this program knows. */
    static final int REQUIRED_FEATURES = FEATURE_NET | FEATURE_PLUG | FEATURE_AUTO_SHIFT | FEATURE_POKE | FEATURE_LZ4;
    static final int OPTIONAL_FEATURES = 0;
    static final int HEADER_BYTES = 24;
    static final int FRAME_HEADER_BYTES = 29;
    /** How a frame's payload is packed: not at all. */
    static final int CODEC_NONE = 0;
    /** Raw DEFLATE, RFC 1951. */
    static final int CODEC_DEFLATE = 1;
    /** One LZ4 block; needs {@link #FEATURE_LZ4}. */
    static final int CODEC_LZ4 = 2;
    /** A frame is sealed when it has so many bytes: no event but the last starts behind it. */
    static final int FRAME_BYTES = 64 * 1024;
    /** No event has more data than this, and no frame more than this and the frame size together. */
    static final int MAX_EVENT_BYTES = 16 * 1024 * 1024;
    static final int MAX_FRAME_BYTES = FRAME_BYTES + MAX_EVENT_BYTES + 64;
    static final String LOG = "events.log";
    static final String MANIFEST = "manifest.json";
    /** Folder within the recording with the images that came with it, named as the manifest's fields without {@code image.}. */
    static final String IMAGES = "images";

    private LogFormat() {
    }

    /** The log's first bytes. @param required features that its reader must know */
    static byte[] header(int required) {
        return header(FORMAT_VERSION, SEMANTICS_VERSION, required);
    }

    static byte[] header(int format, int semantics, int required) {
        ByteBuffer b = ByteBuffer.allocate(HEADER_BYTES);
        b.putLong(MAGIC).putShort((short) format).putShort((short) semantics).putInt(required).putInt(OPTIONAL_FEATURES);
        b.putInt(crc(b.array(), 0, HEADER_BYTES - 4));
        return b.array();
    }

    /** True for the first bytes of a log whose recorder was killed before it had written the header. */
    static boolean isCutHeader(byte[] header) {
        int n = Math.min(header.length, Long.BYTES);
        return header.length < HEADER_BYTES && Arrays.equals(header, 0, n, header(0), 0, n);
    }

    /** Why a whole header cannot be accepted, or null. */
    static String problem(byte[] header) {
        if (header.length < HEADER_BYTES || ByteBuffer.wrap(header).getLong() != MAGIC) {
            return "it does not begin as a log does: it is no Reprise log, or its header (offset 0) is damaged";
        }
        ByteBuffer b = ByteBuffer.wrap(header, Long.BYTES, HEADER_BYTES - Long.BYTES);
        int format = Short.toUnsignedInt(b.getShort());
        b.getShort();
        int required = b.getInt();
        b.getInt();
        if (b.getInt() != crc(header, 0, HEADER_BYTES - 4)) {
            return "its header (offset 0) is damaged: the checksum does not fit; restore it from a copy of the recording";
        }
        if (format != FORMAT_VERSION) {
            return "it has format version " + format + ", this program reads " + FORMAT_VERSION + ": use the version that recorded it";
        }
        if ((required & ~REQUIRED_FEATURES) != 0) {
            return "it needs the log features 0x" + Integer.toHexString(required) + ", this program knows 0x"
                + Integer.toHexString(REQUIRED_FEATURES) + ": use the version that recorded it, or a newer one";
        }
        return null;
    }

    /** The required features of a good header. */
    static int required(byte[] header) {
        return ByteBuffer.wrap(header).getInt(Long.BYTES + 2 * Short.BYTES);
    }

    /** The semantics version of a good header. */
    static int semantics(byte[] header) {
        return Short.toUnsignedInt(ByteBuffer.wrap(header).getShort(Long.BYTES + Short.BYTES));
    }

    static int crc(byte[] bytes, int offset, int length) {
        CRC32C crc = new CRC32C();
        crc.update(bytes, offset, length);
        return (int) crc.getValue();
    }
}
