package org.reprise.debug.symbols;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.reprise.api.debug.SourceLine;
import org.reprise.api.debug.Symbol;
import org.reprise.api.debug.Symbols;

/** Several tables, the first of which that knows an address or a name is right. */
record CombinedSymbols(List<Symbols> tables) implements Symbols {
    @Override
    public Symbol find(long address) {
        for (Symbols table : tables) {
            Symbol found = table.find(address);
            if (found != null) {
                return found;
            }
        }
        return null;
    }

    @Override
    public Optional<Symbol> named(String name) {
        return tables.stream().flatMap(table -> table.named(name).stream()).findFirst();
    }

    @Override
    public List<Symbol> all() {
        List<Symbol> all = new ArrayList<>();
        tables.forEach(table -> all.addAll(table.all()));
        all.sort((a, b) -> Long.compareUnsigned(a.address(), b.address()));
        return all;
    }

    @Override
    public Optional<SourceLine> line(long address) {
        return tables.stream().flatMap(table -> table.line(address).stream()).findFirst();
    }

    @Override
    public List<Long> addresses(String file, int line) {
        return tables.stream().flatMap(table -> table.addresses(file, line).stream()).sorted(Long::compareUnsigned).distinct().toList();
    }
}
