package org.reprise.debug.conform;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.reprise.api.cpu.InstructionSet;
import org.reprise.api.cpu.InstructionSet.Instruction;
import org.reprise.api.cpu.InstructionSet.Operand;

/**
 * Draws random sequences of instructions from the decode table. What is drawn depends on profile, instruction set and seed only. Values
 * lean towards what breaks emulators: boundaries of widths, addresses at page ends and of forbidden pages, special floating-point
 * numbers, registers used twice in an instruction, immediates of all zeros and ones, encodings with one bit wrong.
 */
final class Generator {
    private static final int SHORTEST = 8;
    private static final int LONGEST = 24;
    private static final int PAGE = 4096;
    private static final long[] BOUNDARIES = {0, 1, 2, 3, -1, -2, 0x7f, 0x80, 0xff, 0x7fff, 0x8000, 0xffff, 0x7fffffffL, 0x80000000L,
        0xffffffffL, 0x100000000L, -0x80000000L, -0x80000001L, Long.MAX_VALUE, Long.MIN_VALUE, Long.MIN_VALUE + 1, 31, 32, 63, 64};
    private static final long[] DOUBLES = {0, Long.MIN_VALUE, 1, 0x000fffffffffffffL, 0x0010000000000000L, 0x3ff0000000000000L,
        0xbff0000000000000L, 0x3fefffffffffffffL, 0x7fefffffffffffffL, 0x7ff0000000000000L, 0xfff0000000000000L, 0x7ff8000000000000L,
        0x7ff0000000000001L, 0xfff8000000000123L, 0x41dfffffffc00000L, 0x41e0000000000000L, 0xc1e0000000000000L, 0x43e0000000000000L,
        0xc3e0000000000000L, 0x43f0000000000000L, 0x3fe0000000000000L, 0x380fffffffffffffL, 0x36a0000000000000L, 0x47efffffe0000000L,
        0x47effffff0000000L};
    private static final int[] SINGLES = {0, 0x80000000, 1, 0x007fffff, 0x00800000, 0x3f800000, 0xbf800000, 0x3f7fffff, 0x7f7fffff, 0x7f800000,
        0xff800000, 0x7fc00000, 0x7f800001, 0xffc00123, 0x4effffff, 0x4f000000, 0xcf000000, 0x4f800000, 0x5effffff, 0x5f000000, 0xdf000000,
        0x3f000000, 0x00000003};

    private final Profile profile;
    private final InstructionSet instructions;
    private final List<String> integers;
    private final List<String> floats;
    private final List<Long> addresses;
    private final long base;
    private final int alignment;
    private final long boxOnes;
    private final Map<String, List<Long>> operandValues = new LinkedHashMap<>();
    private final Map<String, List<Long>> operandNever = new LinkedHashMap<>();
    private final List<String> excluded;
    private SplittableRandom random;

    /**
     * @param integers names of the registers that get any value
     * @param floats names of those that get floating-point numbers
     */
    Generator(Profile profile, InstructionSet instructions, List<String> integers, List<String> floats) {
        this.profile = profile;
        this.instructions = instructions;
        this.integers = integers;
        this.floats = floats;
        addresses = profile.numbers("addresses");
        base = profile.number("code");
        alignment = (int) profile.number("code.alignment");
        boxOnes = profile.has("float.box") ? profile.number("float.box") : 0;
        profile.under("operand.").keySet().forEach(key -> {
            if (key.endsWith(".never")) {
                operandNever.put(key.substring(0, key.length() - 6), profile.numbers("operand." + key));
            } else {
                operandValues.put(key, profile.numbers("operand." + key));
            }
        });
        excluded = profile.words("exclude");
    }

    /** The instructions that random code is made of. */
    List<Instruction> drawn() {
        return instructions.instructions().stream().filter(i -> !excluded.contains(i.name())).toList();
    }

    /** Extensions of the instruction set, in the order of the decode table. */
    List<String> extensions() {
        return drawn().stream().map(Instruction::extension).distinct().toList();
    }

    /** A sequence that is mostly made of one extension's instructions, in one mode. @param number makes it repeatable with the seed */
    Sequence sequence(long seed, long number, String extension, String mode) {
        random = new SplittableRandom(seed * 0x9e3779b97f4a7c15L + number * 0xd1342543de82ef95L + (extension + ":" + mode).hashCode());
        List<Instruction> all = drawn();
        List<Instruction> favoured = all.stream().filter(i -> i.extension().equals(extension)).toList();
        int count = SHORTEST + random.nextInt(LONGEST - SHORTEST + 1);
        List<byte[]> code = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            code.add(instruction(random.nextInt(100) < 75 ? favoured : all));
        }
        int length = code.stream().mapToInt(c -> c.length).sum();
        long address = base;
        if (random.nextBoolean()) {
            address += PAGE - random.nextInt(length) / alignment * alignment;
        }
        Map<String, Long> registers = new LinkedHashMap<>();
        integers.forEach(r -> registers.put(r, value()));
        floats.forEach(r -> registers.put(r, floating()));
        registers.putAll(profile.assignments("always"));
        profile.under("vary.").forEach((register, choices) -> {
            String[] values = choices.split("\\s+");
            registers.put(register, profile.number(register, values[random.nextInt(values.length)]));
        });
        Map<Long, byte[]> memory = new LinkedHashMap<>();
        for (String window : profile.words("data")) {
            String[] parts = window.split(":");
            byte[] bytes = new byte[(int) profile.number("data", parts[1])];
            for (int i = 0; i < bytes.length; i += 8) {
                long value = random.nextInt(4) == 0 ? floating() : value();
                for (int k = 0; k < 8 && i + k < bytes.length; k++) {
                    bytes[i + k] = (byte) (value >>> 8 * k);
                }
            }
            memory.put(profile.number("data", parts[0]), bytes);
        }
        return new Sequence(extension + " in mode " + mode + ", number " + number + " of seed " + seed, address, code, registers,
            profile.assignments("mode." + mode), memory);
    }

    private byte[] instruction(List<Instruction> from) {
        while (true) {
            Instruction line = from.get(random.nextInt(from.size()));
            long word = line.match();
            long previous = 0;
            for (Operand operand : line.operands()) {
                long value = operand(operand, previous);
                word = operand.insert(word, value);
                previous = value;
            }
            if (random.nextInt(100) < 2) {
                word ^= 1L << random.nextInt(8 * line.bytes());
            }
            byte[] bytes = instructions.bytes(word, line.bytes());
            // a flipped bit may have changed the length, or made an instruction that is not wanted
            Instruction found = instructions.find(bytes, 0);
            if (instructions.length(bytes, 0) == bytes.length && (found == null || wanted(found, bytes))) {
                return bytes;
            }
        }
    }

    private boolean wanted(Instruction line, byte[] bytes) {
        if (excluded.contains(line.name())) {
            return false;
        }
        long word = instructions.word(bytes);
        for (Operand operand : line.operands()) {
            List<Long> never = operandNever.get(operand.kind());
            if (never != null && never.contains(operand.extract(word))) {
                return false;
            }
        }
        return true;
    }

    private long operand(Operand operand, long previous) {
        int bits = operand.bits();
        long ones = (1L << bits) - 1;
        List<Long> values = operandValues.get(operand.kind());
        if (values != null && random.nextInt(100) < 95) {
            return values.get(random.nextInt(values.size()));
        }
        int dice = random.nextInt(100);
        return switch (operand.kind()) {
            case "pcrel" -> dice < 80 ? 2 + random.nextInt(6) : random.nextLong() & ones;
            case "imm", "hex" -> {
                if (dice < 25) {
                    yield 0;
                }
                yield dice < 35 ? ones : dice < 45 ? 1L << bits - 1 : dice < 55 ? ones >>> 1 : dice < 75 ? random.nextInt(16) & ones
                    : random.nextLong() & ones;
            }
            default -> dice < 15 ? previous & ones : random.nextLong() & ones;
        };
    }

    private long value() {
        int dice = random.nextInt(100);
        if (dice < 25) {
            return BOUNDARIES[random.nextInt(BOUNDARIES.length)];
        }
        if (dice < 65) {
            long address = addresses.get(random.nextInt(addresses.size()));
            return switch (random.nextInt(6)) {
                case 0 -> address + random.nextInt(-64, 64);
                case 1 -> address + random.nextInt(-8, 8);
                case 2 -> address + 4 * random.nextInt(-16, 16);
                default -> address + 8 * random.nextInt(-8, 8);
            };
        }
        if (dice < 75) {
            return (random.nextBoolean() ? 1L : -1L) << random.nextInt(64);
        }
        return random.nextLong() >> random.nextInt(64);
    }

    private long floating() {
        int dice = random.nextInt(100);
        if (dice < 30) {
            return DOUBLES[random.nextInt(DOUBLES.length)];
        }
        if (dice < 60) {
            return boxOnes | SINGLES[random.nextInt(SINGLES.length)] & 0xffffffffL;
        }
        if (dice < 75) {
            return boxOnes | random.nextInt() & 0xffffffffL;
        }
        // exponents near each other, so that sums cancel and products stay in range
        return random.nextBoolean() ? random.nextLong() : random.nextLong() & 0x800fffffffffffffL | (long) (1023 - 30 + random.nextInt(60)) << 52;
    }
}
