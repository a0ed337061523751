package org.reprise.debug.symbols;

import io.airlift.compress.MalformedInputException;
import io.airlift.compress.zstd.ZstdInputStream;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.zip.InflaterInputStream;

/** An ELF file of any machine, 32 or 64 bits, either endianness: its sections (System V ABI, chapter 4 "Sections"). */
final class ElfFile {
    private static final int IDENT_BYTES = 16;
    private static final int RELOCATABLE = 1;
    private static final int SHARED = 3;
    private static final long ALLOCATED = 2;
    private static final long EXECUTABLE = 4;
    private static final long COMPRESSED = 0x800;
    private static final int NO_BITS = 8;
    private static final int LOAD = 1;
    private static final int ZLIB = 1;
    private static final int ZSTD = 2;
    private static final int LAST_INDEX = 0xffff;

    /**
     * A section.
     *
     * @param name where its name is in the section of names
     * @param type of {@code sh_type}
     * @param link index of the section that belongs to it
     */
    record Section(int name, int type, long flags, long address, long offset, long size, int link, long entry) {
        boolean allocated() {
            return (flags & ALLOCATED) != 0;
        }

        boolean executable() {
            return (flags & EXECUTABLE) != 0;
        }
    }

    private final SymbolFile file;
    private final boolean wide;
    private final ByteOrder order;
    private final ByteBuffer header;
    private final int machine;
    private Section[] sections;
    private byte[] names;

    static boolean isElf(ByteBuffer start) {
        return start.limit() >= 4 && start.get(0) == 0x7f && start.get(1) == 'E' && start.get(2) == 'L' && start.get(3) == 'F';
    }

    ElfFile(SymbolFile file) throws IOException {
        this.file = file;
        ByteBuffer ident = file.piece(0, IDENT_BYTES, "its identification");
        int width = ident.get(4);
        int endian = ident.get(5);
        if (width != 1 && width != 2 || endian != 1 && endian != 2) {
            throw bad("has ELF class " + width + " and data encoding " + endian + ", which do not exist; it is damaged");
        }
        wide = width == 2;
        order = endian == 1 ? ByteOrder.LITTLE_ENDIAN : ByteOrder.BIG_ENDIAN;
        header = read(0, wide ? 64 : 52, "its header");
        machine = header.getShort(18) & 0xffff;
        if (header.getShort(16) == RELOCATABLE) {
            throw bad("is not linked: its symbols have no addresses yet; give the linked file");
        }
    }

    /** 32 or 64 bits. */
    boolean wide() {
        return wide;
    }

    /** A piece of the file, in its byte order. */
    ByteBuffer read(long offset, long bytes, String what) throws IOException {
        return file.piece(offset, bytes, what).order(order);
    }

    /** An address or offset of the file's width. */
    long word(ByteBuffer from, int at) {
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
            throw bad("has program headers of " + size + " bytes; it is damaged");
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

    /** The sections, in the file's order; none when it was stripped of them. */
    Section[] sections() throws IOException {
        if (sections == null) {
            readSections();
        }
        return sections;
    }

    /** Of ELF's numbers. */
    int machine() {
        return machine;
    }

    ByteOrder order() {
        return order;
    }

    /** A file that is not what it says. */
    BadSymbolsException bad(String problem) {
        return new BadSymbolsException(file.name() + " " + problem);
    }

    private void readSections() throws IOException {
        long offset = word(header, wide ? 40 : 32);
        int size = header.getShort(wide ? 58 : 46) & 0xffff;
        long count = header.getShort(wide ? 60 : 48) & 0xffff;
        Section[] read = new Section[0];
        if (offset == 0) {
            sections = read;
            return;
        }
        if (size < (wide ? 64 : 40)) {
            throw bad("has section headers of " + size + " bytes; it is damaged");
        }
        if (count == 0) {
            // more than fit into the header: the first section's size is their number
            count = word(read(offset, size, "its first section header"), wide ? 32 : 20);
        }
        if (count < 0 || count > 1 << 20) {
            throw bad("has " + Long.toUnsignedString(count) + " sections; it is damaged");
        }
        ByteBuffer table = read(offset, count * size, "its section headers");
        read = new Section[(int) count];
        for (int i = 0; i < count; i++) {
            int at = i * size;
            read[i] = wide
                ? new Section(table.getInt(at), table.getInt(at + 4), table.getLong(at + 8), table.getLong(at + 16), table.getLong(at + 24),
                    table.getLong(at + 32), table.getInt(at + 40), table.getLong(at + 56))
                : new Section(table.getInt(at), table.getInt(at + 4), word(table, at + 8), word(table, at + 12), word(table, at + 16),
                    word(table, at + 20), table.getInt(at + 24), word(table, at + 36));
        }
        sections = read;
    }

    /** The content of the first section of a name, unpacked; empty when there is none. */
    ByteBuffer content(String name) throws IOException {
        for (Section s : sections()) {
            if (s.type != NO_BITS && name.equals(nameOf(s))) {
                return (s.flags & COMPRESSED) != 0 ? unpacked(s, name) : read(s.offset, s.size, name);
            }
        }
        return ByteBuffer.allocate(0).order(order);
    }

    private String nameOf(Section s) throws IOException {
        if (names == null) {
            int index = header.getShort(wide ? 62 : 50) & 0xffff;
            if (index == LAST_INDEX && sections.length > 0) {
                // it did not fit into the header
                index = sections[0].link;
            }
            boolean there = index > 0 && index < sections.length && sections[index].type != NO_BITS;
            names = there ? read(sections[index].offset, sections[index].size, "its sections' names").array() : new byte[0];
        }
        int at = s.name;
        int end = at;
        while (end >= 0 && end < names.length && names[end] != 0 && end - at < Entries.LONGEST) {
            end++;
        }
        return at < 0 || at >= names.length ? "" : new String(names, at, end - at, StandardCharsets.UTF_8);
    }

    /** System V ABI, chapter 4 "Compression Header". */
    private ByteBuffer unpacked(Section s, String name) throws IOException {
        ByteBuffer packed = read(s.offset, s.size, name);
        int start = wide ? 24 : 12;
        if (packed.limit() < start) {
            throw bad("has a compressed section " + name + " of " + packed.limit() + " bytes; it is damaged");
        }
        int how = packed.getInt(0);
        long size = word(packed, wide ? 8 : 4);
        if (how != ZLIB && how != ZSTD) {
            throw bad("has a section " + name + " that is compressed in way " + how + "; only zlib (1) and zstd (2) are known: objcopy"
                + " --decompress-debug-sections unpacks it");
        }
        if (size < 0 || size > SymbolFile.MOST) {
            throw bad("has a section " + name + " of " + Long.toUnsignedString(size) + " bytes when unpacked, more than " + SymbolFile.MOST);
        }
        InputStream bytes = new ByteArrayInputStream(packed.array(), start, packed.limit() - start);
        try (InputStream in = how == ZLIB ? new InflaterInputStream(bytes) : new ZstdInputStream(bytes)) {
            // grows with what is there, not with what is said
            byte[] content = in.readNBytes((int) size);
            if (content.length != size) {
                throw bad("has a section " + name + " that ends after " + content.length + " of " + size + " bytes; it is damaged");
            }
            return ByteBuffer.wrap(content).order(order);
        } catch (MalformedInputException e) {
            throw bad("has a section " + name + " with damaged zstd data: " + e.getMessage());
        }
    }
}
