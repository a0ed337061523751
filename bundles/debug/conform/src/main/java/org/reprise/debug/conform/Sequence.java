package org.reprise.debug.conform;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.reprise.debug.gdb.protocol.Packets;

/**
 * A piece of code with the state that it begins in.
 *
 * @param label where it comes from, for messages
 * @param address of the first instruction
 * @param code the instructions' bytes, one after another
 * @param registers values to set, in this order, before {@code mode}
 * @param mode registers that put the CPU into its mode; set again when the code goes on after a trap
 * @param memory contents to write, by address
 */
record Sequence(String label, long address, List<byte[]> code, Map<String, Long> registers, Map<String, Long> mode,
        Map<Long, byte[]> memory) {
    int length() {
        return code.stream().mapToInt(c -> c.length).sum();
    }

    byte[] bytes() {
        byte[] all = new byte[length()];
        int at = 0;
        for (byte[] c : code) {
            System.arraycopy(c, 0, all, at, c.length);
            at += c.length;
        }
        return all;
    }

    Sequence with(List<byte[]> otherCode, Map<String, Long> otherRegisters) {
        return new Sequence(label, address, otherCode, otherRegisters, mode, memory);
    }

    /** A sequence of a profile: {@code MODE | NAME=VALUE … | INSTRUCTION …}, instructions as bytes in hexadecimal. */
    static Sequence parse(Profile profile, String name, String text) {
        String[] columns = text.split("\\|");
        Map<String, Long> registers = new LinkedHashMap<>(profile.assignments("always"));
        for (String word : columns[1].strip().split("\\s+")) {
            if (!word.isEmpty()) {
                int equals = word.indexOf('=');
                registers.put(word.substring(0, equals), profile.number(name, word.substring(equals + 1)));
            }
        }
        List<byte[]> code = new ArrayList<>();
        for (String word : columns[2].strip().split("\\s+")) {
            code.add(Packets.bytes(word));
        }
        Map<String, Long> mode = new LinkedHashMap<>(profile.assignments("mode." + columns[0].strip()));
        // what the sequence says of the mode's registers wins over what the mode says
        mode.replaceAll((register, value) -> registers.getOrDefault(register, value));
        return new Sequence(name, profile.number("code"), code, registers, mode, Map.of());
    }
}
