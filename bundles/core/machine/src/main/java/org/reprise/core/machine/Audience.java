package org.reprise.core.machine;

import org.reprise.api.block.BlockRequest;
import org.reprise.api.cpu.Cpu;
import org.reprise.api.net.NetworkFrame;
import org.reprise.api.replay.Event;
import org.reprise.api.replay.EventKind;
import org.reprise.api.travel.Witness;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Tells a witness what the machine does: where each thing happens comes from the clock. Nobody hears of it most of the time. Machine's thread. */
final class Audience {
    private static final Logger LOG = LoggerFactory.getLogger(Audience.class);
    private final VirtualClock clock;
    private Witness witness;

    Audience(VirtualClock clock) {
        this.clock = clock;
    }

    /** @param those null: nobody */
    void witness(Witness those) {
        witness = those;
    }

    private void tell(java.util.function.Consumer<Witness> what) {
        try {
            what.accept(witness);
        } catch (RuntimeException e) {
            LOG.error("a witness failed at icount {} and hears no more", clock.icount(), e);
            witness = null;
        }
    }

    void ran(int cpu, Cpu which) {
        if (witness != null) {
            tell(w -> w.ran(cpu, which.idle(), clock.icount(), clock.virtual()));
        }
    }

    void warped(long before) {
        if (witness != null) {
            tell(w -> w.warped(before, clock.icount(), clock.virtual()));
        }
    }

    void paced() {
        if (witness != null) {
            tell(w -> w.paced(clock.shift(), clock.icount(), clock.virtual()));
        }
    }

    void event(Event event) {
        if (witness != null) {
            tell(w -> w.event(event, event.kind() == EventKind.CLOCK_WARP ? event.value() : clock.virtual()));
        }
    }

    void printed(String console, byte value) {
        if (witness != null) {
            tell(w -> w.printed(console, value, clock.icount(), clock.virtual()));
        }
    }

    void line(String part, String line, boolean level) {
        if (witness != null) {
            tell(w -> w.line(part, line, level, clock.icount(), clock.virtual()));
        }
    }

    void requested(String drive, long number, BlockRequest request) {
        if (witness != null) {
            tell(w -> w.requested(drive, number, request.operation(), request.position(), (int) Math.min(Integer.MAX_VALUE, request.length()),
                clock.icount(), clock.virtual()));
        }
    }

    void completed(String drive, long number, String error) {
        if (witness != null) {
            tell(w -> w.completed(drive, number, error, clock.icount(), clock.virtual()));
        }
    }

    void frame(String network, boolean received, NetworkFrame frame) {
        if (witness != null) {
            tell(w -> w.frame(network, received, frame, clock.icount(), clock.virtual()));
        }
    }
}
