package org.reprise.core.machine;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import org.reprise.api.cpu.Cpu;
import org.reprise.api.memory.AddressSpace;
import org.reprise.api.replay.Poke;

/**
 * Changes of registers and RAM from outside, checked and ready to be made; one event of the log. Its text has a line for each: {@code CPU.REGISTER=VALUE},
 * or {@code PHYSICAL-ADDRESS=BYTES}, numbers in hexadecimal. Machine's thread only.
 */
final class Pokes {
    private static final int PAGE = AddressSpace.PAGE_SIZE;
    /** Bytes of all changes of one event, at most. */
    private static final int MOST = 1 << 20;

    private final List<String> lines = new ArrayList<>();
    private final List<Runnable> changes = new ArrayList<>();
    private final Assembly assembly;
    private int bytes;

    private Pokes(Assembly assembly) {
        this.assembly = assembly;
    }

    /** @throws IllegalArgumentException naming what does not fit; nothing is changed */
    static Pokes of(List<Poke> wanted, Assembly assembly) {
        Pokes pokes = new Pokes(assembly);
        for (Poke poke : wanted) {
            if (poke instanceof Poke.Register register) {
                pokes.register(register);
            } else if (poke instanceof Poke.Memory memory) {
                pokes.memory(memory);
            }
        }
        return pokes;
    }

    /** Reads the text of an event. @throws IllegalArgumentException when it is none, or does not fit this machine */
    static Pokes decode(byte[] text, Assembly assembly) {
        Pokes pokes = new Pokes(assembly);
        List<String> cpus = new ArrayList<>(assembly.cpusByName().keySet());
        for (String line : new String(text, StandardCharsets.UTF_8).split("\n")) {
            int equals = line.indexOf('=');
            int dot = line.lastIndexOf('.', equals);
            if (dot > 0 && cpus.contains(line.substring(0, dot))) {
                int cpu = cpus.indexOf(line.substring(0, dot));
                pokes.register(new Poke.Register(cpu, line.substring(dot + 1, equals), number(line.substring(equals + 1))));
            } else if (equals > 0) {
                pokes.physical(number(line.substring(0, equals)), HexFormat.of().parseHex(line.substring(equals + 1)));
            } else {
                throw new IllegalArgumentException("\"" + line + "\" changes nothing");
            }
        }
        return pokes;
    }

    private static long number(String hex) {
        return Long.parseUnsignedLong(hex, 16);
    }

    private Cpu cpu(int index) {
        List<Cpu> cpus = assembly.cpuList();
        if (index < 0 || index >= cpus.size()) {
            throw new IllegalArgumentException("there is no CPU " + index + "; the machine has " + cpus.size() + ", from 0");
        }
        return cpus.get(index);
    }

    private void register(Poke.Register wanted) {
        Cpu cpu = cpu(wanted.cpu());
        List<Cpu.Register> registers = cpu.registers();
        int number = cpu.registerNumber(wanted.name());
        if (number < 0) {
            throw new IllegalArgumentException("CPU " + wanted.cpu() + " has no register " + wanted.name() + "; gdb's info registers all names those that it has");
        }
        int bits = registers.get(number).bits();
        if (bits < Long.SIZE && wanted.value() >> bits - 1 != 0 && wanted.value() >> bits - 1 != -1 && wanted.value() >>> bits != 0) {
            throw new IllegalArgumentException("0x" + Long.toHexString(wanted.value()) + " does not fit register " + wanted.name() + " of " + bits + " bits");
        }
        lines.add(new ArrayList<>(assembly.cpusByName().keySet()).get(wanted.cpu()) + "." + wanted.name() + "=" + Long.toHexString(wanted.value()));
        changes.add(() -> cpu.register(number, wanted.value()));
    }

    private void memory(Poke.Memory wanted) {
        if (wanted.cpu() == Poke.PHYSICAL) {
            physical(wanted.address(), wanted.bytes());
            return;
        }
        Cpu cpu = cpu(wanted.cpu());
        byte[] all = wanted.bytes();
        for (int done = 0; done < all.length;) {
            long virtual = wanted.address() + done;
            int part = (int) Math.min(all.length - done, PAGE - (virtual & PAGE - 1));
            long page = cpu.translateForDebugger(virtual);
            if (page == -1) {
                throw new IllegalArgumentException("nothing is mapped at virtual address 0x" + Long.toHexString(virtual) + " on CPU " + wanted.cpu()
                    + "; give a physical one (-p)");
            }
            byte[] bytesOfPage = new byte[part];
            System.arraycopy(all, done, bytesOfPage, 0, part);
            physical(page, bytesOfPage);
            done += part;
        }
    }

    private void physical(long address, byte[] content) {
        if (content.length == 0) {
            throw new IllegalArgumentException("there are no bytes for address 0x" + Long.toHexString(address));
        }
        bytes += content.length;
        if (bytes > MOST) {
            throw new IllegalArgumentException("more than " + MOST + " bytes cannot be changed at once; take several pokes");
        }
        if (!assembly.memory().isRam(address, content.length)) {
            throw new IllegalArgumentException("the " + content.length + " bytes at physical address 0x" + Long.toHexString(address)
                + " are not all RAM: only RAM can be changed, devices by what the guest does");
        }
        lines.add(Long.toHexString(address) + "=" + HexFormat.of().formatHex(content));
        changes.add(() -> assembly.memory().writeBytes(address, content, 0, content.length));
    }

    /** True when there is nothing to change. */
    boolean none() {
        return changes.isEmpty();
    }

    /** The text for the log. */
    byte[] encode() {
        return String.join("\n", lines).getBytes(StandardCharsets.UTF_8);
    }

    /** Makes the changes. */
    void apply() {
        changes.forEach(Runnable::run);
    }
}
