package org.reprise.api.device;

import org.osgi.annotation.versioning.ProviderType;

/**
 * Work deferred to the machine loop. Scheduled on the machine's thread it runs right after the present instruction, which is
 * deterministic and not logged. Scheduled from another thread it becomes a BH event when the model declares it replayable
 * ({@code bh.replayable}); one that is not replayable may not touch guest state and is never logged.
 */
@ProviderType
public interface BottomHalf {
    /** Schedules; scheduling twice before it ran runs it once. May be called from any thread. */
    void schedule();
}
