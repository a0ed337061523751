package org.reprise.debug.profile;

import java.util.ArrayList;
import java.util.List;
import org.reprise.api.cpu.Cpu;
import org.reprise.api.debug.Symbol;
import org.reprise.api.debug.Symbols;
import org.reprise.api.machine.Observer;

/** One machine's profile: turns what is seen at each sample into a stack of names. Told on the machine's thread, read on any. */
final class Sampling implements Observer {
    /** In place of functions without a name. */
    static final String UNKNOWN = "[unknown]";
    private static final long PAGE = 4096;

    private final Symbols symbols;
    private final long every;
    private final long[] addresses = new long[StackWalker.MOST];
    private final CallTree tree = new CallTree();
    private long samples;
    private Cpu seen;
    private StackWalker walker;
    private int privilege;
    private long mask;

    Sampling(Symbols symbols, long every) {
        this.symbols = symbols;
        this.every = every;
    }

    /** Instructions between two samples. */
    long every() {
        return every;
    }

    @Override
    public synchronized void at(Sight sight) {
        Cpu cpu = sight.cpu();
        if (cpu != seen) {
            seen = cpu;
            walker = StackWalker.of(cpu);
            privilege = Registers.index(cpu, "priv");
            int pc = Registers.index(cpu, "pc");
            mask = pc >= 0 && cpu.registers().get(pc).bits() == 32 ? 0xffff_ffffL : -1L;
        }
        int frames = walker.walk(sight, symbols, addresses);
        String mode = privilege < 0 ? null : mode(cpu.register(privilege));
        List<String> stack = new ArrayList<>(frames + 2);
        if (sight.cpus() > 1) {
            stack.add("cpu" + sight.index());
        }
        if (mode != null) {
            stack.add(mode);
        }
        String last = null;
        for (int i = frames - 1; i >= 0; i--) {
            // a return address may be that of the next function, when its own ends with a call
            String name = name(i == 0 ? addresses[i] & mask : (addresses[i] & mask) - 1, "user".equals(mode));
            if (!name.equals(last) || !name.startsWith("[")) {
                stack.add(name);
            }
            last = name;
        }
        tree.add(stack);
        samples++;
    }

    /** What runs in RISC-V's privilege modes ("RISC-V Instruction Set Manual", volume II, "Privilege Levels"). */
    private static String mode(long privilege) {
        return switch ((int) privilege) {
            case 0 -> "user";
            case 1 -> "kernel";
            default -> "firmware";
        };
    }

    /** Programs share addresses, so that one of theirs without a name says nothing; elsewhere, the page is better than nothing. */
    private String name(long address, boolean user) {
        Symbol symbol = symbols.find(address);
        if (symbol != null) {
            return symbol.name();
        }
        return user ? UNKNOWN : "[0x" + Long.toHexString(address & -PAGE) + "]";
    }

    synchronized long samples() {
        return samples;
    }

    /** Reads the tree while no sample is added. */
    synchronized <T> T read(java.util.function.Function<CallTree, T> reader) {
        return reader.apply(tree);
    }
}
