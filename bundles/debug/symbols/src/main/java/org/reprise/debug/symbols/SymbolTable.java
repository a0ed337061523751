package org.reprise.debug.symbols;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.reprise.api.debug.Symbol;
import org.reprise.api.debug.Symbols;

/** Symbols sorted by address. */
final class SymbolTable implements Symbols {
    /** What follows a name without a size belongs to it no farther than this. */
    private static final long REACH = 1 << 20;
    /** How many symbols that begin before an address and end before it, too, are passed over in search of one around it. */
    private static final int NESTING = 64;

    /**
     * A symbol as a file has it.
     *
     * @param size bytes, or 0 when the file does not say
     * @param end address after the last that it can reach, or 0 when the file does not say
     * @param rank of several names of one place, that of the lowest rank is given
     */
    record Entry(String name, long address, long size, long end, boolean function, int rank) {
        Entry moved(long offset) {
            return offset == 0 ? this : new Entry(name, address + offset, size, end == 0 ? 0 : end + offset, function, rank);
        }
    }

    private static final Comparator<Entry> ORDER = ((Comparator<Entry>) (a, b) -> Long.compareUnsigned(a.address, b.address))
        .thenComparing(e -> !e.function).thenComparing(e -> e.size == 0).thenComparingInt(Entry::rank)
        .thenComparingInt(e -> underscores(e.name)).thenComparing(Entry::name);

    private final List<Symbol> all;
    private final long[] starts;
    /** The greatest end of all symbols up to each. */
    private final long[] ends;
    private final Map<String, Symbol> byName = new HashMap<>();

    private SymbolTable(List<Symbol> symbols) {
        all = List.copyOf(symbols);
        starts = new long[all.size()];
        ends = new long[all.size()];
        for (int i = 0; i < starts.length; i++) {
            Symbol s = all.get(i);
            starts[i] = s.address();
            long end = s.address() + s.size() - 1;
            ends[i] = i > 0 && Long.compareUnsigned(ends[i - 1], end) > 0 ? ends[i - 1] : end;
            byName.merge(s.name(), s, (first, second) -> first.function() || !second.function() ? first : second);
        }
    }

    /** @param offset is added to all addresses */
    static SymbolTable of(List<Entry> entries, long offset) {
        List<Entry> sorted = new ArrayList<>(entries.size());
        entries.forEach(e -> sorted.add(e.moved(offset)));
        sorted.sort(ORDER);
        List<Symbol> symbols = new ArrayList<>(sorted.size());
        long covered = 0;
        long cover = 0;
        for (int i = 0, next = 0; i < sorted.size(); i++) {
            Entry e = sorted.get(i);
            while (next < sorted.size() && sorted.get(next).address == e.address) {
                next++;
            }
            // a bare label inside of a function whose size is known is no function of its own
            boolean inside = e.size == 0 && e.address != cover && Long.compareUnsigned(e.address, covered) < 0;
            long size = e.size != 0 ? e.size : rest(e, next < sorted.size() ? sorted.get(next) : null);
            if (!inside && size != 0) {
                symbols.add(new Symbol(e.name, e.address, size, e.function));
            }
            if (e.function && e.size != 0 && Long.compareUnsigned(e.address + e.size, covered) > 0) {
                cover = e.address;
                covered = e.address + e.size;
            }
        }
        return new SymbolTable(symbols);
    }

    private static long rest(Entry e, Entry next) {
        long rest = next == null ? REACH : next.address - e.address;
        if (e.end != 0) {
            // a label at the end of its section names nothing in it
            rest = Long.compareUnsigned(rest, e.end - e.address) < 0 ? rest : Math.max(0, e.end - e.address);
        }
        return Long.compareUnsigned(rest, REACH) < 0 ? rest : REACH;
    }

    private static int underscores(String name) {
        int n = 0;
        while (n < name.length() && name.charAt(n) == '_') {
            n++;
        }
        return n;
    }

    @Override
    public Symbol find(long address) {
        int low = 0;
        int high = starts.length;
        while (low < high) {
            int middle = (low + high) >>> 1;
            if (Long.compareUnsigned(starts[middle], address) <= 0) {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        Symbol found = null;
        for (int i = low - 1, tries = 0; i >= 0 && tries < NESTING && Long.compareUnsigned(ends[i], address) >= 0; i--, tries++) {
            Symbol s = all.get(i);
            if (found != null && s.address() != found.address()) {
                break;
            }
            if (s.contains(address)) {
                // the first of the names of a place is the one to give
                found = s;
            }
        }
        return found;
    }

    @Override
    public Optional<Symbol> named(String name) {
        return Optional.ofNullable(byName.get(name));
    }

    @Override
    public List<Symbol> all() {
        return all;
    }
}
