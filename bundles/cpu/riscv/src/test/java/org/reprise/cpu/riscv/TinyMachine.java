package org.reprise.cpu.riscv;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.reprise.api.cpu.CpuContext;
import org.reprise.api.device.ClockType;
import org.reprise.api.device.MachineDescription;
import org.reprise.api.device.PartConfig;
import org.reprise.api.device.Timer;
import org.reprise.api.machine.ShutdownCause;
import org.reprise.api.memory.AddressSpace;
import org.reprise.core.memory.PhysicalMemory;

/** One hart and 1 MiB of RAM. */
final class TinyMachine implements AutoCloseable {
    static final long BASE = 0x80000000L;
    static final long SIZE = 1 << 20;

    final PhysicalMemory memory = new PhysicalMemory();
    final RiscvCpu cpu;
    long now;

    TinyMachine(String mode, int xlen, int... program) {
        this(Map.of("translator.mode", mode), xlen, program);
    }

    /** @param settings of the translator */
    TinyMachine(Map<String, String> settings, int xlen, int... program) {
        memory.addRam("ram", BASE, SIZE);
        Map<String, String> all = new HashMap<>(settings);
        all.put("reset-pc", Long.toString(xlen == 64 ? BASE : (int) BASE));
        cpu = new RiscvCpu(new Context(new Config(all)), xlen);
        cpu.reset();
        put(BASE, program);
    }

    void put(long address, int... words) {
        for (int k = 0; k < words.length; k++) {
            memory.write(address + 4L * k, 4, words[k]);
        }
    }

    /** Runs exactly so many instructions, one slice each, so that compiled code is entered, too. */
    void run(int instructions) {
        for (int k = 0; k < instructions; k++) {
            long ran = cpu.run(1);
            if (ran != 1) {
                throw new AssertionError("ran " + ran + " at pc 0x" + Long.toHexString(cpu.pc));
            }
        }
    }

    long x(int n) {
        return cpu.v[n];
    }

    void x(int n, long value) {
        cpu.v[n] = value;
    }

    @Override
    public void close() {
        cpu.close();
        memory.close();
    }

    private final class Context implements CpuContext {
        private final PartConfig config;

        Context(PartConfig config) {
            this.config = config;
        }

        @Override
        public PartConfig config() {
            return config;
        }

        @Override
        public MachineDescription machine() {
            throw new AssertionError();
        }

        @Override
        public int index() {
            return 0;
        }

        @Override
        public AddressSpace memory() {
            return memory;
        }

        @Override
        public long clock(ClockType clock) {
            return now;
        }

        @Override
        public long icount() {
            throw new AssertionError();
        }

        @Override
        public Timer timer(String name, ClockType clock, Runnable callback) {
            return new Timer() {
                private long deadline = Long.MAX_VALUE;

                @Override
                public void set(long at) {
                    deadline = at;
                }

                @Override
                public void cancel() {
                    deadline = Long.MAX_VALUE;
                }

                @Override
                public boolean pending() {
                    return deadline != Long.MAX_VALUE;
                }

                @Override
                public long deadline() {
                    return deadline;
                }
            };
        }

        @Override
        public <T> T shared(String key, java.util.function.Supplier<T> maker) {
            return maker.get();
        }

        @Override
        public void yieldToOthers() {
            // there is no other CPU
        }

        @Override
        public void shutdown(ShutdownCause cause, int exitCode) {
            throw new AssertionError();
        }
    }

    private record Config(Map<String, String> values) implements PartConfig {
        @Override
        public String name() {
            return "cpu0";
        }

        @Override
        public boolean has(String key) {
            return values.containsKey(key);
        }

        @Override
        public String text(String key) {
            return values.get(key);
        }

        @Override
        public String text(String key, String defaultValue) {
            return values.getOrDefault(key, defaultValue);
        }

        @Override
        public long number(String key) {
            return Long.parseLong(values.get(key));
        }

        @Override
        public long number(String key, long defaultValue) {
            return has(key) ? number(key) : defaultValue;
        }

        @Override
        public boolean flag(String key, boolean defaultValue) {
            return defaultValue;
        }

        @Override
        public List<String> list(String key) {
            return List.of();
        }
    }
}
