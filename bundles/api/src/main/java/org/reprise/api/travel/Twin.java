package org.reprise.api.travel;

import org.osgi.annotation.versioning.ProviderType;
import org.reprise.api.replay.ReplayHost;

/** A machine beside another one that replays a recording: it looks at other places of the same recording. Any thread. */
@ProviderType
public interface Twin extends AutoCloseable {
    /** The machine; to be started with {@link ReplayHost#startPaused(org.reprise.api.replay.EventJournal)}. */
    ReplayHost machine();

    /** True when it is gone, because it was closed or the machine that it is like was stopped. */
    boolean closed();

    /** Stops the machine and gives its memory back. */
    @Override
    void close();
}
