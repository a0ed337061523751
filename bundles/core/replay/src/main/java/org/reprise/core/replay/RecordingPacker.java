package org.reprise.core.replay;

import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.MessageDigest;
import java.time.LocalDateTime;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.zip.CRC32;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;

/** Makes one file of a recording and its images. */
final class RecordingPacker {
    private static final int BUFFER = 1 << 16;
    /** The first that a zip archive can hold: when it was packed is no part of a recording. */
    private static final LocalDateTime NO_TIME = LocalDateTime.of(1980, 1, 1, 0, 0);

    private RecordingPacker() {
    }

    static void pack(Path recording, Map<String, Path> images, Path archive) throws IOException {
        ManifestFile manifest = ManifestFile.read(recording);
        Map<String, String> needed = new LinkedHashMap<>(manifest.images());
        Map<String, String> places = new LinkedHashMap<>(manifest.imagePaths());
        plugged(recording, needed, places);
        Map<String, Path> files = files(recording, needed, places, images);
        OutputStream out;
        try {
            out = Files.newOutputStream(archive, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
        } catch (FileAlreadyExistsException e) {
            throw new IOException(archive + " exists already and is not overwritten: remove it or name another", e);
        } catch (NoSuchFileException e) {
            throw new IOException(archive + " cannot be written: its folder does not exist", e);
        }
        boolean written = false;
        try {
            try (ZipOutputStream zip = new ZipOutputStream(new BufferedOutputStream(out))) {
                zip.setComment(PackedFormat.COMMENT + "0".repeat(PackedFormat.HEX));
                zip.putNextEntry(entry(LogFormat.MANIFEST));
                Files.copy(recording.resolve(LogFormat.MANIFEST), zip);
                zip.closeEntry();
                log(recording.resolve(LogFormat.LOG), zip);
                for (Map.Entry<String, String> image : needed.entrySet()) {
                    zip.putNextEntry(entry(LogFormat.IMAGES + "/" + image.getKey()));
                    image(image.getKey(), files.get(image.getKey()), image.getValue(), zip);
                    zip.closeEntry();
                }
            }
            PackedFormat.seal(archive);
            written = true;
        } finally {
            if (!written) {
                Files.deleteIfExists(archive);
            }
        }
    }

    /** Adds the images of devices that were plugged in while it ran. */
    private static void plugged(Path recording, Map<String, String> needed, Map<String, String> places) throws IOException {
        PluggedImages plugged = new PluggedImages();
        LogScan.of(recording, plugged::next);
        for (Map.Entry<String, PluggedImages.Image> image : plugged.images().entrySet()) {
            String key = image.getKey();
            Path own = ManifestFile.isFileName(key) ? recording.resolve(LogFormat.IMAGES).resolve(key) : null;
            if (needed.putIfAbsent(key, image.getValue().identity()) != null) {
                throw new IOException("the recording " + recording + " cannot be packed: it has two images " + key);
            }
            places.put(key, own != null && Files.isRegularFile(own) ? own.toString() : image.getValue().path());
        }
    }

    /** Where each image is. */
    private static Map<String, Path> files(Path recording, Map<String, String> needed, Map<String, String> places, Map<String, Path> images)
            throws IOException {
        Map<String, Path> files = new LinkedHashMap<>();
        for (String key : needed.keySet()) {
            String recorded = places.get(key);
            Path file = images.containsKey(key) ? images.get(key) : recorded == null ? null : Path.of(recorded);
            if (file == null || !Files.isReadable(file) || Files.isDirectory(file)) {
                throw new IOException("the recording " + recording + " needs the image " + key + " (" + needed.get(key) + "), which "
                    + (file == null ? "has no known place" : "cannot be read at " + file) + ": give it with --file " + key + "=PATH");
            }
            if (!ManifestFile.isFileName(key)) {
                throw new IOException("the image " + key + " of the recording " + recording + " cannot be packed: its name is none of a file");
            }
            files.put(key, file);
        }
        for (String key : images.keySet()) {
            if (!files.containsKey(key)) {
                throw new IOException("the recording " + recording + " has no image " + key + "; it has " + String.join(", ", files.keySet()));
            }
        }
        return files;
    }

    private static ZipEntry entry(String name) {
        ZipEntry e = new ZipEntry(name);
        e.setTimeLocal(NO_TIME);
        return e;
    }

    /** The log as it is, uncompressed: its frames are compressed already, and so it cannot unpack to more than the archive's own length. */
    private static void log(Path log, ZipOutputStream zip) throws IOException {
        long length = Files.size(log);
        CRC32 crc = new CRC32();
        copy(log, length, (buffer, n) -> crc.update(buffer, 0, n));
        ZipEntry e = entry(LogFormat.LOG);
        e.setMethod(ZipEntry.STORED);
        e.setSize(length);
        e.setCrc(crc.getValue());
        zip.putNextEntry(e);
        copy(log, length, (buffer, n) -> zip.write(buffer, 0, n));
        zip.closeEntry();
    }

    private static void image(String key, Path file, String recorded, ZipOutputStream zip) throws IOException {
        PackedFormat.Identity identity = PackedFormat.Identity.of(key, recorded);
        MessageDigest digest = ManifestFile.sha256();
        long length = Files.size(file);
        if (length == identity.length()) {
            copy(file, length, (buffer, n) -> {
                digest.update(buffer, 0, n);
                zip.write(buffer, 0, n);
            });
        }
        String sum = HexFormat.of().formatHex(digest.digest());
        if (length != identity.length() || !sum.equals(identity.sha256())) {
            throw new IOException("the image " + key + " at " + file + " is not the recorded one: recorded " + recorded + ", here " + length
                + " bytes" + (length == identity.length() ? " sha256:" + sum : "") + "; give the recorded file with --file " + key + "=PATH");
        }
    }

    /** Takes the next bytes of a file. */
    @FunctionalInterface
    private interface Taker {
        void take(byte[] buffer, int length) throws IOException;
    }

    private static void copy(Path file, long length, Taker taker) throws IOException {
        byte[] buffer = new byte[BUFFER];
        try (InputStream in = Files.newInputStream(file)) {
            for (long left = length; left > 0;) {
                int n = in.read(buffer, 0, (int) Math.min(left, buffer.length));
                if (n < 0) {
                    throw new IOException(file + " has become shorter while it was packed");
                }
                taker.take(buffer, n);
                left -= n;
            }
        }
    }
}
