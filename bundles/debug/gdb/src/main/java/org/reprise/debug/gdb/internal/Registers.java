package org.reprise.debug.gdb.internal;

import java.util.List;
import org.reprise.api.cpu.Cpu;
import org.reprise.api.cpu.Cpu.Register;
import org.reprise.debug.gdb.protocol.Packets;

/** The packets g, G, p and P. Machine's thread. */
final class Registers {
    private final Target target;

    Registers(Target target) {
        this.target = target;
    }

    private static int bytes(Register r) {
        return (r.bits() + 7) / 8;
    }

    private int index(String hex) {
        int there = target.cpu().registers().size();
        long n = Packets.number(hex);
        if (n < 0 || n >= there) {
            throw new IllegalArgumentException("no register number " + Long.toUnsignedString(n) + ": there are " + there);
        }
        return (int) n;
    }

    /** g: the core registers. */
    String all() {
        Cpu cpu = target.cpu();
        int n = TargetDescription.general(cpu);
        StringBuilder s = new StringBuilder(n * 16);
        for (int i = 0; i < n; i++) {
            Packets.hex(s, cpu.register(i), bytes(cpu.registers().get(i)));
        }
        return s.toString();
    }

    /** G: the core registers, all of them. */
    String all(String hex) {
        List<Register> registers = target.cpu().registers().subList(0, TargetDescription.general(target.cpu()));
        int length = 2 * registers.stream().mapToInt(Registers::bytes).sum();
        if (hex.length() != length) {
            throw new IllegalArgumentException("registers need " + length + " hexadecimal digits, there are " + hex.length());
        }
        long[] values = new long[registers.size()];
        int at = 0;
        for (int i = 0; i < values.length; i++) {
            int end = at + 2 * bytes(registers.get(i));
            values[i] = Packets.value(hex, at, end);
            at = end;
        }
        for (int i = 0; i < values.length; i++) {
            target.session().register(target.selected(), i, values[i]);
        }
        return Replies.OK;
    }

    /** p NUMBER. */
    String one(String number) {
        int index = index(number);
        StringBuilder s = new StringBuilder(16);
        Packets.hex(s, target.cpu().register(index), bytes(target.cpu().registers().get(index)));
        return s.toString();
    }

    /** P NUMBER=VALUE. */
    String set(String text) {
        int equals = text.indexOf('=');
        if (equals < 0) {
            throw new IllegalArgumentException("'=' is missing");
        }
        int index = index(text.substring(0, equals));
        String hex = text.substring(equals + 1);
        Register r = target.cpu().registers().get(index);
        if (hex.length() != 2 * bytes(r)) {
            throw new IllegalArgumentException("register " + r.name() + " has " + bytes(r) + " bytes");
        }
        target.session().register(target.selected(), index, Packets.value(hex, 0, hex.length()));
        return Replies.OK;
    }
}
