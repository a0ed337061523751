package org.reprise.debug.symbols;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.reprise.api.debug.Symbol;
import org.reprise.api.debug.Symbols;
import org.reprise.api.machine.MachineException;
import org.reprise.debug.symbols.SymbolTable.Entry;

class SymbolTableTest {
    @TempDir
    Path folder;

    private static String at(Symbols table, long address) {
        Symbol symbol = table.find(address);
        return symbol == null ? null : symbol.name();
    }

    private static Entry function(String name, long address, long size) {
        return new Entry(name, address, size, 0, true, 0);
    }

    @Test
    void addressesBelongToTheInnermostSymbolAroundThem() {
        SymbolTable table = SymbolTable.of(List.of(function("outer", 0x1000, 0x100), function("inner", 0x1040, 0x10),
            function("label", 0x1020, 0),
            function("next", 0x1200, 0x10), function("open", 0x1210, 0), new Entry("high", -0x1000, 0x10, 0, true, 0)), 0);
        assertNull(at(table, 0xfff));
        assertEquals("outer", at(table, 0x1000));
        assertEquals("outer", at(table, 0x1020), "a bare label is no function of its own");
        assertEquals("inner", at(table, 0x104f));
        assertEquals("outer", at(table, 0x1050));
        assertNull(at(table, 0x1100));
        assertEquals("next", at(table, 0x120f));
        assertEquals("open", at(table, 0x1300));
        assertNull(at(table, 0x1210 + (1 << 20)));
        assertEquals("high", at(table, -0xff1));
        assertNull(at(table, -1));
    }

    @Test
    void ofSeveralNamesOfOnePlaceTheSameIsAlwaysGiven() {
        List<Entry> entries = new ArrayList<>(List.of(new Entry("local", 0x10, 8, 0, true, 1), function("_global", 0x10, 8),
            function("global", 0x10, 8),
            new Entry("object", 0x10, 8, 0, false, 0), function("bare", 0x10, 0)));
        Random random = new Random(5);
        for (int i = 0; i < 50; i++) {
            java.util.Collections.shuffle(entries, random);
            SymbolTable table = SymbolTable.of(entries, 0x100);
            assertEquals("global", at(table, 0x117));
            assertEquals(0x110, table.named("local").orElseThrow().address());
            assertEquals(List.of("global", "_global", "local", "bare", "object"), table.all().stream().map(Symbol::name).toList());
        }
    }

    @Test
    void textIsReadWithModulesAndAnOffset() throws Exception {
        Path file = folder.resolve("System.map");
        Files.writeString(file, "ffffffff80000000 T _start\nffffffff80000010 t helper\nffffffff80000010 a absolute\n"
            + "ffffffff80000020 D data\n"
            + "ffffffff02000000 t probe\t[virtio_blk]\n");
        Symbols table = new SymbolReaderService().read(List.of(file + "@-0x10"));
        assertEquals("_start", at(table, 0xffffffff7fffffffL));
        assertEquals("helper", at(table, 0xffffffff80000000L));
        assertEquals("probe", at(table, 0xffffffff02000000L));
        assertEquals(false, table.named("data").orElseThrow().function());
        assertTrue(table.named("absolute").isEmpty());
    }

    @Test
    void filesWithoutSymbolsAreNamedWithTheReason() throws Exception {
        for (String[] c : new String[][] {
            {"stub", "ffffffffffffffff B The real System.map is in the linux-image-dbg package\n", "placeholder"},
            {"hidden", "0000000000000000 T a\n0000000000000000 T b\n", "kptr_restrict"},
            {"broken", "ffffffff80000000 T _start\nrubbish\n", "line 2: 'rubbish'"},
            {"gz", "\u001f\u008b\u0008 packed", "unpack it"},
            {"other", "hello", "has no symbols"}, {"empty", "", "has no symbols"}}) {
            Path file = folder.resolve(c[0]);
            Files.write(file, c[1].getBytes(StandardCharsets.ISO_8859_1));
            MachineException e = assertThrows(MachineException.class, () -> new SymbolReaderService().read(List.of(file.toString())));
            assertTrue(e.getMessage().contains(file.toString()) && e.getMessage().contains(c[2]), e.getMessage());
        }
        String none = folder.resolve("none").toString();
        MachineException e = assertThrows(MachineException.class, () -> new SymbolReaderService().read(List.of(none)));
        assertTrue(e.getMessage().contains("none"), e.getMessage());
    }
}
