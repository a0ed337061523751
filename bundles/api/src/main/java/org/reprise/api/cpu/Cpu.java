package org.reprise.api.cpu;

import java.util.List;
import java.util.Map;
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

    /** Instructions retired since the present {@link #run} began, exact at the instruction being executed; 0 outside of run. */
    long retired();

    /** Makes {@link #run} return after the present instruction. Harmless outside of run. */
    void endSlice();

    /** True when the CPU waits for an interrupt and none is pending: running it would retire nothing. */
    boolean idle();

    /** The program counter. */
    long pc();

    /** The registers in the order of the architecture's debugger description. */
    List<Register> registers();

    /** Value of register number {@code index} in {@link #registers} (raw bits). */
    long register(int index);

    /** Sets register number {@code index}. */
    void register(int index, long value);

    /** Disassembles the instruction at a virtual address as the CPU would fetch it now; an unreadable one is said to be so. */
    String disassemble(long address);

    /** Adds the CPU's node(s) under {@code /cpus}. */
    void describe(DeviceTreeNode cpus);

    /** Figures for people (translated regions, TLB hits, …), in a fixed order; never guest-visible. May be called from any thread. */
    Map<String, Long> statistics();

    /** Ends the CPU's worker threads, if any. */
    void close();

    /** A register for people and debuggers. @param name as the debugger calls it @param bits width */
    record Register(String name, int bits) {
    }
}
