package org.reprise.ui.shell;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.osgi.service.component.annotations.Component;
import org.reprise.api.cpu.Cpu;
import org.reprise.api.cpu.Watchpoint;
import org.reprise.api.machine.ExitCode;
import org.reprise.api.machine.Machine;
import org.reprise.api.machine.MachineException;
import org.reprise.api.travel.Arrival;

/**
 * Where {@code rr:continue} stops: what {@code rr:break} has set for each machine, numbered from 1 on, again when all are deleted. Kept while the shell is
 * there. Any thread.
 */
@Component(service = Stops.class)
public final class Stops {
    /** As many as gdb may set: no more than a user can mean. */
    private static final int MOST = 1_000;

    /**
     * One of them.
     *
     * @param place as the user gave it
     * @param breakpoints addresses of instructions
     * @param watchpoints accesses; one of the two is empty
     */
    record Stop(int number, String place, List<Long> breakpoints, List<Watchpoint> watchpoints) {
        /** What it is. */
        String kind() {
            return watchpoints.isEmpty() ? "breakpoint" : switch (watchpoints.get(0).kind()) {
                case READ -> "read watchpoint";
                case WRITE -> "write watchpoint";
                case ACCESS -> "access watchpoint";
            };
        }
    }

    private static final class Numbered {
        private final List<Stop> stops = new ArrayList<>();
        private int last;
    }

    private final Map<String, Numbered> machines = new TreeMap<>();

    /** Adds one. @throws MachineException USAGE when there are too many */
    synchronized Stop add(Machine m, String place, List<Long> breakpoints, List<Watchpoint> watchpoints) {
        Numbered of = machines.computeIfAbsent(m.name(), name -> new Numbered());
        if (of.stops.size() == MOST) {
            throw new MachineException(ExitCode.USAGE, "there are " + MOST + " break- and watchpoints already; rr:break --delete N|all deletes some");
        }
        Stop stop = new Stop(++of.last, place, List.copyOf(breakpoints), List.copyOf(watchpoints));
        of.stops.add(stop);
        return stop;
    }

    /** Those of a machine, in the order of their numbers. */
    synchronized List<Stop> of(Machine m) {
        Numbered of = machines.get(m.name());
        return of == null ? List.of() : List.copyOf(of.stops);
    }

    /** Deletes one, or all. @param which a number, or {@code all} @return how many @throws MachineException USAGE when there is none of that number */
    synchronized int delete(Machine m, String which) {
        List<Stop> stops = of(m);
        List<Stop> gone = stops.stream().filter(stop -> which.equals("all") || which.equals(String.valueOf(stop.number()))).toList();
        if (gone.isEmpty() && !which.equals("all")) {
            throw new MachineException(ExitCode.USAGE, "there is no breakpoint " + which + "; there are "
                + (stops.isEmpty() ? "none" : stops.stream().map(stop -> String.valueOf(stop.number())).collect(Collectors.joining(", "))));
        }
        if (which.equals("all")) {
            machines.remove(m.name());
        } else {
            machines.get(m.name()).stops.removeAll(gone);
        }
        return gone.size();
    }

    /** Which of them a machine has come to, such as {@code breakpoint 2 (do_exit)}; empty when none. */
    String reached(Machine m, Arrival arrival) {
        long pc = m.inspect(cpus -> plain(cpus.get(arrival.cpu()), cpus.get(arrival.cpu()).pc()));
        return of(m).stream().filter(stop -> switch (arrival.why()) {
            case BREAKPOINT -> stop.breakpoints().stream().anyMatch(address -> m.inspect(cpus -> plain(cpus.get(arrival.cpu()), address)) == pc);
            case WATCHPOINT -> arrival.access().filter(access -> stop.watchpoints().stream().anyMatch(access::touches)).isPresent();
            default -> false;
        }).map(stop -> stop.kind() + " " + stop.number() + " (" + stop.place() + ")").collect(Collectors.joining(", "));
    }

    /** As people write it: a narrow CPU may hold addresses extended by their sign. */
    private static long plain(Cpu cpu, long address) {
        int bits = cpu.registers().get(0).bits();
        return bits == Long.SIZE ? address : address & (1L << bits) - 1;
    }
}
