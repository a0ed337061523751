package org.reprise.core.machine;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import org.reprise.api.device.Image;

/** A file that the machine was configured with, read once. */
final class ImageFile implements Image {
    private final String name;
    private final byte[] content;

    private ImageFile(String name, byte[] content) {
        this.name = name;
        this.content = content;
    }

    /** Reads the file under a configuration key. @throws IllegalArgumentException naming machine, part, key, file and problem */
    static ImageFile open(PartSettings settings, String key) {
        String file = settings.text(key);
        try {
            Path path = Path.of(file);
            if (Files.isDirectory(path)) {
                throw settings.bad(key, file, "is a folder; name a readable file");
            }
            return new ImageFile(file, Files.readAllBytes(path));
        } catch (NoSuchFileException e) {
            throw settings.bad(key, file, "does not exist; name a readable file");
        } catch (IOException | InvalidPathException e) {
            throw settings.bad(key, file, "cannot be read (" + reason(e) + "); name a readable file");
        } catch (OutOfMemoryError e) {
            throw settings.bad(key, file, "is too large to be loaded as an image");
        }
    }

    private static String reason(Exception e) {
        if (e instanceof java.nio.file.AccessDeniedException) {
            return "permission denied";
        }
        return e.getMessage() == null ? e.getClass().getSimpleName() : e.getMessage();
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public long length() {
        return content.length;
    }

    @Override
    public byte[] content() {
        return content;
    }

    /** Length and SHA-256 as the manifest states them. */
    String identity() {
        return identity(content.length, sha256().digest(content));
    }

    /** The same of a file that is not loaded. */
    static String identity(Path file) throws IOException {
        MessageDigest digest = sha256();
        long length = 0;
        byte[] buffer = new byte[1 << 16];
        try (InputStream in = Files.newInputStream(file)) {
            for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
                digest.update(buffer, 0, n);
                length += n;
            }
        }
        return identity(length, digest.digest());
    }

    private static String identity(long length, byte[] sha256) {
        return length + " bytes sha256:" + HexFormat.of().formatHex(sha256);
    }

    static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-256", e);
        }
    }
}
