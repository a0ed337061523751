package org.reprise.ui.shell;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.apache.felix.service.command.Descriptor;
import org.apache.felix.service.command.Parameter;
import org.apache.felix.service.command.annotations.GogoCommand;
import org.osgi.framework.BundleContext;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;
import org.reprise.api.cpu.Cpu;
import org.reprise.api.cpu.WatchListener.Access;
import org.reprise.api.cpu.Watchpoint;
import org.reprise.api.debug.Symbols;
import org.reprise.api.machine.ExitCode;
import org.reprise.api.machine.Machine;
import org.reprise.api.machine.MachineException;
import org.reprise.api.machine.MachineStatus;
import org.reprise.api.replay.RecordReplay.Progress;
import org.reprise.api.travel.Arrival;
import org.reprise.api.travel.Snapshot;
import org.reprise.api.travel.TimeTravel;

/** The commands {@code rr:…} that move in a recording which is replayed. They work on the only machine there is, or on the one named with {@code -m}. */
@Component(service = TravelCommands.class, immediate = true)
@GogoCommand(scope = "rr", function = {"seek", "when", "mark", "back", "forward", "step", "continue"})
public final class TravelCommands {
    private static final int MOST_PLACES = 100;
    private final Services services;
    private final GuestNames names;
    private final Stops stops;
    private final Map<String, Places> places = new HashMap<>();

    /** Where the user was before, and where he came back from. */
    private static final class Places {
        private final Deque<Long> before = new ArrayDeque<>();
        private final Deque<Long> after = new ArrayDeque<>();
    }

    /** For the component runtime. */
    @Activate
    public TravelCommands(BundleContext context, @Reference GuestNames names, @Reference Stops stops) {
        services = new Services(context);
        this.names = names;
        this.stops = stops;
    }

    private Machine machine(String name) {
        return services.machine(name.isEmpty() ? null : name);
    }

    private synchronized Places places(Machine m) {
        return places.computeIfAbsent(m.name(), n -> new Places());
    }

    /** Remembers where the user goes away from. */
    void leave(Machine m) {
        Places p = places(m);
        p.before.push(m.status().icount());
        if (p.before.size() > MOST_PLACES) {
            p.before.removeLast();
        }
        p.after.clear();
    }

    /** What is to be said, and where all CPUs stand. */
    String where(Machine m, String what) {
        MachineStatus s = m.status();
        Optional<Progress> progress = services.recordReplay(m.name()).progress().filter(Progress::replaying);
        long begin = services.travel(m.name()).beginning();
        String percent = progress.filter(p -> p.end() > begin).map(p -> String.format(Locale.ROOT, " (%.2f %%)", 100.0 * (s.icount() - begin)
            / (p.end() - begin))).orElse("");
        Optional<Symbols> symbols = names.perhaps(m);
        String place = m.inspect(cpus -> {
            StringBuilder all = new StringBuilder();
            for (int i = 0; i < cpus.size(); i++) {
                Cpu cpu = cpus.get(i);
                all.append(String.format(Locale.ROOT, "%n  cpu%d %016x  %s", i, cpu.pc(), cpu.disassemble(cpu.pc())));
                symbols.map(known -> GuestNames.name(known, cpu.pc())).filter(name -> !name.isEmpty()).ifPresent(name -> all.append("  ").append(name));
            }
            return all.toString();
        });
        return what + (what.isEmpty() ? "" : ": ") + "icount " + Text.number(s.icount()) + percent + ", VIRTUAL " + Text.seconds(s.virtualTime()) + place;
    }

    /** Where and why a move ended. */
    String arrived(Machine m, Arrival arrival) {
        return arrived(m, arrival, false);
    }

    private String arrived(Machine m, Arrival arrival, boolean forwards) {
        String why = switch (arrival.why()) {
            case THERE -> "";
            case BREAKPOINT -> "breakpoint";
            case WATCHPOINT -> arrival.access().map(access -> text(m, access, forwards)).orElse("watchpoint");
            case BEGIN -> "the recording begins here";
            case END -> "the recording ends here";
            case INTERRUPT -> "interrupted";
        };
        return where(m, why);
    }

    /** Where a move ended. @param there what is to be said when it came where it was to go */
    String arrived(Machine m, Arrival arrival, String there) {
        return arrival.why() == Arrival.Why.THERE ? where(m, there) : arrived(m, arrival);
    }

    /** @param done the machine stands behind it, not in front of it */
    private static String text(Machine m, Access a, boolean done) {
        String who = a.byDevice() ? "device " + a.device() : done ? "the instruction before" : "the next instruction";
        String what = a.write() ? done ? "wrote" : "writes" : done ? "read" : "reads";
        if (a.point().isRegister()) {
            return String.format(Locale.ROOT, "%s %s %x to %s of cpu%d", who, what, a.value(), m.inspect(cpus -> cpus.get(a.point().cpu()).registers()
                .get((int) a.address()).name()), a.point().cpu());
        }
        return String.format(Locale.ROOT, "%s %s %x%s %s %x (physical %x, %d bytes)", who, what, a.value(), a.size() > Long.BYTES ? " …" : "",
            a.write() ? "to" : "from", a.address(), a.physical(), a.size());
    }

    /** rr:seek. */
    @Descriptor("go to an icount (1,000,000 or 1000000), a part of the recording ('40%', in quotes), a VIRTUAL time (1.5s, 200ms, 12us), or a snapshot's or"
        + " mark's name")
    public String seek(@Descriptor("name of the machine") @Parameter(names = {"-m", "--machine"}, absentValue = "") String machine,
            @Descriptor("where to") String place) {
        Machine m = machine(machine);
        TimeTravel travel = services.travel(m.name());
        Optional<Snapshot> named = travel.snapshots().stream().filter(s -> s.name().equals(place)).findFirst();
        if (named.isPresent()) {
            leave(m);
            travel.load(place);
            return where(m, place);
        }
        Place to = Place.of(place, travel.beginning(), services.recordReplay(m.name()).progress().map(Progress::end).orElse(0L));
        if (to.kind() == Place.Kind.NAME) {
            throw new MachineException(ExitCode.USAGE, "rr:seek " + place + ": there is no such mark or snapshot (snapshot:list), and it is nothing else: give "
                + Place.FORMS);
        }
        leave(m);
        return arrived(m, to.kind() == Place.Kind.TIME ? travel.seekTime(to.value()) : travel.seek(to.value()));
    }

    /** rr:when. */
    @Descriptor("show where the machine stands")
    public String when(@Descriptor("name of the machine") @Parameter(names = {"-m", "--machine"}, absentValue = "") String machine,
            @Descriptor(GuestNames.FILES) @Parameter(names = {"-s", "--symbols"}, absentValue = "") String files) throws InterruptedException {
        Machine m = machine(machine);
        if (!files.isEmpty()) {
            names.of(m, files);
        }
        return where(m, "");
    }

    /** rr:mark. */
    @Descriptor("give the place where the machine stands a name that rr:seek knows; it is kept with the recording as a snapshot")
    public String mark(@Descriptor("name of the machine") @Parameter(names = {"-m", "--machine"}, absentValue = "") String machine,
            @Descriptor("its name") String name) {
        Machine m = machine(machine);
        services.travel(m.name()).save(name);
        return where(m, name);
    }

    /** rr:back. */
    @Descriptor("go back to where rr:seek and the like were called")
    public String back(@Descriptor("name of the machine") @Parameter(names = {"-m", "--machine"}, absentValue = "") String machine) {
        Machine m = machine(machine);
        return history(m, places(m).before, places(m).after, "there is no earlier place");
    }

    /** rr:forward. */
    @Descriptor("undo rr:back")
    public String forward(@Descriptor("name of the machine") @Parameter(names = {"-m", "--machine"}, absentValue = "") String machine) {
        Machine m = machine(machine);
        return history(m, places(m).after, places(m).before, "there is no later place");
    }

    private String history(Machine m, Deque<Long> from, Deque<Long> to, String none) {
        if (from.isEmpty()) {
            return none;
        }
        to.push(m.status().icount());
        return arrived(m, services.travel(m.name()).seek(from.pop()));
    }

    /** rr:step. */
    @Descriptor("step one instruction, trap or interrupt forwards (N: so many; -N: backwards)")
    public String step(@Descriptor("name of the machine") @Parameter(names = {"-m", "--machine"}, absentValue = "") String machine,
            @Descriptor("how many") int steps) {
        Machine m = machine(machine);
        TimeTravel travel = services.travel(m.name());
        leave(m);
        Arrival arrival = null;
        for (int i = 0; i < Math.abs(steps) && (arrival == null || arrival.why() == Arrival.Why.THERE); i++) {
            arrival = steps < 0 ? travel.reverseStep() : travel.step();
        }
        return arrival == null ? where(m, "") : arrived(m, arrival);
    }

    /** rr:continue. */
    @Descriptor("run to the recording's end or the next of these places and those of rr:break; with -r backwards, to the last one")
    public String _continue(@Descriptor("name of the machine") @Parameter(names = {"-m", "--machine"}, absentValue = "") String machine,
            @Descriptor("backwards") @Parameter(names = {"-r", "--reverse"}, presentValue = "true", absentValue = "false") boolean reverse,
            @Descriptor("stop at an instruction: " + GuestNames.PLACE) @Parameter(names = {"-b", "--break"}, absentValue = "") String breakpoint,
            @Descriptor("stop at a write of a word: " + GuestNames.PLACE) @Parameter(names = {"-w", "--watch"}, absentValue = "") String watch) throws InterruptedException {
        Machine m = machine(machine);
        TimeTravel travel = services.travel(m.name());
        Symbols symbols = names.of(m, "");
        Set<Long> breakpoints = new LinkedHashSet<>(breakpoint.isEmpty() ? List.of() : GuestNames.addresses(symbols, breakpoint));
        Set<Watchpoint> watchpoints = new LinkedHashSet<>(watch.isEmpty() ? List.of() : writes(symbols, watch, false));
        for (Stops.Stop stop : stops.of(m)) {
            breakpoints.addAll(stop.breakpoints());
            watchpoints.addAll(stop.watchpoints());
        }
        leave(m);
        Arrival arrival = reverse ? travel.reverseContinue(breakpoints, watchpoints) : travel.resume(breakpoints, watchpoints);
        String reached = stops.reached(m, arrival);
        return (reached.isEmpty() ? "" : reached + ": ") + arrived(m, arrival, !reverse);
    }

    /** Writes of the words at a place. */
    static List<Watchpoint> writes(Symbols symbols, String place, boolean physical) {
        return GuestNames.ranges(symbols, place).stream().map(r -> new Watchpoint(Watchpoint.Kind.WRITE, r.address(), r.length(), physical)).toList();
    }
}
