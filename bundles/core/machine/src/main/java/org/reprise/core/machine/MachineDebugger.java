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

    /** Gives the CPUs of a machine just assembled the breakpoints and watchpoints. */
    void arm(List<Cpu> cpus) {
        cpus.forEach(cpu -> {
            cpu.breakpoints(breakpoints);
            cpu.watch(watchpoints, this::accessed);
        });
    }

    private boolean accessed(WatchListener.Access access) {
        if (first == null) {
            first = access;
        }
        return true;
    }

    private void armAgain() {
        if (host.assembly() != null) {
            arm(host.assembly().cpuList());
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

    private void changeable(MachineLoop loop, String what) {
        if (loop.recording() || loop.replaying()) {
            throw new MachineException(ExitCode.USAGE, what + " cannot be changed while the machine is " + (loop.recording() ? "recorded" : "replayed")
                    + ": the change would not be in the log; debug a live machine to change it");
        }
    }

    @Override
    public void write(int cpu, long address, byte[] bytes) {
        host.call(() -> {
            changeable(host.runOrRefuse("cannot be written"), "memory");
            Cpu writer = cpu(cpu);
            long[] pages = new long[(int) (((address & 4095) + bytes.length + 4095) >>> 12)];
            for (int i = 0; i < pages.length; i++) {
                pages[i] = writer.translateForDebugger((address & -4096L) + 4096L * i);
                if (pages[i] == -1 || !host.assembly().memory().isRam(pages[i], 4096)) {
                    throw new MachineException(ExitCode.USAGE, "no RAM is mapped at 0x" + Long.toHexString((address & -4096L) + 4096L * i));
                }
            }
            int done = 0;
            for (int i = 0; done < bytes.length; i++) {
                int offset = i == 0 ? (int) (address & 4095) : 0;
                int part = Math.min(bytes.length - done, 4096 - offset);
                host.assembly().memory().writeBytes(pages[i] + offset, bytes, done, part);
                done += part;
            }
            return null;
        });
    }

    @Override
    public void register(int cpu, int index, long value) {
        host.call(() -> {
            changeable(host.runOrRefuse("cannot be changed"), "a register");
            cpu(cpu).register(index, value);
            return null;
        });
    }

    @Override
    public void close() {
        breakpoints(List.of());
        watchpoints(List.of());
        host.released(this);
    }
}
