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
}
