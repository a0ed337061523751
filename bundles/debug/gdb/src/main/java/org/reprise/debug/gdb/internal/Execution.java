package org.reprise.debug.gdb.internal;

import java.util.Collection;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.reprise.api.cpu.WatchListener.Access;
import org.reprise.api.machine.DebugSession;
import org.reprise.api.machine.DebugSession.Stop;
import org.reprise.api.machine.MachineException;
import org.reprise.api.machine.MachineState;
import org.reprise.api.travel.Arrival;
import org.reprise.api.travel.TimeTravel;
import org.reprise.debug.gdb.protocol.Packets;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Lets the guest run, forwards and backwards, and says where and why it stands. Moves in time are made on a thread of its own, since they
 * need the machine's. All methods are the machine's thread's, unless said otherwise.
 */
final class Execution implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Execution.class);
    private static final long LEAVE_SECONDS = 30;

    /** The client, who waits. */
    interface Client {
        /** The guest stands still, or what was to be done apart is done: what to send. Machine's thread. */
        void stopped(String... packets);

        /** There is no machine any more. */
        void gone();
    }

    private enum Doing { NOTHING, RUNS, MOVES }

    private final Target target;
    private final Points points;
    private final Client client;
    private final ExecutorService mover;
    /** Guarded by this. */
    private Doing doing = Doing.NOTHING;
    private volatile boolean interrupted;
    private Resumption steps;
    private Stop why = Stop.INTERRUPT;
    /** The last stop reply, or null when the guest has halted by itself since. */
    private String last;
    /** The last stop reply was about an access that gdb takes for not yet done, by this CPU; else null. */
    private Access accessDone;
    private int accessor;

    Execution(Target target, Points points, Client client) {
        this.target = target;
        this.points = points;
        this.client = client;
        mover = Executors.newSingleThreadExecutor(work -> {
            Thread thread = new Thread(work, "reprise-gdb-" + target.machine().name() + "-move");
            thread.setDaemon(true);
            return thread;
        });
    }

    /** The client waits for a stop reply. Any thread. */
    synchronized boolean busy() {
        return doing != Doing.NOTHING;
    }

    private synchronized Doing doing(Doing next) {
        Doing before = doing;
        doing = next;
        return before;
    }

    // Forwards.

    /**
     * Lets the guest run or step.
     *
     * @param packet c, C, s, S or vCont
     * @param until halt there at the latest, when it does not step
     * @return the answer, or null: the client is told when the guest halts
     */
    String resume(String packet, long until) {
        Resumption wanted = Resumption.of(packet, target);
        boolean completing = completing(wanted.movesOnly(accessor));
        if (!wanted.moves()) {
            return "T00" + thread(target.session().currentCpu());
        }
        if (completing) {
            return remember("T05" + thread(accessor));
        }
        steps = wanted.steps() ? wanted : null;
        interrupted = false;
        doing(Doing.RUNS);
        try {
            if (steps != null) {
                target.session().step();
            } else {
                target.session().resume(until);
            }
            return null;
        } catch (MachineException e) {
            doing(Doing.NOTHING);
            MachineState state = target.machine().status().state();
            if (state == MachineState.SHUTDOWN || why == Stop.REPLAY_END && state == MachineState.PAUSED) {
                return reply(state == MachineState.SHUTDOWN ? Stop.SHUTDOWN : why);
            }
            LOG.info("machine {}: debugger: {}", target.machine().name(), e.getMessage());
            return Replies.error(e.getMessage());
        }
    }

    /** The guest has halted ({@link DebugSession.Listener}). */
    void halted(Stop reason) {
        synchronized (this) {
            if (doing != Doing.RUNS) {
                why = reason;
                last = null;
                return;
            }
        }
        Stop now = reason;
        if (steps != null && reason == Stop.STEP) {
            int cpu = target.session().currentCpu();
            long pc = target.cpus().get(cpu).pc();
            if (interrupted) {
                now = Stop.INTERRUPT;
            } else if (!steps.done(cpu, pc)) {
                if (!points.breaksAt(pc)) {
                    target.session().step();
                    return;
                }
                now = Stop.BREAKPOINT;
            }
        }
        String reply = reply(now);
        doing(Doing.NOTHING);
        client.stopped(told(now == Stop.FAILED ? target.machine().problem() : now == Stop.WATCHPOINT ? byDevice(target.session().access()) : Optional.empty(),
            reply));
    }

    /** What the protocol has no word for: gdb prints it. */
    private static String[] told(Optional<String> what, String reply) {
        return what.map(text -> new String[] {"O" + Packets.hexText(text + "\n"), reply}).orElseGet(() -> new String[] {reply});
    }

    private static Optional<String> byDevice(Optional<Access> access) {
        return access.filter(Access::byDevice).map(a -> String.format(Locale.ROOT, "device %s: a write of %d bytes to 0x%x, physical 0x%x", a.device(), a.size(),
            a.address(), a.physical()));
    }

    // Backwards, and elsewhere.

    /**
     * Goes back, one step or to the last break- or watchpoint before.
     *
     * @return the answer, or null: the client is told when the guest is there
     * @throws MachineException when there is no way back, saying why
     */
    String back(boolean step) {
        TimeTravel past = target.requirePast();
        if (completing(step && (target.moved() == Target.ANY || target.moved() == accessor))) {
            return remember("T05" + thread(accessor));
        }
        int cpu = target.moved() != Target.ANY ? target.moved() : target.selected();
        boolean several = target.cpus().size() > 1;
        Collection<Long> breakpoints = points.breakpoints();
        var watchpoints = points.watchpoints();
        move(() -> {
            Arrival a = step ? stepBack(past, several ? cpu : Target.ANY) : past.reverseContinue(breakpoints, watchpoints);
            return () -> told(a.why() == Arrival.Why.WATCHPOINT ? byDevice(a.access()) : Optional.empty(), reply(a));
        });
        return null;
    }

    /** Undoes steps until one of this CPU, or any, is undone; or a breakpoint of another CPU is reached. */
    private Arrival stepBack(TimeTravel past, int cpu) {
        while (true) {
            Arrival a = past.reverseStep();
            if (a.why() != Arrival.Why.THERE || cpu == Target.ANY || a.cpu() == cpu) {
                return a;
            }
            if (target.machine().inspect(cpus -> points.breaksAt(cpus.get(a.cpu()).pc()))) {
                return new Arrival(Arrival.Why.BREAKPOINT, a.icount(), a.cpu(), Optional.empty());
            }
            if (interrupted) {
                return new Arrival(Arrival.Why.INTERRUPT, a.icount(), a.cpu(), Optional.empty());
            }
        }
    }

    /** Does something that must not be done on the machine's thread. @param work gives the packets to send when it is done */
    void apart(Supplier<String[]> work) {
        move(() -> {
            String[] packets = work.get();
            return () -> {
                // it may have gone somewhere else
                why = Stop.STEP;
                last = null;
                accessDone = null;
                target.select(target.session().currentCpu());
                return packets;
            };
        });
    }

    private void move(Supplier<Supplier<String[]>> work) {
        interrupted = false;
        doing(Doing.MOVES);
        mover.execute(() -> {
            Supplier<String[]> end;
            try {
                end = work.get();
            } catch (RuntimeException e) {
                LOG.info("machine {}: debugger: {}", target.machine().name(), e.getMessage(), e instanceof MachineException ? null : e);
                String error = Replies.error(String.valueOf(e.getMessage()));
                end = () -> new String[] {error};
            }
            Supplier<String[]> packets = end;
            try {
                target.machine().inspect(cpus -> {
                    target.cpus(cpus);
                    String[] answer = packets.get();
                    doing(Doing.NOTHING);
                    client.stopped(answer);
                    return null;
                });
            } catch (MachineException e) {
                LOG.debug("machine {}: {}", target.machine().name(), e.getMessage());
                client.gone();
            }
        });
    }

    /** Stops what is under way. Any thread. @throws MachineException when there is no machine any more */
    void interrupt() {
        Doing now;
        synchronized (this) {
            now = doing;
        }
        interrupted = true;
        if (now == Doing.MOVES) {
            target.services().travel(target.machine().name()).ifPresent(TimeTravel::interrupt);
        } else {
            target.session().interrupt();
        }
    }

    /** Ends a move under way and waits for it. Not the machine's thread. */
    @Override
    public void close() {
        mover.shutdown();
        try {
            boolean moving;
            synchronized (this) {
                moving = doing == Doing.MOVES;
            }
            if (moving) {
                interrupt();
                if (!mover.awaitTermination(LEAVE_SECONDS, TimeUnit.SECONDS)) {
                    LOG.warn("machine {}: a move of its debugger, who has gone, goes on", target.machine().name());
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    // Why it stands still ("Stop Reply Packets").

    /** The answer to {@code ?}. */
    String last() {
        return last != null ? last : reply(why);
    }

    /**
     * Where gdb takes watchpoints to be reported before the access, it takes them away then and lets that CPU, and no other, make a step
     * (by a breakpoint behind the instruction, even) before it compares values. The access is done: so is that step.
     */
    private boolean completing(boolean accessorOnly) {
        boolean is = accessDone != null && accessorOnly && !points.watches(accessDone.point());
        accessDone = null;
        return is;
    }

    private String remember(String reply) {
        last = reply;
        return reply;
    }

    private static String thread(int cpu) {
        return String.format(Locale.ROOT, "thread:%02x;", cpu + 1);
    }

    private String reply(Stop reason) {
        why = reason;
        int cpu = target.session().currentCpu();
        return stop(switch (reason) {
            case STEP -> "T05";
            case BREAKPOINT -> "T05" + points.reason(target.cpus().get(cpu).pc());
            case WATCHPOINT -> "T05" + accessed(cpu, target.session().access());
            case INTERRUPT -> "T02";
            case REPLAY_END -> "T05replaylog:end;";
            // what has been can still be looked at
            case SHUTDOWN -> target.past().isPresent() ? "T05replaylog:end;" : String.format(Locale.ROOT, "W%02x",
                target.machine().status().exitCode() & 0xff);
            case FAILED -> "T06";
        }, cpu);
    }

    private String reply(Arrival a) {
        why = Stop.STEP;
        return stop(switch (a.why()) {
            case THERE -> "T05";
            case BREAKPOINT -> "T05" + points.reason(target.cpus().get(a.cpu()).pc());
            case WATCHPOINT -> "T05" + accessed(a.cpu(), a.access());
            case BEGIN -> "T05replaylog:begin;";
            case END -> "T05replaylog:end;";
            case INTERRUPT -> "T02";
        }, a.cpu());
    }

    private String stop(String reason, int cpu) {
        target.select(cpu);
        return remember(reason.charAt(0) == 'W' ? reason : reason + thread(cpu));
    }

    private String accessed(int cpu, Optional<Access> access) {
        if (access.isEmpty()) {
            return "";
        }
        accessDone = TargetDescription.accessFollowsReport(target.cpus().get(cpu)) ? access.get() : null;
        accessor = cpu;
        return Points.reason(access.get());
    }
}
