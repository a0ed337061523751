package org.reprise.ui.shell;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.apache.felix.service.command.CommandSession;
import org.apache.felix.service.command.Descriptor;
import org.apache.felix.service.command.Parameter;
import org.apache.felix.service.command.annotations.GogoCommand;
import org.osgi.framework.BundleContext;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;
import org.reprise.api.replay.ForeignLogs;
import org.reprise.api.replay.RecordingArchives;
import org.reprise.api.replay.Recordings;
import org.reprise.core.features.FeatureRuntime;

/** The commands {@code rr:…} that look at recordings and need no machine; bisect installs the recorded one. */
@Component(service = RecordingCommands.class, immediate = true)
@GogoCommand(scope = "rr", function = {"dump", "export", "diff", "bisect", "pack", "unpack"})
public final class RecordingCommands {
    private final Services services;
    private final Recordings recordings;
    private final RecordingArchives archives;
    private final ForeignLogs foreign;
    private final FeatureRuntime features;

    /** For the component runtime. */
    @Activate
    public RecordingCommands(BundleContext context, @Reference Recordings recordings, @Reference RecordingArchives archives,
            @Reference ForeignLogs foreign, @Reference FeatureRuntime features) {
        services = new Services(context);
        this.recordings = recordings;
        this.archives = archives;
        this.foreign = foreign;
        this.features = features;
    }

    private OpenRecording open(String file) throws IOException {
        return OpenRecording.of(Path.of(file), archives, false);
    }

    /** rr:dump. */
    @Descriptor("print the events of a recording, or of a log of the reference emulator")
    public void dump(CommandSession session,
            @Descriptor("JSON lines") @Parameter(names = {"-j", "--json"}, presentValue = "true", absentValue = "false") boolean json,
            @Descriptor("kinds of events, with commas") @Parameter(names = {"-k", "--kind"}, absentValue = "") String kinds,
            @Descriptor("first icount") @Parameter(names = {"--from"}, absentValue = "") String from,
            @Descriptor("last icount") @Parameter(names = {"--to"}, absentValue = "") String to,
            @Descriptor("the recording, packed or not, or the log") String file) throws IOException {
        EventFilter filter = EventFilter.of(List.of(kinds), from, to);
        if (foreign.recognises(Path.of(file))) {
            EventPrinter printer = new EventPrinter(session.getConsole(), null, json, filter);
            printer.end(foreign.events(Path.of(file), printer::foreign));
            return;
        }
        try (OpenRecording open = open(file)) {
            EventPrinter printer = new EventPrinter(session.getConsole(), recordings.info(open.folder()), json, filter);
            printer.end(recordings.events(open.folder(), printer));
        }
    }

    /** rr:export. */
    @Descriptor("write a recording for another tool; but for qemu, the recorded machine is taken and replays it")
    public String export(@Descriptor("qemu, perfetto (a trace) or asciicast (what a console showed)")
            @Parameter(names = {"-f", "--format"}, absentValue = ForeignLogs.QEMU) String format,
            @Descriptor("for asciicast: name of the console (default: the first one)") @Parameter(names = {"-c", "--console"}, absentValue = "") String console,
            @Descriptor("overwrite the file, and accept other bundle versions") @Parameter(names = {"--force"}, presentValue = "true", absentValue = "false")
                boolean force,
            @Descriptor("the recording") String file, @Descriptor("the file to write") String to) throws IOException, InterruptedException {
        boolean images = !RecordingExporter.logOnly(format);
        try (OpenRecording open = OpenRecording.of(Path.of(file), archives, images)) {
            return to + ": " + new RecordingExporter(services, features, recordings, foreign).export(open.folder(), Path.of(to),
                new RecordingExporter.Order(format, console.isEmpty() ? null : console, Map.of(), force)).message();
        }
    }

    /** rr:diff. */
    @Descriptor("show where two recordings differ")
    public void diff(CommandSession session, @Descriptor("a recording") String first, @Descriptor("another") String second) throws IOException {
        try (OpenRecording a = open(first); OpenRecording b = open(second)) {
            DifferencePrinter.print(session.getConsole(), recordings.compare(a.folder(), b.folder()), recordings.info(a.folder()),
                recordings.info(b.folder()));
        }
    }

    /** rr:bisect. */
    @Descriptor("narrow a divergence by replaying in two modes of the translator; takes the recorded machine for it")
    public void bisect(CommandSession session,
            @Descriptor("two modes, with a comma") @Parameter(names = {"--modes"}, absentValue = "interpreter,compile") String modes,
            @Descriptor("accept other bundle versions") @Parameter(names = {"-f", "--force"}, presentValue = "true", absentValue = "false")
                boolean force,
            @Descriptor("the recording") String file) throws IOException, InterruptedException {
        try (OpenRecording open = OpenRecording.of(Path.of(file), archives, true)) {
            new RecordingBisector(services, features, recordings, session.getConsole()).bisect(open.folder(), Map.of(),
                List.of(modes.split(",", -1)), force);
        }
    }

    /** rr:pack. */
    @Descriptor("pack a recording with its images into one file")
    public String pack(@Descriptor("the recording's folder") String file, @Descriptor("the file to write") String to) throws IOException {
        archives.pack(Path.of(file), Map.of(), Path.of(to));
        return to + ": " + Text.number(Files.size(Path.of(to))) + " bytes" + Text.leftOut(recordings.tree(Path.of(file)));
    }

    /** rr:unpack. */
    @Descriptor("unpack a packed recording into a folder")
    public void unpack(@Descriptor("the packed recording") String file, @Descriptor("the folder to make") String to) throws IOException {
        archives.unpack(Path.of(file), Path.of(to), true);
    }
}
