package org.reprise.debug.symbols;

import java.util.List;
import java.util.Optional;
import org.reprise.api.debug.SourceLine;
import org.reprise.api.debug.Symbol;
import org.reprise.api.debug.Symbols;

/** Names of a file, and its source lines. @param offset of the addresses asked for from the file's */
record LinedSymbols(Symbols names, SourceLines lines, long offset) implements Symbols {
    @Override
    public Symbol find(long address) {
        return names.find(address);
    }

    @Override
    public Optional<Symbol> named(String name) {
        return names.named(name);
    }

    @Override
    public List<Symbol> all() {
        return names.all();
    }

    @Override
    public Optional<SourceLine> line(long address) {
        return lines.find(address - offset);
    }

    @Override
    public List<Long> addresses(String file, int line) {
        return lines.addresses(file, line).stream().map(address -> address + offset).toList();
    }
}
