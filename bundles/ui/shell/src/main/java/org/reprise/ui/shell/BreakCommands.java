package org.reprise.ui.shell;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import org.apache.felix.service.command.Descriptor;
import org.apache.felix.service.command.Parameter;
import org.apache.felix.service.command.annotations.GogoCommand;
import org.osgi.framework.BundleContext;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;
import org.reprise.api.cpu.Watchpoint;
import org.reprise.api.cpu.Watchpoint.Kind;
import org.reprise.api.debug.Symbols;
import org.reprise.api.machine.ExitCode;
import org.reprise.api.machine.Machine;
import org.reprise.api.machine.MachineException;

/** The command {@code rr:break}. */
@Component(service = BreakCommands.class, immediate = true)
@GogoCommand(scope = "rr", function = "break")
public final class BreakCommands {
    private final Services services;
    private final GuestNames names;
    private final Stops stops;

    /** For the component runtime. */
    @Activate
    public BreakCommands(BundleContext context, @Reference GuestNames names, @Reference Stops stops) {
        services = new Services(context);
        this.names = names;
        this.stops = stops;
    }

    /** rr:break. */
    @Descriptor("let rr:continue stop at an instruction, or behind (backwards: before) accesses to memory; without a place: list what is set")
    public String _break(@Descriptor("name of the machine") @Parameter(names = {"-m", "--machine"}, absentValue = "") String machine,
            @Descriptor(GuestNames.FILES) @Parameter(names = {"-s", "--symbols"}, absentValue = "") String files,
            @Descriptor("at writes of memory") @Parameter(names = {"-w", "--write"}, presentValue = "true", absentValue = "false") boolean write,
            @Descriptor("at reads of memory") @Parameter(names = {"-r", "--read"}, presentValue = "true", absentValue = "false") boolean read,
            @Descriptor("at both") @Parameter(names = {"-a", "--access"}, presentValue = "true", absentValue = "false") boolean access,
            @Descriptor("addresses of memory are physical") @Parameter(names = {"-p", "--physical"}, presentValue = "true", absentValue = "false") boolean physical,
            @Descriptor("delete the one of that number, or all") @Parameter(names = {"-d", "--delete"}, absentValue = "") String delete,
            @Descriptor(GuestNames.PLACE + ", and for memory the length in bytes (default: 8, or that of the name if it is shorter)") String... place)
            throws InterruptedException {
        Machine m = services.machine(machine.isEmpty() ? null : machine);
        boolean memory = write || read || access;
        if (!delete.isEmpty()) {
            if (memory || physical || place.length > 0) {
                throw new MachineException(ExitCode.USAGE, "rr:break --delete takes a number or all, and nothing else");
            }
            return Text.number(stops.delete(m, delete)) + " deleted";
        }
        if (place.length == 0) {
            if (memory || physical) {
                throw new MachineException(ExitCode.USAGE, "rr:break needs an address or a name: " + GuestNames.PLACE);
            }
            return list(m, files.isEmpty() ? names.perhaps(m) : Optional.of(names.of(m, files)));
        }
        if (place.length > (memory ? 2 : 1) || physical && !memory) {
            throw new MachineException(ExitCode.USAGE, "rr:break " + String.join(" ", place) + (physical ? " -p" : "")
                + ": a length and -p go with --write, --read or --access; a breakpoint is one virtual address");
        }
        Symbols symbols = names.of(m, files);
        Stops.Stop stop = memory ? stops.add(m, place[0], List.of(), watchpoints(symbols, write ? read ? Kind.ACCESS : Kind.WRITE : access ? Kind.ACCESS : Kind.READ,
            physical, place)) : stops.add(m, place[0], GuestNames.addresses(symbols, place[0]), List.of());
        return line(stop, Optional.of(symbols));
    }

    private static List<Watchpoint> watchpoints(Symbols symbols, Kind kind, boolean physical, String[] place) {
        List<Watchpoint> points = new ArrayList<>();
        for (GuestNames.Range range : GuestNames.ranges(symbols, place[0])) {
            try {
                points.add(new Watchpoint(kind, range.address(), place.length < 2 ? range.length() : Long.decode(place[1]), physical));
            } catch (IllegalArgumentException e) {
                throw new MachineException(ExitCode.USAGE, "rr:break " + String.join(" ", place) + ": " + e.getMessage(), e);
            }
        }
        return points;
    }

    private String list(Machine m, Optional<Symbols> symbols) {
        List<Stops.Stop> all = stops.of(m);
        return all.isEmpty() ? "no breakpoints; rr:break PLACE sets one" : all.stream().map(stop -> line(stop, symbols)).collect(Collectors.joining("\n"));
    }

    private static String line(Stops.Stop stop, Optional<Symbols> symbols) {
        List<String> where = new ArrayList<>();
        for (long address : stop.breakpoints()) {
            String name = symbols.map(known -> GuestNames.name(known, address)).orElse("");
            where.add("0x" + Long.toHexString(address) + (name.isEmpty() ? "" : " " + name));
        }
        for (Watchpoint point : stop.watchpoints()) {
            where.add(point.length() + " bytes at " + (point.physical() ? "physical " : "") + "0x" + Long.toHexString(point.address()));
        }
        return stop.number() + "  " + stop.kind() + "  " + stop.place() + "  " + String.join(", ", where);
    }
}
