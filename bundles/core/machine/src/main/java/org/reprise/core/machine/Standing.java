package org.reprise.core.machine;

import org.reprise.api.machine.ShutdownCause;
import org.reprise.api.state.State;
import org.reprise.api.state.Stateful;

/** What the machine loop has to remember between two turns. Machine's thread only. */
final class Standing implements Stateful {
    /** What a part asked for. */
    record Request(boolean shutdown, ShutdownCause cause, int exitCode) {
    }

    /** Asked for and not yet carried out, or null. */
    Request asked;
    /** VIRTUAL has jumped since the last instruction or event: the next event needs a CLOCK_WARP to say where it stands. */
    boolean jumped;

    @Override
    public void state(State s) {
        jumped = s.bool("jumped", jumped);
        boolean any = s.bool("asked", asked != null);
        boolean shutdown = s.bool("asked.shutdown", any && asked.shutdown());
        int cause = s.int32("asked.cause", any ? asked.cause().ordinal() : 0);
        int code = s.int32("asked.code", any ? asked.exitCode() : 0);
        if (s.loading()) {
            asked = any ? new Request(shutdown, ShutdownCause.values()[cause], code) : null;
        }
    }
}
