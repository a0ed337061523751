package org.reprise.ui.shell;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.LongFunction;
import java.util.stream.Collectors;
import org.apache.felix.service.command.Descriptor;
import org.apache.felix.service.command.Parameter;
import org.apache.felix.service.command.annotations.GogoCommand;
import org.osgi.framework.BundleContext;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;
import org.reprise.api.cpu.WatchListener.Access;
import org.reprise.api.cpu.Watchpoint;
import org.reprise.api.debug.Symbols;
import org.reprise.api.machine.ExitCode;
import org.reprise.api.machine.Machine;
import org.reprise.api.machine.MachineException;
import org.reprise.api.travel.Arrival;
import org.reprise.api.travel.Hit;

/** The commands {@code rr:…} that ask a recording, which is replayed, for all of something. The machine comes back to where it stood. */
@Component(service = QuestionCommands.class, immediate = true)
@GogoCommand(scope = "rr", function = {"calls", "writes"})
public final class QuestionCommands {
    private static final String MACHINE = "name of the machine";
    private static final String MOST = "how many to show";
    private final Services services;
    private final GuestNames names;

    /** For the component runtime. */
    @Activate
    public QuestionCommands(BundleContext context, @Reference GuestNames names) {
        services = new Services(context);
        this.names = names;
    }

    private static String hex(List<Long> addresses) {
        return addresses.stream().map(address -> "0x" + Long.toHexString(address)).collect(Collectors.joining(", "));
    }

    /** Hits, the first of them shown. */
    private static final class Hits {
        private final List<String> lines = new ArrayList<>();
        private final int most;
        private long all;

        Hits(int most) {
            this.most = most;
        }

        void add(Hit hit, LongFunction<String> name) {
            if (all++ < most) {
                String who = hit.access().filter(Access::byDevice).map(a -> "device " + a.device())
                    .orElseGet(() -> String.format(Locale.ROOT, "cpu%d  %016x  %s", hit.cpu(), hit.pc(), name.apply(hit.pc())));
                lines.add(String.format(Locale.ROOT, "icount %,16d  %s%s", hit.icount(), who, hit.access().map(a -> String.format(Locale.ROOT,
                    "  %d bytes at %x = %x%s", a.size(), a.address(), a.value(), a.size() > Long.BYTES ? " …" : "")).orElse("")));
            }
        }

        String text(Arrival arrival, String what) {
            return String.join("\n", lines) + (lines.isEmpty() ? "" : "\n") + Text.number(all) + " " + what + (lines.size() < all ? ", the first "
                + lines.size() + " shown" : "") + (arrival.why() == Arrival.Why.INTERRUPT ? "; the search was interrupted" : "");
        }
    }

    /** rr:calls. */
    @Descriptor("find each time that a function's first instruction, or the one at an address, was executed")
    public String calls(@Descriptor(MACHINE) @Parameter(names = {"-m", "--machine"}, absentValue = "") String machine,
            @Descriptor(GuestNames.FILES) @Parameter(names = {"-s", "--symbols"}, absentValue = "") String files,
            @Descriptor(MOST) @Parameter(names = {"-n", "--most"}, absentValue = "20") int most,
            @Descriptor(GuestNames.PLACE) String place) throws InterruptedException {
        Machine m = services.machine(machine.isEmpty() ? null : machine);
        Symbols symbols = names.of(m, files);
        List<Long> addresses = GuestNames.addresses(symbols, place);
        Hits hits = new Hits(most);
        Arrival arrival = services.travel(m.name()).search(addresses, List.of(), Long.MAX_VALUE, hit -> hits.add(hit, at -> GuestNames.name(symbols, at)));
        return hits.text(arrival, "times at " + hex(addresses));
    }

    /** rr:writes. */
    @Descriptor("find each write by a CPU or a device to a range of memory")
    public String writes(@Descriptor(MACHINE) @Parameter(names = {"-m", "--machine"}, absentValue = "") String machine,
            @Descriptor(GuestNames.FILES) @Parameter(names = {"-s", "--symbols"}, absentValue = "") String files,
            @Descriptor(MOST) @Parameter(names = {"-n", "--most"}, absentValue = "20") int most,
            @Descriptor("the address is physical") @Parameter(names = {"-p", "--physical"}, presentValue = "true", absentValue = "false") boolean physical,
            @Descriptor(GuestNames.PLACE) String place, @Descriptor("bytes") long length) throws InterruptedException {
        Machine m = services.machine(machine.isEmpty() ? null : machine);
        Symbols symbols = names.of(m, files);
        List<Long> addresses = GuestNames.addresses(symbols, place);
        List<Watchpoint> ranges;
        try {
            ranges = addresses.stream().map(address -> new Watchpoint(Watchpoint.Kind.WRITE, address, length, physical)).toList();
        } catch (IllegalArgumentException e) {
            throw new MachineException(ExitCode.USAGE, e.getMessage(), e);
        }
        Hits hits = new Hits(most);
        Arrival arrival = services.travel(m.name()).search(List.of(), ranges, Long.MAX_VALUE, hit -> hits.add(hit, at -> GuestNames.name(symbols, at)));
        return hits.text(arrival, "writes to " + length + " bytes at " + hex(addresses));
    }
}
