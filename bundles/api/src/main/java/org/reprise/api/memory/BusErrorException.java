package org.reprise.api.memory;

/** An access to a physical address where nothing answers, or that is refused. The CPU turns it into its access fault. */
public final class BusErrorException extends RuntimeException {
    private static final long serialVersionUID = 1L;
    private final long address;

    /** @param address the physical address; {@code what} says what was tried, for a person */
    public BusErrorException(long address, String what) {
        super(what + " at physical address 0x" + Long.toHexString(address), null, false, false);
        this.address = address;
    }

    /** The physical address. */
    public long address() {
        return address;
    }
}
