package org.reprise.core.replay;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.RandomAccessFile;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.zip.ZipEntry;
import java.util.zip.ZipException;
import java.util.zip.ZipFile;

/**
 * Makes a folder of a packed recording. The archive may come from a stranger: only files that its manifest calls for are written, under
 * names that are checked, and no more bytes than it says and than the disk has room for.
 */
final class RecordingUnpacker {
    private static final int BUFFER = 1 << 16;
    /** No DEFLATE stream unpacks to more than so many times its length. */
    private static final long MAX_RATIO = 1032;

    private final Path archive;
    private final Path folder;
    private final List<Path> made = new ArrayList<>();

    private RecordingUnpacker(Path archive, Path folder) {
        this.archive = archive;
        this.folder = folder;
    }

    static void unpack(Path archive, Path folder, boolean images) throws IOException {
        new RecordingUnpacker(archive, folder).unpack(images);
    }

    private void unpack(boolean images) throws IOException {
        PackedFormat.check(archive);
        boolean done = false;
        try (ZipFile zip = new ZipFile(archive.toFile())) {
            byte[] manifest = manifest(zip);
            ManifestFile m = ManifestFile.parse(manifest, archive + " " + LogFormat.MANIFEST);
            ZipEntry log = entry(zip, LogFormat.LOG);
            if (log.getMethod() != ZipEntry.STORED || log.getSize() > Files.size(archive)) {
                throw broken("its log is not stored as it is");
            }
            makeFolder();
            room(log.getSize());
            Files.write(file(LogFormat.MANIFEST), manifest);
            copy(zip, log, file(LogFormat.LOG), log.getSize());
            Map<String, String> needed = needed(m);
            room(checkEntries(zip, needed));
            if (images && !needed.isEmpty()) {
                made.add(Files.createDirectory(folder.resolve(LogFormat.IMAGES)));
                for (Map.Entry<String, String> image : needed.entrySet()) {
                    image(zip, image.getKey(), image.getValue());
                }
            }
            done = true;
        } catch (IllegalArgumentException e) {
            throw new IOException(archive + " is damaged: " + e.getMessage(), e);
        } catch (ZipException | EOFException e) {
            // the checksum is right, so that it was made like this: java.util.zip says neither which file it is nor, at times, what is wrong
            throw new IOException(archive + " is damaged: " + (e.getMessage() == null ? "an entry leads behind its end" : e.getMessage())
                + "; get it again from where it came from", e);
        } finally {
            if (!done) {
                for (int i = made.size() - 1; i >= 0; i--) {
                    Files.deleteIfExists(made.get(i));
                }
            }
        }
    }

    private void room(long bytes) throws IOException {
        if (Files.getFileStore(folder).getUsableSpace() < bytes) {
            throw new IOException(archive + " unpacks to " + bytes + " bytes: " + folder + " has no room for so many");
        }
    }

    /** The images that manifest and log call for. */
    private Map<String, String> needed(ManifestFile manifest) throws IOException {
        Map<String, String> needed = new LinkedHashMap<>(manifest.images());
        PluggedImages plugged = new PluggedImages();
        try {
            LogScan.of(folder, plugged::next);
        } catch (IOException e) {
            throw new IOException(archive + " is damaged: " + e.getMessage(), e);
        }
        for (Map.Entry<String, PluggedImages.Image> image : plugged.images().entrySet()) {
            if (needed.putIfAbsent(image.getKey(), image.getValue().identity()) != null) {
                throw broken("it has two images " + image.getKey());
            }
        }
        return needed;
    }

    private IOException broken(String why) {
        return new IOException(archive + " is no packed recording as this program makes them: " + why);
    }

    private ZipEntry entry(ZipFile zip, String name) throws IOException {
        ZipEntry e = zip.getEntry(name);
        if (e == null) {
            throw broken(name + " is missing in it");
        }
        return e;
    }

    private byte[] manifest(ZipFile zip) throws IOException {
        ZipEntry e = entry(zip, LogFormat.MANIFEST);
        try (InputStream in = zip.getInputStream(e)) {
            byte[] bytes = in.readNBytes(ManifestFile.MAX_BYTES + 1);
            if (bytes.length > ManifestFile.MAX_BYTES) {
                throw broken("its manifest has more than " + ManifestFile.MAX_BYTES + " bytes");
            }
            return bytes;
        }
    }

    /** Every entry must be one that is called for, once. @return bytes of the images */
    private long checkEntries(ZipFile zip, Map<String, String> needed) throws IOException {
        Set<String> expected = new LinkedHashSet<>(List.of(LogFormat.MANIFEST, LogFormat.LOG));
        long bytes = 0;
        for (Map.Entry<String, String> image : needed.entrySet()) {
            if (!ManifestFile.isFileName(image.getKey())) {
                throw broken("the name of the image '" + image.getKey() + "' is none of a file");
            }
            PackedFormat.Identity identity = PackedFormat.Identity.of(image.getKey(), image.getValue());
            String name = LogFormat.IMAGES + "/" + image.getKey();
            ZipEntry e = entry(zip, name);
            if (e.getSize() != identity.length() || e.getSize() > MAX_RATIO * e.getCompressedSize()) {
                throw broken(name + " has " + e.getSize() + " bytes (" + e.getCompressedSize() + " packed), its manifest says "
                    + identity.length());
            }
            expected.add(name);
            bytes = Math.addExact(bytes, identity.length());
        }
        for (ZipEntry e : zip.stream().toList()) {
            if (!expected.remove(e.getName())) {
                throw broken("it has an entry '" + e.getName() + "' that it does not call for");
            }
        }
        return bytes;
    }

    private void makeFolder() throws IOException {
        if (Files.isDirectory(folder)) {
            try (DirectoryStream<Path> there = Files.newDirectoryStream(folder)) {
                if (there.iterator().hasNext()) {
                    throw new IOException("the folder " + folder
                        + " is not empty; recordings are never overwritten: remove it or name another");
                }
            }
        } else if (Files.exists(folder)) {
            throw new IOException("there is a file " + folder + ": name a folder to create");
        } else {
            try {
                made.add(Files.createDirectory(folder));
            } catch (java.nio.file.NoSuchFileException e) {
                throw new IOException("the folder " + folder + " cannot be made: its parent folder does not exist", e);
            }
        }
    }

    private Path file(String name) {
        Path file = folder.resolve(name);
        made.add(file);
        return file;
    }

    private void image(ZipFile zip, String key, String recorded) throws IOException {
        PackedFormat.Identity identity = PackedFormat.Identity.of(key, recorded);
        String name = LogFormat.IMAGES + "/" + key;
        String sum = copy(zip, entry(zip, name), file(name), identity.length());
        if (!sum.equals(identity.sha256())) {
            throw broken(name + " has not the content that its manifest says");
        }
    }

    /** Copies exactly so many bytes; zeros become holes. @return SHA-256 of them */
    private String copy(ZipFile zip, ZipEntry entry, Path to, long length) throws IOException {
        MessageDigest digest = ManifestFile.sha256();
        Files.createFile(to);
        try (InputStream in = zip.getInputStream(entry); RandomAccessFile out = new RandomAccessFile(to.toFile(), "rw")) {
            long done = 0;
            while (true) {
                byte[] part = in.readNBytes(BUFFER);
                if (part.length == 0) {
                    break;
                }
                if (part.length > length - done) {
                    throw broken(entry.getName() + " has more than " + length + " bytes");
                }
                digest.update(part);
                if (!zero(part)) {
                    out.seek(done);
                    out.write(part);
                }
                done += part.length;
            }
            if (done < length) {
                throw broken(entry.getName() + " has " + done + " bytes, not " + length);
            }
            out.setLength(length);
        }
        return HexFormat.of().formatHex(digest.digest());
    }

    private static boolean zero(byte[] bytes) {
        for (byte b : bytes) {
            if (b != 0) {
                return false;
            }
        }
        return true;
    }
}
