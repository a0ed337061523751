package org.reprise.core.machine;

import java.util.Map;
import org.reprise.api.state.State;
import org.reprise.api.state.Stateful;

/**
 * Every field of a machine, in one visit: what digests hold, and what the guest can see only later (contents of TLBs, requests in flight, what the loop
 * remembers). RAM and the content of drives are not among them. Machine's thread; drives must be quiet.
 */
final class MachineFields implements Stateful {
    private final Assembly assembly;
    private final Standing standing;

    MachineFields(Assembly assembly, Standing standing) {
        this.assembly = assembly;
        this.standing = standing;
    }

    @Override
    public void state(State s) {
        // first: which devices there are
        s.nested("plugging", assembly.plugging());
        s.nested("clock", assembly.clock());
        s.nested("loop", standing);
        s.nested("rotation", assembly.rotation());
        s.nested("device-writes", assembly.deviceWrites());
        if (assembly.autoShift() != null) {
            s.nested("auto-shift", assembly.autoShift());
        }
        visit(s, "cpu.", assembly.cpusByName());
        visit(s, "device.", assembly.devicesByName());
        for (Drive drive : assembly.driveList()) {
            s.nested("drive." + drive.name(), drive);
        }
        for (ConsolePort console : assembly.consoles()) {
            s.nested("console." + console.name(), console);
        }
        s.nested("timers", assembly.timers());
        s.nested("bottom-halves", assembly.halves());
    }

    private static void visit(State s, String prefix, Map<String, ? extends Stateful> parts) {
        parts.forEach((name, part) -> s.nested(prefix + name, part));
    }
}
