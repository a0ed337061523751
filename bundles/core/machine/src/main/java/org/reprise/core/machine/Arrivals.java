package org.reprise.core.machine;

import java.nio.charset.StandardCharsets;
import org.reprise.api.replay.Event;
import org.reprise.api.replay.EventKind;

/** Lets what comes from outside happen to a live or recorded machine, one event after the other. Machine's thread only. */
final class Arrivals {
    private final MachineLoop loop;
    private final Assembly assembly;
    private final EventQueue queue;
    private final Timers timers;

    Arrivals(MachineLoop loop, Assembly assembly, EventQueue queue) {
        this.loop = loop;
        this.assembly = assembly;
        this.queue = queue;
        timers = assembly.timers();
    }

    /** All that is there. @param poll look, whether or not something was put into the queue */
    void drain(boolean poll) {
        if (queue.attention() || poll) {
            for (EventQueue.OutsideEvent event = queue.nextEvent(); event != null; event = queue.nextEvent()) {
                if (event instanceof Drive.Done done) {
                    complete(done);
                } else if (event instanceof Cable.Work work) {
                    work.cable().run(work);
                } else {
                    outsideHalf((MachineBottomHalf) event);
                }
                if (!loop.running()) {
                    return;
                }
            }
        }
        for (ConsolePort console : assembly.consoles()) {
            while (console.hasInput() && loop.running()) {
                if (!input(console)) {
                    break;
                }
            }
        }
        for (Cable cable : assembly.cables()) {
            while (cable.deliverable() && loop.running()) {
                loop.stamp();
                cable.deliver();
                loop.settle();
            }
        }
        if (timers.nextHost(true) != VirtualClock.NEVER && timers.nextHost(true) <= loop.wall()) {
            hostTimers();
        }
    }

    private void complete(Drive.Done done) {
        Drive drive = done.drive();
        if (!drive.started(done.request())) {
            return;
        }
        loop.stamp();
        String error = drive.outcome(done.request());
        if (loop.recorder() != null) {
            loop.recorder().append(EventKind.BLOCK, drive.source(), done.request(),
                    error == null ? Event.NO_DATA : error.getBytes(StandardCharsets.UTF_8));
        }
        drive.complete(done.request(), error);
        loop.settle();
    }

    private void outsideHalf(MachineBottomHalf half) {
        half.taken();
        if (half.replayable()) {
            loop.stamp();
            if (loop.recorder() != null) {
                loop.recorder().append(EventKind.BH, half.source(), half.number(), Event.NO_DATA);
            }
        }
        half.run();
        loop.settle();
    }

    private boolean input(ConsolePort console) {
        if (console.receiver().canReceive() <= 0) {
            return false;
        }
        loop.stamp();
        byte[] bytes = console.takeInput();
        if (bytes == null) {
            return false;
        }
        if (loop.recorder() != null) {
            loop.recorder().append(EventKind.CHAR_READ, console.source(), 0, bytes);
        }
        console.receiver().receive(bytes.clone());
        loop.settle();
        return true;
    }

    private void hostTimers() {
        for (MachineTimer timer : timers.hostDue(loop.wall())) {
            if (!timer.pending() || !loop.running()) {
                continue;
            }
            if (timer.external()) {
                timer.fire();
                continue;
            }
            loop.stamp();
            if (loop.recorder() != null) {
                loop.recorder().append(EventKind.BH, timer.source(), timer.number(), Event.NO_DATA);
            }
            timer.fire();
            loop.settle();
        }
    }
}
