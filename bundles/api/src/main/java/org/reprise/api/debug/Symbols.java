package org.reprise.api.debug;

import java.util.List;
import java.util.Optional;
import org.osgi.annotation.versioning.ProviderType;

/** Names of addresses, and addresses of names. Immutable; any thread. */
@ProviderType
public interface Symbols {
    /** The symbol that an address belongs to, or null: the innermost, and of several names of one place always the same. */
    Symbol find(long address);

    /** The symbol of that name, functions before data, the lowest address first. */
    Optional<Symbol> named(String name);

    /** All of them, by address; of several names of one place the one that {@link #find} gives comes first. */
    List<Symbol> all();
}
