package org.reprise.debug.symbols;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.reprise.debug.symbols.SymbolTable.Entry;

/** Text as {@code nm} prints it: {@code System.map}, {@code /proc/kallsyms} (where the name of a module may follow the symbol's). */
final class TextSymbols {
    private static final Pattern LINE = Pattern.compile("([0-9a-fA-F]{1,16}) ([A-Za-z?-]) (\\S+)(\\s.*)?");
    private static final Pattern FIRST = Pattern.compile("(?s)[0-9a-fA-F]{8,16} [A-Za-z] \\S.*");
    private static final int SHOWN = 60;

    private TextSymbols() {
    }

    static boolean isText(ByteBuffer start) {
        return FIRST.matcher(StandardCharsets.ISO_8859_1.decode(start.duplicate())).matches();
    }

    static List<Entry> read(String name, byte[] content) {
        Entries entries = new Entries(name);
        int number = 0;
        long first = 0;
        boolean differ = false;
        for (int at = 0; at < content.length;) {
            int end = at;
            while (end < content.length && content[end] != '\n') {
                end++;
            }
            number++;
            String line = new String(content, at, Math.min(end - at, Entries.LONGEST + 100), StandardCharsets.UTF_8).stripTrailing();
            at = end + 1;
            if (line.isEmpty()) {
                continue;
            }
            Matcher m = LINE.matcher(line);
            if (!m.matches()) {
                throw entries.bad("line " + number + ": '" + (line.length() > SHOWN ? line.substring(0, SHOWN) + "…" : line)
                    + "' is not an address, a type and a name");
            }
            long address = Long.parseUnsignedLong(m.group(1), 16);
            differ |= number > 1 && address != first;
            first = number == 1 ? address : first;
            Entry entry = entry(m.group(3), m.group(2).charAt(0), address);
            if (entry != null) {
                entries.add(entry);
            }
        }
        if (!differ) {
            throw entries.bad("has one address for all of its " + number + " symbols: it is a placeholder, or was read by somebody to whom "
                + "addresses are not shown (kernel.kptr_restrict)");
        }
        return entries.list();
    }

    /** A symbol of a type of nm's, or null when it has no place in memory. */
    static Entry entry(String name, char type, long address) {
        boolean code = "tTwWiI".indexOf(type) >= 0;
        boolean data = "dDbBrRgGsSvVuC".indexOf(type) >= 0;
        return name.startsWith("$") || name.startsWith(".L") || !code && !data ? null
            : new Entry(name, address, 0, 0, code, Character.isUpperCase(type) ? 0 : 1);
    }
}
