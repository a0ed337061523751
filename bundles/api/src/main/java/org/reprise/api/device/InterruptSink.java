package org.reprise.api.device;

import org.osgi.annotation.versioning.ConsumerType;

/** A part with interrupt inputs (a CPU, an interrupt controller): what {@code part:input} in a configuration names. */
@ConsumerType
public interface InterruptSink {
    /**
     * The input of that name, for example {@code "10"} of a PLIC or {@code "MEI"} of a RISC-V hart. The same object each time.
     *
     * @throws IllegalArgumentException naming the inputs there are, when there is none of this name
     */
    InterruptLine input(String name);
}
