package org.reprise.core.machine;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.reprise.api.cpu.Cpu;
import org.reprise.api.cpu.CpuContext;
import org.reprise.api.cpu.WatchListener;
import org.reprise.api.cpu.Watchpoint;
import org.reprise.api.device.DeviceTreeNode;
import org.reprise.api.device.InterruptLine;
import org.reprise.api.state.State;

/**
 * A CPU whose program is a function: called once for each instruction. It has an accumulator that makes every difference in what the
 * guest saw, and when, visible in its digest; one interrupt input, IRQ; and a wait for interrupt.
 */
final class FakeCpu implements Cpu {
    /** One instruction. */
    @FunctionalInterface
    interface Program {
        void step(FakeCpu cpu);
    }

    private final CpuContext context;
    private final Program program;
    private boolean irq;
    private boolean waiting;
    private long accumulator;
    private long executed;
    private long retired;
    private boolean end;
    private boolean stepping;
    private boolean halted;
    private long[] breakpoints = {};
    private java.util.function.LongPredicate breakpointStops;
    private List<Watchpoint> watchpoints = List.of();
    private WatchListener watcher;
    private final List<WatchListener.Access> accesses = new ArrayList<>();
    private boolean watchHit;

    FakeCpu(CpuContext context, Program program) {
        this.context = context;
        this.program = program;
    }

    /** Number of the present instruction since the last reset, from 0. */
    long n() {
        return executed;
    }

    CpuContext context() {
        return context;
    }

    boolean irq() {
        return irq;
    }

    /** Lets the CPU wait for an interrupt after the present instruction. */
    void waitForInterrupt() {
        waiting = true;
    }

    /** Mixes what the guest saw into its state. */
    void see(long value) {
        accumulator = accumulator * 6364136223846793005L + value + 1442695040888963407L;
    }

    long load(long address) {
        long value = context.memory().read(address, 8);
        see(value);
        watched(address, false, value);
        return value;
    }

    void store(long address, long value) {
        context.memory().write(address, 8, value);
        watched(address, true, value);
    }

    private void watched(long address, boolean write, long value) {
        watchpoints.stream().filter(p -> (write ? p.writes() : p.reads()) && p.touches(address, 8)).findFirst()
            .ifPresent(p -> accesses.add(new WatchListener.Access(p, address, address, 8, write, value)));
    }

    private void tellOfAccesses() {
        for (WatchListener.Access a : accesses) {
            watchHit |= watcher.accessed(a);
        }
        accesses.clear();
        end |= watchHit;
    }

    @Override
    public void reset() {
        irq = false;
        waiting = false;
        executed = 0;
        accumulator = 1;
    }

    @Override
    public long run(long budget) {
        end = false;
        retired = 0;
        halted = false;
        watchHit = false;
        while (retired < budget && !end && !idle()) {
            if (!stepping && java.util.Arrays.binarySearch(breakpoints, executed) >= 0 && breakpointStops.test(executed)) {
                halted = true;
                break;
            }
            waiting = false;
            see(irq ? executed : ~executed);
            program.step(this);
            tellOfAccesses();
            executed++;
            retired++;
        }
        long result = retired;
        retired = 0;
        return result;
    }

    @Override
    public long retired() {
        return retired;
    }

    @Override
    public void endSlice() {
        end = true;
    }

    @Override
    public boolean idle() {
        return waiting && !irq;
    }

    @Override
    public long pc() {
        return executed;
    }

    @Override
    public long step() {
        stepping = true;
        try {
            return run(1);
        } finally {
            stepping = false;
        }
    }

    @Override
    public void breakpoints(long[] addresses, java.util.function.LongPredicate stops) {
        breakpoints = addresses.clone();
        breakpointStops = stops;
    }

    @Override
    public boolean atBreakpoint() {
        return halted;
    }

    @Override
    public void watch(List<Watchpoint> points, WatchListener listener) {
        watchpoints = List.copyOf(points);
        watcher = listener;
    }

    @Override
    public boolean atWatchpoint() {
        return watchHit;
    }

    @Override
    public long translateForDebugger(long address) {
        return address;
    }

    @Override
    public String debuggerArchitecture() {
        return "fake";
    }

    @Override
    public List<Register> registers() {
        return List.of(new Register("acc", 64, "org.reprise.fake", "int"));
    }

    @Override
    public long register(int index) {
        return accumulator;
    }

    @Override
    public void register(int index, long value) {
        accumulator = value;
    }

    @Override
    public String disassemble(long address) {
        return "step " + address;
    }

    @Override
    public void describe(DeviceTreeNode cpus) {
        // Has no node.
    }

    @Override
    public List<HotSpot> hotSpots(int most) {
        return List.of();
    }

    @Override
    public Map<String, Long> statistics() {
        return Map.of();
    }

    @Override
    public void close() {
        // Has no threads.
    }

    @Override
    public InterruptLine input(String name) {
        if (!name.equals("IRQ")) {
            throw new IllegalArgumentException("there is no input " + name + "; there is IRQ");
        }
        return level -> irq = level;
    }

    @Override
    public long[] cells(String input) {
        return new long[] {1};
    }

    @Override
    public void state(State s) {
        irq = s.bool("irq", irq);
        waiting = s.bool("waiting", waiting);
        accumulator = s.int64("accumulator", accumulator);
        executed = s.int64("executed", executed);
    }
}
