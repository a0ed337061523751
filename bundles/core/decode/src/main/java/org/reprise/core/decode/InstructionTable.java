package org.reprise.core.decode;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.reprise.api.cpu.InstructionSet;

/**
 * A decode table at run time, made from the data that the table compiler generates ({@code docs/decode-table.md}). Nothing here is on
 * the hot path: decoders are generated code. Immutable; any thread.
 */
public final class InstructionTable {
    private static final Pattern PLACEHOLDER = Pattern.compile("\\{(pc\\+)?([^{}]*)}");
    private static final Pattern COMPARISON = Pattern.compile("(\\w+)(!=|==|<=|>=|<|>)(-?\\w+)");

    private final Layout layout;
    private final Generated generated;
    private final Map<String, Field> fields = new LinkedHashMap<>();
    private final List<Line> lines = new ArrayList<>();

    /**
     * How instructions lie in memory and in the decoder's word.
     *
     * @param unitBits bits fetched at a time: 8, 16 or 32
     * @param wordBits bits of the decoder's word: the longest instruction
     * @param firstUnitHigh whether the first unit holds an instruction's most significant bits; shorter ones stand at the word's top then
     * @param features names of the features, bit 0 first
     * @param exclusive masks of features of which one is on: they select a width or mode and name no extension
     * @param addressBits pairs (feature mask, bits) that narrow printed addresses
     */
    public record Layout(int unitBits, int wordBits, boolean firstUnitHigh, List<String> features, List<Long> exclusive,
            List<Long> addressBits) {
    }

    /** The generated and the architecture's own code that the table needs. */
    public interface Generated {
        /** Index of the line that the decoder's word matches under the features, or -1. */
        int match(long word, long features);

        /** Bytes of the instruction whose first unit this is, or 0 when none begins so. */
        int length(int firstUnit);

        /** Text of an operand of one of the architecture's kinds. */
        String format(String kind, long value);
    }

    /**
     * Makes a table.
     *
     * @param fieldRows name, kind, {@code s} or {@code u}, pieces from the most significant, left shift, addend
     * @param rows name|mask|match|bytes|feature mask|feature value|arguments|constraints|syntax
     */
    public InstructionTable(Layout layout, String[] fieldRows, String[][] rows, Generated generated) {
        this.layout = layout;
        this.generated = generated;
        for (String text : fieldRows) {
            Field field = Field.parse(text);
            fields.put(field.name, field);
        }
        for (String[] part : rows) {
            for (String row : part) {
                lines.add(parse(row));
            }
        }
    }

    /** A field: bits of the instruction, concatenated from the most significant piece, then extended, shifted and added to. */
    private record Field(String name, String kind, boolean signed, int[] pieces, int shift, long add) {
        static Field parse(String text) {
            String[] words = text.split(" ");
            String[] ranges = words[3].split("[:,]");
            int[] pieces = new int[ranges.length];
            for (int i = 0; i < ranges.length; i++) {
                pieces[i] = Integer.parseInt(ranges[i]);
            }
            return new Field(words[0], words[1], words[2].equals("s"), pieces, Integer.parseInt(words[4]), Long.parseLong(words[5]));
        }

        long extract(long insn) {
            long value = 0;
            int width = 0;
            for (int i = 0; i < pieces.length; i += 2) {
                int bits = pieces[i] - pieces[i + 1] + 1;
                value = value << bits | insn >>> pieces[i + 1] & (1L << bits) - 1;
                width += bits;
            }
            return ((signed ? value << 64 - width >> 64 - width : value) << shift) + add;
        }

        InstructionSet.Operand operand() {
            List<Integer> list = new ArrayList<>();
            for (int p : pieces) {
                list.add(p);
            }
            return new InstructionSet.Operand(name, kind, signed, List.copyOf(list));
        }
    }

    /** An argument: a field, or a constant when {@code field} is null. */
    private record Argument(String name, Field field, long constant) {
        long value(long insn) {
            return field == null ? constant : field.extract(insn);
        }
    }

    /** A line; mask and match are placed as in the decoder's word. */
    private record Line(String name, long mask, long match, int bytes, long featureMask, long featureValue, List<Argument> arguments,
            List<String> constraints, String syntax) {
        boolean admitted(long features) {
            return (features & featureMask) == featureValue;
        }
    }

    private Line parse(String row) {
        String[] columns = row.split("\\|", 9);
        List<Argument> arguments = new ArrayList<>();
        for (String text : columns[6].split(" ")) {
            if (!text.isEmpty()) {
                String[] parts = text.substring(text.startsWith("~") ? 1 : 0).split("=");
                Field field = fields.get(parts[1]);
                arguments.add(new Argument(parts[0], field, field == null ? Long.parseLong(parts[1]) : 0));
            }
        }
        return new Line(columns[0], Long.parseUnsignedLong(columns[1], 16), Long.parseUnsignedLong(columns[2], 16),
                Integer.parseInt(columns[3]), Long.parseUnsignedLong(columns[4], 16), Long.parseUnsignedLong(columns[5], 16),
                List.copyOf(arguments), columns[7].isEmpty() ? List.of() : List.of(columns[7].split(" ")), columns[8]);
    }

    /** Number of lines. */
    public int size() {
        return lines.size();
    }

    /**
     * Whether a decoder's word, which agrees with a line's mask and match, also meets its constraints.
     *
     * @param line index of the line
     */
    public boolean satisfies(int line, long word) {
        Line row = lines.get(line);
        long bits = aligned(row.bytes, word);
        for (String constraint : row.constraints) {
            Matcher parts = COMPARISON.matcher(constraint);
            if (!parts.matches()) {
                throw new AssertionError(constraint);
            }
            Field right = fields.get(parts.group(3));
            long a = fields.get(parts.group(1)).extract(bits);
            long b = right == null ? Long.parseLong(parts.group(3)) : right.extract(bits);
            boolean holds = switch (parts.group(2)) {
                case "!=" -> a != b;
                case "==" -> a == b;
                case "<=" -> a <= b;
                case ">=" -> a >= b;
                case "<" -> a < b;
                default -> a > b;
            };
            if (!holds) {
                return false;
            }
        }
        return true;
    }

    /** The bits of an instruction of so many bytes, right-aligned. */
    private long aligned(int bytes, long word) {
        long bits = layout.wordBits == 64 ? word : word & (1L << layout.wordBits) - 1;
        return layout.firstUnitHigh ? bits >>> layout.wordBits - 8 * bytes : bits;
    }

    /**
     * The instruction in assembly language.
     *
     * @param word the decoder's word
     * @param pc its address, for operands that are relative to it
     * @param features the feature bits that are on
     * @return the text, or a data directive when no line matches
     */
    public String disassemble(long word, long pc, long features) {
        int index = generated.match(word, features);
        if (index < 0) {
            return illegal(word);
        }
        Line line = lines.get(index);
        Matcher placeholders = PLACEHOLDER.matcher(line.syntax);
        StringBuilder text = new StringBuilder();
        while (placeholders.find()) {
            placeholders.appendReplacement(text, Matcher.quoteReplacement(
                    operand(line, word, placeholders.group(2), placeholders.group(1) == null ? null : "pcrel", pc, features)));
        }
        return placeholders.appendTail(text).toString();
    }

    private String operand(Line line, long word, String name, String forcedKind, long pc, long features) {
        long insn = aligned(line.bytes, word);
        for (Argument argument : line.arguments) {
            if (argument.name.equals(name)) {
                String kind = argument.field == null ? "imm" : argument.field.kind;
                return format(forcedKind == null ? kind : forcedKind, argument.value(insn), pc, features);
            }
        }
        Field field = fields.get(name);
        return format(forcedKind == null ? field.kind : forcedKind, field.extract(insn), pc, features);
    }

    private String format(String kind, long value, long pc, long features) {
        return switch (kind) {
            case "imm" -> Long.toString(value);
            case "hex" -> "0x" + Long.toHexString(value);
            case "pcrel" -> "0x" + Long.toHexString(address(pc + value, features));
            default -> generated.format(kind, value);
        };
    }

    private long address(long address, long features) {
        for (int i = 0; i < layout.addressBits.size(); i += 2) {
            if ((features & layout.addressBits.get(i)) != 0) {
                return address & (1L << layout.addressBits.get(i + 1)) - 1;
            }
        }
        return address;
    }

    private int length(long word) {
        long bits = layout.wordBits == 64 ? word : word & (1L << layout.wordBits) - 1;
        long first = (layout.firstUnitHigh ? bits >>> layout.wordBits - layout.unitBits : bits) & (1L << layout.unitBits) - 1;
        int bytes = generated.length((int) first);
        return bytes == 0 ? layout.unitBits / 8 : bytes;
    }

    private String illegal(long word) {
        int bytes = length(word);
        long shown = aligned(bytes, word) & (bytes == 8 ? -1L : (1L << 8 * bytes) - 1);
        return String.format(Locale.ROOT, ".%dbyte 0x%0" + 2 * bytes + "x", bytes, shown);
    }

    /** The instruction set of a model. @param features the feature bits that are on */
    public InstructionSet instructionSet(long features) {
        return new Model(features);
    }

    private final class Model implements InstructionSet {
        private final long features;
        private final List<Instruction> instructions = new ArrayList<>();
        private final Instruction[] byLine = new Instruction[lines.size()];

        Model(long features) {
            this.features = features;
            for (int i = 0; i < byLine.length; i++) {
                if (lines.get(i).admitted(features)) {
                    byLine[i] = describe(lines.get(i));
                    instructions.add(byLine[i]);
                }
            }
        }

        private Instruction describe(Line line) {
            Map<String, Operand> operands = new LinkedHashMap<>();
            for (Argument argument : line.arguments) {
                if (argument.field != null) {
                    operands.putIfAbsent(argument.field.name, argument.field.operand());
                }
            }
            long extensions = line.featureMask & line.featureValue;
            for (long group : layout.exclusive) {
                extensions &= ~group;
            }
            // of several, as in "C & D", the one declared last: it is the one that encodes the other's instruction
            String extension = extensions == 0 ? "" : layout.features.get(63 - Long.numberOfLeadingZeros(extensions));
            return new Instruction(line.name, extension, line.bytes, aligned(line.bytes, line.mask), aligned(line.bytes, line.match),
                    List.copyOf(operands.values()));
        }

        /** The decoder's word at a place: units in the order of the layout, bytes of a unit in the same order. */
        private long word(byte[] code, int offset) {
            int bytes = layout.wordBits / 8;
            long word = 0;
            for (int i = 0; i < bytes; i++) {
                int at = offset + (layout.firstUnitHigh ? i : bytes - 1 - i);
                word = word << 8 | (at < code.length ? code[at] & 0xff : 0);
            }
            return word;
        }

        @Override
        public List<Instruction> instructions() {
            return java.util.Collections.unmodifiableList(instructions);
        }

        @Override
        public Instruction find(byte[] code, int offset) {
            int line = generated.match(word(code, offset), features);
            return line < 0 ? null : byLine[line];
        }

        @Override
        public int length(byte[] code, int offset) {
            return InstructionTable.this.length(word(code, offset));
        }

        @Override
        public int longest() {
            return layout.wordBits / 8;
        }

        @Override
        public byte[] bytes(long word, int length) {
            byte[] bytes = new byte[length];
            for (int i = 0; i < length; i++) {
                bytes[i] = (byte) (word >>> 8 * (layout.firstUnitHigh ? length - 1 - i : i));
            }
            return bytes;
        }

        @Override
        public long word(byte[] instruction) {
            long word = 0;
            for (int i = 0; i < instruction.length; i++) {
                word = word << 8 | instruction[layout.firstUnitHigh ? i : instruction.length - 1 - i] & 0xff;
            }
            return word;
        }

        @Override
        public String disassemble(byte[] code, int offset, long address) {
            return InstructionTable.this.disassemble(word(code, offset), address, features);
        }
    }
}
