package org.reprise.core.machine;

import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import org.reprise.api.cpu.Cpu;
import org.reprise.api.cpu.WatchListener;
import org.reprise.api.cpu.Watchpoint;
import org.reprise.api.machine.DebugSession;
import org.reprise.api.machine.ExitCode;
import org.reprise.api.machine.MachineException;
import org.reprise.api.memory.MemoryRange;
import org.reprise.api.replay.Poke;

/** A debugger's hold on a machine: what it asks is done on the machine's thread. */
final class MachineDebugger implements DebugSession {
    /** What a debugger needs of the machine's host. */
    interface Host {
        /** Runs work on the machine's thread. */
        <T> T call(java.util.concurrent.Callable<T> work);

        /** The run in progress. @throws MachineException when there is none */
        MachineLoop runOrRefuse(String what);

        Assembly assembly();

        void resume(long until);

        void step();

        void pause();

        void released(MachineDebugger debugger);
    }

    private final Host host;
    private final Listener listener;
    private long[] breakpoints = {};
    private List<Watchpoint> watchpoints = List.of();
    /** The first access since the guest was last let run, and the one that the last halt is about. Machine's thread. */
    private WatchListener.Access first;
    private WatchListener.Access haltedAt;

    MachineDebugger(Host host, Listener listener) {
        this.host = host;
        this.listener = listener;
    }

    /** The guest has halted; machine's thread. */
    void halted(Stop why) {
        if (why == Stop.WATCHPOINT) {
            haltedAt = first;
        }
        first = null;
        listener.stopped(why);
    }

    /** Gives a machine the breakpoints and watchpoints. */
    void arm(Assembly assembly) {
        assembly.cpuList().forEach(cpu -> cpu.breakpoints(breakpoints));
        assembly.watch(watchpoints, this::accessed);
    }

    private boolean accessed(WatchListener.Access access) {
        if (first == null) {
            first = access;
        }
        return true;
    }

    private void armAgain() {
        if (host.assembly() != null) {
            arm(host.assembly());
        }
    }

    private Cpu cpu(int index) {
        List<Cpu> cpus = host.assembly().cpuList();
        if (index < 0 || index >= cpus.size()) {
            throw new MachineException(ExitCode.USAGE, "machine has no CPU " + index + "; it has " + cpus.size() + ", from 0");
        }
        return cpus.get(index);
    }

    @Override
    public int currentCpu() {
        return host.call(() -> host.runOrRefuse("cannot be debugged").currentCpu());
    }

    @Override
    public void step() {
        host.step();
    }

    @Override
    public void resume(long until) {
        host.resume(until);
    }

    @Override
    public void interrupt() {
        host.pause();
    }

    @Override
    public void breakpoints(Collection<Long> addresses) {
        host.call(() -> {
            breakpoints = addresses.stream().mapToLong(Long::longValue).sorted().toArray();
            armAgain();
            return null;
        });
    }

    @Override
    public void watchpoints(Collection<Watchpoint> points) {
        List<Watchpoint> copy = List.copyOf(points);
        host.call(() -> {
            watchpoints = copy;
            armAgain();
            return null;
        });
    }

    @Override
    public List<MemoryRange> memory() {
        return host.call(() -> {
            host.runOrRefuse("has no memory");
            return host.assembly().memory().ranges();
        });
    }

    @Override
    public Optional<WatchListener.Access> access() {
        return host.call(() -> Optional.ofNullable(haltedAt));
    }

    @Override
    public byte[] read(int cpu, long address, int length) {
        return host.call(() -> {
            host.runOrRefuse("cannot be read");
            Cpu reader = cpu == PHYSICAL ? null : cpu(cpu);
            byte[] bytes = new byte[length];
            int done = QuietReader.read(host.assembly().memory(), reader, address, bytes);
            return done == length ? bytes : Arrays.copyOf(bytes, done);
        });
    }

    private void poke(Poke poke, String what) {
        host.call(() -> {
            MachineLoop loop = host.runOrRefuse("cannot be changed");
            if (loop.replaying()) {
                throw new MachineException(ExitCode.USAGE, what + " cannot be changed while the machine is replayed: let it go live first (rr:go-live)");
            }
            try {
                loop.poke(Pokes.of(List.of(poke), host.assembly()));
            } catch (IllegalArgumentException e) {
                throw new MachineException(ExitCode.USAGE, e.getMessage(), e);
            }
            return null;
        });
    }

    @Override
    public void write(int cpu, long address, byte[] bytes) {
        poke(new Poke.Memory(cpu, address, bytes), "memory");
    }

    @Override
    public void register(int cpu, int index, long value) {
        poke(new Poke.Register(cpu, host.call(() -> cpu(cpu).registers().get(index).name()), value), "a register");
    }

    @Override
    public void close() {
        breakpoints(List.of());
        watchpoints(List.of());
        host.released(this);
    }
}
