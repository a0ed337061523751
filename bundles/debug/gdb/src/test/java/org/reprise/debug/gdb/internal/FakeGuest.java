package org.reprise.debug.gdb.internal;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.Function;
import org.reprise.api.cpu.Cpu;
import org.reprise.api.cpu.WatchListener.Access;
import org.reprise.api.cpu.Watchpoint;
import org.reprise.api.machine.DebugSession;
import org.reprise.api.machine.DebugSession.Stop;
import org.reprise.api.machine.ExitCode;
import org.reprise.api.machine.Machine;
import org.reprise.api.machine.MachineException;
import org.reprise.api.machine.MachineState;
import org.reprise.api.machine.MachineStatus;
import org.reprise.api.memory.MemoryRange;
import org.reprise.api.replay.RecordReplay;
import org.reprise.api.travel.Arrival;
import org.reprise.api.travel.Arrival.Why;
import org.reprise.api.travel.Snapshot;
import org.reprise.api.travel.TimeTravel;

/**
 * A guest small enough that its whole past can be run again: each CPU loops over 16 instructions of 4 bytes, of which number 4 stores the
 * count of instructions to {@link #DATA}, 8 bytes, number 8 loads 4 bytes from there + 4, and number 12 stores a byte to DATA + 16; CPU n uses
 * addresses 0x100 * n further on. CPUs take turns of {@link #QUANTUM} instructions.
 */
final class FakeGuest implements AutoCloseable {
    static final long CODE = 0x80000000L;
    static final long DATA = 0x80001000L;
    static final long END = 3000;
    static final int QUANTUM = 10;
    private static final int SIZE = 0x4000;
    private static final int PC = 32;

    final MachineServices services = new MachineServices();
    final Machine machine = Fakes.fake(Machine.class, this::machine);
    final TimeTravel travel = Fakes.fake(TimeTravel.class, this::travel);
    final List<String> calls = new ArrayList<>();
    private final ExecutorService thread = Executors.newSingleThreadExecutor(r -> owner = new Thread(r, "fake machine"));
    private final List<Cpu> cpus = new ArrayList<>();
    private final boolean replay;
    private final List<Snapshot> snapshots = new ArrayList<>();
    private volatile Thread owner;
    private volatile boolean interrupted, running, gone;
    private long[][] registers;
    private byte[] memory;
    private long icount;
    private int current;
    private Access access;
    private DebugSession.Listener listener;
    private Collection<Long> breakpoints = List.of();
    private Collection<Watchpoint> watchpoints = List.of();

    FakeGuest(int cpus, boolean replay) {
        this.replay = replay;
        for (int i = 0; i < cpus; i++) {
            int n = i;
            this.cpus.add(Fakes.fake(Cpu.class, (method, a) -> cpu(n, method, a)));
        }
        registers = new long[cpus][PC + 1];
        powerOn();
        if (replay) {
            services.add(travel, Map.of(Machine.NAME, "fake"));
            services.add(Fakes.fake(RecordReplay.class, (method, a) -> Optional.of(new RecordReplay.Progress(true, null, icount, END, 0, 0, 0, null))),
                    Map.of(Machine.NAME, "fake"));
        }
    }

    private <T> T call(Callable<T> work) throws Exception {
        if (Thread.currentThread() == owner) {
            return work.call();
        }
        Future<T> done = thread.submit(work);
        try {
            return done.get();
        } catch (ExecutionException e) {
            throw e.getCause() instanceof Exception x ? x : e;
        }
    }

    /** Somebody switches the machine off. */
    void vanish() {
        gone = true;
    }

    // The guest.

    private void powerOn() {
        memory = new byte[SIZE];
        for (long[] r : registers) {
            Arrays.fill(r, 0);
            r[PC] = CODE;
        }
        // what gdb sees there: nop, and a jump back to the first
        for (int i = 0; i < 16; i++) {
            putInt(i * 4, i == 15 ? 0xfc5ff06f : 0x13);
        }
        icount = 0;
        current = 0;
    }

    private void putInt(int at, int value) {
        for (int i = 0; i < 4; i++) {
            memory[at + i] = (byte) (value >>> 8 * i);
        }
    }

    /** One instruction; remembers its access. */
    private void execute() {
        current = (int) (icount / QUANTUM % cpus.size());
        long[] r = registers[current];
        access = null;
        int op = (int) (r[PC] - CODE) / 4 & 15;
        long data = DATA + 0x100L * current;
        icount++;
        switch (op) {
            case 4 -> access(data, 8, true, icount);
            case 8 -> access(data + 4, 4, false, 0);
            case 12 -> access(data + 16, 1, true, icount & 0xff);
            default -> r[5] += op;
        }
        r[PC] = op == 15 ? CODE : r[PC] + 4;
    }

    private void access(long address, int size, boolean write, long value) {
        for (int i = 0; write && i < size; i++) {
            memory[(int) (address - CODE) + i] = (byte) (value >>> 8 * i);
        }
        for (Watchpoint w : watchpoints) {
            if (access == null && w.touches(address, size) && (write ? w.writes() : w.reads())) {
                access = new Access(w, address, address, size, write, value);
            }
        }
    }

    private long nextPc() {
        return registers[(int) (icount / QUANTUM % cpus.size())][PC];
    }

    private void stop(Stop why) {
        running = false;
        if (listener != null) {
            listener.stopped(why);
        }
    }

    boolean isRunning() {
        return running;
    }

    int points() {
        return breakpoints.size() + watchpoints.size();
    }

    private void slice(boolean one, long until) {
        for (int i = 0; i < 1000; i++) {
            if (interrupted || gone) {
                interrupted = false;
                stop(gone ? Stop.SHUTDOWN : Stop.INTERRUPT);
                return;
            }
            if (replay && icount >= END) {
                stop(Stop.REPLAY_END);
                return;
            }
            if (!one && (icount >= until || breakpoints.contains(nextPc()))) {
                current = (int) (icount / QUANTUM % cpus.size());
                stop(icount >= until ? Stop.STEP : Stop.BREAKPOINT);
                return;
            }
            execute();
            if (access != null) {
                stop(Stop.WATCHPOINT);
                return;
            }
            if (one) {
                stop(Stop.STEP);
                return;
            }
        }
        if (!thread.isShutdown()) {
            thread.execute(() -> slice(one, until));
        }
    }

    private Object run(boolean one, long until) throws Exception {
        return call(() -> {
            if (replay && icount >= END) {
                throw new MachineException(ExitCode.USAGE, "its replay has ended");
            }
            running = true;
            interrupted = false;
            thread.execute(() -> slice(one, until));
            return null;
        });
    }

    // What the server sees.

    private Object cpu(int n, String method, Object[] a) {
        return switch (method) {
            case "registers" -> Fakes.REGISTERS;
            case "register" -> registers[n][(int) a[0]];
            case "pc" -> registers[n][PC];
            case "idle" -> n == 1;
            case "debuggerArchitecture" -> "riscv:rv64";
            case "statistics" -> Map.of("blocks", 7L);
            default -> throw new AssertionError("Cpu." + method);
        };
    }

    private Object machine(String method, Object[] a) throws Exception {
        return switch (method) {
            case "name" -> "fake";
            case "status" -> new MachineStatus(gone ? MachineState.STOPPED : running ? MachineState.RUNNING : MachineState.PAUSED,
                replay ? "replay" : "live", icount, icount * 10, 0, false, null, 3);
            case "problem" -> Optional.empty();
            case "inspect" -> {
                if (gone) {
                    throw new MachineException(ExitCode.USAGE, "machine fake is stopped");
                }
                @SuppressWarnings("unchecked")
                Function<List<Cpu>, Object> inspector = (Function<List<Cpu>, Object>) a[0];
                yield call(() -> inspector.apply(cpus));
            }
            case "debug" -> {
                if (listener != null) {
                    throw new MachineException(ExitCode.USAGE, "machine fake has a debugger already; detach that first");
                }
                listener = (DebugSession.Listener) a[0];
                yield Fakes.fake(DebugSession.class, this::session);
            }
            default -> throw new AssertionError("Machine." + method);
        };
    }

    @SuppressWarnings("unchecked")
    private Object session(String method, Object[] a) throws Exception {
        switch (method) {
            case "currentCpu":
                return current;
            case "step":
                return run(true, Long.MAX_VALUE);
            case "resume":
                return run(false, (long) a[0]);
            case "interrupt":
                if (gone) {
                    throw new MachineException(ExitCode.USAGE, "machine fake is stopped");
                }
                interrupted = running;
                return null;
            case "breakpoints":
                call(() -> breakpoints = List.copyOf((Collection<Long>) a[0]));
                return null;
            case "watchpoints":
                call(() -> watchpoints = List.copyOf((Collection<Watchpoint>) a[0]));
                return null;
            case "access":
                return Optional.ofNullable(access);
            case "memory":
                return List.of(new MemoryRange("boot", 0x1000, 0x1000, MemoryRange.Kind.ROM),
                    new MemoryRange("uart", 0x10000000, 0x100, MemoryRange.Kind.REGISTERS), new MemoryRange("ram", CODE, SIZE, MemoryRange.Kind.RAM));
            case "read":
                return call(() -> read((long) a[1], (int) a[2]));
            case "write":
                call(Executors.callable(() -> write((long) a[1], (byte[]) a[2])));
                return null;
            case "register":
                live();
                registers[(int) a[0]][(int) a[1]] = (long) a[2];
                return null;
            case "close":
                breakpoints = List.of();
                watchpoints = List.of();
                listener = null;
                return null;
            default:
                throw new AssertionError("DebugSession." + method);
        }
    }

    private void live() {
        if (replay) {
            throw new MachineException(ExitCode.USAGE, "memory cannot be changed while the machine is replayed");
        }
    }

    private byte[] read(long address, int length) {
        if (address < CODE || address >= CODE + SIZE) {
            return new byte[0];
        }
        int from = (int) (address - CODE);
        return Arrays.copyOfRange(memory, from, Math.min(SIZE, from + length));
    }

    private void write(long address, byte[] bytes) {
        live();
        if (address < CODE || address + bytes.length > CODE + SIZE) {
            throw new MachineException(ExitCode.USAGE, "no RAM is mapped at 0x" + Long.toHexString(address));
        }
        System.arraycopy(bytes, 0, memory, (int) (address - CODE), bytes.length);
    }

    // Time travel.

    private void to(long where) {
        powerOn();
        while (icount < where) {
            execute();
        }
    }

    private Arrival at(Why why) {
        return new Arrival(why, icount, current, Optional.ofNullable(why == Why.WATCHPOINT ? access : null));
    }

    private Object travel(String method, Object[] a) throws Exception {
        if (method.equals("beginning")) {
            return 0L;
        }
        if (Thread.currentThread() == owner) {
            throw new AssertionError("TimeTravel." + method + " on the machine's thread");
        }
        synchronized (calls) {
            calls.add(method);
        }
        if (method.equals("interrupt")) {
            interrupted = true;
            return null;
        }
        return call(() -> switch (method) {
            case "snapshots" -> snapshots;
            case "save" -> {
                snapshots.add(new Snapshot(snapshots.size() + 1, (String) a[0], icount, icount * 10, 4096));
                yield snapshots.get(snapshots.size() - 1);
            }
            case "load" -> {
                Snapshot s = snapshots.stream().filter(x -> x.name().equals(a[0])).findFirst().orElseThrow(() -> new MachineException(ExitCode.USAGE,
                    "there is no snapshot '" + a[0] + "'"));
                to(s.icount());
                yield s;
            }
            case "delete" -> snapshots.removeIf(x -> x.name().equals(a[0]));
            case "seek" -> {
                to(Math.min(END, (long) a[0]));
                yield at((long) a[0] > END ? Why.END : Why.THERE);
            }
            case "reverseStep" -> {
                if (icount == 0) {
                    yield at(Why.BEGIN);
                }
                to(icount - 1);
                current = (int) (icount / QUANTUM % cpus.size());
                yield at(Why.THERE);
            }
            case "reverseContinue" -> reverse((Collection<?>) a[0], (Collection<?>) a[1]);
            default -> throw new AssertionError("TimeTravel." + method);
        });
    }

    private Arrival reverse(Collection<?> breaks, Collection<?> watches) throws InterruptedException {
        if (breaks.contains(1L)) {
            // a long way
            while (!interrupted) {
                Thread.sleep(1);
            }
            interrupted = false;
            return at(Why.INTERRUPT);
        }
        long from = icount;
        Arrival best = null;
        watchpoints = watches.stream().map(Watchpoint.class::cast).toList();
        powerOn();
        while (icount < from) {
            long before = icount;
            long pc = nextPc();
            execute();
            if (access != null) {
                best = new Arrival(Why.WATCHPOINT, before, current, Optional.of(access));
            } else if (breaks.contains(pc)) {
                best = new Arrival(Why.BREAKPOINT, before, current, Optional.empty());
            }
        }
        to(best == null ? 0 : best.icount());
        current = best == null ? 0 : best.cpu();
        return best == null ? at(Why.BEGIN) : best;
    }

    @Override
    public void close() {
        thread.shutdownNow();
    }
}
