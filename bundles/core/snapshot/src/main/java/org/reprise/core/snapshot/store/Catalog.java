package org.reprise.core.snapshot.store;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The list of snapshots: what the store has, checked against its {@link Witness}. Reads by any thread, changes by one at a time.
 */
final class Catalog {
    private static final Logger LOG = LoggerFactory.getLogger(Catalog.class);
    private static final int MAX_DAMAGE = 500;

    private final Path folder;
    private final PageCodec codec;
    private final String identity;
    private long generation;
    private long next;
    private final Map<Long, StoredSnapshot> snapshots = new TreeMap<>();
    /** Those that the volume does not have any more. */
    private final Set<Long> lost = new TreeSet<>();

    private Catalog(Path folder, PageCodec codec, Records.Root root) {
        this.folder = folder;
        this.codec = codec;
        identity = root.identity();
        generation = root.generation();
        next = root.next();
    }

    /** Reads the list. @param witness null when there is none that can be read */
    static Catalog read(Path folder, PageCodec codec, Volume volume, Records.Root root, Witness witness) {
        Catalog c = new Catalog(folder, codec, root);
        Map<Long, StoredSnapshot> told = new HashMap<>();
        if (witness != null) {
            witness.snapshots().forEach(s -> told.put(s.id(), s));
        }
        boolean all = c.readVolume(volume, told);
        for (StoredSnapshot s : told.values()) {
            // a witness one commit behind may know one that was deleted in that commit
            boolean expected = s.damaged() || root.generation() <= witness.generation() || !all;
            if (!c.snapshots.containsKey(s.id()) && expected) {
                c.lost.add(s.id());
                c.snapshots.put(s.id(), c.damaged(s, s.damaged() ? s.damage() : "it is lost: the part of the file that had it is damaged"));
            }
        }
        if (witness != null) {
            c.generation = Math.max(c.generation, witness.generation());
            c.next = Math.max(c.next, witness.next());
        }
        for (long id : c.snapshots.keySet()) {
            c.next = Math.max(c.next, id + 1);
        }
        return c;
    }

    private boolean readVolume(Volume volume, Map<Long, StoredSnapshot> told) {
        try {
            volume.each(Volume.Kind.SNAPSHOTS, (id, kept) -> {
                StoredSnapshot s;
                try {
                    s = Records.snapshot(codec, id, kept);
                } catch (IOException e) {
                    s = damaged(told.getOrDefault(id, new StoredSnapshot(id, "", 0, 0, 0, Map.of(), "")), e.getMessage());
                }
                snapshots.put(id, s);
            });
            return true;
        } catch (IOException e) {
            LOG.warn("{}: some snapshots cannot be read: {}", folder, e.getMessage());
            return false;
        }
    }

    private StoredSnapshot damaged(StoredSnapshot s, String how) {
        return s.withDamage(how.length() > MAX_DAMAGE ? how.substring(0, MAX_DAMAGE) : how);
    }

    synchronized List<StoredSnapshot> list() {
        return snapshots.values().stream().sorted((a, b) -> a.icount() != b.icount() ? Long.compare(a.icount(), b.icount()) : Long.compare(a.id(), b.id()))
            .toList();
    }

    /** @return null when there is none */
    synchronized StoredSnapshot get(long id) {
        return snapshots.get(id);
    }

    synchronized Stream<StoredSnapshot> stream() {
        return List.copyOf(snapshots.values()).stream();
    }

    synchronized boolean isLost(long id) {
        return lost.contains(id);
    }

    synchronized void damage(long id, String how) {
        snapshots.computeIfPresent(id, (i, s) -> s.damaged() ? s : damaged(s, how));
    }

    /** Commits so far. */
    synchronized long generation() {
        return generation;
    }

    synchronized long next() {
        return next;
    }

    /** What the volume's root must be when a commit brings these changes. */
    synchronized Records.Root rootAfter(boolean added) {
        return new Records.Root(identity, generation + 1, added ? next + 1 : next);
    }

    /** A commit is on disk. @param added null when none was @param removed 0 when none was */
    synchronized void committed(Records.Root root, StoredSnapshot added, long removed) {
        generation = root.generation();
        next = root.next();
        snapshots.remove(removed);
        lost.remove(removed);
        if (added != null) {
            snapshots.put(added.id(), added);
        }
        write();
    }

    /** A lost snapshot is not told of any more. */
    synchronized void forget(long id) {
        lost.remove(id);
        snapshots.remove(id);
        write();
    }

    /** Brings the witness up to date. Not being able to is no failure of the commit, which is on disk: the next one tries again. */
    synchronized void write() {
        List<StoredSnapshot> all = new ArrayList<>();
        // damage that was found by reading is found again; only what is not there must be told
        snapshots.values().forEach(s -> all.add(lost.contains(s.id()) ? s : s.withDamage("")));
        try {
            new Witness(identity, generation, next, all).write(codec, folder);
        } catch (IOException e) {
            LOG.warn("{}: the snapshots are saved, but the list that tells of lost ones cannot be written: {}", folder, e.getMessage());
        }
    }
}
