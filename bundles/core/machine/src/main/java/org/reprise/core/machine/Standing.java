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
    /** The log has said how many traps were taken at this icount. */
    private long told;
    private long toldAt = -1;
    /** The last value of HOST that a part has read, and VIRTUAL then; 0 before the first. */
    private long wall;
    private long wallAt;
    /** How far HOST is from the host's clock, ns. */
    long wallOffset;

    /** True when an event needs a TRAPS to say where it stands; it is told of then. @param traps taken at this icount */
    boolean trapsUntold(long icount, long traps) {
        if (traps == 0 || toldAt == icount && told == traps) {
            return false;
        }
        toldAt = icount;
        told = traps;
        return true;
    }

    /** A part has read HOST. */
    void wallRead(long value, long virtual) {
        wall = value;
        wallAt = virtual;
    }

    /** From now on HOST goes on from what parts have read, as VIRTUAL does. @param now the host's clock */
    void continueWall(long now, long virtual) {
        if (wall != 0) {
            wallOffset = wall + virtual - wallAt - now;
        }
    }

    /** Takes over what another loop had to remember. */
    void like(Standing other) {
        asked = other.asked;
        jumped = other.jumped;
        wall = other.wall;
        wallAt = other.wallAt;
    }

    @Override
    public void state(State s) {
        jumped = s.bool("jumped", jumped);
        boolean any = s.bool("asked", asked != null);
        boolean shutdown = s.bool("asked.shutdown", any && asked.shutdown());
        int cause = s.int32("asked.cause", any ? asked.cause().ordinal() : 0);
        int code = s.int32("asked.code", any ? asked.exitCode() : 0);
        wall = s.int64("wall", wall);
        wallAt = s.int64("wall.at", wallAt);
        if (s.loading()) {
            asked = any ? new Request(shutdown, ShutdownCause.values()[cause], code) : null;
        }
    }
}
