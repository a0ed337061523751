package org.reprise.itests.container;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.function.Consumer;
import java.util.function.Predicate;
import java.util.stream.IntStream;
import javax.inject.Inject;
import org.apache.felix.service.command.CommandProcessor;
import org.apache.felix.service.command.CommandSession;
import org.osgi.framework.BundleContext;
import org.osgi.framework.ServiceReference;
import org.osgi.service.cm.ConfigurationAdmin;
import org.reprise.api.cpu.Watchpoint;
import org.reprise.api.machine.Machine;
import org.reprise.api.machine.MachineException;
import org.reprise.api.machine.MachineState;
import org.reprise.api.replay.RecordReplay;
import org.reprise.api.replay.ReplayHost;
import org.reprise.api.travel.Hit;
import org.reprise.api.travel.TimeTravel;
import org.reprise.api.travel.TravelHost;
import org.reprise.core.features.FeatureRuntime;

/** A machine in the framework that ships, and its shell: what tests inside it begin with. */
abstract class MachineInFramework {
    static final String NAME = "virt-riscv64";

    @Inject
    BundleContext context;
    @Inject
    FeatureRuntime features;
    @Inject
    CommandProcessor shell;
    @Inject
    ConfigurationAdmin configurations;

    static void await(Callable<Boolean> condition) throws Exception {
        for (int i = 0; i < 3000; i++) {
            if (condition.call()) {
                return;
            }
            Thread.sleep(10);
        }
        throw new AssertionError("did not happen");
    }

    /** Asks one machine at a time: while its configuration changes there is none, or one that is just going. */
    void awaitMachine(Predicate<Machine> condition) throws Exception {
        await(() -> {
            Machine m = machine();
            try {
                return m != null && condition.test(m);
            } catch (MachineException gone) {
                return false;
            }
        });
    }

    Machine install() throws Exception {
        return install("1");
    }

    Machine install(String cpus) throws Exception {
        return install(cpus, "demo-riscv64", "demo.elf");
    }

    Machine install(String cpus, String guestName, String firmware) throws Exception {
        Machine left = machine();
        if (left != null && left.status().state() != MachineState.WAITING && left.status().state() != MachineState.STOPPED) {
            left.stop();
        }
        Path guests = ShippedDistribution.home().resolve("guests");
        String program = guests.resolve(guestName).resolve(firmware).toString();
        features.install(NAME, Map.of("machine.ram", "64M", "machine.cpus", cpus, "loader.firmware", program, "disk0.file",
            guests.resolve("demo-riscv64/disk.img").toString()));
        awaitMachine(m -> m.settings().get("cpus").equals(cpus) && m.status().state() != MachineState.WAITING
            && m.parts().stream().anyMatch(part -> program.equals(part.properties().get("firmware"))));
        return machine();
    }

    Machine machine() throws Exception {
        for (ServiceReference<Machine> r : context.getServiceReferences(Machine.class, "(machine.name=" + NAME + ")")) {
            return context.getService(r);
        }
        return null;
    }

    RecordReplay recordReplay() throws Exception {
        return context.getService(context.getServiceReferences(RecordReplay.class, "(machine.name=" + NAME + ")").iterator().next());
    }

    String execute(String command) throws Exception {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        CommandSession s = shell.createSession(new ByteArrayInputStream(new byte[0]), out, out);
        Object result = s.execute(command);
        return out + (result == null ? "" : result.toString());
    }

    long register(String name) throws Exception {
        return machine().inspect(cpus -> cpus.get(0).register(IntStream.range(0, cpus.get(0).registers().size())
            .filter(i -> cpus.get(0).registers().get(i).name().equals(name)).findFirst().orElseThrow()));
    }

    /** Instructions and accesses of all CPUs, noted in one pass over the recording, which nobody else knows of. */
    static void onePass(ReplayHost host, List<Long> breakpoints, List<Watchpoint> watchpoints, Consumer<Hit> hits) {
        TravelHost pass = host.travel();
        pass.run(Long.MAX_VALUE, breakpoints, address -> {
            hits.accept(new Hit(pass.icount(), pass.currentCpu(), address, Optional.empty()));
            return false;
        }, watchpoints, access -> {
            hits.accept(new Hit(pass.icount(), pass.currentCpu(), pass.pc(), Optional.of(access)));
            return false;
        });
    }

    TimeTravel travel() throws Exception {
        return context.getService(context.getServiceReferences(TimeTravel.class, "(machine.name=" + NAME + ")").iterator().next());
    }
}
