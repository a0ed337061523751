package org.reprise.tools.decodetable;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.lang.model.SourceVersion;

/** Reads a decode table; docs/decode-table.md describes the format. Names are defined before they are used. */
final class TableParser {
    /** Kinds that the generated disassembler formats by itself. */
    static final Set<String> BUILT_IN_KINDS = Set.of("imm", "hex", "pcrel");

    private static final Pattern INSTRUCTION = Pattern.compile("([^\\s|]+)\\s*(?:->\\s*([^\\s|]+)\\s*)?\\|(.*)");
    private static final Pattern COMMENT = Pattern.compile("(^|\\s)#(\\s.*)?$");
    private static final Pattern COMMENT_LINE = Pattern.compile("^\\s*#.*$");
    private static final Pattern IDENTIFIER = Pattern.compile("[A-Za-z][A-Za-z0-9_]*");
    private static final Pattern FIELD_TAIL = Pattern.compile("([0-9:|]+)(?:\\s*<<\\s*(\\d+))?(?:\\s+([+-])\\s*(\\d+))?");
    private static final Pattern PLACEHOLDER = Pattern.compile("\\{([^{}]*)}");
    private static final Pattern COMPARISON = Pattern.compile("(\\w+)\\s*(!=|==|<=|>=|<|>)\\s*(-?\\w+)");
    /** Names that the generated classes use for themselves. */
    private static final Pattern RESERVED = Pattern.compile("decode|length|line|has|lacks|insn|features|(dispatch|node)\\d+");
    private static final int MAXIMUM_BITS = 64;

    /** Arguments, operand syntax and constraints shared by several lines. */
    private record Format(List<Argument> arguments, String operands, List<Constraint> constraints) {
    }

    private final String file;
    private final Problems problems;
    private final Set<String> kinds = new LinkedHashSet<>(BUILT_IN_KINDS);
    private final List<String> features = new ArrayList<>();
    private final List<Long> exclusive = new ArrayList<>();
    private final Map<Long, Integer> addressFeatures = new LinkedHashMap<>();
    private final Map<String, Field> fields = new LinkedHashMap<>();
    private final Map<String, Format> formats = new LinkedHashMap<>();
    private final List<DecodeTable.LengthRule> lengthRules = new ArrayList<>();
    private final List<Instruction> instructions = new ArrayList<>();
    private int unit;
    private boolean bigOrder;
    private boolean lengthByLine;
    private int line;

    private TableParser(String file) {
        this.file = file;
        this.problems = new Problems(file);
    }

    /**
     * Parses and checks a table.
     *
     * @param file the name that problems are reported under
     * @throws TableException naming every problem found
     */
    static DecodeTable parse(String file, List<String> lines) throws TableException {
        TableParser parser = new TableParser(file);
        for (String text : lines) {
            parser.line++;
            parser.readLine(text);
        }
        parser.problems.throwIfAny();
        if (parser.unit == 0) {
            parser.problems.add(1, "no unit directive; add 'unit 32' (bits in which instructions are fetched)");
        }
        parser.problems.throwIfAny();
        DecodeTable table = new DecodeTable(file, parser.unit, parser.bigOrder, parser.lengthByLine, parser.lengthRules, parser.features,
                parser.exclusive, parser.addressFeatures, parser.fields, parser.instructions);
        TableChecker.check(table, parser.problems);
        parser.problems.throwIfAny();
        return table;
    }

    private void error(String message) {
        problems.add(line, message);
    }

    private void readLine(String raw) {
        String text = COMMENT_LINE.matcher(raw).matches() ? "" : COMMENT.matcher(raw).replaceFirst("").strip();
        if (text.isEmpty()) {
            return;
        }
        Matcher instruction = INSTRUCTION.matcher(text);
        if (instruction.matches()) {
            readInstruction(instruction.group(1), instruction.group(2), instruction.group(3).split("\\|", -1));
            return;
        }
        String[] words = text.split("\\s+", 2);
        String rest = words.length > 1 ? words[1] : "";
        switch (words[0]) {
            case "unit" -> readUnit(rest);
            case "length" -> readLength(rest);
            case "kind" -> readNames(rest, "kind", kinds);
            case "feature" -> readFeatures(rest);
            case "exclusive" -> readExclusive(rest);
            case "address-bits" -> readAddressBits(rest);
            case "field" -> readField(rest);
            case "format" -> readFormat(rest);
            default -> error("unknown directive '" + words[0]
                    + "'; use unit, length, kind, feature, exclusive, address-bits, field, format,"
                    + " or an instruction line 'name | pattern | arguments | condition | syntax | constraints'");
        }
    }

    private void readUnit(String rest) {
        Matcher matcher = Pattern.compile("(8|16|32)(?:\\s+(little|big))?").matcher(rest);
        if (!matcher.matches()) {
            error("unit '" + rest + "' is not a fetch unit; write 8, 16 or 32, then 'little' (first unit least significant) or 'big'");
            return;
        }
        if (unit != 0) {
            error("unit given twice; keep one unit directive");
        }
        unit = Integer.parseInt(matcher.group(1));
        bigOrder = "big".equals(matcher.group(2));
    }

    private void readLength(String rest) {
        if (rest.equals("by-line")) {
            lengthByLine = true;
            return;
        }
        Matcher matcher = Pattern.compile("(\\d+)\\s+([01.\\s]+)").matcher(rest);
        if (!matcher.matches()) {
            error("length '" + rest + "' is not a rule; write 'length BYTES PATTERN' with the first unit's pattern, or 'length by-line'");
            return;
        }
        String bits = matcher.group(2).replaceAll("\\s", "");
        if (unit == 0 || bits.length() != unit) {
            error("length pattern '" + bits + "' has " + bits.length() + " bits, the unit " + unit
                    + "; give one unit's bits, after 'unit'");
            return;
        }
        lengthRules.add(new DecodeTable.LengthRule(Integer.parseInt(matcher.group(1)), maskOf(bits), matchOf(bits), line));
    }

    private void readNames(String rest, String what, Set<String> into) {
        for (String name : rest.split("\\s+")) {
            if (checkIdentifier(name, what) && !into.add(name)) {
                error(what + " '" + name + "' is defined twice; remove one");
            }
        }
    }

    private void readFeatures(String rest) {
        Set<String> known = new LinkedHashSet<>(features);
        readNames(rest, "feature", known);
        features.clear();
        features.addAll(known);
        if (features.size() > Long.SIZE) {
            error(features.size() + " features; at most 64 fit the mask, derive group features instead");
        }
    }

    private void readExclusive(String rest) {
        long group = 0;
        for (String name : rest.split("\\s+")) {
            group |= feature(name);
        }
        exclusive.add(group);
    }

    private void readAddressBits(String rest) {
        Matcher matcher = Pattern.compile("(\\w+)\\s+(\\d+)").matcher(rest);
        if (!matcher.matches()) {
            error("address-bits '" + rest + "' is not 'FEATURE BITS'; write for instance 'address-bits RV32 32'");
            return;
        }
        addressFeatures.put(feature(matcher.group(1)), Integer.parseInt(matcher.group(2)));
    }

    private long feature(String name) {
        int index = features.indexOf(name);
        if (index < 0) {
            error("unknown feature '" + name + "'; declare it before with 'feature " + name + "' (known: "
                    + String.join(" ", features) + ")");
            return 0;
        }
        return 1L << index;
    }

    private boolean checkIdentifier(String name, String what) {
        if (!IDENTIFIER.matcher(name).matches()) {
            error(what + " name '" + name + "' is not a Java identifier; use letters, digits and _");
            return false;
        }
        return true;
    }

    private void readField(String rest) {
        String[] words = rest.split("\\s+", 3);
        if (words.length < 3) {
            error("field '" + rest + "' is incomplete; write 'field NAME KIND [s] HIGH:LOW|BIT... [<< N] [+ N]'");
            return;
        }
        String tail = words[2].strip();
        boolean signed = tail.startsWith("s ");
        Matcher matcher = FIELD_TAIL.matcher(signed ? tail.substring(2).strip() : tail);
        if (!matcher.matches()) {
            error("field '" + words[0] + "' has bits '" + tail + "'; write '[s] HIGH:LOW|BIT... [<< N] [+ N]'");
            return;
        }
        if (!kinds.contains(words[1])) {
            error("unknown kind '" + words[1] + "' of field '" + words[0] + "'; declare it with 'kind " + words[1]
                    + "' or use imm, hex, pcrel");
        }
        List<Field.Piece> pieces = new ArrayList<>();
        long seen = 0;
        for (String piece : matcher.group(1).split("\\|")) {
            Matcher bits = Pattern.compile("(\\d{1,2})(?::(\\d{1,2}))?").matcher(piece);
            if (!bits.matches()) {
                error("field '" + words[0] + "' has the piece '" + piece + "'; write HIGH:LOW or one bit number");
                return;
            }
            int high = Integer.parseInt(bits.group(1));
            int low = bits.group(2) == null ? high : Integer.parseInt(bits.group(2));
            if (high < low || high >= MAXIMUM_BITS) {
                error("field '" + words[0] + "' has the piece '" + piece + "'; write the high bit (at most 63) first, then the low one");
                return;
            }
            Field.Piece parsed = new Field.Piece(high, low);
            if ((seen & parsed.ones() << low) != 0) {
                error("field '" + words[0] + "' uses bits of '" + piece + "' twice; name each bit once");
            }
            seen |= parsed.ones() << low;
            pieces.add(parsed);
        }
        int shift = matcher.group(2) == null ? 0 : Integer.parseInt(matcher.group(2));
        long add = matcher.group(4) == null ? 0 : Long.parseLong(matcher.group(3) + matcher.group(4));
        Field field = new Field(words[0], words[1], signed, pieces, shift, add);
        if (field.width() + shift > MAXIMUM_BITS) {
            error("field '" + words[0] + "' needs " + (field.width() + shift) + " bits; at most 64 fit a long");
        }
        if (checkIdentifier(words[0], "field") && (SourceVersion.isKeyword(words[0]) || RESERVED.matcher(words[0]).matches())) {
            error("field name '" + words[0] + "' is reserved in the generated classes; choose another");
        }
        if (fields.put(words[0], field) != null) {
            error("field '" + words[0] + "' is defined twice; remove one");
        }
    }

    private void readFormat(String rest) {
        String[] columns = rest.split("\\|", -1);
        String name = columns[0].strip();
        if (columns.length < 3 || columns.length > 4) {
            error("format '" + name + "' has " + columns.length + " columns; write 'format NAME | arguments | operands [| constraints]'");
            return;
        }
        List<Argument> arguments = readArguments(columns[1], new ArrayList<>());
        List<Constraint> constraints = new ArrayList<>();
        if (columns.length == 4) {
            readConstraints(columns[3], arguments, constraints, new ArrayList<>());
        }
        if (checkIdentifier(name, "format")
                && formats.put(name, new Format(arguments, columns[2].strip(), constraints)) != null) {
            error("format '" + name + "' is defined twice; remove one");
        }
    }

    private void readInstruction(String name, String chosenHandler, String[] columns) {
        if (columns.length < 3 || columns.length > 5) {
            error("instruction '" + name + "' has " + (columns.length + 1)
                    + " columns; write 'name [-> handler] | pattern | arguments | condition [| syntax [| constraints]]'");
            return;
        }
        String pattern = columns[0].replaceAll("\\s", "");
        Matcher odd = Pattern.compile("[^01.]").matcher(pattern);
        if (odd.find()) {
            error("pattern of '" + name + "' has the character '" + odd.group() + "'; use 0, 1, . and spaces");
            return;
        }
        if (unit == 0 || pattern.isEmpty() || pattern.length() % unit != 0 || pattern.length() > MAXIMUM_BITS) {
            error("pattern of '" + name + "' has " + pattern.length() + " bits; give a multiple of the unit (" + unit + "), at most 64");
            return;
        }
        Format format = null;
        String argumentText = columns[1].strip();
        List<Argument> arguments = new ArrayList<>();
        if (argumentText.startsWith("@")) {
            String[] split = argumentText.substring(1).split("\\s+", 2);
            format = formats.get(split[0]);
            if (format == null) {
                error("unknown format '" + split[0] + "'; define it before with 'format " + split[0] + " | arguments | operands'");
                return;
            }
            arguments.addAll(format.arguments());
            argumentText = split.length > 1 ? split[1] : "";
        }
        readArguments(argumentText, arguments);
        String syntax = columns.length > 3 ? columns[3].strip() : "";
        if (syntax.isEmpty()) {
            syntax = format == null || format.operands().isEmpty() ? name : name + " " + format.operands();
        }
        List<Constraint> constraints = new ArrayList<>(format == null ? List.of() : format.constraints());
        List<String> overrides = new ArrayList<>();
        if (columns.length > 4) {
            readConstraints(columns[4], arguments, constraints, overrides);
        }
        checkPlaceholders(name, syntax, arguments);
        String handler = handlerName(chosenHandler == null ? name : chosenHandler);
        instructions.add(new Instruction(instructions.size(), name, handler, chosenHandler != null, pattern.length(), maskOf(pattern),
                matchOf(pattern), arguments, readCondition(columns[2].strip()), syntax, constraints, overrides, line));
    }

    private String handlerName(String name) {
        String handler = name.replaceAll("[.-]", "_");
        if (SourceVersion.isKeyword(handler)) {
            return handler + "_";
        }
        checkIdentifier(handler, "handler");
        return handler;
    }

    private List<Argument> readArguments(String text, List<Argument> into) {
        for (String word : text.strip().split("\\s+")) {
            if (word.isEmpty() || word.equals("-")) {
                continue;
            }
            boolean passed = !word.startsWith("~");
            String[] parts = (passed ? word : word.substring(1)).split("=", 2);
            String name = parts[0];
            String value = parts[parts.length - 1];
            Argument argument;
            if (value.matches("-?\\d+|0x[0-9a-fA-F]+")) {
                argument = new Argument(name, null, Long.decode(value), passed);
            } else {
                Field field = fields.get(value);
                if (field == null) {
                    error("unknown field '" + value + "' in argument '" + word + "'; define it before with 'field " + value
                            + " KIND BITS'");
                    continue;
                }
                argument = new Argument(name, field, 0, passed);
            }
            if (checkIdentifier(name, "argument") && SourceVersion.isKeyword(name)) {
                error("argument name '" + name + "' is a Java keyword; choose another");
            }
            if (into.stream().anyMatch(a -> a.name().equals(name))) {
                error("argument '" + name + "' is given twice; remove one");
            }
            into.add(argument);
        }
        return into;
    }

    private Condition readCondition(String text) {
        long mask = 0;
        long value = 0;
        for (String name : text.split("&")) {
            String stripped = name.strip();
            if (stripped.isEmpty() || stripped.equals("-")) {
                continue;
            }
            boolean negated = stripped.startsWith("!");
            long bit = feature(negated ? stripped.substring(1) : stripped);
            if ((mask & bit) != 0) {
                error("feature '" + stripped + "' stands twice in the condition '" + text + "'; name it once");
            }
            mask |= bit;
            value |= negated ? 0 : bit;
        }
        return new Condition(mask, value);
    }

    private void readConstraints(String text, List<Argument> arguments, List<Constraint> constraints, List<String> overrides) {
        for (String item : text.split(",")) {
            String stripped = item.strip();
            Matcher comparison = COMPARISON.matcher(stripped);
            if (stripped.isEmpty()) {
                continue;
            }
            if (stripped.startsWith("overrides ")) {
                overrides.add(stripped.substring("overrides ".length()).strip());
            } else if (comparison.matches()) {
                Field left = operand(comparison.group(1), arguments);
                String right = comparison.group(3);
                boolean constant = right.matches("-?\\d+|0x[0-9a-fA-F]+");
                Field rightField = constant ? null : operand(right, arguments);
                String symbol = comparison.group(2);
                if (left != null && (constant || rightField != null)) {
                    for (Constraint.Operator operator : Constraint.Operator.values()) {
                        if (operator.symbol.equals(symbol)) {
                            constraints.add(new Constraint(left, operator, rightField, constant ? Long.decode(right) : 0));
                        }
                    }
                }
            } else {
                error("constraint '" + stripped + "' is not understood; write 'argument!=value' (==, <, <=, >, >=) or 'overrides NAME'");
            }
        }
    }

    private Field operand(String name, List<Argument> arguments) {
        for (Argument argument : arguments) {
            if (argument.name().equals(name)) {
                if (argument.field() == null) {
                    error("constraint on '" + name + "', which is the constant " + argument.constant() + "; constrain a field");
                }
                return argument.field();
            }
        }
        Field field = fields.get(name);
        if (field == null) {
            error("constraint on unknown '" + name + "'; name one of the line's arguments or a field");
        }
        return field;
    }

    private void checkPlaceholders(String name, String syntax, List<Argument> arguments) {
        Matcher matcher = PLACEHOLDER.matcher(syntax);
        while (matcher.find()) {
            String operand = matcher.group(1).startsWith("pc+") ? matcher.group(1).substring(3) : matcher.group(1);
            if (arguments.stream().noneMatch(a -> a.name().equals(operand)) && !fields.containsKey(operand)) {
                error("syntax of '" + name + "' shows unknown '{" + operand + "}'; name one of the line's arguments or a field");
            }
        }
        if (PLACEHOLDER.matcher(syntax).replaceAll("").matches(".*[{}].*")) {
            error("syntax of '" + name + "' has an unbalanced brace: '" + syntax + "'; write {argument}");
        }
    }

    private static long maskOf(String pattern) {
        long mask = 0;
        for (char c : pattern.toCharArray()) {
            mask = mask << 1 | (c == '.' ? 0 : 1);
        }
        return mask;
    }

    private static long matchOf(String pattern) {
        long match = 0;
        for (char c : pattern.toCharArray()) {
            match = match << 1 | (c == '1' ? 1 : 0);
        }
        return match;
    }
}
