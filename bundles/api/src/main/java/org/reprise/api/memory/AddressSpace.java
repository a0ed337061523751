package org.reprise.api.memory;

import org.osgi.annotation.versioning.ProviderType;

/**
 * A physical address space: RAM, ROM and memory-mapped registers, little-endian. All methods run on the machine's thread only.
 *
 * <p>RAM and ROM are kept in host memory that fast code reaches directly: {@link #hostAddress} gives the token by which
 * {@code org.reprise.core.memory.HostMemory} reads and writes it. Whoever writes through a token must have called
 * {@link #prepareWrite} for the page since the last {@link MemoryListener#writeTagsRevoked()}.
 */
@ProviderType
public interface AddressSpace {
    /** Bytes in a page, the granule of dirty tracking: 4096. */
    int PAGE_SIZE = 4096;

    /**
     * Reads 1, 2, 4 or 8 bytes, little-endian, zero-extended. A read that crosses the end of RAM or a region is split into bytes.
     *
     * @throws BusErrorException when nothing is mapped there
     */
    long read(long address, int size);

    /**
     * Writes 1, 2, 4 or 8 bytes, little-endian; marks the page dirty and invalidates translated code.
     *
     * @throws BusErrorException when nothing is mapped there, or it is ROM
     */
    void write(long address, int size, long value);

    /** Copies from guest RAM or ROM; registers are refused. @throws BusErrorException as {@link #read} */
    void readBytes(long address, byte[] into, int offset, int length);

    /** Copies to guest RAM; registers are refused. @throws BusErrorException as {@link #write} */
    void writeBytes(long address, byte[] from, int offset, int length);

    /** True when the whole range is RAM. */
    boolean isRam(long address, long length);

    /** The token of the host memory behind the page that holds {@code address} (at the page's start), or -1 when it is not RAM or ROM. */
    long hostAddress(long address);

    /** True when something (RAM, ROM, registers) is mapped at the address. */
    boolean isMapped(long address);

    /**
     * Asks to write the page at {@code address} directly through its token from now on: marks it dirty. Returns false, and nothing
     * changes, when direct writes are not allowed (no RAM, or the page holds translated code): write through {@link #write} then.
     */
    boolean prepareWrite(long address);

    /**
     * Declares that code in [address, address+length), within one page, has been translated: direct writes to the page are revoked
     * (all listeners are told) and every later write into the declared granules is reported by {@link MemoryListener#codeWritten}.
     */
    void markCode(long address, int length);

    /** True when a write of {@code length} bytes (within one page) would hit a granule declared by {@link #markCode}. */
    boolean containsCode(long address, int length);

    /** Registers a listener for changes that caches of this address space must follow. */
    void addListener(MemoryListener listener);
}
