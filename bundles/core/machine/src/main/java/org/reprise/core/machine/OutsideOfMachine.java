package org.reprise.core.machine;

import org.reprise.api.machine.ExitCode;
import org.reprise.api.machine.MachineException;
import org.reprise.api.machine.ShutdownCause;
import org.reprise.api.net.NetworkFrame;
import org.reprise.api.replay.Event;
import org.reprise.api.replay.EventKind;

/** What parts read from outside and ask of it: live from the host, recorded to the log, replayed from it. Machine's thread only. */
final class OutsideOfMachine implements Outside {
    private final MachineLoop loop;
    private final Assembly assembly;

    OutsideOfMachine(MachineLoop loop, Assembly assembly) {
        this.loop = loop;
        this.assembly = assembly;
    }

    private boolean fromLog() {
        return loop.journal() != null && loop.replayer() != null;
    }

    @Override
    public long hostClock(int source, String part) {
        long now;
        if (fromLog()) {
            now = loop.replayer().take(EventKind.CLOCK_HOST, source, "CLOCK_HOST read by part " + part).value();
        } else {
            refuseAfterReplay("HOST clock", part);
            now = loop.wall();
            record(EventKind.CLOCK_HOST, source, now, Event.NO_DATA);
        }
        loop.standing().wallRead(now, assembly.clock().virtual());
        return now;
    }

    @Override
    public void random(int source, String part, byte[] into) {
        if (fromLog()) {
            String wanted = "RANDOM of " + into.length + " bytes for part " + part;
            Event next = loop.replayer().peek();
            if (next != null && next.kind() == EventKind.RANDOM && next.data().length != into.length) {
                throw StopReplay.diverged(assembly.clock().icount(), loop.replayer().describe(next), wanted);
            }
            byte[] bytes = loop.replayer().take(EventKind.RANDOM, source, wanted).data();
            System.arraycopy(bytes, 0, into, 0, into.length);
            return;
        }
        refuseAfterReplay("random bytes", part);
        if (assembly.random() == null) {
            throw new MachineException(ExitCode.CONFIGURATION, "machine " + assembly.name() + ", part " + part
                    + ": wants random bytes, but the machine has no random back end; set random = host in the machine's configuration");
        }
        assembly.random().fill(into);
        record(EventKind.RANDOM, source, 0, into.clone());
    }

    @Override
    public void frame(int source, NetworkFrame frame) {
        record(EventKind.NET, source, frame.flags(), frame.bytes());
    }

    private void record(EventKind kind, int source, long value, byte[] data) {
        if (loop.recorder() != null) {
            loop.recorder().append(kind, source, value, data);
        }
    }

    private void refuseAfterReplay(String what, String part) {
        if (loop.replayer() != null) {
            throw new IllegalStateException("part " + part + " reads " + what + " after the replay's end");
        }
    }

    @Override
    public void yieldCpu() {
        loop.yieldCpu();
    }

    @Override
    public void shutdown(ShutdownCause why, int code) {
        loop.ask(new Standing.Request(true, why, code));
    }

    @Override
    public void reset(ShutdownCause why) {
        loop.ask(new Standing.Request(false, why, 0));
    }
}
