package org.reprise.core.snapshot.store;

import java.util.Map;

/**
 * What the store knows of a snapshot without reading it all.
 *
 * @param id number from 1, never used again in this store
 * @param name unique; empty for an automatic one
 * @param icount instructions retired since power-on
 * @param virtual VIRTUAL, ns
 * @param events as {@link org.reprise.api.travel.MachineImage#events}
 * @param metadata what the user of the store has given
 * @param damage what is known to be wrong with it; empty: nothing is known
 */
public record StoredSnapshot(long id, String name, long icount, long virtual, long events, Map<String, String> metadata, String damage) {
    /** True when it is known that it cannot be used. */
    public boolean damaged() {
        return !damage.isEmpty();
    }

    StoredSnapshot withDamage(String text) {
        return new StoredSnapshot(id, name, icount, virtual, events, metadata, text);
    }

    /** For messages: {@code snapshot 'NAME'} or {@code snapshot ID}. */
    public String title() {
        return name.isEmpty() ? "snapshot " + id : "snapshot '" + name + "'";
    }
}
