package org.reprise.ui.shell;

import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.concurrent.CompletableFuture;
import org.reprise.api.character.Console;
import org.reprise.api.debug.ExportFormat;
import org.reprise.api.debug.ExportFormat.Export;
import org.reprise.api.debug.ExportFormat.Subject;
import org.reprise.api.machine.ExitCode;
import org.reprise.api.machine.Machine;
import org.reprise.api.machine.MachineException;
import org.reprise.api.replay.EventJournal.LogEnd;
import org.reprise.api.replay.EventKind;
import org.reprise.api.replay.ForeignLogs;
import org.reprise.api.replay.Recordings;
import org.reprise.api.replay.Recordings.Info;
import org.reprise.api.travel.Arrival;
import org.reprise.api.travel.Snapshot;
import org.reprise.api.travel.TimeTravel;
import org.reprise.core.features.FeatureRuntime;

/** Exports recordings: replays them on the recorded machine while a format writes what happens. */
public final class RecordingExporter {
    /** The formats, for help and messages. */
    public static final List<String> FORMATS = List.of(ForeignLogs.QEMU, "perfetto", "asciicast");
    private static final long SERVICE_MILLIS = 30_000;

    private final Services services;
    private final FeatureRuntime features;
    private final Recordings recordings;
    private final ForeignLogs foreign;

    /** For a bundle's commands. */
    public RecordingExporter(Services services, FeatureRuntime features, Recordings recordings, ForeignLogs foreign) {
        this.services = services;
        this.features = features;
        this.recordings = recordings;
        this.foreign = foreign;
    }

    /**
     * What is wanted.
     *
     * @param format one of {@link #FORMATS}
     * @param console name of a console, or null for the first one
     * @param settings of the machine, where they are to differ from the recorded ones
     * @param force overwrite the file, and accept other versions of bundles
     */
    public record Order(String format, String console, Map<String, String> settings, boolean force) {
    }

    /** True for a format that is written without the recorded machine: the recording's images are not needed. @throws MachineException USAGE for none */
    public static boolean logOnly(String format) {
        if (!FORMATS.contains(format)) {
            throw new MachineException(ExitCode.USAGE, "export needs --format " + String.join(", ", FORMATS.subList(0, FORMATS.size() - 1)) + " or "
                + FORMATS.get(FORMATS.size() - 1) + (format == null ? "" : ": there is no format '" + format + "'"));
        }
        return format.equals(ForeignLogs.QEMU);
    }

    /**
     * Exports a recording. The machine that it calls for is installed, and stopped again.
     *
     * @param recording its folder
     * @param file to write
     * @return how the recording ends
     * @throws IOException when the recording cannot be read
     */
    public LogEnd export(Path recording, Path file, Order order) throws IOException, InterruptedException {
        OutputFile.check(file, order.force());
        if (logOnly(order.format())) {
            Files.deleteIfExists(file);
            return foreign.export(recording, order.format(), file);
        }
        features.install("export", Map.of());
        ExportFormat format = services.await(ExportFormat.class, "(" + ExportFormat.NAME + "=" + order.format() + ")", SERVICE_MILLIS);
        Info info = recordings.info(recording);
        List<Long> clock = new ArrayList<>();
        LogEnd end = recordings.events(recording, e -> {
            if (e.kind() == EventKind.CLOCK_HOST && clock.isEmpty()) {
                clock.add(e.value());
            }
        });
        Machine m = machine(recording, info, order.settings());
        services.recordReplay(m.name()).replay(recording, order.force(), true);
        try {
            List<String> consoles = m.consoles().stream().map(Console::name).toList();
            String console = consoles.isEmpty() && order.console() == null ? "" : ConsoleAttachment.choose(m, order.console()).name();
            TimeTravel travel = services.travel(m.name());
            List<Snapshot> marks = travel.snapshots().stream().filter(s -> !s.automatic())
                .sorted(Comparator.comparingLong(Snapshot::virtual).thenComparing(Snapshot::name)).toList();
            Subject subject = new Subject(info, m.<Integer>inspect(List::size), consoles, console,
                clock.isEmpty() ? OptionalLong.empty() : OptionalLong.of(clock.get(0)), marks);
            OutputFile.write(file, partial -> {
                try (OutputStream out = new BufferedOutputStream(Files.newOutputStream(partial), 1 << 16)) {
                    hear(travel, format, subject, new Kept(out, travel));
                }
            });
        } finally {
            m.stop();
        }
        return end;
    }

    private static void hear(TimeTravel travel, ExportFormat format, Subject subject, Kept out) throws IOException {
        Arrival arrival;
        try (Export export = format.begin(subject, out)) {
            arrival = travel.witness(Long.MAX_VALUE, export);
        } catch (UncheckedIOException e) {
            throw e.getCause();
        }
        out.check();
        if (arrival.why() == Arrival.Why.INTERRUPT) {
            throw new MachineException(ExitCode.INTERRUPTED, "the export was interrupted");
        }
    }

    private Machine machine(Path recording, Info info, Map<String, String> others) throws InterruptedException {
        String name = features.install(RecordedMachine.feature(recording, info), RecordedMachine.settings(recording, info, others)).get(0);
        return services.ready(name, SERVICE_MILLIS);
    }

    /** Keeps what goes wrong, and ends the replay: nobody on the machine's thread could say it. */
    private static final class Kept extends OutputStream {
        private final OutputStream out;
        private final TimeTravel travel;
        private IOException failure;

        Kept(OutputStream out, TimeTravel travel) {
            this.out = out;
            this.travel = travel;
        }

        @Override
        public void write(int b) {
            write(new byte[] {(byte) b}, 0, 1);
        }

        @Override
        public void write(byte[] bytes, int offset, int length) {
            if (failure == null) {
                try {
                    out.write(bytes, offset, length);
                } catch (IOException e) {
                    failure = e;
                    // the machine's thread cannot ask itself
                    CompletableFuture.runAsync(travel::interrupt);
                }
            }
        }

        @Override
        public void flush() throws IOException {
            if (failure == null) {
                out.flush();
            }
        }

        void check() throws IOException {
            if (failure != null) {
                throw failure;
            }
        }
    }
}
