package org.reprise.debug.symbols;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * One unit of {@code .debug_line}: its header, its tables of folders and files, and its program (DWARF 5, section 6.2; DWARF 4, 3 and 2, which differ
 * in the header). Nothing is trusted: whatever does not fit is a {@link Damaged}, each step of the program takes at least a byte of it.
 */
final class LineUnit {
    private static final int PATH = 1;
    private static final int DIRECTORY_INDEX = 2;
    private static final int MOST_FILES = 1 << 20;
    private static final int ESCAPE_64 = 0xffff_ffff;

    /** What a unit says that cannot be. */
    static final class Damaged extends Exception {
        private static final long serialVersionUID = 1L;

        Damaged(String what) {
            super(what, null, false, false);
        }
    }

    /** The sections that a unit's texts are in. */
    record Sections(ByteBuffer line, ByteBuffer lineStrings, ByteBuffer strings, boolean wide) {
    }

    /** Takes the rows that a program makes. */
    interface Rows {
        /** @param statement whether it is a good place for a breakpoint */
        void row(long address, int file, int line, boolean statement);

        /** The sequence of rows ends. @param address after its last instruction */
        void end(long address);
    }

    /** Paths or folders: a place of a text each, as {@link #text}. */
    private static final class Names {
        private long[] text = new long[16];
        private int[] folder = new int[16];
        private int count;

        void add(long name, int in) throws Damaged {
            if (count >= MOST_FILES) {
                throw new Damaged("it names more than " + MOST_FILES + " files");
            }
            if (count == text.length) {
                text = Arrays.copyOf(text, count * 2);
                folder = Arrays.copyOf(folder, count * 2);
            }
            text[count] = name;
            folder[count++] = in;
        }
    }

    private static final int IN_LINE = 0;
    private static final int IN_LINE_STRINGS = 1;
    private static final int IN_STRINGS = 2;
    private static final int NOWHERE = 3;

    private final Sections sections;
    private final Cursor in;
    private final int version;
    private final boolean wideOffsets;
    private final int end;
    private final int programStart;
    private final int minimum;
    private final int operations;
    private final boolean statements;
    private final int lineBase;
    private final int lineRange;
    private final int opcodeBase;
    private final byte[] operands;
    private final Names folders = new Names();
    private final Names files = new Names();

    /** Reads a header. @param at where the unit begins in {@code .debug_line} */
    LineUnit(Sections sections, int at) throws Damaged {
        this.sections = sections;
        ByteBuffer line = sections.line();
        Cursor head = new Cursor(line, at, line.limit());
        int first = head.u32();
        wideOffsets = first == ESCAPE_64;
        end = end(line, at);
        in = new Cursor(line, head.at() + (wideOffsets ? 8 : 0), end);
        version = in.u16();
        if (version < 2 || version > 5) {
            throw new Damaged("its version is " + version + ", not one of DWARF 2 to 5");
        }
        int addressBytes = sections.wide() ? 8 : 4;
        if (version >= 5) {
            addressBytes = in.u8();
            in.skip(1);
        }
        if (addressBytes != 4 && addressBytes != 8) {
            throw new Damaged("its addresses have " + addressBytes + " bytes");
        }
        long length = in.offset(wideOffsets);
        if (length < 0 || length > end - in.at()) {
            throw new Damaged("its header has " + Long.toUnsignedString(length) + " bytes, more than the unit");
        }
        programStart = (int) (in.at() + length);
        minimum = in.u8();
        operations = version >= 4 ? in.u8() : 1;
        statements = in.u8() != 0;
        lineBase = (byte) in.u8();
        lineRange = in.u8();
        opcodeBase = in.u8();
        if (operations == 0 || lineRange == 0 || opcodeBase == 0) {
            throw new Damaged("its header has a 0 where none may be");
        }
        operands = new byte[opcodeBase];
        for (int i = 1; i < opcodeBase; i++) {
            operands[i] = (byte) in.u8();
        }
        if (version >= 5) {
            table(folders);
            table(files);
        } else {
            oldTables();
        }
    }

    /** Where the unit at a place ends. */
    static int end(ByteBuffer line, int at) throws Damaged {
        Cursor head = new Cursor(line, at, line.limit());
        long length = head.u32() & 0xffff_ffffL;
        if ((int) length == ESCAPE_64) {
            length = head.u64();
        } else if (length >= 0xffff_fff0L) {
            throw new Damaged("its length is reserved for later");
        }
        if (length < 0 || length > line.limit() - head.at()) {
            throw new Damaged("it is longer than its section");
        }
        return (int) (head.at() + length);
    }

    private void oldTables() throws Damaged {
        // folder 0 is where the compiler was started, and there is no file 0
        folders.add(text(NOWHERE, 0), 0);
        files.add(text(NOWHERE, 0), 0);
        while (in.peek() != 0) {
            folders.add(text(IN_LINE, in.at()), 0);
            in.skipText();
        }
        in.skip(1);
        while (in.peek() != 0) {
            long name = text(IN_LINE, in.at());
            in.skipText();
            files.add(name, (int) in.unsigned());
            in.unsigned();
            in.unsigned();
        }
    }

    private static long text(int section, long at) {
        return (long) section << 32 | at & 0xffff_ffffL;
    }

    /** DWARF 5, section 6.2.4.1: what an entry holds is said first. */
    private void table(Names names) throws Damaged {
        int fields = in.u8();
        int[] contents = new int[fields];
        int[] forms = new int[fields];
        for (int i = 0; i < fields; i++) {
            contents[i] = (int) in.unsigned();
            forms[i] = (int) in.unsigned();
        }
        long count = in.unsigned();
        if (count < 0 || count > (fields == 0 ? 0 : in.left())) {
            throw new Damaged("it names " + Long.toUnsignedString(count) + " files in " + in.left() + " bytes");
        }
        for (long n = 0; n < count; n++) {
            long name = text(NOWHERE, 0);
            int folder = 0;
            for (int i = 0; i < fields; i++) {
                if (contents[i] == PATH) {
                    name = textOf(forms[i]);
                } else if (contents[i] == DIRECTORY_INDEX) {
                    folder = (int) number(forms[i]);
                } else {
                    number(forms[i]);
                }
            }
            names.add(name, folder);
        }
    }

    /** A text's place, by its form (DWARF 5, section 7.5.6). */
    private long textOf(int form) throws Damaged {
        switch (form) {
            case 0x08: // DW_FORM_string
                long here = text(IN_LINE, in.at());
                in.skipText();
                return here;
            case 0x1f: // DW_FORM_line_strp
                return place(IN_LINE_STRINGS, in.offset(wideOffsets), sections.lineStrings());
            case 0x0e: // DW_FORM_strp
                return place(IN_STRINGS, in.offset(wideOffsets), sections.strings());
            default:
                number(form);
                return text(NOWHERE, 0);
        }
    }

    private static long place(int section, long at, ByteBuffer content) {
        return at < 0 || at >= content.limit() ? text(NOWHERE, 0) : text(section, at);
    }

    private long number(int form) throws Damaged {
        switch (form) {
            case 0x0b, 0x25: // data1, strx1
                return in.u8();
            case 0x05, 0x26: // data2, strx2
                return in.u16();
            case 0x27: // strx3
                in.skip(3);
                return 0;
            case 0x06, 0x28: // data4, strx4
                return in.u32() & 0xffff_ffffL;
            case 0x07: // data8
                return in.u64();
            case 0x1e: // data16: the MD5 of a file
                in.skip(16);
                return 0;
            case 0x0f, 0x1a: // udata, strx
                return in.unsigned();
            case 0x0d: // sdata
                return in.signed();
            case 0x08: // string
                in.skipText();
                return 0;
            case 0x0e, 0x1f, 0x17: // strp, line_strp, sec_offset
                return in.offset(wideOffsets);
            case 0x09: // block
                in.skip(in.unsigned());
                return 0;
            case 0x0a: // block1
                in.skip(in.u8());
                return 0;
            default:
                throw new Damaged("it has something of form " + form + ", which no table of files may have");
        }
    }

    /** How many files it names. */
    int files() {
        return files.count;
    }

    /** A file's name, behind its folder's unless that is where the compiler was started; empty when there is no such file. */
    String path(int file) {
        if (file < 0 || file >= files.count) {
            return "";
        }
        String name = string(files.text[file]);
        int folder = files.folder[file];
        if (folder <= 0 || folder >= folders.count || name.startsWith("/") || name.isEmpty()) {
            return name;
        }
        String before = string(folders.text[folder]);
        return before.isEmpty() ? name : before + (before.endsWith("/") ? "" : "/") + name;
    }

    private String string(long place) {
        ByteBuffer from = switch ((int) (place >>> 32)) {
            case IN_LINE -> sections.line();
            case IN_LINE_STRINGS -> sections.lineStrings();
            case IN_STRINGS -> sections.strings();
            default -> null;
        };
        if (from == null) {
            return "";
        }
        int start = (int) place;
        int stop = start;
        while (stop < from.limit() && from.get(stop) != 0 && stop - start < Entries.LONGEST) {
            stop++;
        }
        byte[] text = new byte[stop - start];
        from.get(start, text);
        return new String(text, StandardCharsets.UTF_8);
    }

    /** Where its first sequence begins in the section. */
    int first() {
        return programStart;
    }

    /**
     * Runs the program for one sequence of rows (DWARF 5, section 6.2.5).
     *
     * @param from where the sequence begins
     * @return where the next one begins; -1 when there is none
     */
    int sequence(int from, Rows rows) throws Damaged {
        Cursor code = new Cursor(sections.line(), from, end);
        long address = 0;
        int operation = 0;
        int file = 1;
        int line = 1;
        boolean statement = statements;
        while (code.left() > 0) {
            int opcode = code.u8();
            long advance = -1;
            if (opcode >= opcodeBase) {
                line += lineBase + (opcode - opcodeBase) % lineRange;
                advance = (opcode - opcodeBase) / lineRange;
            } else if (opcode == 8) { // DW_LNS_const_add_pc
                advance = (255 - opcodeBase) / lineRange;
            } else if (opcode == 2) { // DW_LNS_advance_pc
                advance = code.unsigned();
            }
            if (advance != -1) {
                address += minimum * ((operation + advance) / operations);
                operation = (int) ((operation + advance) % operations);
                if (opcode >= opcodeBase) {
                    rows.row(address, file, line, statement);
                }
                continue;
            }
            switch (opcode) {
                case 0 -> {
                    long length = code.unsigned();
                    if (length <= 0 || length > code.left()) {
                        throw new Damaged("its program has an instruction of " + Long.toUnsignedString(length) + " bytes");
                    }
                    int next = (int) (code.at() + length);
                    int extended = code.u8();
                    if (extended == 1) { // DW_LNE_end_sequence
                        rows.end(address);
                        return next < end ? next : -1;
                    } else if (extended == 2) { // DW_LNE_set_address
                        address = length - 1 == 8 ? code.u64() : length - 1 == 4 ? code.u32() & 0xffff_ffffL : address;
                        operation = 0;
                    }
                    // DW_LNE_define_file, which no compiler makes: such a file has no name
                    code.to(next);
                }
                case 1 -> rows.row(address, file, line, statement); // DW_LNS_copy
                case 3 -> line += (int) code.signed(); // DW_LNS_advance_line
                case 4 -> file = (int) code.unsigned(); // DW_LNS_set_file
                case 6 -> statement = !statement; // DW_LNS_negate_stmt
                case 9 -> { // DW_LNS_fixed_advance_pc
                    address += code.u16();
                    operation = 0;
                }
                default -> {
                    // column, basic block, prologue, epilogue, isa, and what later versions bring
                    for (int i = 0; i < (operands[opcode] & 0xff); i++) {
                        code.unsigned();
                    }
                }
            }
        }
        return -1;
    }
}
