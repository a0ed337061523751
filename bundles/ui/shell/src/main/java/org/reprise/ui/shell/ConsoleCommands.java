package org.reprise.ui.shell;

import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import org.apache.felix.service.command.CommandSession;
import org.apache.felix.service.command.Descriptor;
import org.apache.felix.service.command.Parameter;
import org.apache.felix.service.command.annotations.GogoCommand;
import org.osgi.framework.BundleContext;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;
import org.reprise.api.character.Console;
import org.reprise.api.machine.ExitCode;
import org.reprise.api.machine.Machine;
import org.reprise.api.machine.MachineException;
import org.reprise.api.replay.RecordReplay.Progress;
import org.reprise.api.travel.Arrival;
import org.reprise.api.travel.TimeTravel;
import org.reprise.api.travel.Witness;

/** The command {@code rr:console}: what a console printed, and where. */
@Component(service = ConsoleCommands.class, immediate = true)
@GogoCommand(scope = "rr", function = "console")
public final class ConsoleCommands {
    private final Services services;
    private final TravelCommands travelling;
    private final Map<String, Kept> transcripts = new HashMap<>();

    /** @param of the recording that it is of: where it is, how long its log is */
    private record Kept(String of, Transcript transcript) {
    }

    /** Which occurrence of a text is wanted. */
    private record Which(boolean reverse, boolean last, int nth) {
        Which {
            if ((reverse ? 1 : 0) + (last ? 1 : 0) + (nth != 0 ? 1 : 0) > 1) {
                throw new MachineException(ExitCode.USAGE, "rr:console: give one of --reverse, --last and --nth");
            }
            if (nth < 0) {
                throw new MachineException(ExitCode.USAGE, "rr:console --nth " + nth + ": give a number from 1 on");
            }
        }
    }

    /** An occurrence. @param icount -1: there is none @param number from 1 on @param all how many there are */
    private record Found(long icount, long number, long all) {
    }

    /** For the component runtime. */
    @Activate
    public ConsoleCommands(BundleContext context, @Reference TravelCommands travelling) {
        services = new Services(context);
        this.travelling = travelling;
    }

    /** rr:console. */
    @Descriptor("--at TEXT: go to the instruction that prints the last byte of TEXT next; without: show what the console has printed up to here")
    public String console(CommandSession session,
            @Descriptor("name of the machine") @Parameter(names = {"-m", "--machine"}, absentValue = "") String machine,
            @Descriptor("the text to look for") @Parameter(names = {"--at"}, absentValue = "") String text,
            @Descriptor("look backwards") @Parameter(names = {"-r", "--reverse"}, presentValue = "true", absentValue = "false") boolean reverse,
            @Descriptor("the last one in the recording") @Parameter(names = {"--last"}, presentValue = "true", absentValue = "false") boolean last,
            @Descriptor("the Nth one in the recording, from 1 on") @Parameter(names = {"--nth"}, absentValue = "0") int nth,
            @Descriptor("name of the console (default: the first one)") String... console) {
        if (console.length > 1) {
            throw new MachineException(ExitCode.USAGE, "rr:console: name one console; a text with spaces goes in quotes");
        }
        Which which = new Which(reverse, last, nth);
        Machine m = services.machine(machine.isEmpty() ? null : machine);
        Console port = ConsoleAttachment.choose(m, console.length == 0 ? null : console[0]);
        boolean replaying = services.recordReplay(m.name()).progress().filter(Progress::replaying).isPresent();
        if (text.isEmpty()) {
            if (reverse || last || nth != 0) {
                throw new MachineException(ExitCode.USAGE, "rr:console: --reverse, --last and --nth need --at TEXT");
            }
            return new String(replaying ? transcript(m).first(port.name(), port.written()) : port.history(), StandardCharsets.UTF_8);
        }
        if (!replaying) {
            throw new MachineException(ExitCode.USAGE, "machine " + m.name() + " replays nothing: only a recording can be moved in; replay one (rr:replay)");
        }
        TimeTravel travel = services.travel(m.name());
        Transcript transcript = transcript(m);
        Found found = find(transcript, port.name(), text.getBytes(StandardCharsets.UTF_8), m.status().icount(), which);
        if (found.icount < 0) {
            String where = nth > 0 ? "" : reverse ? " before icount " + Text.number(m.status().icount()) : last ? "" : " behind icount "
                + Text.number(m.status().icount());
            throw new MachineException(ExitCode.USAGE, port.name() + " does not print \"" + text + "\"" + (nth > 0 ? " " + nth + " times" : "") + where
                + ", but " + Text.number(found.all) + " times in the whole recording" + (found.all > 0 ? ": --reverse, --last or --nth N goes there" : ""));
        }
        travelling.leave(m);
        Arrival arrival = travel.seekInstruction(found.icount);
        return travelling.arrived(m, arrival, String.format(Locale.ROOT, "the next instruction prints the end of \"%s\" on %s (%,d of %,d)", text,
            port.name(), found.number, found.all));
    }

    private static Found find(Transcript transcript, String console, byte[] wanted, long here, Which which) {
        long at = -1;
        long number = 0;
        long all = 0;
        for (int end = transcript.end(console, wanted, 0); end >= 0; end = transcript.end(console, wanted, end + 1)) {
            all++;
            long icount = transcript.icount(console, end);
            boolean better = which.nth > 0 ? all == which.nth : which.last || (which.reverse ? icount < here : icount > here && at < 0);
            if (better) {
                at = icount;
                number = all;
            }
        }
        return new Found(at, number, all);
    }

    /** Of the recording that is replayed: from a run over all of it the first time. */
    private synchronized Transcript transcript(Machine m) {
        Progress progress = services.recordReplay(m.name()).progress().orElseThrow();
        String of = progress.recording() + " " + progress.end() + " " + progress.bytes();
        Kept kept = transcripts.get(m.name());
        if (kept == null || !kept.of.equals(of)) {
            transcripts.remove(m.name());
            Transcript fresh = new Transcript();
            Witness counting = new Witness() {
                @Override
                public void printed(String console, byte value, long icount, long virtual) {
                    fresh.printed(console, value, icount, virtual);
                }

                @Override
                public void ended(long icount, long virtual) {
                    m.consoles().forEach(console -> fresh.written(console.name(), console.written()));
                }
            };
            if (services.travel(m.name()).witness(Long.MAX_VALUE, counting).why() == Arrival.Why.INTERRUPT) {
                throw new MachineException(ExitCode.INTERRUPTED, "the search was interrupted");
            }
            kept = new Kept(of, fresh);
            transcripts.put(m.name(), kept);
        }
        kept.transcript.check();
        return kept.transcript;
    }
}
