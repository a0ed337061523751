package org.reprise.ui.shell;

import java.util.List;
import java.util.Optional;
import org.apache.felix.service.command.Descriptor;
import org.apache.felix.service.command.Parameter;
import org.apache.felix.service.command.annotations.GogoCommand;
import org.osgi.framework.BundleContext;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;
import org.reprise.api.cpu.Cpu;
import org.reprise.api.cpu.Watchpoint;
import org.reprise.api.machine.ExitCode;
import org.reprise.api.machine.Machine;
import org.reprise.api.machine.MachineException;
import org.reprise.api.travel.Arrival;

/** The command {@code rr:last-writer}, and its short name {@code rr:writer}. */
@Component(service = WriterCommands.class, immediate = true)
@GogoCommand(scope = "rr", function = "writer")
public final class WriterCommands {
    private final Services services;
    private final GuestNames names;
    private final TravelCommands travel;

    /** For the component runtime. */
    @Activate
    public WriterCommands(BundleContext context, @Reference GuestNames names, @Reference TravelCommands travel) {
        services = new Services(context);
        this.names = names;
        this.travel = travel;
    }

    /** rr:last-writer. */
    @Descriptor("go back to the instruction that wrote a word of memory (8 bytes, or those of a name) or a register last; an address is virtual (-p: physical)")
    public String writer(@Descriptor("name of the machine") @Parameter(names = {"-m", "--machine"}, absentValue = "") String machine,
            @Descriptor("number of the register's CPU (default: the one whose turn it is)") @Parameter(names = {"-c", "--cpu"}, absentValue = "-1") int cpu,
            @Descriptor("the address is physical") @Parameter(names = {"-p", "--physical"}, presentValue = "true", absentValue = "false") boolean physical,
            @Descriptor("a register (a0, x10, fa0; an address that looks like one needs 0x), or " + GuestNames.PLACE) String place) throws InterruptedException {
        Machine m = services.machine(machine.isEmpty() ? null : machine);
        Optional<Watchpoint> register = physical ? Optional.empty() : register(m, services.cpu(m, cpu), place);
        if (register.isEmpty() && cpu >= 0) {
            throw new MachineException(ExitCode.USAGE, "rr:last-writer -c " + cpu + " " + place + ": that CPU has no such register, and memory is that of all CPUs");
        }
        List<Watchpoint> wanted = register.isPresent() ? List.of(register.get()) : TravelCommands.writes(names.of(m, ""), place, physical);
        travel.leave(m);
        Arrival arrival = services.travel(m.name()).reverseContinue(List.of(), wanted);
        return register.isPresent() && arrival.why() == Arrival.Why.BEGIN
            ? travel.where(m, "no instruction before wrote " + place + " of cpu" + register.get().cpu() + "; the recording begins here") : travel.arrived(m, arrival);
    }

    /** The register of that name, if there is one. @throws MachineException USAGE when nobody can tell who writes it */
    private static Optional<Watchpoint> register(Machine m, int cpu, String name) {
        return m.inspect(cpus -> {
            if (cpu >= cpus.size()) {
                throw new MachineException(ExitCode.USAGE, "there is no CPU " + cpu + "; the machine has " + cpus.size() + ", from 0");
            }
            Cpu of = cpus.get(cpu);
            int number = of.registerNumber(name);
            if (number < 0) {
                return Optional.empty();
            }
            of.unwatchable(number).ifPresent(why -> {
                throw new MachineException(ExitCode.USAGE, "nobody can tell which instruction wrote " + name + " last: " + why);
            });
            return Optional.of(Watchpoint.register(cpu, number));
        });
    }
}
