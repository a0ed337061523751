package org.reprise.api.block;

import org.osgi.annotation.versioning.ConsumerType;

/** What a disk device talks to: the top of a drive's stack. Machine's thread only. */
@ConsumerType
public interface BlockQueue {
    /** Length of the drive in bytes. */
    long length();

    /** True when writes fail. */
    boolean readOnly();

    /** Starts a request; several may be in flight. Completion comes later, never from within this call. */
    void submit(BlockRequest request);

    /** What is in flight concerns nobody any more: the device was reset. It completes without effect. */
    default void abandon() {
    }

    /**
     * After a saved state was restored: takes up a request that was in flight when it was saved. To be called once for each that was not
     * {@linkplain #abandon abandoned}, in the order of their start, from {@link org.reprise.api.device.Device#restored}.
     */
    default void restart(BlockRequest request) {
        submit(request);
    }
}
