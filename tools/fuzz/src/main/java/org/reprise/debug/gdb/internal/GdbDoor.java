package org.reprise.debug.gdb.internal;

import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.reprise.api.cpu.Cpu;
import org.reprise.api.machine.DebugSession;
import org.reprise.api.machine.Machine;
import org.reprise.api.machine.MachineException;
import org.reprise.api.travel.TimeTravel;

/** Lets the fuzzer ask what a debugger asks, without sockets and threads between. */
public final class GdbDoor {
    private GdbDoor() {
    }

    /** What answers packets; those that let the guest run are only understood. */
    public static Function<String, List<String>> commands(Machine machine, DebugSession session, TimeTravel travel, List<Cpu> cpus) {
        MachineServices services = new MachineServices();
        services.add(travel, Map.of(Machine.NAME, machine.name()));
        Target target = new Target(machine, session, services);
        target.cpus(cpus);
        Commands commands = new Commands(target, new Points(target));
        return packet -> {
            if (!packet.isEmpty() && "cCsS".indexOf(packet.charAt(0)) >= 0 || packet.startsWith("vCont;")) {
                return List.of(resume(packet, target));
            }
            commands.apart(packet);
            List<String> answer = commands.answer(packet);
            commands.problem();
            commands.until();
            return answer;
        };
    }

    private static String resume(String packet, Target target) {
        try {
            Resumption r = Resumption.of(packet, target);
            for (int cpu = 0; cpu < target.cpus().size(); cpu++) {
                r.done(cpu, 0x80000000L);
                r.movesOnly(cpu);
            }
            return r.moves() || r.steps() ? "T05" : "T00";
        } catch (IllegalArgumentException | MachineException e) {
            return Replies.error(String.valueOf(e.getMessage()));
        }
    }
}
