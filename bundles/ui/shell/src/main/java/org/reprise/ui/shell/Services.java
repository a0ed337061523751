package org.reprise.ui.shell;

import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.osgi.framework.BundleContext;
import org.osgi.framework.InvalidSyntaxException;
import org.osgi.framework.ServiceReference;
import org.reprise.api.machine.ExitCode;
import org.reprise.api.machine.Machine;
import org.reprise.api.machine.MachineException;
import org.reprise.api.machine.MachineState;
import org.reprise.api.replay.RecordReplay;
import org.reprise.api.replay.ReplayHost;
import org.reprise.api.travel.TimeTravel;

/** Finds machines and what belongs to them. Any thread. */
public final class Services {
    private final BundleContext context;

    /** @param context of this bundle */
    public Services(BundleContext context) {
        this.context = context;
    }

    /** All machines by name. */
    public List<Machine> machines() {
        List<Machine> all = new ArrayList<>();
        for (ServiceReference<Machine> r : references(Machine.class, null)) {
            Machine m = context.getService(r);
            if (m != null) {
                all.add(m);
            }
        }
        all.sort(Comparator.comparing(Machine::name));
        return all;
    }

    private <T> Collection<ServiceReference<T>> references(Class<T> type, String filter) {
        try {
            return context.getServiceReferences(type, filter);
        } catch (InvalidSyntaxException e) {
            throw new IllegalArgumentException(filter, e);
        }
    }

    /** The machine of that name; the only one there is when the name is null. @throws MachineException naming the machines there are */
    public Machine machine(String name) {
        List<Machine> all = machines();
        if (name == null && all.size() == 1) {
            return all.get(0);
        }
        Optional<Machine> found = all.stream().filter(m -> m.name().equals(name)).findFirst();
        return found.orElseThrow(() -> new MachineException(ExitCode.USAGE, (name == null ? "name a machine" : "no machine '" + name + "'")
            + (all.isEmpty() ? "; there is none: install a machine feature (feature:install virt-riscv64)"
                : "; there are " + String.join(", ", all.stream().map(Machine::name).toList()))));
    }

    /** Waits until the machine is there and has all its parts. @throws MachineException WAITING naming what is missing */
    public Machine ready(String name, long millis) throws InterruptedException {
        long end = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(millis);
        while (true) {
            Optional<Machine> m = machines().stream().filter(x -> x.name().equals(name)).findFirst();
            if (m.isPresent() && m.get().status().state() != MachineState.WAITING) {
                return m.get();
            }
            if (System.nanoTime() - end > 0) {
                throw new MachineException(ExitCode.WAITING, m.isEmpty() ? "machine " + name + " did not appear within " + millis / 1000 + " s"
                    : "machine " + name + " waits for:\n  " + String.join("\n  ", m.get().waitingFor()));
            }
            Thread.sleep(2);
        }
    }

    /** The CPU of a number; the one whose turn it is when that is negative. */
    public int cpu(Machine m, int number) {
        return number >= 0 || !(m instanceof ReplayHost host) ? Math.max(0, number) : host.travel().currentCpu();
    }

    /** Record and replay of a machine. */
    public RecordReplay recordReplay(String machine) {
        for (ServiceReference<RecordReplay> r : references(RecordReplay.class, "(" + Machine.NAME + "=" + machine + ")")) {
            RecordReplay service = context.getService(r);
            if (service != null) {
                return service;
            }
        }
        throw new MachineException(ExitCode.WAITING, "machine " + machine + " has no record/replay service: the bundle org.reprise.core.replay "
            + "is not running");
    }

    /** Time travel of a machine. */
    public TimeTravel travel(String machine) {
        return find(TimeTravel.class, "(" + Machine.NAME + "=" + machine + ")").orElseThrow(() -> new MachineException(ExitCode.WAITING, "machine " + machine
            + " has no time travel: the bundle org.reprise.core.snapshot is not running"));
    }

    /** Some service, or empty. */
    public <T> Optional<T> find(Class<T> type) {
        return find(type, null);
    }

    private <T> Optional<T> find(Class<T> type, String filter) {
        return references(type, filter).stream().sorted(Comparator.reverseOrder()).map(context::getService).filter(Objects::nonNull).findFirst();
    }

    /** Waits for a service. */
    public <T> T await(Class<T> type, long millis) throws InterruptedException {
        return await(type, null, millis);
    }

    /** Waits for a service. @param filter its properties must match this, unless it is null */
    public <T> T await(Class<T> type, String filter, long millis) throws InterruptedException {
        long end = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(millis);
        while (true) {
            Optional<T> s = find(type, filter);
            if (s.isPresent()) {
                return s.get();
            }
            if (System.nanoTime() - end > 0) {
                throw new MachineException(ExitCode.WAITING, "the service " + type.getName() + (filter == null ? "" : " " + filter) + " did not appear within " + millis / 1000 + " s");
            }
            Thread.sleep(2);
        }
    }
}
