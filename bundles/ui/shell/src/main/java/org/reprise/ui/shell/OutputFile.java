package org.reprise.ui.shell;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import org.reprise.api.machine.ExitCode;
import org.reprise.api.machine.MachineException;

/** A file that a command writes: as a whole, or not at all. */
final class OutputFile {
    private OutputFile() {
    }

    /** Refuses to overwrite. @throws MachineException USAGE naming the file and the remedy */
    static void check(Path file, boolean force) {
        if (Files.exists(file) && !force) {
            throw new MachineException(ExitCode.USAGE, file + " exists already and is not overwritten: remove it, name another, or add --force");
        }
        if (Files.isDirectory(file)) {
            throw new MachineException(ExitCode.USAGE, file + " is a folder: name a file to write");
        }
        Path folder = file.toAbsolutePath().getParent();
        if (folder == null || !Files.isDirectory(folder)) {
            throw new MachineException(ExitCode.USAGE, file + " cannot be written: there is no folder " + folder + "; make it, or name another");
        }
    }

    /** Writes a file as a whole or not at all. */
    interface Writing {
        /** @param partial an empty file that becomes the wanted one */
        void to(Path partial) throws IOException, InterruptedException;
    }

    /** @throws MachineException RECORDING_IO naming the file and the remedy */
    static void write(Path file, Writing writing) throws InterruptedException {
        Path partial = null;
        try {
            Path fresh = file.toAbsolutePath().resolveSibling("." + file.getFileName() + ".part-" + ProcessHandle.current().pid());
            Files.deleteIfExists(fresh);
            partial = Files.createFile(fresh);
            writing.to(partial);
            Files.move(partial, file, StandardCopyOption.REPLACE_EXISTING, StandardCopyOption.ATOMIC_MOVE);
            partial = null;
        } catch (IOException e) {
            throw new MachineException(ExitCode.RECORDING_IO, file + " cannot be written: " + e.getMessage() + "; make room, or name a file elsewhere", e);
        } finally {
            if (partial != null) {
                try {
                    Files.deleteIfExists(partial);
                } catch (IOException e) {
                    System.err.println("reprise: " + partial + " is left behind: " + e.getMessage());
                }
            }
        }
    }
}
