package org.reprise.net.user;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/** The files that TFTP serves: regular files within one folder, to read. Nothing outside is reached, not by links either. */
final class TftpFolder {
    private final Path folder;

    TftpFolder(Path folder) {
        this.folder = folder;
    }

    /** Why a file is not served. */
    static final class Refused extends IOException {
        private static final long serialVersionUID = 1;
        private final int code;

        Refused(int code, String message) {
            super(message);
            this.code = code;
        }

        int code() {
            return code;
        }
    }

    /** Opens a file to read. @throws Refused with an error code of RFC 1350 */
    FileChannel open(String name) throws IOException {
        String relative = name;
        while (relative.startsWith("/")) {
            relative = relative.substring(1);
        }
        try {
            for (Path part : Path.of(relative)) {
                if (part.toString().equals("..")) {
                    throw new Refused(Tftp.ERROR_ACCESS, "outside of the folder");
                }
            }
            Path file = folder.resolve(relative);
            if (!Files.isRegularFile(file)) {
                throw new Refused(Tftp.ERROR_NOT_FOUND, "no such file");
            }
            Path real = file.toRealPath();
            if (!real.startsWith(folder.toRealPath())) {
                throw new Refused(Tftp.ERROR_ACCESS, "outside of the folder");
            }
            return FileChannel.open(real, StandardOpenOption.READ);
        } catch (InvalidPathException e) {
            throw new Refused(Tftp.ERROR_ACCESS, "no file name");
        } catch (Refused e) {
            throw e;
        } catch (IOException e) {
            throw new Refused(Tftp.ERROR_ACCESS, "cannot be read");
        }
    }
}
