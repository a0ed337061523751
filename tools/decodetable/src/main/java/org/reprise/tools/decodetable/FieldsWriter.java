package org.reprise.tools.decodetable;

import java.util.ArrayList;
import java.util.List;

/** Writes one static method per field that takes its value out of an instruction word. */
final class FieldsWriter {
    private final DecodeTable table;
    private final Names names;

    FieldsWriter(DecodeTable table, Names names) {
        this.table = table;
        this.names = names;
    }

    String write() {
        JavaSource out = new JavaSource(names.packageName(), table.file());
        out.line("/** The fields of an instruction, each in the bit positions that the table gives it. */");
        out.line("final class " + names.fields() + " {");
        out.line("    private " + names.fields() + "() {");
        out.line("    }");
        for (Field field : table.fields().values()) {
            out.line("");
            method(out, field);
        }
        return out.line("}").toString();
    }

    private void method(JavaSource out, Field field) {
        boolean wide = table.longWord() || field.width() + field.shift() > 32
                || !field.signed() && field.width() + field.shift() == 32 || field.add() != (int) field.add();
        String type = field.isLong() ? "long" : "int";
        String word = wide && !table.longWord() ? "(insn & 0xffffffffL)" : "insn";
        String value = expression(field, wide, word);
        if (wide && !field.isLong()) {
            value = "(int) (" + value + ")";
        }
        out.line("    static " + type + " " + JavaSource.camelCase(field.name()) + "(" + (table.longWord() ? "long" : "int") + " insn) {");
        out.line("        return " + value + ";");
        out.line("    }");
    }

    private static String expression(Field field, boolean wide, String word) {
        List<String> terms = new ArrayList<>();
        int position = field.width() + field.shift();
        boolean signedPiece = field.signed();
        for (Field.Piece piece : field.pieces()) {
            position -= piece.width();
            terms.add(signedPiece ? signedTerm(piece, position, wide ? 63 : 31, word) : unsignedTerm(piece, position, wide, word));
            signedPiece = false;
        }
        String value = terms.size() == 1 ? terms.get(0) : "(" + String.join(") | (", terms) + ")";
        if (field.add() == 0) {
            return value;
        }
        return "(" + value + ")" + (field.add() < 0 ? " - " : " + ") + Math.abs(field.add());
    }

    private static String unsignedTerm(Field.Piece piece, int position, boolean wide, String word) {
        int right = piece.low() - position;
        String moved = right > 0 ? word + " >>> " + right : right < 0 ? word + " << " + -right : word;
        return moved + " & " + JavaSource.hex(piece.ones() << position, wide);
    }

    private static String signedTerm(Field.Piece piece, int position, int top, String word) {
        int left = top - piece.high();
        int right = left + piece.low();
        StringBuilder term = new StringBuilder(word);
        if (left > 0) {
            term.append(" << ").append(left);
        }
        if (right > 0) {
            term.append(" >> ").append(right);
        }
        if (position > 0) {
            term.append(" << ").append(position);
        }
        return term.toString();
    }
}
