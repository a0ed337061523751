package org.reprise.api.net;

import java.io.IOException;
import org.osgi.annotation.versioning.ConsumerType;
import org.reprise.api.device.PartConfig;

/** A filter on the cable between a back end and a card: a service ({@code filter-replay}, {@code filter-dump}). */
@ConsumerType
public interface NetworkFilter {
    /** Service property: its name (String), for example {@code filter-replay}. */
    String FILTER = "net.filter";

    /**
     * Puts the filter into a cable. Machine's thread.
     *
     * @param config configuration of the cable (of the network part); filters use keys that begin with their name and a dot
     * @throws IOException naming what could not be opened, and the remedy
     */
    Tap create(PartConfig config, NetworkRecorder recorder) throws IOException;

    /** A filter in one cable. Machine's thread. */
    @ConsumerType
    interface Tap extends AutoCloseable {
        /** A frame on its way from the card to the back end. */
        void fromGuest(NetworkFrame frame, Next next);

        /** A frame on its way from the back end to the card. */
        void toGuest(NetworkFrame frame, Next next);

        /** A frame that the log says came through here at this position, in replay. Only filters that record get these. */
        default void replayed(NetworkFrame frame, Next next) {
            throw new IllegalStateException("this filter records nothing");
        }

        @Override
        default void close() {
        }
    }

    /** Where a frame goes after the filter. */
    @FunctionalInterface
    interface Next {
        /** Hands it on; a filter that does not call this drops the frame. */
        void pass(NetworkFrame frame);
    }
}
