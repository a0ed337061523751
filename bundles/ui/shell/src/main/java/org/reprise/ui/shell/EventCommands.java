package org.reprise.ui.shell;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.List;
import java.util.OptionalLong;
import org.apache.felix.service.command.CommandSession;
import org.apache.felix.service.command.Descriptor;
import org.apache.felix.service.command.Parameter;
import org.apache.felix.service.command.annotations.GogoCommand;
import org.osgi.framework.BundleContext;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;
import org.reprise.api.machine.ExitCode;
import org.reprise.api.machine.Machine;
import org.reprise.api.machine.MachineException;
import org.reprise.api.replay.Event;
import org.reprise.api.replay.EventKind;
import org.reprise.api.replay.RecordReplay.Progress;
import org.reprise.api.replay.RecordingArchives;
import org.reprise.api.replay.Recordings;
import org.reprise.api.replay.Recordings.Info;
import org.reprise.api.travel.Arrival;
import org.reprise.api.travel.Snapshot;
import org.reprise.api.travel.Witness;

/** The command {@code rr:events}: what came from outside, with the guest's time. */
@Component(service = EventCommands.class, immediate = true)
@GogoCommand(scope = "rr", function = "events")
public final class EventCommands {
    private static final String MACHINE = "name of the machine";
    private static final String KINDS = "kinds of events, with commas, as rr:dump names them";
    private static final String FROM = "first place: an icount, '40%', a VIRTUAL time (1.5s, 200ms, 12us), a mark or snapshot";
    private static final String TO = "last place";
    /** The field of a manifest that names the snapshot which the recording begins with. */
    private static final String START = "start.snapshot";

    private final Services services;
    private final Recordings recordings;
    private final RecordingArchives archives;

    /** For the component runtime. */
    @Activate
    public EventCommands(BundleContext context, @Reference Recordings recordings, @Reference RecordingArchives archives) {
        services = new Services(context);
        this.recordings = recordings;
        this.archives = archives;
    }

    /** Events in an interval of places. */
    private record Interval(Place from, Place to) {
        boolean holds(long icount, long virtual) {
            return (from == null || at(from, icount, virtual) >= from.value()) && (to == null || at(to, icount, virtual) <= to.value());
        }

        private static long at(Place place, long icount, long virtual) {
            return place.kind() == Place.Kind.TIME ? virtual : icount;
        }

        /** Nothing behind this icount is in it, as far as that is known. */
        long end() {
            return to == null || to.kind() == Place.Kind.TIME ? Long.MAX_VALUE : to.value();
        }
    }

    /** rr:events of the recording that a machine replays. */
    @Descriptor("show the events of the recording that the machine replays, with their VIRTUAL times; it stays where it is")
    public void events(CommandSession session,
            @Descriptor(MACHINE) @Parameter(names = {"-m", "--machine"}, absentValue = "") String machine,
            @Descriptor(KINDS) @Parameter(names = {"-k", "--kind"}, absentValue = "") String kinds,
            @Descriptor(FROM) @Parameter(names = {"--from"}, absentValue = "") String from,
            @Descriptor(TO) @Parameter(names = {"--to"}, absentValue = "") String to) throws IOException {
        Machine m = services.machine(machine.isEmpty() ? null : machine);
        Progress progress = services.recordReplay(m.name()).progress().filter(Progress::replaying).orElseThrow(() -> new MachineException(ExitCode.USAGE,
            "machine " + m.name() + " replays nothing: replay a recording first (rr:replay), or name one: rr:events FILE"));
        Info info = recordings.info(progress.recording());
        Interval interval = new Interval(place(m, from, progress.end()), place(m, to, progress.end()));
        EventPrinter printer = new EventPrinter(session.getConsole(), info, false, EventFilter.of(List.of(kinds), "", ""));
        Shown shown = new Shown(printer, interval);
        // one more: events at the last icount come before what is executed there
        long end = interval.end() == Long.MAX_VALUE ? Long.MAX_VALUE : interval.end() + 1;
        Arrival arrival = services.travel(m.name()).witness(end, shown);
        shown.end(session.getConsole(), arrival.why() == Arrival.Why.INTERRUPT ? "; the search was interrupted" : "");
    }

    private Place place(Machine m, String text, long end) {
        if (text.isEmpty()) {
            return null;
        }
        Place place = Place.of(text, services.travel(m.name()).beginning(), end);
        if (place.kind() != Place.Kind.NAME) {
            return place;
        }
        List<Snapshot> all = services.travel(m.name()).snapshots();
        return all.stream().filter(s -> s.name().equals(place.name())).findFirst().map(s -> new Place(Place.Kind.ICOUNT, s.icount(), ""))
            .orElseThrow(() -> new MachineException(ExitCode.USAGE, "there is no mark or snapshot " + place.name() + " (snapshot:list), and it is nothing else: give "
                + Place.FORMS));
    }

    /** rr:events of a recording. */
    @Descriptor("show the events of a recording; VIRTUAL times where the log has them")
    public void events(CommandSession session,
            @Descriptor(MACHINE) @Parameter(names = {"-m", "--machine"}, absentValue = "") String machine,
            @Descriptor(KINDS) @Parameter(names = {"-k", "--kind"}, absentValue = "") String kinds,
            @Descriptor(FROM) @Parameter(names = {"--from"}, absentValue = "") String from,
            @Descriptor(TO) @Parameter(names = {"--to"}, absentValue = "") String to,
            @Descriptor("the recording, packed or not") String file) throws IOException {
        try (OpenRecording open = OpenRecording.of(Path.of(file), archives, false)) {
            Info info = recordings.info(open.folder());
            Interval interval = new Interval(inLog(file, from, info), inLog(file, to, info));
            Shown shown = new Shown(new EventPrinter(session.getConsole(), info, false, EventFilter.of(List.of(kinds), "", "")), interval);
            long[] warped = {-1, 0};
            recordings.events(open.folder(), e -> {
                if (e.kind() == EventKind.CLOCK_WARP) {
                    warped[0] = e.icount();
                    warped[1] = e.value();
                }
                shown.show(e, e.icount() == warped[0] ? OptionalLong.of(warped[1]) : OptionalLong.empty());
            });
            shown.end(session.getConsole(), "");
        }
    }

    private static Place inLog(String file, String text, Info info) {
        if (text.isEmpty()) {
            return null;
        }
        Place place = Place.of(text, 0, info.end().icount());
        // where a recording begins that does not begin with a reset is in its state
        if (place.kind() != Place.Kind.ICOUNT || text.endsWith("%") && info.manifest().containsKey(START)) {
            throw new MachineException(ExitCode.USAGE, "the log of " + file + " does not know where " + text + " is: replay it (rr:replay " + file
                + ") and leave its name out, or give an icount");
        }
        return place;
    }

    /** Prints those in the interval. */
    private static final class Shown implements Witness {
        private final EventPrinter printer;
        private final Interval interval;
        private long count;

        Shown(EventPrinter printer, Interval interval) {
            this.printer = printer;
            this.interval = interval;
        }

        @Override
        public void event(Event event, long virtual) {
            show(event, OptionalLong.of(virtual));
        }

        void show(Event event, OptionalLong virtual) {
            // INSTRUCTION events tell of the recorder's buffering, not of the guest
            if (event.kind() != EventKind.INSTRUCTION && interval.holds(event.icount(), virtual.orElse(0)) && printer.accept(event, virtual)) {
                count++;
            }
        }

        void end(PrintStream out, String more) {
            out.println(Text.number(count) + " events" + more);
        }
    }
}
