package org.reprise.net.filterreplay;

import org.osgi.service.component.annotations.Component;
import org.reprise.api.device.PartConfig;
import org.reprise.api.net.NetworkFilter;
import org.reprise.api.net.NetworkFrame;
import org.reprise.api.net.NetworkRecorder;

/**
 * The filter {@code filter-replay} (RECORD-REPLAY, section 6): records every frame that comes from the back end; in replay it lets the log's frames
 * through and drops what a back end says. Every cable has it, next to the back end.
 */
@Component(service = NetworkFilter.class, property = NetworkFilter.FILTER + "=filter-replay")
public final class FilterReplay implements NetworkFilter {
    @Override
    public Tap create(PartConfig config, NetworkRecorder recorder) {
        return new ReplayTap(recorder);
    }

    private record ReplayTap(NetworkRecorder recorder) implements Tap {
        @Override
        public void fromGuest(NetworkFrame frame, Next next) {
            // what the guest sends is deterministic; in replay nothing leaves the machine
            if (!recorder.replaying()) {
                next.pass(frame);
            }
        }

        @Override
        public void toGuest(NetworkFrame frame, Next next) {
            if (!recorder.replaying()) {
                recorder.record(frame);
                next.pass(frame);
            }
        }

        @Override
        public void replayed(NetworkFrame frame, Next next) {
            next.pass(frame);
        }
    }
}
