package org.reprise.debug.symbols;

import java.util.ArrayList;
import java.util.List;
import org.reprise.debug.symbols.SymbolTable.Entry;

/** Collects what a file names, and no more than a file may. */
final class Entries {
    private static final int MOST = 4_000_000;
    private static final long MOST_CHARACTERS = 1 << 27;
    /** Longest name kept; longer ones, which only a broken file or a C++ template has, are cut. */
    static final int LONGEST = 1000;

    private final String file;
    private final List<Entry> list = new ArrayList<>();
    private long characters;

    /** @param file its name, for messages */
    Entries(String file) {
        this.file = file;
    }

    void add(Entry entry) {
        characters += entry.name().length();
        if (list.size() >= MOST || characters > MOST_CHARACTERS) {
            throw bad("names more than " + MOST + " symbols, or " + MOST_CHARACTERS + " characters of them; it is damaged");
        }
        list.add(entry);
    }

    List<Entry> list() {
        return list;
    }

    /** A file that is not what it says. */
    BadSymbolsException bad(String problem) {
        return new BadSymbolsException(file + " " + problem);
    }
}
