package org.reprise.ui.shell;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;
import org.apache.felix.service.command.CommandSession;
import org.apache.felix.service.command.Descriptor;
import org.apache.felix.service.command.Parameter;
import org.apache.felix.service.command.annotations.GogoCommand;
import org.osgi.framework.BundleContext;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;
import org.reprise.api.machine.Machine;
import org.reprise.api.replay.RecordReplay;
import org.reprise.api.replay.RecordReplay.Progress;
import org.reprise.api.replay.RecordingArchives;
import org.reprise.api.replay.Recordings;

/** The commands {@code rr:…}. They work on the only machine there is, or on the one named with {@code -m}. */
@Component(service = RecordReplayCommands.class, immediate = true)
@GogoCommand(scope = "rr", function = {"record", "replay", "stop", "info"})
public final class RecordReplayCommands {
    private static final long PROGRESS_MILLIS = 500;
    private final Services services;
    private final Recordings recordings;
    private final RecordingArchives archives;

    /** For the component runtime. */
    @Activate
    public RecordReplayCommands(BundleContext context, @Reference Recordings recordings, @Reference RecordingArchives archives) {
        services = new Services(context);
        this.recordings = recordings;
        this.archives = archives;
    }

    private Machine machine(String name) {
        return services.machine(name.isEmpty() ? null : name);
    }

    /** rr:record. */
    @Descriptor("power a machine on and record it")
    public String record(@Descriptor("name of the machine") @Parameter(names = {"-m", "--machine"}, absentValue = "") String machine,
            @Descriptor("the recording's folder to create (NAME.rr)") String file) {
        Machine m = machine(machine);
        RecordReplay rr = services.recordReplay(m.name());
        rr.record(Path.of(file));
        StringBuilder text = new StringBuilder("recording " + m.name() + " to " + file + "; machine:console attaches, rr:stop ends");
        rr.warnings().forEach(warning -> text.append("\nwarning: ").append(warning));
        return text.toString();
    }

    /** rr:replay. */
    @Descriptor("replay a recording; waits and shows progress unless sent to the background")
    public String replay(CommandSession session,
            @Descriptor("name of the machine") @Parameter(names = {"-m", "--machine"}, absentValue = "") String machine,
            @Descriptor("accept other bundle versions") @Parameter(names = {"-f", "--force"}, presentValue = "true", absentValue = "false")
                boolean force,
            @Descriptor("return at once") @Parameter(names = {"-b", "--background"}, presentValue = "true", absentValue = "false")
                boolean background,
            @Descriptor("the recording's folder") String file) throws IOException, InterruptedException {
        Machine m = machine(machine);
        RecordReplay rr = services.recordReplay(m.name());
        // an unpacked one is deleted when the process ends: the machine still has it
        rr.replay(OpenRecording.of(Path.of(file), archives, true).folder(), force);
        if (background) {
            return "replaying " + file;
        }
        while (!m.awaitHalt(PROGRESS_MILLIS)) {
            rr.progress().ifPresent(p -> session.getConsole().println(Text.progress(p)));
        }
        return rr.outcome().map(o -> o.message() + "\n" + Text.digests(o.digests())).orElse(Text.status(m));
    }

    /** rr:stop. */
    @Descriptor("end recording (the machine runs on) or replaying (it stops)")
    public String stop(@Descriptor("name of the machine") @Parameter(names = {"-m", "--machine"}, absentValue = "") String machine) {
        RecordReplay rr = services.recordReplay(machine(machine).name());
        Optional<Progress> before = rr.progress();
        rr.stop();
        return before.map(Text::progress).orElse("stopped");
    }

    /** rr:info of the machine. */
    @Descriptor("show how recording or replaying stands")
    public String info(@Descriptor("name of the machine") @Parameter(names = {"-m", "--machine"}, absentValue = "") String machine) {
        return services.recordReplay(machine(machine).name()).progress().map(Text::progress).orElse("neither recording nor replaying");
    }

    /** rr:info FILE. */
    @Descriptor("show what a recording is")
    public String info(@Descriptor("name of the machine") @Parameter(names = {"-m", "--machine"}, absentValue = "") String machine,
            @Descriptor("the recording's folder") String file) throws IOException {
        try (OpenRecording open = OpenRecording.of(Path.of(file), archives, false)) {
            return Text.info(recordings.info(open.folder()));
        }
    }
}
