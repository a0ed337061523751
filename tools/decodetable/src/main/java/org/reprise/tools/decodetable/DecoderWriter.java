package org.reprise.tools.decodetable;

import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/** Writes the decoder: feature bits, instruction length, and the calls of the handler's methods. */
final class DecoderWriter {
    /** Lines per dispatch method: at about 30 bytes of code each the method stays small enough for the JVM's compiler. */
    private static final int DISPATCH_BITS = 6;

    private final DecodeTable table;
    private final Names names;
    private final String wordType;

    DecoderWriter(DecodeTable table, Names names) {
        this.table = table;
        this.names = names;
        this.wordType = table.longWord() ? "long" : "int";
    }

    String write() {
        JavaSource out = new JavaSource(names.packageName(), table.file());
        out.line("import static " + names.packageName() + "." + names.fields() + ".*;");
        out.line("");
        out.line("/** Decodes an instruction and calls the method of {@link " + names.handler() + "} that its table line names. */");
        out.line("final class " + names.decoder() + " {");
        for (int i = 0; i < table.features().size(); i++) {
            out.line("    static final long " + table.features().get(i) + " = 1L << " + i + ";");
        }
        out.line("");
        out.line("    private " + names.decoder() + "() {");
        out.line("    }");
        if (table.hasLengthFunction()) {
            writeLength(out);
        }
        writeDecode(out);
        return out.line("}").toString();
    }

    private void writeLength(JavaSource out) {
        out.line("");
        out.line("    /** Bytes of the instruction that begins with {@code firstUnit} (" + table.unit() + " bits), or 0 if none does. */");
        out.line("    static int length(int firstUnit) {");
        for (DecodeTable.LengthRule rule : table.lengthRules()) {
            out.line("        if ((firstUnit & " + JavaSource.hex(rule.mask(), false) + ") == "
                    + JavaSource.hex(rule.match(), false) + ") {");
            out.line("            return " + rule.bytes() + ";");
            out.line("        }");
        }
        out.line("        return 0;");
        out.line("    }");
    }

    private void writeDecode(JavaSource out) {
        List<Instruction> all = table.instructions();
        int parts = all.size() + (1 << DISPATCH_BITS) - 1 >> DISPATCH_BITS;
        out.line("");
        out.line("    /**");
        out.line("     * Calls the handler's method for {@code insn}, "
                + (table.bigOrder() ? "whose first unit is the word's most significant."
                : "whose first unit is the word's least significant."));
        out.line("     *");
        out.line("     * @param features the feature bits that are on");
        out.line("     * @return false when no line matches: an illegal instruction");
        out.line("     */");
        out.line("    static boolean decode(" + wordType + " insn, long features, " + names.handler() + " t) {");
        out.line("        int line = " + names.matcher() + ".line(insn, features);");
        out.line("        if (line < 0) {");
        out.line("            return false;");
        out.line("        }");
        out.line("        switch (line >>> " + DISPATCH_BITS + ") {");
        for (int part = 0; part < parts; part++) {
            out.line("            case " + part + " -> dispatch" + part + "(line, insn, t);");
        }
        out.line("            default -> throw new AssertionError(line);");
        out.line("        }");
        out.line("        return true;");
        out.line("    }");
        for (int part = 0; part < parts; part++) {
            out.line("");
            out.line("    private static void dispatch" + part + "(int line, " + wordType + " insn, " + names.handler() + " t) {");
            out.line("        switch (line) {");
            int end = Math.min(all.size(), part + 1 << DISPATCH_BITS);
            for (Instruction instruction : all.subList(part << DISPATCH_BITS, end)) {
                out.line("            case " + instruction.index() + " -> t." + instruction.handler() + "("
                        + arguments(instruction) + ");");
            }
            out.line("            default -> throw new AssertionError(line);");
            out.line("        }");
            out.line("    }");
        }
    }

    /** The arguments in the order of the handler's signature, which the first line that calls it defines. */
    private String arguments(Instruction instruction) {
        Map<String, Argument> byName = instruction.passed().stream().collect(Collectors.toMap(Argument::name, a -> a));
        return table.signatures().get(instruction.handler()).stream().map(parameter -> {
            Argument argument = byName.get(parameter.name());
            if (argument.field() == null) {
                return argument.constant() + (argument.isLong() ? "L" : "");
            }
            return MatcherWriter.call(table, argument.field(), instruction);
        }).collect(Collectors.joining(", "));
    }

    /** The handler's methods as Java declarations, one per line, with the table lines that call each. */
    static String signatures(DecodeTable table) {
        StringBuilder text = new StringBuilder();
        table.signatures().forEach((handler, parameters) -> {
            String callers = table.instructions().stream().filter(i -> i.handler().equals(handler)).map(Instruction::name).distinct()
                    .collect(Collectors.joining(" "));
            text.append("void ").append(handler).append('(').append(parameters.stream()
                    .map(p -> (p.isLong() ? "long " : "int ") + p.name()).collect(Collectors.joining(", ")))
                    .append("); // ").append(callers).append('\n');
        });
        return text.toString();
    }
}
