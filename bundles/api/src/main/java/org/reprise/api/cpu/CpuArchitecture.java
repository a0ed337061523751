package org.reprise.api.cpu;

import org.osgi.annotation.versioning.ConsumerType;

/** An instruction-set architecture: a service from which machines make CPUs. */
@ConsumerType
public interface CpuArchitecture {
    /** Service property: name of the architecture (String), for example {@code riscv}. */
    String ARCH = "cpu.arch";
    /** Service property: the CPU models (String[]), for example {@code rv64, rv32}. */
    String MODELS = "cpu.models";

    /**
     * Makes a CPU. Called on the machine's thread while the machine is assembled.
     *
     * @throws IllegalArgumentException naming key and value when the configuration does not fit (unknown model, …)
     */
    Cpu create(CpuContext context);

    /**
     * The instructions of a model. Any thread.
     *
     * @throws IllegalArgumentException naming the model when there is none of that name
     */
    InstructionSet instructions(String model);
}
