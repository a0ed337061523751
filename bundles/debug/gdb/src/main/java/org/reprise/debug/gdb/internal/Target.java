package org.reprise.debug.gdb.internal;

import java.util.List;
import java.util.Optional;
import org.reprise.api.cpu.Cpu;
import org.reprise.api.machine.DebugSession;
import org.reprise.api.machine.ExitCode;
import org.reprise.api.machine.Machine;
import org.reprise.api.machine.MachineException;
import org.reprise.api.travel.TimeTravel;

/**
 * The machine as one client's packets see it, and which CPU they mean. Thread numbers are CPU numbers and 1, since 0 stands for any. The
 * CPUs are the machine's thread's; the rest is for any.
 */
final class Target {
    /** In place of a CPU: any, or all. */
    static final int ANY = -1;

    private final Machine machine;
    private final DebugSession session;
    private final MachineServices services;
    private List<Cpu> cpus = List.of();
    private int selected;
    private int moved = ANY;

    Target(Machine machine, DebugSession session, MachineServices services) {
        this.machine = machine;
        this.session = session;
        this.services = services;
    }

    Machine machine() {
        return machine;
    }

    DebugSession session() {
        return session;
    }

    MachineServices services() {
        return services;
    }

    /** The machine's CPUs, from {@link Machine#inspect}. */
    void cpus(List<Cpu> present) {
        cpus = present;
    }

    List<Cpu> cpus() {
        return cpus;
    }

    /** The CPU whose registers and memory are asked for ({@code Hg}). */
    Cpu cpu() {
        return cpus.get(selected);
    }

    int selected() {
        return selected;
    }

    void select(int cpu) {
        selected = cpu;
    }

    /** The CPU that the old packets for moving mean ({@code Hc}), or {@link #ANY}. */
    int moved() {
        return moved;
    }

    void move(int cpu) {
        moved = cpu;
    }

    /** A thread's CPU, or {@link #ANY}. @throws IllegalArgumentException when there is no such thread */
    int cpu(String thread) {
        if (thread.equals("-1")) {
            return ANY;
        }
        long n = org.reprise.debug.gdb.protocol.Packets.number(thread);
        if (n < 0 || n > cpus.size()) {
            throw new IllegalArgumentException("no thread " + thread + ": there are " + cpus.size() + ", from 1");
        }
        return n == 0 ? ANY : (int) n - 1;
    }

    static String thread(int cpu) {
        return Integer.toHexString(cpu + 1);
    }

    boolean replaying() {
        return machine.status().mode().equals("replay");
    }

    /** The way back, where there is one. */
    Optional<TimeTravel> past() {
        return replaying() ? services.travel(machine.name()) : Optional.empty();
    }

    /** Snapshots and moves. @throws MachineException when there are none */
    TimeTravel travel() {
        return services.travel(machine.name()).orElseThrow(() -> new MachineException(ExitCode.USAGE, "machine " + machine.name()
            + " has no time travel: the bundle org.reprise.core.snapshot is not running"));
    }

    /** The way back. @throws MachineException when there is none, saying why */
    TimeTravel requirePast() {
        if (!replaying()) {
            throw new MachineException(ExitCode.USAGE, "machine " + machine.name() + " is " + machine.status().mode()
                + ": only in a replay can one go to another place; record it, then replay the recording");
        }
        return travel();
    }
}
