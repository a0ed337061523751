package org.reprise.debug.symbols;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.reprise.debug.symbols.SymbolTable.Entry;

/**
 * The symbol table of an ELF file of any machine, 32 or 64 bits, either endianness (System V ABI, chapters 4 "Sections" and "Symbol
 * Table"): {@code .symtab}, or {@code .dynsym} where that is all there is.
 */
final class ElfSymbols {
    private static final int IDENT_BYTES = 16;
    private static final int RELOCATABLE = 1;
    private static final int SHARED = 3;
    private static final int MACHINE_ARM = 40;
    private static final int SYMTAB = 2;
    private static final int DYNSYM = 11;
    private static final long ALLOCATED = 2;
    private static final long EXECUTABLE = 4;
    private static final int FIRST_RESERVED = 0xff00;
    private static final int ANY = 0;
    private static final int OBJECT = 1;
    private static final int FUNCTION = 2;
    private static final int INDIRECT = 10;
    private static final int LOAD = 1;

    /** A section. @param type of {@code sh_type} @param link index of the section that belongs to it */
    private record Section(int type, long flags, long address, long offset, long size, int link, long entry) {
    }

    private final SymbolFile file;
    private final Entries entries;
    private final boolean wide;
    private final ByteOrder order;
    private final ByteBuffer header;
    private final int machine;
    private Section[] sections;

    static boolean isElf(ByteBuffer start) {
        return start.limit() >= 4 && start.get(0) == 0x7f && start.get(1) == 'E' && start.get(2) == 'L' && start.get(3) == 'F';
    }

    ElfSymbols(SymbolFile file) throws IOException {
        this.file = file;
        entries = new Entries(file.name());
        ByteBuffer ident = file.piece(0, IDENT_BYTES, "its identification");
        int width = ident.get(4);
        int endian = ident.get(5);
        if (width != 1 && width != 2 || endian != 1 && endian != 2) {
            throw entries.bad("has ELF class " + width + " and data encoding " + endian + ", which do not exist; it is damaged");
        }
        wide = width == 2;
        order = endian == 1 ? ByteOrder.LITTLE_ENDIAN : ByteOrder.BIG_ENDIAN;
        header = read(0, wide ? 64 : 52, "its header");
        machine = header.getShort(18) & 0xffff;
        if (header.getShort(16) == RELOCATABLE) {
            throw entries.bad("is not linked: its symbols have no addresses yet; give the linked file");
        }
    }

    /** 32 or 64 bits. */
    boolean wide() {
        return wide;
    }

    private ByteBuffer read(long offset, long bytes, String what) throws IOException {
        return file.piece(offset, bytes, what).order(order);
    }

    private long word(ByteBuffer from, int at) {
        return wide ? from.getLong(at) : from.getInt(at) & 0xffff_ffffL;
    }

    /** Where the file's lowest segment wants to lie, when the file may lie anywhere; else -1. */
    long movable() throws IOException {
        if (header.getShort(16) != SHARED) {
            return -1;
        }
        int size = header.getShort(wide ? 54 : 42) & 0xffff;
        int count = header.getShort(wide ? 56 : 44) & 0xffff;
        if (size < (wide ? 56 : 32)) {
            throw entries.bad("has program headers of " + size + " bytes; it is damaged");
        }
        ByteBuffer table = read(word(header, wide ? 32 : 28), (long) count * size, "its program headers");
        long lowest = -1;
        for (int i = 0; i < count; i++) {
            long address = word(table, i * size + (wide ? 16 : 8));
            if (table.getInt(i * size) == LOAD && Long.compareUnsigned(address, lowest) < 0) {
                lowest = address;
            }
        }
        return lowest;
    }

    /** The symbols; none when the file was stripped of them. */
    List<Entry> symbols() throws IOException {
        readSections();
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
            if (s.type == type && s.size > 0) {
                return s;
            }
        }
        return null;
    }

    private void readSections() throws IOException {
        long offset = word(header, wide ? 40 : 32);
        int size = header.getShort(wide ? 58 : 46) & 0xffff;
        long count = header.getShort(wide ? 60 : 48) & 0xffff;
        sections = new Section[0];
        if (offset == 0) {
            return;
        }
        if (size < (wide ? 64 : 40)) {
            throw entries.bad("has section headers of " + size + " bytes; it is damaged");
        }
        if (count == 0) {
            // more than fit into the header: the first section's size is their number
            count = word(read(offset, size, "its first section header"), wide ? 32 : 20);
        }
        if (count < 0 || count > 1 << 20) {
            throw entries.bad("has " + Long.toUnsignedString(count) + " sections; it is damaged");
        }
        ByteBuffer table = read(offset, count * size, "its section headers");
        sections = new Section[(int) count];
        for (int i = 0; i < count; i++) {
            int at = i * size;
            sections[i] = wide
                ? new Section(table.getInt(at + 4), table.getLong(at + 8), table.getLong(at + 16), table.getLong(at + 24),
                    table.getLong(at + 32), table.getInt(at + 40), table.getLong(at + 56))
                : new Section(table.getInt(at + 4), word(table, at + 8), word(table, at + 12), word(table, at + 16),
                    word(table, at + 20), table.getInt(at + 24), word(table, at + 36));
        }
    }

    private void readSymbols(Section table) throws IOException {
        int size = wide ? 24 : 16;
        if (table.entry != size) {
            throw entries.bad("has symbols of " + Long.toUnsignedString(table.entry) + " bytes, not " + size + "; it is damaged");
        }
        if (table.link < 0 || table.link >= sections.length) {
            throw entries.bad("has a symbol table whose names are in section " + table.link + " of " + sections.length + "; it is damaged");
        }
        Section strings = sections[table.link];
        ByteBuffer symbols = read(table.offset, table.size, "its symbol table");
        byte[] names = read(strings.offset, strings.size, "its symbols' names").array();
        for (int at = 0; at + size <= symbols.limit(); at += size) {
            int info = symbols.get(at + (wide ? 4 : 12));
            int section = symbols.getShort(at + (wide ? 6 : 14)) & 0xffff;
            long value = word(symbols, at + (wide ? 8 : 4));
            long bytes = word(symbols, at + (wide ? 16 : 8));
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
        boolean code = type == FUNCTION || type == INDIRECT || type == ANY && home != null && (home.flags & EXECUTABLE) != 0;
        boolean data = type == OBJECT || type == ANY && home != null && (home.flags & ALLOCATED) != 0;
        if (!code && !data || home == null && type == ANY) {
            return;
        }
        // ELF for the Arm Architecture, "Symbol Values": bit 0 of a function's address says Thumb
        long address = machine == MACHINE_ARM && type == FUNCTION ? value & -2 : value;
        boolean absurd = bytes < 0 || address >= 0 && address + bytes < 0;
        entries.add(new Entry(name, address, absurd ? 0 : bytes, home == null ? 0 : home.address + home.size, code, binding == 0 ? 1 : 0));
    }
}
