package org.reprise.cpu.riscv;

import org.osgi.service.component.annotations.Component;
import org.reprise.api.cpu.Cpu;
import org.reprise.api.cpu.CpuArchitecture;
import org.reprise.api.cpu.CpuContext;
import org.reprise.api.cpu.InstructionSet;

/** RISC-V: the models {@code rv64} and {@code rv32}, both IMAFDC with Zicsr, Zifencei, Zba, Zbb, Zbs, Zicntr, Sstc, M, S and U modes. */
@Component(service = CpuArchitecture.class, property = {CpuArchitecture.ARCH + "=riscv", CpuArchitecture.MODELS + "=rv64",
    CpuArchitecture.MODELS + "=rv32"})
public final class RiscvArchitecture implements CpuArchitecture {
    @Override
    public Cpu create(CpuContext context) {
        String model = context.config().text("model", "rv64");
        return switch (model) {
            case "rv64" -> new RiscvCpu(context, 64);
            case "rv32" -> new RiscvCpu(context, 32);
            default -> throw new IllegalArgumentException("part '" + context.config().name() + "': model is '" + model
                + "': RISC-V has rv64 and rv32");
        };
    }

    @Override
    public InstructionSet instructions(String model) {
        return switch (model) {
            case "rv64" -> RiscvTable.create().instructionSet(RiscvFrontend.features(64));
            case "rv32" -> RiscvTable.create().instructionSet(RiscvFrontend.features(32));
            default -> throw new IllegalArgumentException("no RISC-V model '" + model + "': there are rv64 and rv32");
        };
    }
}
