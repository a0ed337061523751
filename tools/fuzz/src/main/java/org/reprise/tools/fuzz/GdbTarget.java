package org.reprise.tools.fuzz;

import java.lang.reflect.Proxy;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import org.reprise.api.cpu.Cpu;
import org.reprise.api.cpu.Cpu.Register;
import org.reprise.api.machine.DebugSession;
import org.reprise.api.machine.Machine;
import org.reprise.api.machine.MachineState;
import org.reprise.api.machine.MachineStatus;
import org.reprise.api.memory.MemoryRange;
import org.reprise.api.travel.Arrival;
import org.reprise.api.travel.Snapshot;
import org.reprise.api.travel.TimeTravel;
import org.reprise.debug.gdb.internal.GdbDoor;
import org.reprise.debug.gdb.protocol.PacketReader;
import org.reprise.debug.gdb.protocol.Packets;

/** Packets of a debugger, damaged in any way, to a machine that has two CPUs and 64 KiB of memory at 0. */
final class GdbTarget implements Target {
    private static final int MEMORY = 1 << 16;
    private static final int MOST_REPLY = 0x10000;
    private static final int MOST_POINTS = 20_000;
    private static final List<Register> REGISTERS = registers();

    private final byte[] memory = new byte[MEMORY];
    private final Cpu cpu = fake(Cpu.class);
    private final Machine machine = fake(Machine.class);
    private final DebugSession session = fake(DebugSession.class);
    private final TimeTravel travel = fake(TimeTravel.class);

    private static List<Register> registers() {
        List<Register> all = new ArrayList<>();
        for (int i = 0; i < 40; i++) {
            all.add(new Register("r" + i, i == 39 ? 32 : 64, i < 33 ? "org.gnu.gdb.riscv.cpu" : "org.gnu.gdb.riscv.csr", "int"));
        }
        return List.copyOf(all);
    }

    private <T> T fake(Class<T> type) {
        return type.cast(Proxy.newProxyInstance(type.getClassLoader(), new Class<?>[] {type},
                (proxy, method, arguments) -> answer(type.getSimpleName() + '.' + method.getName(), arguments)));
    }

    private Object answer(String method, Object[] arguments) {
        return switch (method) {
            case "Cpu.registers" -> REGISTERS;
            case "Cpu.register" -> arguments.length == 1 ? (long) REGISTERS.get((int) arguments[0]).bits() : null;
            case "Cpu.idle" -> false;
            case "Cpu.debuggerArchitecture" -> "riscv:rv64";
            case "Cpu.statistics" -> Map.of("blocks", 1L);
            case "Cpu.pc" -> 0x80000000L;
            case "Machine.name" -> "fuzzed";
            case "Machine.problem" -> Optional.empty();
            case "Machine.status" -> new MachineStatus(MachineState.PAUSED, "replay", 1, 2, 3, false, null, 0);
            case "DebugSession.read" -> read((int) arguments[0], (long) arguments[1], (int) arguments[2]);
            case "DebugSession.write", "DebugSession.breakpoints", "DebugSession.watchpoints" -> {
                if (arguments[0] instanceof Collection<?> set && set.size() > MOST_POINTS) {
                    throw new AssertionError(set.size() + " break- or watchpoints");
                }
                yield null;
            }
            case "DebugSession.memory" -> List.of(new MemoryRange("ram", 0, MEMORY, MemoryRange.Kind.RAM));
            case "TimeTravel.seek" -> new Arrival(Arrival.Why.THERE, (long) arguments[0], 0, Optional.empty());
            case "TimeTravel.save", "TimeTravel.load" -> new Snapshot(1, (String) arguments[0], 1, 2, 3);
            case "TimeTravel.snapshots" -> List.of();
            case "TimeTravel.delete" -> null;
            case "DebugSession.register" -> REGISTERS.get((int) arguments[1]) == null;
            default -> throw new AssertionError("a packet calls " + method);
        };
    }

    private byte[] read(int cpuOrPhysical, long address, int length) {
        if (length < 0 || length > MEMORY || cpuOrPhysical > 1) {
            throw new AssertionError("read of " + length + " bytes by CPU " + cpuOrPhysical);
        }
        int there = address < 0 || address >= MEMORY ? 0 : (int) Math.min(length, MEMORY - address);
        return java.util.Arrays.copyOfRange(memory, 0, there);
    }

    @Override
    public void run(Input in) {
        Effort effort = new Effort(null);
        Function<String, List<String>> commands = GdbDoor.commands(machine, session, travel, List.of(cpu, cpu));
        PacketReader reader = new PacketReader(false);
        boolean whole = in.flag();
        while (in.more()) {
            byte[] piece = in.bytes(in.u8() + 1);
            if (whole) {
                byte[] frame = Packets.frame(new String(piece, StandardCharsets.ISO_8859_1));
                reader.feed(frame, 0, frame.length);
            } else {
                reader.feed(piece, 0, piece.length);
            }
            for (PacketReader.Item item = reader.next(); item != null; item = reader.next()) {
                if (item.kind() == PacketReader.Kind.PACKET) {
                    commands.apply(item.payload()).forEach(GdbTarget::reply);
                }
            }
            effort.check();
        }
    }

    /** What is sent comes out of the wire as it was. */
    private static void reply(String answer) {
        if (answer.length() > MOST_REPLY) {
            throw new AssertionError("an answer of " + answer.length() + " bytes");
        }
        byte[] frame = Packets.frame(answer);
        PacketReader reader = new PacketReader();
        reader.feed(frame, 0, frame.length);
        PacketReader.Item item = reader.next();
        if (item == null || item.kind() != PacketReader.Kind.PACKET || !item.payload().equals(answer)) {
            throw new AssertionError("the answer '" + answer + "' is not read back");
        }
    }
}
