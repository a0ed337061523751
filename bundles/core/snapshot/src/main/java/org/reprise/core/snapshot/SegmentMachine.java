package org.reprise.core.snapshot;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import java.util.function.LongConsumer;
import java.util.function.LongFunction;
import org.reprise.api.cpu.WatchListener.Access;
import org.reprise.api.machine.DebugSession.Stop;
import org.reprise.api.machine.ExitCode;
import org.reprise.api.machine.MachineException;
import org.reprise.api.replay.ReplayHost;
import org.reprise.api.travel.Hit;
import org.reprise.api.travel.TravelHost;
import org.reprise.core.snapshot.segment.Question;
import org.reprise.core.snapshot.segment.Segment;
import org.reprise.core.snapshot.segment.SegmentAnswer;
import org.reprise.core.snapshot.segment.SegmentAnswer.End;
import org.reprise.core.snapshot.segment.SegmentJob;
import org.reprise.core.snapshot.segment.SegmentRunner;

/** Works on segments with one machine, which nobody else moves meanwhile. */
final class SegmentMachine implements SegmentRunner {
    /** How the machine runs through a segment. */
    interface Run {
        /** Lets it run to an icount. @return why that ended */
        Stop through(Segment segment, long until, Notes notes);
    }

    /** Takes notes of what a machine does while it runs. Machine's thread. */
    static final class Notes {
        private final TravelHost travel;
        private final SegmentJob job;
        private final List<Hit> hits = new ArrayList<>();
        private long skipped;
        private final long skip;

        /** @param skip so many hits to come are known */
        private Notes(TravelHost travel, SegmentJob job, long skip) {
            this.travel = travel;
            this.job = job;
            this.skip = skip;
        }

        /** Lets the machine run to an icount. */
        Stop run(long until) {
            Question question = job.question();
            return travel.run(until, question.breakpoints(), this::passes, question.watchpoints(), this::accessed);
        }

        private boolean full() {
            return !job.question().last() && hits.size() >= job.most();
        }

        private void note(Hit hit) {
            if (job.question().toCome(hit)) {
                return;
            }
            if (skipped < skip) {
                skipped++;
                return;
            }
            if (job.question().last()) {
                hits.clear();
            }
            hits.add(hit);
        }

        /** An instruction at a breakpoint comes next. @return true when the machine is to stop there */
        boolean passes(long address) {
            long icount = travel.icount();
            if (!job.segment().has(icount)) {
                return false;
            }
            if (full()) {
                // asked again when the machine goes on
                return true;
            }
            note(new Hit(icount, travel.currentCpu(), address, Optional.empty()));
            return false;
        }

        /** An instruction, or a device, has accessed what is watched. @return true when the machine is to stop behind it */
        boolean accessed(Access access) {
            long icount = travel.icount();
            if (job.segment().has(icount)) {
                note(new Hit(icount, travel.currentCpu(), travel.pc(), Optional.of(access)));
            }
            return full();
        }
    }

    private final ReplayHost host;
    private final LongConsumer goBefore;
    private final LongFunction<Stop> runTo;
    private final Run run;
    /** The job before, when the machine stands where that had enough, and how many hits it knows. */
    private SegmentJob paused;
    private long known;
    /** The end of the segment that the machine has just run through: nothing has happened behind it. */
    private long reached = -1;
    private volatile boolean running;
    private boolean used;

    /**
     * @param goBefore puts the machine at some place before an icount, or at the recording's beginning
     * @param runTo lets the machine run on to an icount without taking notes
     */
    SegmentMachine(ReplayHost host, LongConsumer goBefore, LongFunction<Stop> runTo, Run run) {
        this.host = host;
        this.goBefore = goBefore;
        this.runTo = runTo;
        this.run = run;
    }

    /** True when it has moved. */
    boolean used() {
        return used;
    }

    @Override
    public SegmentAnswer run(SegmentJob job, BooleanSupplier unwanted) {
        used = true;
        Segment segment = job.segment();
        boolean goesOn = paused != null && paused.segment().equals(segment) && paused.question().equals(job.question()) && known == job.skip();
        boolean follows = !goesOn && segment.after() >= 0 && reached == segment.after();
        paused = null;
        reached = -1;
        if (!goesOn && !follows) {
            goBefore.accept(segment.after() + 1);
        }
        Notes notes = new Notes(host.travel(), job, goesOn ? 0 : job.skip());
        Stop stop;
        running = true;
        try {
            if (unwanted.getAsBoolean()) {
                return new SegmentAnswer(List.of(), End.STOPPED);
            }
            stop = job.question().registers() && !goesOn ? approach(segment.after() + 1) : Stop.STEP;
            if (stop == Stop.STEP) {
                stop = run.through(segment, segment.upTo() + 1, notes);
            }
        } finally {
            running = false;
        }
        switch (stop) {
            case FAILED -> throw new MachineException(ExitCode.DIVERGED, host.problem().orElse("machine " + host.name() + " failed"));
            case INTERRUPT -> {
                return new SegmentAnswer(List.of(), End.STOPPED);
            }
            case BREAKPOINT, WATCHPOINT -> {
                paused = job;
                known = job.skip() + notes.hits.size();
                return new SegmentAnswer(List.copyOf(notes.hits), End.MORE);
            }
            default -> {
                reached = stop == Stop.STEP ? segment.upTo() : -1;
                return new SegmentAnswer(List.copyOf(notes.hits), End.WHOLE);
            }
        }
    }

    private Stop approach(long begin) {
        return host.status().icount() < begin ? runTo.apply(begin) : Stop.STEP;
    }

    @Override
    public void interrupt() {
        if (running) {
            host.travel().interrupt();
        }
    }
}
