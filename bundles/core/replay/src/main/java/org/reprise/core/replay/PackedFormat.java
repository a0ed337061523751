package org.reprise.core.replay;

import java.io.IOException;
import java.io.InputStream;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** A packed recording: a zip archive whose comment is the checksum of everything before it; docs/log-format.md is its description. */
final class PackedFormat {
    /** The comment without its last characters, the checksum in hexadecimal. */
    static final String COMMENT = "reprise-recording 1 sha256:";
    static final int HEX = 64;
    /** What a zip archive has before its comment, at least. */
    private static final int END_RECORD_BYTES = 22;
    private static final Pattern IDENTITY = Pattern.compile("(\\d{1,18}) bytes sha256:([0-9a-f]{64})");
    private static final int BUFFER = 1 << 16;

    private PackedFormat() {
    }

    /** An image as the manifest names it. */
    record Identity(long length, String sha256) {
        /** @throws IOException naming the field when the manifest does not hold length and SHA-256 */
        static Identity of(String key, String text) throws IOException {
            Matcher m = IDENTITY.matcher(text);
            if (!m.matches()) {
                throw new IOException("the manifest's field image." + key + " is '" + text + "': it must be length and SHA-256");
            }
            return new Identity(Long.parseLong(m.group(1)), m.group(2));
        }
    }

    /** Writes the checksum into the comment of a finished archive. */
    static void seal(Path archive) throws IOException {
        try (RandomAccessFile file = new RandomAccessFile(archive.toFile(), "rw")) {
            long content = file.length() - HEX;
            String sum = checksum(archive, content);
            file.seek(content);
            file.write(sum.getBytes(StandardCharsets.US_ASCII));
            file.getFD().sync();
        }
    }

    /** @throws IOException naming file, problem and remedy, unless every byte of the archive is as it was packed */
    static void check(Path archive) throws IOException {
        long size;
        try {
            size = Files.size(archive);
        } catch (NoSuchFileException e) {
            throw new IOException(archive + " does not exist: name a packed recording (NAME.rrz)", e);
        }
        int tail = COMMENT.length() + HEX;
        byte[] comment = new byte[0];
        if (Files.isRegularFile(archive) && size >= tail + END_RECORD_BYTES) {
            try (RandomAccessFile file = new RandomAccessFile(archive.toFile(), "r")) {
                comment = new byte[tail];
                file.seek(size - tail);
                file.readFully(comment);
            }
        }
        byte[] begin = COMMENT.getBytes(StandardCharsets.US_ASCII);
        if (comment.length == 0 || !Arrays.equals(begin, 0, begin.length, comment, 0, begin.length)) {
            throw new IOException(archive + " is no packed recording, or it is cut off or damaged at its end (" + size
                + " bytes): it does not end as one does; get it again from where it came from");
        }
        String sum = new String(comment, begin.length, HEX, StandardCharsets.ISO_8859_1);
        if (!checksum(archive, size - HEX).equals(sum)) {
            throw new IOException(archive + " is damaged: its checksum does not fit; get it again from where it came from");
        }
    }

    private static String checksum(Path archive, long length) throws IOException {
        MessageDigest digest = ManifestFile.sha256();
        byte[] buffer = new byte[BUFFER];
        try (InputStream in = Files.newInputStream(archive)) {
            for (long left = length; left > 0;) {
                int n = in.read(buffer, 0, (int) Math.min(left, buffer.length));
                if (n < 0) {
                    throw new IOException(archive + " has become shorter while it was read");
                }
                digest.update(buffer, 0, n);
                left -= n;
            }
        }
        return HexFormat.of().formatHex(digest.digest());
    }
}
