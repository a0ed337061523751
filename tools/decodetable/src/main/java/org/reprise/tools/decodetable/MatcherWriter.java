package org.reprise.tools.decodetable;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/** Writes the switch tree that finds the line of the table which an instruction word matches. */
final class MatcherWriter {
    /** Comparisons per generated method; about 40 bytes of code each, far below the size that the JVM declines to compile. */
    private static final int METHOD_WEIGHT = 12;
    private static final int LINE_LENGTH = 140;

    private final DecodeTable table;
    private final Names names;
    private final String wordType;
    private final List<String> methods = new ArrayList<>();

    MatcherWriter(DecodeTable table, Names names) {
        this.table = table;
        this.names = names;
        this.wordType = table.longWord() ? "long" : "int";
    }

    String write() {
        MatchTree.Node root = MatchTree.build(table);
        StringBuilder rootCode = new StringBuilder();
        render(root, 2, rootCode);
        JavaSource out = new JavaSource(names.packageName(), table.file());
        if (!table.features().isEmpty()) {
            out.line("import static " + names.packageName() + "." + names.decoder() + ".*;");
        }
        out.line("import static " + names.packageName() + "." + names.fields() + ".*;");
        out.line("");
        out.line("/** Finds the table line that an instruction matches. */");
        out.line("final class " + names.matcher() + " {");
        out.line("    private " + names.matcher() + "() {");
        out.line("    }");
        out.line("");
        out.line("    /** The index of the line that {@code insn} matches under {@code features}, or -1. */");
        out.line("    static int line(" + wordType + " insn, long features) {");
        out.line("        return " + rootCode + ";");
        out.line("    }");
        out.line("");
        out.line("    private static boolean has(long features, long needed) {");
        out.line("        return (features & needed) == needed;");
        out.line("    }");
        out.line("");
        out.line("    private static boolean lacks(long features, long excluded) {");
        out.line("        return (features & excluded) == 0;");
        out.line("    }");
        methods.forEach(method -> out.line("").line(method));
        return out.line("}").toString();
    }

    private void render(MatchTree.Node node, int depth, StringBuilder out) {
        if (node instanceof MatchTree.Leaf leaf) {
            renderLeaf(leaf, depth, out);
            return;
        }
        MatchTree.Switch choice = (MatchTree.Switch) node;
        Map<String, List<String>> valuesByCode = new LinkedHashMap<>();
        choice.children().forEach((value, child) -> {
            StringBuilder code = new StringBuilder();
            if (child.weight() > METHOD_WEIGHT && child instanceof MatchTree.Switch) {
                code.append(method(child)).append("(insn, features)");
            } else {
                render(child, depth + 1, code);
            }
            valuesByCode.computeIfAbsent(code.toString(), c -> new ArrayList<>()).add(JavaSource.hex(value, false));
        });
        out.append("switch (").append(bits(choice)).append(") {\n");
        String indent = "    ".repeat(depth + 1);
        valuesByCode.forEach((code, values) ->
                out.append(indent).append("case ").append(String.join(", ", values)).append(" -> ").append(code).append(";\n"));
        out.append(indent).append("default -> -1;\n");
        out.append("    ".repeat(depth)).append('}');
    }

    private String bits(MatchTree.Switch choice) {
        String value = (choice.low() == 0 ? "insn" : "insn >>> " + choice.low()) + " & " + JavaSource.hex(Bits.ones(choice.width()), false);
        return table.longWord() ? "(int) (" + value + ")" : value;
    }

    private String method(MatchTree.Node node) {
        int index = methods.size();
        methods.add("");
        StringBuilder code = new StringBuilder();
        code.append("    private static int node").append(index).append('(').append(wordType).append(" insn, long features) {\n");
        code.append("        return ");
        render(node, 2, code);
        code.append(";\n    }");
        methods.set(index, code.toString());
        return "node" + index;
    }

    private void renderLeaf(MatchTree.Leaf leaf, int depth, StringBuilder out) {
        List<String> choices = new ArrayList<>();
        boolean certain = false;
        for (Instruction candidate : leaf.candidates()) {
            String test = test(candidate, leaf.known());
            String result = candidate.index() + " /* " + candidate.name() + " */";
            choices.add(test.isEmpty() ? result : test + " ? " + result);
            if (test.isEmpty()) {
                certain = true;
                break;
            }
        }
        if (!certain) {
            choices.add("-1");
        }
        String single = String.join(" : ", choices);
        boolean fits = 4 * (depth + 1) + single.length() + "case 0x00, 0x00 -> ;".length() <= LINE_LENGTH;
        out.append(fits && leaf.candidates().size() == 1 ? single : String.join("\n" + "    ".repeat(depth + 2) + ": ", choices));
    }

    private String test(Instruction candidate, long known) {
        List<String> tests = new ArrayList<>();
        long rest = table.placedMask(candidate) & ~known;
        if (rest != 0) {
            tests.add("(insn & " + JavaSource.hex(rest, table.longWord()) + ") == "
                    + JavaSource.hex(table.placedMatch(candidate) & rest, table.longWord()));
        }
        Condition condition = candidate.condition();
        if (condition.value() != 0) {
            tests.add("has(features, " + featureNames(condition.value()) + ")");
        }
        if ((condition.mask() & ~condition.value()) != 0) {
            tests.add("lacks(features, " + featureNames(condition.mask() & ~condition.value()) + ")");
        }
        for (Constraint constraint : candidate.constraints()) {
            String right = constraint.right() == null ? constant(constraint.constant()) : field(constraint.right(), candidate);
            tests.add(field(constraint.left(), candidate) + " " + constraint.operator().symbol + " " + right);
        }
        return String.join(" && ", tests);
    }

    private static String constant(long value) {
        return value == (int) value ? Long.toString(value) : value + "L";
    }

    private String field(Field field, Instruction instruction) {
        return call(table, field, instruction);
    }

    /** The expression for a field of an instruction whose pattern may stand higher in the word than at bit 0. */
    static String call(DecodeTable table, Field field, Instruction instruction) {
        int offset = table.offset(instruction);
        return JavaSource.camelCase(field.name()) + (offset == 0 ? "(insn)" : "(insn >>> " + offset + ")");
    }

    private String featureNames(long mask) {
        return table.features().stream().filter(f -> (mask >>> table.features().indexOf(f) & 1) != 0).collect(Collectors.joining(" | "));
    }
}
