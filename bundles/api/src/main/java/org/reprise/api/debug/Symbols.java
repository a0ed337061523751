package org.reprise.api.debug;

import java.util.List;
import java.util.Optional;
import org.osgi.annotation.versioning.ProviderType;

/** Names and source lines of addresses, and addresses of these. Immutable; any thread. */
@ProviderType
public interface Symbols {
    /** The symbol that an address belongs to, or null: the innermost, and of several names of one place always the same. */
    Symbol find(long address);

    /** The symbol of that name, functions before data, the lowest address first. */
    Optional<Symbol> named(String name);

    /** All of them, by address; of several names of one place the one that {@link #find} gives comes first. */
    List<Symbol> all();

    /** The line of source that the instruction at an address was made from; empty where the file does not say. */
    default Optional<SourceLine> line(long address) {
        return Optional.empty();
    }

    /**
     * Where the instructions made from a line of source begin, ascending: more than one when it was inlined or moved about.
     *
     * @param file its name, or as many of the folders above it as tell it from others: {@code main.c}, {@code net/core.c}
     * @param line from 1
     */
    default List<Long> addresses(String file, int line) {
        return List.of();
    }
}
