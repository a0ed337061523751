package org.reprise.core.machine;

import java.nio.charset.StandardCharsets;
import java.util.Map;
import org.reprise.api.machine.ExitCode;
import org.reprise.api.machine.MachineException;
import org.reprise.api.replay.EventKind;

/** What users want plugged in and out: events of the recording. Machine's thread only. */
final class PlugRequests {
    private final MachineLoop loop;
    private final Plugging plugging;

    PlugRequests(MachineLoop loop, Plugging plugging) {
        this.loop = loop;
        this.plugging = plugging;
    }

    /** Plugs a device in. @return its id @throws MachineException when it does not fit: the machine is as before */
    String plug(String model, Map<String, String> settings) {
        Plug plug = plugging.settle(model, settings, loop.recorder() != null);
        byte[] data = plug.encode();
        position();
        // what the new device reads from outside in its reset stands behind this event
        append(EventKind.PLUG, data);
        try {
            plugging.plug(plug);
        } catch (RuntimeException e) {
            append(EventKind.UNPLUG, id(plug.id()));
            throw e;
        }
        loop.settleStanding();
        return plug.id();
    }

    /** Takes a device out. @throws MachineException when there is none of this id */
    void unplug(String id) {
        plugging.require(id);
        position();
        append(EventKind.UNPLUG, id(id));
        plugging.unplug(id);
        loop.settleStanding();
    }

    private void position() {
        if (!loop.byUser()) {
            throw new MachineException(ExitCode.USAGE, "the guest has just ended: start the machine again");
        }
    }

    private static byte[] id(String id) {
        return id.getBytes(StandardCharsets.UTF_8);
    }

    private void append(EventKind kind, byte[] data) {
        if (loop.recorder() != null) {
            loop.recorder().append(kind, 0, 0, data);
        }
    }
}
