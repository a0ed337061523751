package org.reprise.debug.symbols;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.osgi.service.component.annotations.Component;
import org.reprise.api.debug.SymbolReader;
import org.reprise.api.debug.Symbols;
import org.reprise.api.machine.ExitCode;
import org.reprise.api.machine.Machine;
import org.reprise.api.machine.MachineException;
import org.reprise.api.machine.PartInfo;
import org.reprise.debug.symbols.SymbolTable.Entry;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Tells kinds of files apart and reads them. */
@Component
public final class SymbolReaderService implements SymbolReader {
    private static final Logger LOG = LoggerFactory.getLogger(SymbolReaderService.class);
    private static final Pattern MOVED = Pattern.compile("(.+)@(-?(?:0x[0-9a-fA-F]{1,16}|\\d{1,18}))");
    private static final int START = 256;
    private static final int RISCV_MAGIC_AT = 0x38;
    private static final int RISCV_MAGIC = 0x05435352;
    private static final int TEXT_OFFSET_AT = 8;

    @Override
    public Symbols read(List<String> files) {
        List<Symbols> tables = new ArrayList<>();
        for (String text : files) {
            Matcher m = MOVED.matcher(text);
            boolean moved = m.matches() && !Files.exists(Path.of(text));
            tables.add(symbols(Path.of(moved ? m.group(1) : text), 0, moved ? offset(m.group(2)) : 0));
        }
        return new CombinedSymbols(tables);
    }

    private static long offset(String text) {
        boolean negative = text.startsWith("-");
        String digits = negative ? text.substring(1) : text;
        long value = digits.startsWith("0x") ? Long.parseUnsignedLong(digits.substring(2), 16) : Long.parseLong(digits);
        return negative ? -value : value;
    }

    /**
     * The symbols of a file, where it lies.
     *
     * @param ramBase where a file that may lie anywhere lies if it does not want to lie above; 0: all is where the file says
     * @param offset is added to all addresses
     */
    private static Symbols symbols(Path path, long ramBase, long offset) {
        try (SymbolFile file = new SymbolFile(path)) {
            ByteBuffer start = file.piece(0, Math.min(file.length(), START), "its start");
            List<Entry> entries;
            long moved = offset;
            if (ElfFile.isElf(start)) {
                ElfFile elf = new ElfFile(file);
                entries = new ElfSymbols(elf, file.name()).symbols();
                long lowest = ramBase == 0 ? -1 : elf.movable();
                if (lowest != -1 && Long.compareUnsigned(lowest, ramBase) < 0) {
                    moved += ramBase - lowest;
                }
                if (entries.isEmpty()) {
                    entries = new KernelTable(file.name(), whole(file)).symbols();
                }
            } else if (TextSymbols.isText(start)) {
                entries = TextSymbols.read(file.name(), whole(file));
            } else {
                entries = kernel(file, start, ramBase);
            }
            if (entries.isEmpty()) {
                throw new BadSymbolsException(path + " has no symbols: it is neither an ELF file with a symbol table, nor an uncompressed"
                    + " Linux kernel with a table of its own symbols, nor text like System.map"
                    + (packed(start) ? "; it is compressed: unpack it first" : ""));
            }
            SymbolTable names = SymbolTable.of(entries, moved);
            return ElfFile.isElf(start) ? new LinedSymbols(names, new SourceLines(path), moved) : names;
        } catch (IOException e) {
            throw new MachineException(ExitCode.CONFIGURATION, "symbols cannot be read from " + path + ": " + e, e);
        }
    }

    /** A raw kernel. It is known by its virtual addresses, and, where it lies in RAM, by those of its first steps, before it has any. */
    private static List<Entry> kernel(SymbolFile file, ByteBuffer start, long ramBase) throws IOException {
        KernelTable table = new KernelTable(file.name(), whole(file));
        List<Entry> entries = table.symbols();
        start.order(ByteOrder.LITTLE_ENDIAN);
        if (ramBase == 0 || entries.isEmpty() || start.limit() < START || start.getInt(RISCV_MAGIC_AT) != RISCV_MAGIC
                || start.getLong(TEXT_OFFSET_AT) == 0) {
            return entries;
        }
        long distance = ramBase + start.getLong(TEXT_OFFSET_AT) - table.base();
        List<Entry> both = new ArrayList<>(entries);
        entries.forEach(e -> both.add(e.moved(distance)));
        return both;
    }

    private static byte[] whole(SymbolFile file) throws IOException {
        return file.piece(0, file.length(), "the whole file").array();
    }

    private static boolean packed(ByteBuffer start) {
        return start.limit() > 2 && (start.get(0) == 0x1f && start.get(1) == (byte) 0x8b
            || start.get(0) == (byte) 0xfd && start.get(1) == '7'
            || start.get(0) == 'M' && start.get(1) == 'Z' && start.limit() > 8 && start.get(4) == 'z' && start.get(5) == 'i');
    }

    @Override
    public Symbols of(Machine machine) {
        String base = machine.settings().get("ram.base");
        long ramBase = base == null ? 0 : Long.decode(base);
        List<Symbols> tables = new ArrayList<>();
        for (PartInfo part : machine.parts()) {
            for (String key : List.of("kernel", "firmware")) {
                String image = part.properties().get(key);
                if (image != null && !image.isBlank()) {
                    try {
                        tables.add(symbols(Path.of(image), ramBase, 0));
                    } catch (MachineException e) {
                        LOG.info("machine {}, {}.{}: {}", machine.name(), part.name(), key, e.getMessage());
                    }
                }
            }
        }
        return new CombinedSymbols(tables);
    }
}
