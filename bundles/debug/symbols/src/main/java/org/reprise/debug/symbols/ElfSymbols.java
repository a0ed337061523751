package org.reprise.debug.symbols;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.reprise.debug.symbols.ElfFile.Section;
import org.reprise.debug.symbols.SymbolTable.Entry;

/** The symbol table of an ELF file (System V ABI, chapter 4 "Symbol Table"): {@code .symtab}, or {@code .dynsym} where that is all there is. */
final class ElfSymbols {
    private static final int MACHINE_ARM = 40;
    private static final int SYMTAB = 2;
    private static final int DYNSYM = 11;
    private static final int FIRST_RESERVED = 0xff00;
    private static final int ANY = 0;
    private static final int OBJECT = 1;
    private static final int FUNCTION = 2;
    private static final int INDIRECT = 10;

    private final ElfFile elf;
    private final Entries entries;
    private final boolean wide;
    private final Section[] sections;

    /** @param name the file's, for messages */
    ElfSymbols(ElfFile elf, String name) throws IOException {
        this.elf = elf;
        entries = new Entries(name);
        wide = elf.wide();
        sections = elf.sections();
    }

    /** The symbols; none when the file was stripped of them. */
    List<Entry> symbols() throws IOException {
        Section table = table(SYMTAB);
        if (table == null) {
            table = table(DYNSYM);
        }
        if (table != null) {
            readSymbols(table);
        }
        return entries.list();
    }

    private Section table(int type) {
        for (Section s : sections) {
            if (s.type() == type && s.size() > 0) {
                return s;
            }
        }
        return null;
    }

    private void readSymbols(Section table) throws IOException {
        int size = wide ? 24 : 16;
        if (table.entry() != size) {
            throw entries.bad("has symbols of " + Long.toUnsignedString(table.entry()) + " bytes, not " + size + "; it is damaged");
        }
        if (table.link() < 0 || table.link() >= sections.length) {
            throw entries.bad("has a symbol table whose names are in section " + table.link() + " of " + sections.length + "; it is damaged");
        }
        Section strings = sections[table.link()];
        ByteBuffer symbols = elf.read(table.offset(), table.size(), "its symbol table");
        byte[] names = elf.read(strings.offset(), strings.size(), "its symbols' names").array();
        for (int at = 0; at + size <= symbols.limit(); at += size) {
            int info = symbols.get(at + (wide ? 4 : 12));
            int section = symbols.getShort(at + (wide ? 6 : 14)) & 0xffff;
            long value = elf.word(symbols, at + (wide ? 8 : 4));
            long bytes = elf.word(symbols, at + (wide ? 16 : 8));
            symbol(name(names, symbols.getInt(at)), info & 15, info >>> 4 & 15, section, value, bytes);
        }
    }

    private String name(byte[] names, int at) {
        if (at < 0 || at >= names.length) {
            throw entries.bad("has a symbol whose name is at " + Integer.toUnsignedString(at) + " of " + names.length
                + " bytes; it is damaged");
        }
        int end = at;
        while (end < names.length && names[end] != 0 && end - at < Entries.LONGEST) {
            end++;
        }
        return new String(names, at, end - at, StandardCharsets.UTF_8);
    }

    private void symbol(String name, int type, int binding, int section, long value, long bytes) {
        // $x, $d, … mark code and data for disassemblers; .L… are the compiler's
        if (name.isEmpty() || name.startsWith("$") || name.startsWith(".L") || section == 0) {
            return;
        }
        Section home = section < FIRST_RESERVED && section < sections.length ? sections[section] : null;
        boolean code = type == FUNCTION || type == INDIRECT || type == ANY && home != null && home.executable();
        boolean data = type == OBJECT || type == ANY && home != null && home.allocated();
        if (!code && !data || home == null && type == ANY) {
            return;
        }
        // ELF for the Arm Architecture, "Symbol Values": bit 0 of a function's address says Thumb
        long address = elf.machine() == MACHINE_ARM && type == FUNCTION ? value & -2 : value;
        boolean absurd = bytes < 0 || address >= 0 && address + bytes < 0;
        entries.add(new Entry(name, address, absurd ? 0 : bytes, home == null ? 0 : home.address() + home.size(), code, binding == 0 ? 1 : 0));
    }
}
