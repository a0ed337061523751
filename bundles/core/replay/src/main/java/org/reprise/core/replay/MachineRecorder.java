package org.reprise.core.replay;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Optional;
import org.reprise.api.machine.ExitCode;
import org.reprise.api.machine.MachineException;
import org.reprise.api.machine.MachineState;
import org.reprise.api.machine.MachineStatus;
import org.reprise.api.replay.EventJournal;
import org.reprise.api.replay.EventJournal.LogEnd;
import org.reprise.api.replay.RecordReplay;
import org.reprise.api.replay.ReplayHost;

/** Record and replay of one machine. */
final class MachineRecorder implements RecordReplay {
    private final ReplayHost host;
    private Path recording;
    private RecordJournal writing;
    private ReplayJournal reading;

    MachineRecorder(ReplayHost host) {
        this.host = host;
    }

    @Override
    public synchronized void record(Path folder) {
        List<String> blockers = host.blockers();
        if (!blockers.isEmpty()) {
            throw new MachineException(ExitCode.CONFIGURATION, "machine " + host.name() + " cannot be recorded:\n  "
                + String.join("\n  ", blockers));
        }
        ManifestFile manifest = ManifestFile.of(host);
        RecordJournal journal;
        try {
            create(folder);
            manifest.write(folder.resolve(LogFormat.MANIFEST));
            journal = new RecordJournal(FileChannel.open(folder.resolve(LogFormat.LOG), StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE));
        } catch (IOException e) {
            throw new MachineException(ExitCode.RECORDING_IO, "the recording " + folder + " cannot be written: " + reason(e)
                + "; name a folder in a place that can be written", e);
        }
        start(journal);
        recording = folder;
        writing = journal;
        reading = null;
    }

    private void start(EventJournal journal) {
        try {
            host.start(journal);
        } catch (RuntimeException e) {
            journal.close();
            throw e;
        }
    }

    private static void create(Path folder) throws IOException {
        if (Files.isDirectory(folder)) {
            try (DirectoryStream<Path> there = Files.newDirectoryStream(folder)) {
                if (there.iterator().hasNext()) {
                    throw new IOException("the folder is not empty; recordings are never overwritten: remove it or name another");
                }
            }
        } else if (Files.exists(folder)) {
            throw new IOException("there is a file of this name");
        } else {
            Files.createDirectory(folder);
        }
    }

    private static String reason(IOException e) {
        if (e instanceof java.nio.file.AccessDeniedException) {
            return "permission denied";
        }
        if (e instanceof java.nio.file.NoSuchFileException) {
            return "its parent folder does not exist";
        }
        return e.getMessage();
    }

    @Override
    public synchronized void replay(Path folder, boolean force) {
        ManifestFile manifest;
        LogScan scan;
        try {
            manifest = ManifestFile.read(folder);
            scan = LogScan.of(folder, e -> {
            });
        } catch (IOException e) {
            throw new MachineException(ExitCode.DAMAGED, e.getMessage(), e);
        }
        List<String> differences = manifest.differences(host.manifest(), force);
        if (!differences.isEmpty()) {
            throw new MachineException(ExitCode.MISMATCH, "the recording " + folder + " does not fit this machine:\n  "
                + String.join("\n  ", differences));
        }
        ReplayJournal journal;
        try {
            journal = new ReplayJournal(folder.resolve(LogFormat.LOG), scan.end(), scan.bytes(), manifest.parts());
        } catch (IOException e) {
            throw new MachineException(ExitCode.DAMAGED, e.getMessage(), e);
        }
        start(journal);
        recording = folder;
        reading = journal;
        writing = null;
    }

    @Override
    public synchronized void stop() {
        host.detachJournal();
    }

    @Override
    public synchronized Optional<Progress> progress() {
        long icount = host.status().icount();
        if (writing != null) {
            return Optional.of(new Progress(false, recording, icount, icount, writing.events(), writing.bytes(), writing.digests(),
                writing.failure()));
        }
        if (reading != null) {
            return Optional.of(new Progress(true, recording, icount, reading.end().icount(), reading.events(), reading.size(),
                reading.digests(), null));
        }
        return Optional.empty();
    }

    @Override
    public synchronized Optional<Outcome> outcome() {
        if (reading == null) {
            return Optional.empty();
        }
        MachineStatus status = host.status();
        if (status.state() == MachineState.RUNNING) {
            return Optional.empty();
        }
        LogEnd end = reading.end();
        if (reading.report() != null) {
            return Optional.of(new Outcome(ExitCode.DIVERGED, reading.report(), host.digests()));
        }
        String problem = host.problem().orElse("");
        if (status.state() == MachineState.FAILED) {
            return Optional.of(new Outcome(ExitCode.INTERNAL, problem, java.util.Map.of()));
        }
        if (reading.endReached()) {
            return Optional.of(new Outcome(end.kind() == LogEnd.Kind.DAMAGED ? ExitCode.DAMAGED : ExitCode.OK, problem, host.digests()));
        }
        if (end.kind() == LogEnd.Kind.CLEAN || status.icount() < end.icount()) {
            return Optional.empty();
        }
        return Optional.of(new Outcome(end.kind() == LogEnd.Kind.DAMAGED ? ExitCode.DAMAGED : ExitCode.TRUNCATED, end.message(), host.digests()));
    }
}
