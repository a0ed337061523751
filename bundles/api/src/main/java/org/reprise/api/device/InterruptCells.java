package org.reprise.api.device;

import org.osgi.annotation.versioning.ConsumerType;

/** An interrupt sink that maps its named inputs to device-tree interrupt specifiers (a RISC-V hart: MEI is 11). */
@ConsumerType
public interface InterruptCells extends InterruptSink {
    /** The specifier's cells for an input. */
    long[] cells(String input);
}
