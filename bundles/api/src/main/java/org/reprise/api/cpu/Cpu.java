package org.reprise.api.cpu;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.LongPredicate;
import org.osgi.annotation.versioning.ConsumerType;
import org.reprise.api.device.DeviceTreeNode;
import org.reprise.api.device.InterruptCells;
import org.reprise.api.state.Stateful;

/** One CPU of a machine. All calls come on the machine's thread unless said otherwise. */
@ConsumerType
public interface Cpu extends Stateful, InterruptCells {
    /** State after power-on or system reset. */
    void reset();

    /**
     * Runs until exactly {@code budget} instructions have retired, or earlier when the CPU becomes idle or {@link #endSlice} was called.
     * Pending interrupts are taken first, and wherever the architecture says.
     *
     * @param budget at least 1
     * @return instructions retired, 0..budget
     */
    long run(long budget);

    /**
     * Executes one instruction, or takes one trap or interrupt instead; breakpoints are passed over.
     *
     * @return instructions retired: 1, or 0 when a trap was taken or the CPU is idle
     */
    long step();

    /**
     * Sets breakpoints; replaces those set before.
     *
     * @param addresses virtual addresses, sorted
     * @param stops asked, on the machine's thread, when the next instruction stands at one of them: {@link #run} returns before it when the answer is
     *        true. It can be asked twice when an interrupt comes between; {@link #retired} is exact
     */
    void breakpoints(long[] addresses, LongPredicate stops);

    /** Sets breakpoints that always stop. See {@link #breakpoints(long[], LongPredicate)}. */
    default void breakpoints(long[] addresses) {
        breakpoints(addresses, address -> true);
    }

    /** True when the last {@link #run} returned because of a breakpoint. */
    boolean atBreakpoint();

    /**
     * Watches accesses of this CPU; replaces the watchpoints set before. Code that does not touch a watched page, or write a watched register, runs
     * as fast as before, and the guest sees nothing of it. Kept over resets and restored states.
     *
     * @param points none: nothing is watched; registers of other CPUs are passed over
     * @param listener told of each access
     */
    void watch(List<Watchpoint> points, WatchListener listener);

    /** True when the last {@link #run} or {@link #step} returned because the listener of {@link #watch} wanted it. */
    boolean atWatchpoint();

    /** The physical address of a virtual one as loads see it now, without any effect on the guest; -1 when it is not mapped. */
    long translateForDebugger(long address);

    /** Instructions retired since the present {@link #run} began, exact at the instruction being executed; 0 outside of run. */
    long retired();

    /** Makes {@link #run} return after the present instruction. Harmless outside of run. */
    void endSlice();

    /** Traps and interrupts taken since the last instruction retired: with the count of instructions, where the CPU stands. */
    default long traps() {
        return 0;
    }

    /** True when the CPU waits for an interrupt and none is pending: running it would retire nothing. */
    boolean idle();

    /** The program counter. */
    long pc();

    /** The name by which gdb knows the architecture, for its target description. */
    String debuggerArchitecture();

    /** The registers in the order of the architecture's debugger description, features one after another, the core registers' first. */
    List<Register> registers();

    /** Value of register number {@code index} in {@link #registers} (raw bits). */
    long register(int index);

    /** Sets register number {@code index}. */
    void register(int index, long value);

    /** Number in {@link #registers} of a register by that name or another one that the architecture has for it; -1 when there is none. */
    default int registerNumber(String name) {
        List<Register> all = registers();
        for (int i = 0; i < all.size(); i++) {
            if (all.get(i).name().equals(name)) {
                return i;
            }
        }
        return -1;
    }

    /** Why writes of a register cannot be watched ({@link Watchpoint#register}); empty when they can. */
    default Optional<String> unwatchable(int register) {
        return Optional.of("CPUs of this kind do not tell which instructions write a register");
    }

    /** Disassembles the instruction at a virtual address as the CPU would fetch it now; an unreadable one is said to be so. */
    String disassemble(long address);

    /** Adds the CPU's node(s) under {@code /cpus}. */
    void describe(DeviceTreeNode cpus);

    /** Figures for people (translated regions, TLB hits, …), in a fixed order; never guest-visible. May be called from any thread. */
    Map<String, Long> statistics();

    /**
     * Where most instructions were executed, as far as it is counted (each entry of code that is interpreted, each run of compiled code), the
     * most first; for people, never guest-visible. Machine's thread.
     *
     * @param most how many are wanted, at least 1
     */
    List<HotSpot> hotSpots(int most);

    /** Ends the CPU's worker threads, if any. */
    void close();

    /**
     * A register for people and debuggers.
     *
     * @param name as the debugger calls it
     * @param bits width: 1..64
     * @param feature the standard feature of gdb's target description that it belongs to
     * @param type gdb's type of it ({@code int}, {@code code_ptr}, {@code ieee_double}, …)
     */
    record Register(String name, int bits, String feature, String type) {
    }

    /**
     * Code in which time is spent.
     *
     * @param address virtual address of its first instruction
     * @param length its instructions
     * @param executed instructions executed in it since it was translated
     * @param tier how it is run now: {@code interpreted}, {@code warm} or {@code hot}
     */
    record HotSpot(long address, int length, long executed, String tier) {
    }
}
