package org.reprise.core.machine;

import java.util.Optional;
import org.reprise.api.machine.DebugSession;
import org.reprise.api.machine.ExitCode;
import org.reprise.api.machine.MachineException;
import org.reprise.api.machine.MachineState;
import org.reprise.api.machine.ShutdownCause;
import org.reprise.api.replay.Event;
import org.reprise.api.replay.EventJournal;
import org.reprise.api.replay.EventKind;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One run of a machine from power-on to its end. A turn of the loop: settle (bottom halves, due timers, requests of parts), deliver what
 * comes from outside (each event is followed by settling, so that it does not matter how events fall into turns), then run a CPU for an
 * exact budget, or idle. The guest sees positions (icount, VIRTUAL), never turns or slices. Machine's thread only, but for the getters of
 * published values.
 */
final class MachineLoop {
    /** Callbacks without one instruction between them: more can only be a timer or bottom half that arms itself for ever. */
    private static final int SETTLE_LIMIT = 10_000_000;
    /** Idle jumps in replay without one instruction between them: the log says that the guest woke, so this one will not. */
    private static final int JUMP_LIMIT = 1 << 24;
    /** Slices in replay that retire nothing. */
    private static final int STUCK_LIMIT = 1 << 20;
    private static final long RECORDING_WAIT = 100_000_000;
    private static final long LONGEST_WAIT = 3_600_000_000_000L;
    private static final long EXTERNAL_WAIT = 1_000_000;
    private static final Logger LOG = LoggerFactory.getLogger(MachineLoop.class);

    private final Assembly assembly;
    private final EventQueue queue;
    private final HostTime host;
    private final VirtualClock clock;
    private final Timers timers;
    private final CpuRotation cpus;
    private final IdleWait wait;
    private final boolean sleep;
    private final long sliceCap;
    private final Replayer replayer;
    private final LogEvents logEvents;
    private final Arrivals arrivals;
    private Observers observers = new Observers();
    private Recorder recorder;
    private EventJournal journal;

    private final Standing standing = new Standing();
    private boolean poll = true;
    private int idleJumps;
    private int stuckSlices;
    private final Vitals vitals = new Vitals();
    private boolean ended;
    /** The replay ended within an instruction, which waits for what the log does not have. */
    private boolean torn;
    /** The running CPU waits for another one. */
    private boolean yielded;
    /** A debugger lets the guest execute one instruction. */
    private boolean stepping;
    /** It wants the guest to halt there at the latest. */
    private long limit = Long.MAX_VALUE;
    private DebugSession.Stop halt = DebugSession.Stop.INTERRUPT;

    /** @param journal to record to or to replay from; null when live */
    MachineLoop(Assembly assembly, EventQueue queue, HostTime host, EventJournal journal) {
        this.assembly = assembly;
        this.queue = queue;
        this.host = host;
        this.journal = journal;
        clock = assembly.clock();
        timers = assembly.timers();
        cpus = assembly.rotation();
        wait = new IdleWait(host);
        sleep = assembly.configuration().sleep();
        sliceCap = assembly.configuration().sliceCap();
        replayer = journal != null && journal.replaying() ? new Replayer(journal, assembly) : null;
        logEvents = replayer == null ? null : new LogEvents(replayer, assembly);
        recorder = journal != null && replayer == null ? new Recorder(journal, assembly) : null;
        vitals.mode(replayer != null ? "replay" : recorder != null ? "record" : "live");
        arrivals = new Arrivals(this, assembly, queue);
        assembly.outside(new OutsideOfMachine(this, assembly));
    }

    /** Who looks at the guest; nobody unless this is called. */
    void observers(Observers those) {
        observers = those;
    }

    /**
     * The first reset; afterwards the machine is ready to {@link #run}. A replay can end here already.
     *
     * @throws MachineException when a part cannot be reset (an image does not fit); the state is FAILED then
     */
    void powerOn() {
        try {
            assembly.reset();
            assembly.deviceWrites().begin();
            vitals.state(MachineState.RUNNING);
        } catch (StopReplay stop) {
            leaveReplay(stop);
        } catch (IllegalArgumentException | MachineException e) {
            failed(e.getMessage());
            ExitCode code = e instanceof MachineException known ? known.code() : ExitCode.CONFIGURATION;
            throw new MachineException(code, e.getMessage(), e);
        } catch (RuntimeException | Error e) {
            fail(e);
            throw new MachineException(ExitCode.INTERNAL, vitals.problem(), e);
        }
        publish();
    }

    /** In place of {@link #powerOn}: the parts have been given a saved state; the guest stands still. */
    void arrive() {
        vitals.state(MachineState.PAUSED);
        publish();
    }

    /** In place of {@link #powerOn}: goes on where a replay stands, between two instructions. */
    void goOn(MachineLoop replay) {
        standing.like(replay.standing);
        standing.continueWall(host.wall(), clock.virtual());
        if (assembly.autoShift() != null) {
            wait.hostRun(clock.virtual() - assembly.autoShift().ahead());
        }
        arrive();
    }

    /** Why nothing but the log can say how the guest goes on from here, or null. */
    String bound() {
        if (vitals.state() != MachineState.PAUSED) {
            return "it is " + vitals.state().name().toLowerCase(java.util.Locale.ROOT) + "; go back to where it ran (rr:seek)";
        }
        return torn ? "its log ends within an instruction; go one back (rr:step -1)" : null;
    }

    /** The machine could not be made what it was. */
    void lost(String why) {
        vitals.problem(why);
        ended = true;
        vitals.state(MachineState.FAILED);
    }

    /** The machine goes somewhere else in time: its log is left. */
    void abandon() {
        EventJournal closing = journal;
        releaseJournal();
        if (closing != null) {
            closing.close();
        }
    }

    /** What the loop has to remember between two turns. */
    Standing standing() {
        return standing;
    }

    /** Runs until the state is not RUNNING any more. */
    void run() {
        wait.machineRuns(true);
        poll = true;
        while (running()) {
            guarded(this::turn);
        }
        wait.machineRuns(false);
        assembly.flushConsoles();
        publish();
    }

    /** Runs machine work; whatever goes wrong ends in a state and a problem, never in a dead thread. */
    private void guarded(Runnable work) {
        try {
            work.run();
        } catch (StopReplay stop) {
            leaveReplay(stop);
        } catch (Throwable e) {
            fail(e);
        }
    }

    private void leaveReplay(StopReplay stop) {
        if (stop.divergence()) {
            diverged(stop.icount(), stop.expected(), stop.actual());
        } else {
            torn = true;
            endOfLog();
        }
    }

    private void fail(Throwable e) {
        LOG.error("machine {} failed at icount {}", assembly.name(), clock.icount(), e);
        failed("machine " + assembly.name() + " failed at icount " + clock.icount() + ": "
                + (e.getMessage() == null ? e.toString() : e.getMessage()));
    }

    private void failed(String why) {
        vitals.problem(why);
        try {
            if (recorder != null) {
                recorder.endFailed();
            } else if (journal != null) {
                journal.close();
            }
        } catch (RuntimeException closing) {
            LOG.error("machine {}: closing its log failed", assembly.name(), closing);
        }
        ended = true;
        releaseJournal();
        vitals.state(MachineState.FAILED);
    }

    private void diverged(long icount, String expected, String actual) {
        vitals.problem(journal.diverged(icount, expected, actual));
        LOG.error("machine {}: replay diverged at icount {}: expected {}; actual {}", assembly.name(), icount, expected, actual);
        endReplay(MachineState.FAILED);
    }

    private void endOfLog() {
        vitals.problem("replay stands at the log's end: " + journal.end().message());
        endReplay(MachineState.PAUSED);
    }

    private void endReplay(MachineState end) {
        assembly.flushConsoles();
        publish();
        ended = true;
        EventJournal closing = journal;
        releaseJournal();
        vitals.state(end);
        closing.close();
    }

    private void releaseJournal() {
        recorder = null;
        journal = null;
    }

    boolean running() {
        return vitals.state() == MachineState.RUNNING;
    }

    // One turn.

    private void turn() {
        settle();
        if (!running()) {
            return;
        }
        if (replayer != null) {
            replayEvents();
        } else {
            arrivals.drain(poll);
            poll = false;
        }
        requests();
        if (!running()) {
            return;
        }
        if (adaptShift()) {
            return;
        }
        boolean idle = cpus.allIdle();
        if (externalTimers(idle)) {
            return;
        }
        assembly.flushConsoles();
        if (recorder != null) {
            recordProgress();
        }
        publish();
        if (assembly.deviceWrites().stops()) {
            halt(DebugSession.Stop.WATCHPOINT);
        } else if (idle) {
            idle();
        } else {
            slice();
        }
    }

    /** Runs bottom halves, due timers and requests of parts until there is nothing left to do at this position. */
    void settle() {
        boolean live = journal == null;
        for (int callbacks = 0; running(); callbacks++) {
            MachineBottomHalf half = assembly.halves().poll();
            if (half != null) {
                half.runScheduled();
            } else {
                MachineTimer timer = timers.due(clock.virtual(), live);
                if (timer != null) {
                    if (callbacks > SETTLE_LIMIT) {
                        throw new IllegalStateException("timer " + timer.fullName() + " is armed for the past again and again");
                    }
                    timer.fire();
                } else if (standing.asked != null) {
                    Standing.Request request = standing.asked;
                    standing.asked = null;
                    carryOut(request);
                } else {
                    return;
                }
            }
            if (callbacks > SETTLE_LIMIT + 1) {
                throw new IllegalStateException("a bottom half schedules itself again and again");
            }
        }
    }

    private void carryOut(Standing.Request request) {
        if (!request.shutdown()) {
            assembly.reset();
            return;
        }
        vitals.ended(request.cause(), request.exitCode());
        if (recorder != null) {
            stampPosition();
            endRecording();
            vitals.state(MachineState.SHUTDOWN);
        } else if (replayer != null) {
            if (replayer.shutDown(request.cause(), request.exitCode())) {
                vitals.problem("replay reached the recording's end: the guest shut down (exit code " + request.exitCode() + ")");
                endReplay(MachineState.SHUTDOWN);
            } else {
                // a branch from here begins with the shutdown
                standing.asked = request;
                endOfLog();
            }
        } else {
            vitals.state(MachineState.SHUTDOWN);
        }
    }

    private void endRecording() {
        assembly.flushConsoles();
        recorder.end(vitals.cause(), vitals.exitCode());
        noteFailure(journal.failure());
        releaseJournal();
    }

    private void noteFailure(String failure) {
        if (failure != null) {
            vitals.problem("recording ended early: " + failure);
            LOG.error("machine {}: {}", assembly.name(), vitals.problem());
        }
    }

    private void recordProgress() {
        if (recorder.digestDue()) {
            stampPosition();
            recorder.digest();
        }
        String failure = recorder.progress();
        if (failure != null) {
            noteFailure(failure + "; the machine runs on live");
            recorder.abandon();
            releaseJournal();
            vitals.mode("live");
        }
    }

    /**
     * EXTERNAL timers of a recorded or replayed machine: each due one once a turn, without an influence on position or budget.
     *
     * @return true when one of them had something for the guest
     */
    private boolean externalTimers(boolean idle) {
        if (journal == null || timers.nextExternal() == VirtualClock.NEVER) {
            return false;
        }
        long now = clock.virtual();
        if (idle && replayer == null) {
            now = wait.virtual(now);
        }
        assembly.externalNow(now);
        for (MachineTimer timer : timers.externalDue(now)) {
            if (timer.pending() && timer.when() <= now) {
                timer.fire();
            }
        }
        assembly.externalNow(Long.MIN_VALUE);
        return replayer == null && assembly.cables().stream().anyMatch(Cable::deliverable);
    }

    /** With shift=auto: looks at the host's time, when it is time to. @return true when it did; the log may have more for this position */
    private boolean adaptShift() {
        AutoShift auto = assembly.autoShift();
        if (auto == null || clock.icount() < auto.next()) {
            return false;
        }
        long now = replayer != null ? replayer.take(EventKind.CLOCK_VIRTUAL_RT, 0, "VIRTUAL_RT read for shift=auto").value() : wait.virtualRt();
        if (recorder != null) {
            recorder.append(EventKind.CLOCK_VIRTUAL_RT, 0, now, Event.NO_DATA);
        }
        clock.shift(auto.look(clock.shift(), clock.icount(), clock.virtual(), now));
        return true;
    }

    private void slice() {
        wait.over();
        long now = clock.icount();
        if (now >= limit) {
            halt(DebugSession.Stop.STEP);
            return;
        }
        long budget = Math.min(sliceCap, limit - now);
        long due = clock.icountOf(timers.next(journal == null));
        if (due != VirtualClock.NEVER) {
            budget = Math.min(budget, Math.max(1, due - now));
        }
        if (recorder != null) {
            budget = Math.min(budget, recorder.nextDigest() - now);
        }
        if (assembly.autoShift() != null) {
            budget = Math.min(budget, assembly.autoShift().next() - now);
        }
        if (replayer != null) {
            budget = Math.min(budget, replayer.budget());
        }
        var cpu = cpus.next();
        long retired = clock.run(cpu, observers.cap(Math.min(budget, cpus.quantum()), now), stepping);
        cpus.ran(retired, yielded);
        yielded = false;
        if (cpu.atWatchpoint() | assembly.deviceWrites().stops()) {
            halt(DebugSession.Stop.WATCHPOINT);
        } else if (stepping) {
            halt(DebugSession.Stop.STEP);
        } else if (cpu.atBreakpoint()) {
            halt(DebugSession.Stop.BREAKPOINT);
        } else if (clock.icount() >= limit) {
            // before anything else happens at this icount: as a step would
            halt(DebugSession.Stop.STEP);
        }
        if (retired > 0) {
            observers.ran(assembly, clock.icount(), cpus.current(), cpu);
            standing.jumped = false;
            idleJumps = 0;
            stuckSlices = 0;
        } else if (replayer != null && !cpu.idle() && ++stuckSlices > STUCK_LIMIT) {
            throw StopReplay.diverged(clock.icount(), replayer.describe(replayer.peek()), "the CPU retires no instruction any more");
        }
    }

    private void idle() {
        long deadline = timers.next(journal == null);
        if (replayer != null) {
            if (deadline == VirtualClock.NEVER) {
                throw StopReplay.diverged(clock.icount(), replayer.describe(replayer.peek()),
                        "the CPU waits for an interrupt and no timer is armed");
            }
            if (++idleJumps > JUMP_LIMIT) {
                throw StopReplay.diverged(clock.icount(), replayer.describe(replayer.peek()),
                        "the CPU waits for an interrupt and no timer wakes it");
            }
            jump(deadline);
        } else if (!sleep && deadline != VirtualClock.NEVER) {
            jump(deadline);
        } else {
            idleWait(deadline);
        }
    }

    private void jump(long deadline) {
        clock.warpTo(deadline);
        standing.jumped = true;
        wait.over();
    }

    /** Waits on the host, 1 ns per ns, for the deadline or for something from outside. */
    private void idleWait(long deadline) {
        long now = wait.begin(clock.virtual());
        if (deadline != VirtualClock.NEVER && wait.reached(deadline)) {
            jump(deadline);
            return;
        }
        long nanos = deadline == VirtualClock.NEVER ? LONGEST_WAIT : Math.min(LONGEST_WAIT, deadline - now);
        if (journal != null && timers.nextExternal() != VirtualClock.NEVER) {
            nanos = Math.min(nanos, Math.max(EXTERNAL_WAIT, timers.nextExternal() - now));
        }
        long hostDeadline = timers.nextHost(true);
        if (hostDeadline != VirtualClock.NEVER) {
            nanos = Math.min(nanos, Math.max(0, hostDeadline - wall()));
        }
        if (recorder != null) {
            nanos = Math.min(nanos, RECORDING_WAIT);
        }
        queue.await(nanos);
    }

    // Positions of what comes from outside.

    /** Fixes the position of an event from outside: an idle machine's VIRTUAL has gone on with the host, short of the next deadline. */
    void stamp() {
        if (sleep && wait.waiting() && cpus.allIdle()) {
            long virtual = wait.virtual(clock.virtual());
            long deadline = timers.next(journal == null);
            if (deadline != VirtualClock.NEVER) {
                virtual = Math.min(virtual, deadline - 1);
            }
            if (virtual > clock.virtual()) {
                clock.warpTo(virtual);
                standing.jumped = true;
            }
            wait.from(clock.virtual());
        }
        stampPosition();
    }

    /** Says in the log where the machine stands, if its count of instructions does not. */
    private void stampPosition() {
        if (standing.jumped) {
            standing.jumped = false;
            if (recorder != null) {
                recorder.append(EventKind.CLOCK_WARP, 0, clock.virtual(), Event.NO_DATA);
            }
        }
        // idle time comes before the traps that end it
        if (recorder != null && standing.trapsUntold(clock.icount(), traps())) {
            recorder.append(EventKind.TRAPS, 0, traps(), Event.NO_DATA);
        }
    }

    /** Traps taken at this icount: only the CPU whose turn it is can have stopped behind one. */
    private long traps() {
        return assembly.cpuList().get(cpus.current()).traps();
    }

    /** Replaying: the event behind happened after so many traps at this icount, between which a debugger had halted the guest. */
    private void takeTraps(Event event) {
        while (running() && traps() < event.value()) {
            var cpu = cpus.allIdle() ? null : cpus.next();
            long retired = cpu == null ? 0 : clock.run(cpu, 1, true);
            if (retired > 0 || cpu == null || cpu.traps() == 0) {
                throw StopReplay.diverged(clock.icount(), replayer.describe(event), "the CPU takes " + traps() + " traps here");
            }
            cpus.ran(0, yielded);
            yielded = false;
            settle();
        }
    }

    // Replaying: what comes from the log.

    private void replayEvents() {
        if (queue.attention() || poll) {
            poll = false;
            dropOutsideEvents();
        }
        while (running()) {
            if (replayer.atCut()) {
                endOfLog();
                return;
            }
            Event next = replayer.peek();
            if (!logEvents.deliver(next, cpus.allIdle())) {
                return;
            }
            if (next.kind() == EventKind.TRAPS) {
                takeTraps(next);
            }
            if (logEvents.end() != null) {
                vitals.ended(logEvents.cause(), logEvents.exitCode());
                vitals.problem("replay reached the recording's end: " + Replayer.ending(logEvents.end()));
                endReplay(MachineState.PAUSED);
                return;
            }
            settle();
        }
    }

    /** In replay only the log brings completions and replayable bottom halves; what this host does at its own pace does not count. */
    private void dropOutsideEvents() {
        for (EventQueue.OutsideEvent event = queue.nextEvent(); event != null; event = queue.nextEvent()) {
            if (event instanceof MachineBottomHalf half) {
                half.taken();
                if (!half.replayable()) {
                    half.run();
                    settle();
                }
            }
        }
    }

    // What parts ask for.

    /** A part asks for a shutdown or a reset: after the present instruction. The first one counts, but a shutdown before all. */
    void ask(Standing.Request request) {
        if (standing.asked == null || request.shutdown() && !standing.asked.shutdown()) {
            standing.asked = request;
        }
        clock.stopSoon();
    }

    /** The running CPU waits for another one: its turn is over when another one can run. */
    void yieldCpu() {
        if (cpus.othersCanRun()) {
            yielded = true;
            clock.stopSoon();
        }
    }

    // Requests of users; on the machine's thread between turns.

    private void requests() {
        for (Runnable request = queue.nextRequest(); request != null; request = queue.nextRequest()) {
            request.run();
            if (!running()) {
                return;
            }
        }
    }

    /** Lets the guest stand still for a debugger, where it is. */
    private void halt(DebugSession.Stop why) {
        vitals.state(MachineState.PAUSED);
        halt = why;
    }

    /** Lets the guest run, to an icount at most, or execute one instruction only. As {@link #resume}. */
    Optional<String> resume(boolean one, long until) {
        Optional<String> obstacle = resume();
        stepping = one && obstacle.isEmpty();
        limit = until;
        return obstacle;
    }

    void stopBy(long until) {
        limit = Math.min(limit, until);
    }

    /** Why the guest stands still. */
    DebugSession.Stop halt() {
        return switch (vitals.state()) {
            case FAILED -> DebugSession.Stop.FAILED;
            case SHUTDOWN -> DebugSession.Stop.SHUTDOWN;
            default -> ended ? DebugSession.Stop.REPLAY_END : halt;
        };
    }

    /** Index of the CPU whose turn it is. */
    int currentCpu() {
        return cpus.current();
    }

    void pause(String why) {
        if (running()) {
            halt(DebugSession.Stop.INTERRUPT);
        }
        if (why != null) {
            vitals.problem(why);
        }
        // whoever asked sees where the machine stands, not where it was a slice ago
        publish();
    }

    /** Why the machine cannot run on, or nothing. */
    Optional<String> resume() {
        if (ended) {
            return Optional.of("its replay has ended: " + vitals.problem());
        }
        stepping = false;
        limit = Long.MAX_VALUE;
        vitals.problem(null);
        vitals.state(MachineState.RUNNING);
        return Optional.empty();
    }

    /** The reset button; an event of the recording. */
    void resetByUser(ShutdownCause why) {
        if (!byUser()) {
            return;
        }
        guarded(() -> {
            if (recorder != null) {
                recorder.append(EventKind.RESET_REQUESTED, 0, why.ordinal(), Event.NO_DATA);
            }
            assembly.reset();
        });
        settleStanding();
    }

    /** Somebody outside changes registers or memory, while the guest stands still. */
    void poke(Pokes pokes) {
        if (pokes.none() || !byUser()) {
            return;
        }
        guarded(() -> {
            if (recorder != null) {
                recorder.append(EventKind.POKE, 0, 0, pokes.encode());
            }
            pokes.apply();
        });
        settleStanding();
    }

    /** A user's request comes when the position is settled, as in a replay, also where a debugger has halted the guest. @return false when that was its end */
    boolean byUser() {
        settleStanding();
        boolean goesOn = running() || vitals.state() == MachineState.PAUSED;
        if (goesOn) {
            guarded(this::stamp);
        }
        return goesOn;
    }

    /** Settles, while the guest stands still, too. */
    void settleStanding() {
        guarded(() -> {
            MachineState before = vitals.state();
            vitals.state(MachineState.RUNNING);
            settle();
            if (running()) {
                vitals.state(before);
            }
        });
        publish();
    }

    /** The user ends the run: a recording gets its last events, a replay is left. */
    void shutDownByUser(ShutdownCause why) {
        if (recorder != null) {
            byUser();
        }
        guarded(() -> {
            if (recorder != null) {
                recorder.append(EventKind.SHUTDOWN, 0, why.ordinal(), Event.NO_DATA);
                vitals.ended(why, 0);
                endRecording();
            } else {
                abandon();
            }
            ended = true;
            vitals.state(MachineState.SHUTDOWN);
        });
        publish();
    }

    /** Recording ends, the machine runs on. */
    void detach() {
        if (!byUser()) {
            return;
        }
        guarded(() -> {
            assembly.flushConsoles();
            recorder.endOpen();
            noteFailure(journal.failure());
            releaseJournal();
            vitals.mode("live");
        });
    }

    /** HOST in ns: the host's clock, or, when the machine has come out of a replay, the recorded one, which goes on. */
    long wall() {
        return host.wall() + standing.wallOffset;
    }

    private void publish() {
        vitals.publish(clock.icount(), clock.virtual(), wait.virtualRt(), cpus.allIdle());
    }

    // For the machine's host; vital signs may be read on any thread.

    Vitals vitals() {
        return vitals;
    }

    MachineState state() {
        return vitals.state();
    }

    boolean replaying() {
        return replayer != null;
    }

    /** What reads the log, or null when it is not a replay. */
    Replayer replayer() {
        return replayer;
    }

    /** What writes the log, or null while the machine is not recorded. */
    Recorder recorder() {
        return recorder;
    }

    boolean recording() {
        return recorder != null;
    }

    EventJournal journal() {
        return journal;
    }
}
