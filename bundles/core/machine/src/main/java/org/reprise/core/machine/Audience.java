package org.reprise.core.machine;

import org.reprise.api.block.BlockRequest;
import org.reprise.api.cpu.Cpu;
import org.reprise.api.net.NetworkFrame;
import org.reprise.api.replay.Event;
import org.reprise.api.replay.EventKind;
import org.reprise.api.travel.Witness;

/** Tells a witness what the machine does: where each thing happens comes from the clock. Nobody hears of it most of the time. Machine's thread. */
final class Audience {
    private final VirtualClock clock;
    private Witness witness;

    Audience(VirtualClock clock) {
        this.clock = clock;
    }

    /** @param those null: nobody */
    void witness(Witness those) {
        witness = those;
    }

    void ran(int cpu, Cpu which) {
        if (witness != null) {
            witness.ran(cpu, which.idle(), clock.icount(), clock.virtual());
        }
    }

    void warped(long before) {
        if (witness != null) {
            witness.warped(before, clock.icount(), clock.virtual());
        }
    }

    void paced() {
        if (witness != null) {
            witness.paced(clock.shift(), clock.icount(), clock.virtual());
        }
    }

    void event(Event event) {
        if (witness != null) {
            witness.event(event, event.kind() == EventKind.CLOCK_WARP ? event.value() : clock.virtual());
        }
    }

    void printed(String console, byte value) {
        if (witness != null) {
            witness.printed(console, value, clock.icount(), clock.virtual());
        }
    }

    void line(String part, String line, boolean level) {
        if (witness != null) {
            witness.line(part, line, level, clock.icount(), clock.virtual());
        }
    }

    void requested(String drive, long number, BlockRequest request) {
        if (witness != null) {
            witness.requested(drive, number, request.operation(), request.position(), (int) Math.min(Integer.MAX_VALUE, request.length()),
                clock.icount(), clock.virtual());
        }
    }

    void completed(String drive, long number, String error) {
        if (witness != null) {
            witness.completed(drive, number, error, clock.icount(), clock.virtual());
        }
    }

    void frame(String network, boolean received, NetworkFrame frame) {
        if (witness != null) {
            witness.frame(network, received, frame, clock.icount(), clock.virtual());
        }
    }
}
