package org.reprise.api.memory;

import org.osgi.annotation.versioning.ConsumerType;

/** Keeps caches of an address space (soft TLBs, translated code) right. Called on the machine's thread. */
@ConsumerType
public interface MemoryListener {
    /** Every permission given by {@link AddressSpace#prepareWrite} has ended: drop all write entries. */
    void writeTagsRevoked();

    /** Permission to write this one page directly has ended (it holds code now). */
    void writeTagRevoked(long pageAddress);

    /**
     * Translated code was overwritten; the declared granules of the page are forgotten before the call.
     *
     * @param pageAddress physical address of the page
     */
    void codeWritten(long pageAddress);

    /** The map changed (a region appeared or went): drop everything. */
    void mapChanged();
}
