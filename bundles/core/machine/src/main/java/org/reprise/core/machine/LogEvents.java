package org.reprise.core.machine;

import java.nio.charset.StandardCharsets;
import org.reprise.api.machine.ShutdownCause;
import org.reprise.api.net.NetworkFrame;
import org.reprise.api.replay.Event;
import org.reprise.api.replay.EventKind;

/** Lets the asynchronous events of a log happen to a replayed machine. Machine's thread only. */
final class LogEvents {
    private final Replayer replayer;
    private final Assembly assembly;
    private Event end;
    private ShutdownCause cause;
    private int exitCode;

    LogEvents(Replayer replayer, Assembly assembly) {
        this.replayer = replayer;
        this.assembly = assembly;
    }

    /** The END event, once it was delivered, else null. */
    Event end() {
        return end;
    }

    /** The cause that the END event states, or null. */
    ShutdownCause cause() {
        return cause;
    }

    int exitCode() {
        return exitCode;
    }

    /**
     * Delivers the log's next event if it belongs to this position.
     *
     * @param event the next event, or null
     * @return false when the machine has to go on first
     */
    boolean deliver(Event event, boolean idle) {
        if (event == null) {
            return false;
        }
        long now = assembly.clock().icount();
        if (event.icount() < now) {
            throw impossible(event, "the guest went on to icount " + now + " without it");
        }
        if (event.icount() > now || !event.kind().asynchronous()) {
            return false;
        }
        if (event.kind() == EventKind.CLOCK_WARP) {
            return warp(event, idle);
        }
        replayer.consume();
        switch (event.kind()) {
            case BH -> half(event);
            case CHAR_READ -> input(event);
            case BLOCK -> block(event);
            case NET -> frame(event);
            case PLUG -> plug(event);
            case UNPLUG -> unplug(event);
            case POKE -> poke(event);
            case TRAPS -> {
                // the loop takes them
            }
            case SHUTDOWN -> cause = Replayer.cause(event.value());
            case RESET_REQUESTED -> assembly.reset();
            case DIGEST -> replayer.compare(event);
            case END -> end(event);
            default -> throw impossible(event, "this event cannot stand here");
        }
        return true;
    }

    /** The recorded machine passed every deadline up to the warp's value before it was woken. */
    private boolean warp(Event event, boolean idle) {
        long virtual = assembly.clock().virtual();
        if (idle && assembly.timers().next(false) <= event.value()) {
            return false;
        }
        if (event.value() < virtual || event.value() != virtual && !idle) {
            throw impossible(event, "VIRTUAL is " + virtual + " ns" + (idle ? "" : " and the CPU does not wait for an interrupt"));
        }
        replayer.consume();
        assembly.clock().warpTo(event.value());
        return true;
    }

    private void half(Event event) {
        int number = (int) event.value();
        MachineBottomHalf half = assembly.halves().find(event.source(), number);
        if (half != null && half.replayable()) {
            half.run();
            return;
        }
        MachineTimer timer = assembly.timers().hostTimer(event.source(), number);
        if (timer == null || !timer.pending()) {
            throw impossible(event, timer == null ? "the part has no such bottom half" : "timer " + timer.fullName() + " is not armed");
        }
        timer.fire();
    }

    private void input(Event event) {
        ConsolePort console = assembly.console(event.source());
        if (console == null) {
            throw impossible(event, "this part has no character port");
        }
        int room = console.receiver().canReceive();
        if (room < event.data().length) {
            throw impossible(event, "the part can receive " + room + " bytes");
        }
        console.receiver().receive(event.data().clone());
    }

    private void block(Event event) {
        Drive drive = assembly.drive(event.source());
        if (drive == null || !drive.started(event.value())) {
            throw impossible(event, drive == null ? "this part is no drive with a medium" : "this request is not in flight");
        }
        String error = drive.outcome(event.value());
        String recorded = event.data().length == 0 ? null : new String(event.data(), StandardCharsets.UTF_8);
        if (error != null && recorded == null) {
            throw impossible(event, "the request failed on this host: " + error);
        }
        drive.complete(event.value(), recorded);
    }

    private void frame(Event event) {
        Cable cable = assembly.cable(event.source());
        if (cable == null || !cable.canReceive()) {
            throw impossible(event, cable == null ? "this part is no network" : "the network card cannot receive");
        }
        NetworkFrame frame;
        try {
            frame = NetworkFrame.of(event.data().clone(), event.value());
        } catch (IllegalArgumentException e) {
            throw impossible(event, e.getMessage());
        }
        cable.replayed(frame);
    }

    private void plug(Event event) {
        try {
            assembly.plugging().plug(Plug.replayed(event.data()));
        } catch (StopReplay stop) {
            throw stop;
        } catch (RuntimeException e) {
            // one that failed while it was recorded is followed by its end
            Event next = replayer.peek();
            if (next == null || next.kind() != EventKind.UNPLUG || next.icount() != event.icount()) {
                throw impossible(event, "it cannot be plugged in here: " + e.getMessage());
            }
            replayer.consume();
        }
    }

    private void unplug(Event event) {
        String id = new String(event.data(), StandardCharsets.UTF_8);
        if (!assembly.plugging().plugged().containsKey(id)) {
            throw impossible(event, "there is no plugged device " + id);
        }
        assembly.plugging().unplug(id);
    }

    private void poke(Event event) {
        try {
            Pokes.decode(event.data(), assembly).apply();
        } catch (IllegalArgumentException e) {
            throw impossible(event, e.getMessage());
        }
    }

    private void end(Event event) {
        if (event.value() >= 0) {
            cause = Replayer.cause(event.value());
            exitCode = Replayer.exitCode(event.value());
            if (cause == ShutdownCause.GUEST_SHUTDOWN || cause == ShutdownCause.GUEST_PANIC) {
                throw impossible(event, "the guest did not shut down");
            }
        }
        end = event;
    }

    private StopReplay impossible(Event event, String actual) {
        return StopReplay.diverged(assembly.clock().icount(), replayer.describe(event), actual);
    }
}
