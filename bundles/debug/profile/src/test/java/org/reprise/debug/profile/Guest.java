package org.reprise.debug.profile;

import java.lang.reflect.Proxy;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.reprise.api.cpu.Cpu;
import org.reprise.api.debug.Symbol;
import org.reprise.api.debug.Symbols;
import org.reprise.api.machine.Observer;

/** A RISC-V CPU that stands still, its memory, its functions. */
final class Guest implements Observer.Sight, Symbols {
    private static final List<String> NAMES = List.of("ra", "sp", "fp", "pc", "priv");

    final long[] registers = new long[NAMES.size()];
    final Map<Long, Byte> memory = new HashMap<>();
    private final List<Symbol> functions = new ArrayList<>();
    private final int word;
    private final int cpus;
    private final Cpu cpu;

    Guest(int word, int cpus) {
        this.word = word;
        this.cpus = cpus;
        List<Cpu.Register> list = NAMES.stream().map(n -> new Cpu.Register(n, 8 * word, "core", "int")).toList();
        cpu = (Cpu) Proxy.newProxyInstance(getClass().getClassLoader(), new Class<?>[] {Cpu.class},
            (proxy, method, arguments) -> switch (method.getName()) {
            case "registers" -> list;
            case "register" -> registers[(int) arguments[0]];
            case "pc" -> registers[3];
            case "debuggerArchitecture" -> "riscv:rv" + 8 * word;
            case "hashCode" -> 1;
            case "equals" -> proxy == arguments[0];
            default -> throw new AssertionError("a profiler calls " + method);
        });
    }

    /** A function of 256 bytes with a call at 16 that returns to 20. */
    Guest function(String name, long address) {
        functions.add(new Symbol(name, address, 256, true));
        put(address + 16, 0x0040_00ef, 4);
        return this;
    }

    void put(long address, long value, int bytes) {
        for (int i = 0; i < bytes; i++) {
            memory.put(address + i, (byte) (value >> 8 * i));
        }
    }

    /** What a function's prologue leaves below its frame pointer. */
    Guest frame(long fp, long returnsTo, long before) {
        put(fp - word, returnsTo, word);
        put(fp - 2L * word, before, word);
        return this;
    }

    Guest registers(long pc, long ra, long sp, long fp, int privilege) {
        registers[0] = ra;
        registers[1] = sp;
        registers[2] = fp;
        registers[3] = pc;
        registers[4] = privilege;
        return this;
    }

    @Override
    public long icount() {
        return 1;
    }

    @Override
    public int index() {
        return cpus - 1;
    }

    @Override
    public int cpus() {
        return cpus;
    }

    @Override
    public Cpu cpu() {
        return cpu;
    }

    @Override
    public int read(long address, byte[] into) {
        for (int i = 0; i < into.length; i++) {
            Byte b = memory.get(address + i);
            if (b == null) {
                return i;
            }
            into[i] = b;
        }
        return into.length;
    }

    @Override
    public Symbol find(long address) {
        return functions.stream().filter(f -> f.contains(address)).findFirst().orElse(null);
    }

    @Override
    public Optional<Symbol> named(String name) {
        throw new AssertionError();
    }

    @Override
    public List<Symbol> all() {
        return functions;
    }
}
