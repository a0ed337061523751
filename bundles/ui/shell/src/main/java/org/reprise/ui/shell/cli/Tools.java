package org.reprise.ui.shell.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.reprise.api.machine.ExitCode;
import org.reprise.api.machine.MachineException;
import org.reprise.api.replay.EventJournal.LogEnd;
import org.reprise.api.replay.ForeignLogs;
import org.reprise.api.replay.RecordingArchives;
import org.reprise.api.replay.RecordingDifference;
import org.reprise.api.replay.RecordingTree;
import org.reprise.api.replay.Recordings;
import org.reprise.core.features.FeatureRuntime;
import org.reprise.ui.shell.DifferencePrinter;
import org.reprise.ui.shell.EventFilter;
import org.reprise.ui.shell.EventPrinter;
import org.reprise.ui.shell.OpenRecording;
import org.reprise.ui.shell.RecordingBisector;
import org.reprise.ui.shell.RecordingExporter;
import org.reprise.ui.shell.Services;
import org.reprise.ui.shell.Text;

/** The commands that look at recordings. */
final class Tools {
    static final List<String> NAMES = List.of("dump", "info", "export", "diff", "bisect", "pack", "unpack", "branches");
    private static final long SERVICE_MILLIS = 30_000;

    private final Services services;

    Tools(Services services) {
        this.services = services;
    }

    /** Runs one of {@link #NAMES}. */
    ExitCode run(Options o) throws InterruptedException {
        try {
            return switch (o.command) {
                case "dump" -> dump(o);
                case "info" -> info(o);
                case "export" -> export(o);
                case "diff" -> diff(o);
                case "bisect" -> bisect(o);
                case "pack" -> pack(o);
                case "unpack" -> unpack(o);
                case "branches" -> branches(o);
                default -> throw new IllegalArgumentException(o.command);
            };
        } catch (IOException e) {
            throw new MachineException(ExitCode.DAMAGED, e.getMessage(), e);
        }
    }

    private <T> T service(Class<T> type) throws InterruptedException {
        return services.await(type, SERVICE_MILLIS);
    }

    /** Opens a recording, packed or not. */
    OpenRecording open(Path file, boolean images) throws InterruptedException {
        try {
            return OpenRecording.of(file, service(RecordingArchives.class), images);
        } catch (IOException e) {
            throw new MachineException(ExitCode.DAMAGED, e.getMessage(), e);
        }
    }

    private static ExitCode code(LogEnd end) {
        return switch (end.kind()) {
            case CLEAN -> ExitCode.OK;
            case TRUNCATED -> ExitCode.TRUNCATED;
            case DAMAGED -> ExitCode.DAMAGED;
        };
    }

    private ExitCode dump(Options o) throws InterruptedException, IOException {
        Path file = Path.of(o.argument("recording"));
        EventFilter filter = EventFilter.of(o.values("--kind"), o.value("--from"), o.value("--to"));
        boolean json = o.flag("--json");
        ForeignLogs foreign = service(ForeignLogs.class);
        LogEnd end;
        EventPrinter printer;
        if (foreign.recognises(file)) {
            printer = new EventPrinter(System.out, null, json, filter);
            end = foreign.events(file, printer::foreign);
        } else {
            try (OpenRecording open = open(file, false)) {
                printer = new EventPrinter(System.out, service(Recordings.class).info(open.folder()), json, filter);
                end = service(Recordings.class).events(open.folder(), printer);
            }
        }
        printer.end(end);
        return code(end);
    }

    private ExitCode info(Options o) throws InterruptedException, IOException {
        try (OpenRecording open = open(Path.of(o.argument("recording")), false)) {
            System.out.print(Text.info(service(Recordings.class).info(open.folder())));
        }
        return ExitCode.OK;
    }

    private ExitCode export(Options o) throws InterruptedException, IOException {
        Path[] files = two(o, "a recording and a file to write");
        String format = o.value("--format");
        boolean images = !RecordingExporter.logOnly(format);
        try (OpenRecording open = open(files[0], images)) {
            LogEnd end = new RecordingExporter(services, service(FeatureRuntime.class), service(Recordings.class), service(ForeignLogs.class))
                .export(open.folder(), files[1], new RecordingExporter.Order(format, o.value("--console"), o.settings(), o.flag("--force")));
            System.err.println(files[1] + ": " + Text.number(Files.size(files[1])) + " bytes; " + end.message());
            return code(end);
        }
    }

    private ExitCode diff(Options o) throws InterruptedException, IOException {
        Path[] files = two(o, "two recordings");
        Recordings recordings = service(Recordings.class);
        try (OpenRecording a = open(files[0], false); OpenRecording b = open(files[1], false)) {
            RecordingDifference d = recordings.compare(a.folder(), b.folder());
            DifferencePrinter.print(System.out, d, recordings.info(a.folder()), recordings.info(b.folder()));
            return d.none() ? ExitCode.OK : ExitCode.DIFFERENT;
        }
    }

    private ExitCode bisect(Options o) throws InterruptedException, IOException {
        Path file = Path.of(o.argument("recording"));
        String modes = o.value("--modes");
        try (OpenRecording open = open(file, true)) {
            return new RecordingBisector(services, service(FeatureRuntime.class), service(Recordings.class), System.out)
                .bisect(open.folder(), o.settings(), List.of((modes == null ? "interpreter,compile" : modes).split(",", -1)), o.flag("--force"));
        }
    }

    private ExitCode pack(Options o) throws InterruptedException, IOException {
        Path[] files = two(o, "a recording and a file to write");
        refuseExisting(files[1]);
        Map<String, Path> images = new LinkedHashMap<>();
        o.settings().forEach((key, value) -> images.put(key, Path.of(value)));
        service(RecordingArchives.class).pack(files[0], images, files[1]);
        System.err.println(files[1] + ": " + Text.number(Files.size(files[1])) + " bytes" + Text.leftOut(service(Recordings.class).tree(files[0])));
        return ExitCode.OK;
    }

    private ExitCode unpack(Options o) throws InterruptedException, IOException {
        Path[] files = two(o, "a packed recording and a folder to make");
        service(RecordingArchives.class).unpack(files[0], files[1], true);
        return ExitCode.OK;
    }

    private ExitCode branches(Options o) throws InterruptedException, IOException {
        RecordingTree tree = service(Recordings.class).tree(Path.of(o.argument("recording")));
        System.out.println(Text.tree(tree, null));
        return tree.end() == null ? ExitCode.DAMAGED : ExitCode.OK;
    }

    private static void refuseExisting(Path file) {
        if (Files.exists(file)) {
            throw new MachineException(ExitCode.USAGE, file + " exists already and is not overwritten: remove it or name another");
        }
    }

    private static Path[] two(Options o, String what) {
        if (o.arguments.size() != 2) {
            throw new MachineException(ExitCode.USAGE, "reprise " + o.command + " takes " + what + ", got "
                + (o.arguments.isEmpty() ? "none" : String.join(" ", o.arguments)));
        }
        return new Path[] {Path.of(o.arguments.get(0)), Path.of(o.arguments.get(1))};
    }
}
