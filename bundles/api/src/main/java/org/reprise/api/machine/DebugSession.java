package org.reprise.api.machine;

import java.util.Collection;
import java.util.List;
import java.util.Optional;
import org.osgi.annotation.versioning.ProviderType;
import org.reprise.api.cpu.WatchListener;
import org.reprise.api.cpu.Watchpoint;
import org.reprise.api.memory.MemoryRange;

/**
 * One debugger's hold on a machine ({@link Machine#debug}): stops, steps and looks at it, and never changes when anything happens in the
 * guest. Methods may be called from any thread, and from the machine's own while the guest stands still ({@link Machine#inspect}); they
 * throw {@link MachineException} when the request does not fit the machine's state. Addresses are virtual, as the CPU sees them now.
 */
@ProviderType
public interface DebugSession extends AutoCloseable {
    /** In place of a CPU: addresses are physical ones. */
    int PHYSICAL = -1;

    /** Why the guest stands still. */
    enum Stop {
        /** {@link #step} is done, or the icount of {@link #resume(long)} is reached. */
        STEP,
        /** The next instruction has a breakpoint. */
        BREAKPOINT,
        /** The instruction before has accessed what is watched: {@link #access}. */
        WATCHPOINT,
        /** Somebody asked ({@link #interrupt}, {@link Machine#pause}). */
        INTERRUPT,
        /** The guest, or somebody, shut the machine down. */
        SHUTDOWN,
        /** The replay has reached the end of its log. */
        REPLAY_END,
        /** The machine failed: {@link Machine#problem} says why. */
        FAILED
    }

    /** Told of every halt. */
    @FunctionalInterface
    interface Listener {
        /** The guest has come to a halt. Called on the machine's thread; must not block. */
        void stopped(Stop why);
    }

    /** Index, in the machine's CPUs, of the CPU that runs next. */
    int currentCpu();

    /** Lets the CPU whose turn it is execute one instruction or take one trap or interrupt; the guest halts again then. */
    void step();

    /**
     * Lets the guest run until something halts it. It halts at once when its next instruction has a breakpoint.
     *
     * @param until halt (as after a step) when the machine has retired so many instructions, if nothing else has halted it
     */
    void resume(long until);

    /** Lets the guest run until something halts it. See {@link #resume(long)}. */
    default void resume() {
        resume(Long.MAX_VALUE);
    }

    /** Halts a running guest at an instruction boundary; nothing when it stands still. */
    void interrupt();

    /** The breakpoints from now on, for all CPUs; they cost nothing where they are not. */
    void breakpoints(Collection<Long> addresses);

    /** The watchpoints from now on, for all CPUs; code that does not touch their pages runs as fast as before. */
    void watchpoints(Collection<Watchpoint> points);

    /** The access that the last halt with {@link Stop#WATCHPOINT} is about: the instruction's first, when it made several. */
    Optional<WatchListener.Access> access();

    /** What lies at which physical address, by address: RAM, ROM and registers, as it is now. */
    List<MemoryRange> memory();

    /**
     * Reads RAM or ROM without any effect on the guest.
     *
     * @param cpu whose translation of addresses is used, or {@link #PHYSICAL}
     * @return the bytes; fewer than {@code length} when what follows is not mapped or holds device registers
     */
    byte[] read(int cpu, long address, int length);

    /**
     * Writes RAM, also where the guest may not; an event of the recording, when the machine is recorded.
     *
     * @throws MachineException when a byte of the range is no mapped RAM (nothing is written then), or the machine is replayed: a change from
     *         outside is not in the log
     */
    void write(int cpu, long address, byte[] bytes);

    /** Sets a register of {@link org.reprise.api.cpu.Cpu#registers}; an event, when the machine is recorded. @throws MachineException when it is replayed */
    void register(int cpu, int index, long value);

    /** Removes breakpoints and watchpoints and gives the machine to the next debugger; the guest stands or runs as before. */
    @Override
    void close();
}
