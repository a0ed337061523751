package org.reprise.tools.decodetable;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;

/** Writes the runtime description of the table: its resolved lines as data, and the class that reads them. */
final class TableWriter {
    /** Lines per file of rows, so that files stay readable and static initialisers far below their limit. */
    static final int ROWS_PER_FILE = 700;
    private static final String TEMPLATE = "Table.java.template";

    private final DecodeTable table;
    private final Names names;

    TableWriter(DecodeTable table, Names names) {
        this.table = table;
        this.names = names;
    }

    private int parts() {
        return Math.max(1, (table.instructions().size() + ROWS_PER_FILE - 1) / ROWS_PER_FILE);
    }

    /** File name (without extension) to text. */
    Map<String, String> write() {
        Map<String, String> files = new TreeMap<>();
        for (int part = 0; part < parts(); part++) {
            int from = part * ROWS_PER_FILE;
            List<Instruction> rows = table.instructions().subList(from, Math.min(table.instructions().size(), from + ROWS_PER_FILE));
            files.put(names.rows(part), rows(part, rows));
        }
        files.put(names.table(), tableClass());
        return files;
    }

    private String rows(int part, List<Instruction> rows) {
        JavaSource out = new JavaSource(names.packageName(), table.file());
        out.line("/** Table lines: name|mask|match|bytes|feature mask|feature value|arguments|constraints|syntax. */");
        out.line("final class " + names.rows(part) + " {");
        out.line("    static final String[] ROWS = {");
        rows.forEach(row -> out.line("        " + JavaSource.quoted(row(row)) + ","));
        out.line("    };");
        out.line("");
        out.line("    private " + names.rows(part) + "() {");
        out.line("    }");
        return out.line("}").toString();
    }

    private String row(Instruction i) {
        String arguments = i.arguments().stream()
                .map(a -> (a.passed() ? "" : "~") + a.name() + "=" + (a.field() == null ? Long.toString(a.constant()) : a.field().name()))
                .collect(Collectors.joining(" "));
        String constraints = i.constraints().stream().map(Constraint::toString).collect(Collectors.joining(" "));
        return String.join("|", i.name(), Long.toHexString(table.placedMask(i)), Long.toHexString(table.placedMatch(i)),
                Integer.toString(i.bits() / 8), Long.toHexString(i.condition().mask()), Long.toHexString(i.condition().value()),
                arguments, constraints, i.syntax());
    }

    private String field(Field field) {
        String pieces = field.pieces().stream().map(p -> p.high() + ":" + p.low()).collect(Collectors.joining(","));
        return String.join(" ", field.name(), field.kind(), field.signed() ? "s" : "u", pieces, Integer.toString(field.shift()),
                Long.toString(field.add()));
    }

    private String tableClass() {
        String fields = table.fields().values().stream().map(f -> "                " + JavaSource.quoted(field(f)) + ",\n")
                .collect(Collectors.joining());
        String rows = "";
        for (int part = 0; part < parts(); part++) {
            rows += (part == 0 ? "" : ", ") + names.rows(part) + ".ROWS";
        }
        boolean named = table.fields().values().stream().anyMatch(f -> !TableParser.BUILT_IN_KINDS.contains(f.kind()));
        return new JavaSource(names.packageName(), table.file()) + template()
                .replace("@TABLE@", names.table())
                .replace("@MATCHER@", names.matcher())
                .replace("@CAST@", table.longWord() ? "" : "(int) ")
                .replace("@UNIT@", Integer.toString(table.unit()))
                .replace("@WORD_BITS@", Integer.toString(table.wordBits()))
                .replace("@BIG_ORDER@", Boolean.toString(table.bigOrder()))
                .replace("@FEATURES@", table.features().stream().map(JavaSource::quoted).collect(Collectors.joining(", ")))
                .replace("@EXCLUSIVE@", table.exclusiveGroups().stream().map(g -> JavaSource.hex(g, true)).collect(Collectors.joining(", ")))
                .replace("@ADDRESS_BITS@", table.addressFeatures().entrySet().stream()
                        .map(e -> JavaSource.hex(e.getKey(), true) + ", " + e.getValue() + "L").collect(Collectors.joining(", ")))
                .replace("@FIELDS@", fields)
                .replace("@ROWS@", rows)
                .replace("@LENGTH@", table.hasLengthFunction() ? names.decoder() + ".length(firstUnit)"
                        : Integer.toString(table.wordBits() / 8))
                .replace("@NAMED_KINDS@", named ? "return " + names.registerNames() + ".format(kind, value)"
                        : "throw new AssertionError(\"no kind \" + kind)");
    }

    private static String template() {
        try (InputStream in = TableWriter.class.getResourceAsStream(TEMPLATE)) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException("the tool's own " + TEMPLATE + " cannot be read; rebuild the tool", e);
        }
    }
}
