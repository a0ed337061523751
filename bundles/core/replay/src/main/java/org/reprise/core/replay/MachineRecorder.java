package org.reprise.core.replay;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import org.reprise.api.machine.ExitCode;
import org.reprise.api.machine.MachineException;
import org.reprise.api.machine.MachineState;
import org.reprise.api.machine.MachineStatus;
import org.reprise.api.replay.EventJournal;
import org.reprise.api.replay.EventJournal.LogEnd;
import org.reprise.api.replay.EventKind;
import org.reprise.api.replay.Poke;
import org.reprise.api.replay.RecordReplay;
import org.reprise.api.replay.ReplayHost;
import org.reprise.api.travel.TimeTravel;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Record and replay of one machine. */
final class MachineRecorder implements RecordReplay {
    private static final Logger LOG = LoggerFactory.getLogger(MachineRecorder.class);
    private final ReplayHost host;
    private final Supplier<TimeTravel> travel;
    private Path recording;
    private Map<String, String> manifest = Map.of();
    private String identity;
    private RecordJournal writing;
    private ReplayJournal reading;
    private Outcome outcome;
    /** Opens the log that is replayed. */
    private Opener opener;

    /** Opens a log from behind so many events. */
    private interface Opener {
        ReplayJournal open(long events) throws IOException;
    }
    private List<String> warnings = List.of();

    /** @param travel time travel of the same machine: makes it what a recording begins with */
    MachineRecorder(ReplayHost host, Supplier<TimeTravel> travel) {
        this.host = host;
        this.travel = travel;
    }

    @Override
    public void record(Path folder, boolean paused) {
        record(folder, paused, null, null);
    }

    @Override
    public void record(Path folder, String name, Path state) {
        record(folder, true, name, state);
        boolean there = false;
        try {
            // without this object's lock: time travel asks it back
            travel.get().begin(StartState.file(folder));
            there = true;
        } finally {
            if (!there) {
                host.stop();
                remove(folder, false);
            }
        }
    }

    /** @param state null: from the first instruction */
    private synchronized void record(Path folder, boolean paused, String name, Path state) {
        refuseBlockers();
        ManifestFile manifest = ManifestFile.of(host);
        List<String> written = host.written();
        boolean existed = Files.isDirectory(folder);
        boolean started = false;
        try {
            create(folder);
            try {
                if (state != null) {
                    manifest = manifest.with(StartState.keep(folder, name, state));
                }
                manifest.write(folder.resolve(LogFormat.MANIFEST));
                RecordJournal journal = new RecordJournal(new FileSink(folder.resolve(LogFormat.LOG)), LogFormat.REQUIRED_FEATURES);
                start(journal, paused);
                started = true;
                begun(folder, journal, null, manifest.manifest());
                Map<String, String> paths = manifest.imagePaths();
                warnings = written.stream().map(key -> warning(folder, key, paths.get(key))).toList();
            } finally {
                if (!started) {
                    remove(folder, existed);
                }
            }
        } catch (IOException e) {
            throw new MachineException(ExitCode.RECORDING_IO, "the recording " + folder + " cannot be written: " + reason(e)
                + "; name a folder in a place that can be written", e);
        }
    }

    private void refuseBlockers() {
        List<String> blockers = host.blockers();
        if (!blockers.isEmpty()) {
            throw new MachineException(ExitCode.CONFIGURATION, "machine " + host.name() + " cannot be recorded:\n  "
                + String.join("\n  ", blockers));
        }
    }

    private void begun(Path folder, RecordJournal record, ReplayJournal replay, Map<String, String> machine) {
        recording = folder;
        manifest = machine;
        identity = ManifestFile.identity(machine);
        writing = record;
        reading = replay;
        outcome = null;
        warnings = List.of();
    }

    private static String warning(Path folder, String key, String file) {
        return "the recording " + folder + " needs " + file + " as it was before this run, which writes it: only with a copy from before can"
            + " it be replayed or packed, with --file " + key + "=COPY";
    }

    /** A recording that did not begin leaves nothing behind. */
    private static void remove(Path folder, boolean existed) {
        try {
            Files.deleteIfExists(folder.resolve(LogFormat.LOG));
            Files.deleteIfExists(folder.resolve(LogFormat.MANIFEST));
            StartState.remove(folder);
            if (!existed) {
                Files.deleteIfExists(folder);
            }
        } catch (IOException e) {
            LOG.warn("{} is left behind, of a recording that did not begin: {}", folder, e.getMessage());
        }
    }

    private void start(EventJournal journal, boolean paused) {
        try {
            if (paused) {
                host.startPaused(journal);
            } else {
                host.start(journal);
            }
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
    public void replay(Path folder, boolean force, boolean paused) {
        Optional<Path> state = beginReplay(folder, force, paused);
        if (state.isEmpty()) {
            return;
        }
        boolean there = false;
        try {
            travel.get().begin(state.get());
            there = true;
        } finally {
            if (!there) {
                host.stop();
            }
        }
        if (!paused) {
            host.resume();
        }
    }

    /** @return the state that the recording begins with: the machine stands still before its first instruction then */
    private synchronized Optional<Path> beginReplay(Path folder, boolean force, boolean paused) {
        ManifestFile manifest;
        LogScan scan;
        LogIndex index = new LogIndex();
        List<String> missing = new ArrayList<>();
        try {
            manifest = ManifestFile.read(folder);
            int[] plugs = {0};
            PluggedImages plugged = new PluggedImages();
            scan = LogScan.of(folder, e -> {
                List<String> names = plugged.next(e);
                if (e.kind() == EventKind.PLUG) {
                    String copies = names.isEmpty() ? "" : " (or put the files that were recorded into " + folder.resolve(LogFormat.IMAGES)
                        + " as " + String.join(", ", names) + ")";
                    host.obstacle(PluggedImages.located(e, plugs[0]++, folder), force).ifPresent(why -> missing.add(why + copies));
                }
            }, index);
        } catch (IOException e) {
            throw new MachineException(ExitCode.DAMAGED, e.getMessage(), e);
        }
        if (scan.semantics() != LogFormat.SEMANTICS_VERSION) {
            throw new MachineException(ExitCode.MISMATCH, "the recording " + folder + " does not fit this program: it was recorded with "
                + "semantics version " + scan.semantics() + ", this program has " + LogFormat.SEMANTICS_VERSION
                + ": replay with the version that recorded it");
        }
        Map<String, String> installed = new LinkedHashMap<>(host.manifest());
        Optional<Path> state = StartState.of(manifest, host, installed);
        List<String> differences = new ArrayList<>(manifest.differences(host, installed, force));
        differences.addAll(missing);
        if (!differences.isEmpty()) {
            throw new MachineException(ExitCode.MISMATCH, "the recording " + folder + " does not fit this machine:\n  "
                + String.join("\n  ", differences));
        }
        opener = events -> {
            ReplayJournal journal = new ReplayJournal(folder, scan.end(), scan.bytes(), manifest.parts());
            boolean there = false;
            try {
                journal.skipTo(events, index);
                there = true;
            } finally {
                if (!there) {
                    journal.close();
                }
            }
            return journal;
        };
        ReplayJournal journal = open(0);
        start(journal, paused || state.isPresent());
        begun(folder, null, journal, installed);
        return state;
    }

    private ReplayJournal open(long events) {
        try {
            return opener.open(events);
        } catch (IOException e) {
            throw new MachineException(ExitCode.DAMAGED, e.getMessage(), e);
        }
    }

    @Override
    public synchronized EventJournal reopen(long events) {
        ReplayJournal journal = reader(events);
        reading = journal;
        outcome = null;
        return journal;
    }

    @Override
    public synchronized ReplayJournal reader(long events) {
        if (reading == null) {
            throw new MachineException(ExitCode.USAGE, "machine " + host.name() + " replays nothing: replay a recording first");
        }
        return open(events);
    }

    @Override
    public synchronized Path goLive(Path branch, List<Poke> pokes) {
        if (reading == null || !replaying()) {
            throw new MachineException(ExitCode.USAGE, "machine " + host.name() + " replays nothing: only a replay can go live; replay a recording first");
        }
        refuseBlockers();
        if (host.status().state() == MachineState.RUNNING) {
            host.pause();
        }
        host.travel().check(pokes);
        BranchFolder made = new BranchFolder(recording, branch);
        RecordJournal journal;
        boolean live = false;
        try {
            made.prepare();
            create(made.folder());
            try {
                journal = fork(made, pokes);
                live = true;
            } finally {
                if (!live) {
                    made.remove();
                }
            }
        } catch (IOException e) {
            throw new MachineException(ExitCode.RECORDING_IO, "the branch " + made.folder() + " cannot be written: " + reason(e)
                + "; the replay stands where it stood; name a folder in a place that can be written", e);
        }
        begun(made.folder(), journal, null, manifest);
        host.travel().poke(pokes);
        return made.folder();
    }

    private boolean replaying() {
        return host.status().mode().equals("replay");
    }

    /** Writes the past of a branch and lets the machine go on with it. */
    private RecordJournal fork(BranchFolder made, List<Poke> pokes) throws IOException {
        long icount = host.status().icount();
        long traps = host.inspect(cpus -> cpus.get(host.travel().currentCpu()).traps());
        LogWriter writer = new LogWriter(new FileSink(made.folder().resolve(LogFormat.LOG)), LogFormat.REQUIRED_FEATURES);
        LogPrefix past;
        boolean copied = false;
        try {
            past = LogPrefix.copy(recording.resolve(LogFormat.LOG), reading.events(), icount, writer);
            made.images(past.plugs());
            ManifestFile.of(host, manifest).branch(made.origin(past, icount, traps, pokes.stream().map(Poke::text).toList()))
                .write(made.folder().resolve(LogFormat.MANIFEST));
            copied = true;
        } finally {
            if (!copied) {
                writer.close();
            }
        }
        RecordJournal journal = new RecordJournal(writer, past.events(), icount);
        boolean live = false;
        try {
            host.travel().goLive(journal);
            live = true;
            return journal;
        } finally {
            if (!live) {
                journal.close();
            }
        }
    }

    @Override
    public synchronized Optional<Path> poke(List<Poke> pokes) {
        if (replaying()) {
            return Optional.of(goLive(null, pokes));
        }
        host.travel().poke(pokes);
        return Optional.empty();
    }

    @Override
    public synchronized Optional<Path> recording() {
        return Optional.ofNullable(recording);
    }

    @Override
    public synchronized Optional<String> identity() {
        return Optional.ofNullable(identity);
    }

    @Override
    public synchronized void stop() {
        host.detachJournal();
    }

    @Override
    public synchronized List<String> warnings() {
        return warnings;
    }

    @Override
    public synchronized Optional<Progress> progress() {
        long icount = host.status().icount();
        if (writing != null) {
            icount = writing.endIcount() < 0 ? icount : writing.endIcount();
            return Optional.of(new Progress(false, recording, icount, icount, writing.eventsWritten(), writing.bytes(), writing.digests(),
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
        if (outcome == null && reading != null) {
            outcome = ended();
        }
        return Optional.ofNullable(outcome);
    }

    /** How the replay ended, or null while it has not. */
    private Outcome ended() {
        MachineStatus status = host.status();
        if (status.state() == MachineState.RUNNING) {
            return null;
        }
        LogEnd end = reading.end();
        if (reading.report() != null) {
            return new Outcome(ExitCode.DIVERGED, reading.report(), digests());
        }
        String problem = host.problem().orElse(end.message());
        if (status.state() == MachineState.FAILED) {
            return new Outcome(ExitCode.INTERNAL, problem, Map.of());
        }
        boolean damaged = end.kind() == LogEnd.Kind.DAMAGED;
        if (reading.endReached()) {
            return new Outcome(damaged ? ExitCode.DAMAGED : ExitCode.OK, damaged ? end.message() : problem, digests());
        }
        if (end.kind() == LogEnd.Kind.CLEAN || status.icount() < end.icount()) {
            return null;
        }
        return new Outcome(damaged ? ExitCode.DAMAGED : ExitCode.TRUNCATED, end.message(), digests());
    }

    private Map<String, Long> digests() {
        try {
            return host.digests();
        } catch (MachineException e) {
            LOG.debug("taken apart before its digests were asked for", e);
            return Map.of();
        }
    }
}
