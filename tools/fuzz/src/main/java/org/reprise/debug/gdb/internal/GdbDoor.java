package org.reprise.debug.gdb.internal;

import java.util.List;
import java.util.function.UnaryOperator;
import org.reprise.api.cpu.Cpu;
import org.reprise.api.machine.DebugSession;
import org.reprise.api.machine.Machine;

/** Lets the fuzzer ask what a debugger asks, without sockets and threads between. */
public final class GdbDoor {
    private GdbDoor() {
    }

    /** What answers packets. */
    public static UnaryOperator<String> commands(Machine machine, DebugSession session, List<Cpu> cpus) {
        Commands commands = new Commands(machine, session);
        commands.cpus(cpus);
        return packet -> {
            String answer = commands.answer(packet);
            commands.message();
            commands.until();
            return answer;
        };
    }
}
