package org.reprise.core.snapshot;

import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import java.util.function.Predicate;
import org.reprise.api.cpu.Cpu;
import org.reprise.api.cpu.WatchListener;
import org.reprise.api.cpu.WatchListener.Access;
import org.reprise.api.cpu.Watchpoint;
import org.reprise.api.machine.DebugSession.Stop;
import org.reprise.api.machine.ExitCode;
import org.reprise.api.machine.MachineException;
import org.reprise.api.replay.ReplayHost;
import org.reprise.api.travel.Arrival;
import org.reprise.api.travel.Arrival.Why;
import org.reprise.api.travel.Hit;
import org.reprise.api.travel.TravelHost;
import org.reprise.api.travel.Witness;
import org.reprise.core.snapshot.segment.Question;

/**
 * Moves in a recording, by restoring a snapshot before the place and running on from there. A place is an icount, and a number of steps that retired
 * nothing (traps and interrupts taken) at it. One thread at a time.
 */
final class Journey {
    /** Steps at one icount that are looked at: a guest that traps for ever at one place does not hold up a debugger. */
    private static final int MOST_TRAPS = 100_000;
    /** A witness's run listens to interruptions each so many instructions, at the latest. */
    private static final long LEG = 1_000_000_000;

    /** Where moves begin. */
    interface Bases {
        /** Puts the machine at some place before an icount, near to it, or at the recording's beginning. */
        void goBefore(long icount);

        /** Puts the machine at some place before a VIRTUAL time, near to it, or at the recording's beginning. */
        void goBeforeTime(long virtual);

        /** Puts the machine at the recording's beginning, before anything has happened to it. */
        void goToBeginning();

        /** Runs to an icount, taking snapshots on the way. */
        default Stop runTo(long icount) {
            return runTo(() -> icount);
        }

        /** Runs to an icount that can change on the way, taking snapshots. */
        Stop runTo(LongSupplier icount);

        /**
         * Asks the recording.
         *
         * @param end only what comes before this icount counts
         * @param found told of each hit, in order, or of the last one; false ends it
         * @return false when it was interrupted
         */
        boolean ask(Question question, long end, Predicate<Hit> found);

        /** True when the machine was used by the question asked last: it stands somewhere. */
        boolean moved();

        /** The icount at which the recording begins. */
        long beginning();
    }

    /** Where a CPU stands, as far as a user can tell. */
    private record Spot(int cpu, long pc) {
    }

    private final ReplayHost host;
    private final Bases bases;
    private volatile boolean interrupted;

    Journey(ReplayHost host, Bases bases) {
        this.host = host;
        this.bases = bases;
    }

    /** Any thread. */
    void interrupt() {
        interrupted = true;
        host.travel().interrupt();
    }

    private long icount() {
        return host.status().icount();
    }

    private Spot spot() {
        return host.inspect(cpus -> {
            int cpu = host.travel().currentCpu();
            Cpu present = cpus.get(cpu);
            return new Spot(cpu, present.pc());
        });
    }

    private Arrival arrival(Why why, Access access) {
        return new Arrival(interrupted ? Why.INTERRUPT : why, icount(), host.travel().currentCpu(), Optional.ofNullable(access));
    }

    /** To an instruction count. */
    Arrival seek(long icount) {
        interrupted = false;
        Stop stop = go(icount);
        return forward(stop, null);
    }

    /** To the first instruction at or after a VIRTUAL time. */
    Arrival seekTime(long virtual) {
        interrupted = false;
        long here = icount();
        Spot spot = spot();
        bases.goBeforeTime(virtual);
        Stop stop;
        try {
            stop = seen(new TimeSeeker(host.travel(), virtual).seek(bases::runTo, () -> host.status().virtualTime()));
        } catch (MachineException e) {
            throw e;
        } catch (Exception e) {
            throw new IllegalStateException(e);
        }
        if (stop != Stop.STEP && !interrupted) {
            long end = host.status().virtualTime();
            goTo(here, spot);
            throw new MachineException(ExitCode.USAGE, String.format(Locale.ROOT, "the recording ends at VIRTUAL %,d ns, before %,d ns", end, virtual));
        }
        return forward(stop, null);
    }

    /** To before the instruction that makes the count one more, behind the traps taken before it. */
    Arrival seekInstruction(long icount) {
        interrupted = false;
        Stop stop = go(icount);
        return stop == Stop.STEP && !interrupted ? behindTraps(icount) : forward(stop, null);
    }

    /** From an icount at which the machine stands, on to before the instruction there. */
    private Arrival behindTraps(long icount) {
        int steps = 0;
        Stop stop;
        do {
            stop = seen(host.travel().step(List.of(), null));
            steps++;
        } while (stop == Stop.STEP && icount() == icount && steps < MOST_TRAPS && !interrupted);
        return interrupted ? arrival(Why.INTERRUPT, null) : repeat(icount, steps - 1);
    }

    /** Everything from the beginning to an icount, for somebody who hears it. */
    Arrival witness(long end, Witness witness) {
        interrupted = false;
        long here = icount();
        Spot spot = spot();
        TravelHost travel = host.travel();
        try (AutoCloseable attending = travel.attend(witness)) {
            bases.goToBeginning();
            Stop stop = Stop.STEP;
            while (stop == Stop.STEP && icount() < end && !interrupted) {
                stop = seen(travel.run(Math.min(end, icount() + LEG)));
            }
            witness.ended(icount(), host.status().virtualTime());
        } catch (MachineException e) {
            throw e;
        } catch (Exception e) {
            throw new IllegalStateException(e);
        }
        boolean whole = !interrupted;
        // the way back is no part of it
        interrupted = false;
        goTo(here, spot);
        return arrival(whole ? Why.THERE : Why.INTERRUPT, null);
    }

    /** Somewhere else for a moment. */
    void visit(Runnable there) {
        interrupted = false;
        long here = icount();
        Spot spot = spot();
        try {
            there.run();
        } finally {
            interrupted = false;
            goTo(here, spot);
        }
    }

    private Stop go(long icount) {
        bases.goBefore(icount);
        return icount() == icount ? Stop.STEP : seen(bases.runTo(icount));
    }

    /** Somebody has stopped the machine: the move is over. @throws MachineException when the machine has failed, or the replay diverged */
    private Stop seen(Stop stop) {
        if (stop == Stop.INTERRUPT) {
            interrupted = true;
        } else if (stop == Stop.FAILED) {
            throw new MachineException(ExitCode.DIVERGED, host.problem().orElse("machine " + host.name() + " failed"));
        }
        return stop;
    }

    private void stepOnce() {
        seen(host.travel().step(List.of(), null));
    }

    /** One step forwards. */
    Arrival step() {
        interrupted = false;
        return forward(seen(host.travel().step(List.of(), null)), null);
    }

    /** Forwards to the next breakpoint or access. */
    Arrival resume(Collection<Long> breakpoints, Collection<Watchpoint> watchpoints) {
        interrupted = false;
        Access[] access = new Access[1];
        WatchListener watcher = a -> {
            access[0] = access[0] == null ? a : access[0];
            return true;
        };
        Stop stop = seen(host.travel().step(watchpoints, watcher));
        if (stop == Stop.STEP) {
            stop = seen(host.travel().run(Long.MAX_VALUE, breakpoints, null, watchpoints, watcher));
        }
        return forward(stop, access[0]);
    }

    private Arrival forward(Stop stop, Access access) {
        return arrival(switch (stop) {
            case STEP -> Why.THERE;
            case BREAKPOINT -> Why.BREAKPOINT;
            case WATCHPOINT -> Why.WATCHPOINT;
            case INTERRUPT -> Why.INTERRUPT;
            default -> Why.END;
        }, access);
    }

    /** Undoes one step. */
    Arrival reverseStep() {
        interrupted = false;
        long now = icount();
        Spot here = spot();
        if (now == bases.beginning()) {
            return atBegin(here);
        }
        go(now - 1);
        int steps = 0;
        do {
            stepOnce();
            steps++;
        } while (icount() < now && steps < MOST_TRAPS && !interrupted);
        // on to the trap that the machine stood behind, if it did
        int more = 0;
        while (icount() == now && !spot().equals(here) && more < MOST_TRAPS && !interrupted) {
            stepOnce();
            more++;
        }
        if (icount() > now || more == MOST_TRAPS) {
            more = 0;
        }
        return interrupted ? arrival(Why.INTERRUPT, null) : repeat(now - 1, steps + more - 1);
    }

    private Arrival repeat(long icount, int steps) {
        go(icount);
        for (int i = 0; i < steps && !interrupted; i++) {
            stepOnce();
        }
        return arrival(Why.THERE, null);
    }

    /** Nothing of the recording has retired yet, but traps may have been taken. */
    private Arrival atBegin(Spot here) {
        long begin = bases.beginning();
        go(begin);
        int steps = 0;
        while (icount() == begin && !spot().equals(here) && steps < MOST_TRAPS) {
            stepOnce();
            steps++;
        }
        if (steps == 0 || icount() > begin) {
            go(begin);
            return arrival(Why.BEGIN, null);
        }
        return repeat(begin, steps - 1);
    }

    /** Backwards to the last breakpoint or access. */
    Arrival reverseContinue(Collection<Long> breakpoints, Collection<Watchpoint> watchpoints) {
        interrupted = false;
        long here = icount();
        Hit[] last = new Hit[1];
        Question question = Question.of(breakpoints, watchpoints, true);
        boolean behind = host.travel().behindDevices();
        boolean whole = bases.ask(behind ? question.behindDevices(here) : question, behind ? here + 1 : here, hit -> {
            last[0] = hit;
            return false;
        });
        if (!whole || interrupted) {
            // where it has come to
            interrupted = true;
            return arrival(Why.INTERRUPT, null);
        }
        if (last[0] != null) {
            return goTo(last[0]);
        }
        go(bases.beginning());
        return arrival(Why.BEGIN, null);
    }

    /** Goes to where a CPU stood at an icount, behind the traps that were taken there. */
    private void goTo(long icount, Spot spot) {
        go(icount);
        for (int steps = 0; !spot().equals(spot) && icount() == icount && steps < MOST_TRAPS && !interrupted; steps++) {
            stepOnce();
        }
    }

    /** Everything from the beginning to an icount. */
    Arrival search(Collection<Long> breakpoints, Collection<Watchpoint> watchpoints, long end, Consumer<Hit> found) {
        interrupted = false;
        long here = icount();
        Spot spot = spot();
        boolean whole = bases.ask(Question.of(breakpoints, watchpoints, false), end, hit -> {
            found.accept(hit);
            return true;
        });
        whole &= !interrupted;
        // the way back is no part of the search
        interrupted = false;
        if (bases.moved()) {
            goTo(here, spot);
        }
        return arrival(whole ? Why.THERE : Why.INTERRUPT, null);
    }

    private Arrival goTo(Hit find) {
        if (find.access().isEmpty()) {
            goTo(find.icount(), new Spot(find.cpu(), find.pc()));
            return arrival(Why.BREAKPOINT, null);
        }
        Stop stop = go(find.icount());
        if (find.access().get().byDevice()) {
            return arrival(stop == Stop.STEP ? Why.WATCHPOINT : Why.INTERRUPT, find.access().get());
        }
        Arrival there = behindTraps(find.icount());
        return there.why() == Why.INTERRUPT ? there : arrival(Why.WATCHPOINT, find.access().get());
    }
}
