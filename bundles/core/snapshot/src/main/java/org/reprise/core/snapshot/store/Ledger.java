package org.reprise.core.snapshot.store;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.reprise.core.snapshot.store.PageTable.Chunk;

/**
 * What a writer must know of all pages: their hashes, their sizes, and how often chunks of tables name them. Hashes and sizes are kept in the store, in
 * blocks; uses are counted when this is loaded, and pages without any, left by a writer that died, are removed then. One thread at a time.
 */
final class Ledger {
    private static final int BLOCK = 256;
    private static final int ENTRY = PageCodec.HASH + Short.BYTES;

    /** So many pages in a row. A hash of zeros: there is no such page. */
    private static final class Block {
        final long[] high = new long[BLOCK];
        final long[] low = new long[BLOCK];
        final char[] sizes = new char[BLOCK];
        final int[] uses = new int[BLOCK];
        /** Those known to be on disk as they should: written or read since the store was opened. */
        final BitSet trusted = new BitSet(BLOCK);
        int live;
    }

    private final Volume volume;
    private final PageCodec codec;
    private final Map<Long, Block> blocks = new HashMap<>();
    private final HashIndex index = new HashIndex();
    private final Map<Long, Integer> chunkUses = new HashMap<>();
    private final Set<Long> changed = new HashSet<>();
    private long next = PageTable.ZERO + 1;
    private long nextChunk = 1;
    private boolean damaged;
    private final byte[] room = new byte[PageCodec.PAGE];

    private Ledger(Volume volume, PageCodec codec) {
        this.volume = volume;
        this.codec = codec;
    }

    /**
     * Loads it.
     *
     * @param chunks numbers of the chunks of each snapshot that is there or held
     * @param complete false: there are more which cannot be read, so nothing must be removed
     */
    static Ledger load(Volume volume, PageCodec codec, Collection<Collection<Long>> chunks, boolean complete) throws IOException {
        Ledger l = new Ledger(volume, codec);
        l.damaged = !complete;
        l.loadHashes();
        for (Collection<Long> ofOne : chunks) {
            for (long number : ofOne) {
                l.chunkUses.merge(number, 1, Integer::sum);
            }
        }
        for (long number : l.chunkUses.keySet()) {
            try {
                l.countPages(Records.chunk(codec, number, volume.get(Volume.Kind.CHUNKS, number)), 1);
            } catch (IOException e) {
                // its snapshots are damaged; who reads them will say so
                l.damaged = true;
            }
        }
        l.nextChunk = volume.last(Volume.Kind.CHUNKS) + 1;
        l.next = Math.max(l.next, volume.last(Volume.Kind.PAGES) + 1);
        if (!l.damaged) {
            l.removeOrphans();
        }
        return l;
    }

    private void loadHashes() throws IOException {
        volume.each(Volume.Kind.HASHES, (number, bytes) -> {
            if (bytes.length != BLOCK * ENTRY) {
                throw new IOException(volume + ": block " + number + " of hashes is damaged");
            }
            ByteBuffer in = ByteBuffer.wrap(bytes);
            Block block = new Block();
            for (int i = 0; i < BLOCK; i++) {
                block.high[i] = in.getLong();
                block.low[i] = in.getLong();
                block.sizes[i] = in.getChar();
                if ((block.high[i] | block.low[i]) != 0) {
                    block.live++;
                    long id = number * BLOCK + i;
                    index.add(block.high[i], block.low[i], id);
                    next = Math.max(next, id + 1);
                }
            }
            blocks.put(number, block);
        });
    }

    private void removeOrphans() throws IOException {
        for (Map.Entry<Long, Block> e : List.copyOf(blocks.entrySet())) {
            for (int i = 0; i < BLOCK; i++) {
                if (e.getValue().uses[i] == 0) {
                    removePage(e.getKey() * BLOCK + i);
                }
            }
        }
        List<Long> chunks = new ArrayList<>();
        volume.each(Volume.Kind.CHUNKS, (number, bytes) -> {
            if (!chunkUses.containsKey(number)) {
                chunks.add(number);
            }
        });
        for (long number : chunks) {
            volume.put(Volume.Kind.CHUNKS, number, null);
        }
    }

    /** Pages and chunks get numbers from here on at least. */
    void atLeast(long page, long chunk) {
        next = Math.max(next, page);
        nextChunk = Math.max(nextChunk, chunk);
    }

    long next() {
        return next;
    }

    long nextChunk() {
        return nextChunk;
    }

    /**
     * The page with this hash, used once more; 0 when there is none. It is read when it comes from an earlier session: a new snapshot does not rest on a
     * page that was damaged since.
     */
    long find(long high, long low) {
        long id = index.find(high, low);
        if (id == 0) {
            return 0;
        }
        Block block = blocks.get(id / BLOCK);
        int i = (int) (id % BLOCK);
        if (!block.trusted.get(i)) {
            try {
                codec.unpack(volume.get(Volume.Kind.PAGES, id), room);
            } catch (IOException e) {
                distrust(id);
                return 0;
            }
            block.trusted.set(i);
        }
        block.uses[i]++;
        return id;
    }

    /** Adds a page that is not there yet, used once. @return its id */
    long add(long high, long low, byte[] kept) throws IOException {
        long id = next++;
        volume.put(Volume.Kind.PAGES, id, kept);
        Block block = blocks.computeIfAbsent(id / BLOCK, n -> new Block());
        int i = (int) (id % BLOCK);
        block.high[i] = high;
        block.low[i] = low;
        block.sizes[i] = (char) kept.length;
        block.uses[i] = 1;
        block.trusted.set(i);
        block.live++;
        index.add(high, low, id);
        changed.add(id / BLOCK);
        return id;
    }

    /** A page is damaged: the next one with its content is a new one. */
    void distrust(long id) {
        Block block = blocks.get(id / BLOCK);
        if (block != null) {
            index.remove(block.high[(int) (id % BLOCK)], block.low[(int) (id % BLOCK)], id);
            block.trusted.clear((int) (id % BLOCK));
        }
    }

    private int use(long id, int difference) {
        Block block = blocks.computeIfAbsent(id / BLOCK, n -> new Block());
        return block.uses[(int) (id % BLOCK)] += difference;
    }

    private void countPages(Chunk chunk, int difference) {
        for (long id : chunk.ids) {
            if (id > PageTable.ZERO) {
                use(id, difference);
            }
        }
    }

    /** A use of a page has ended; without any it is removed. */
    void letGo(long id) throws IOException {
        if (use(id, -1) <= 0) {
            removePage(id);
        }
    }

    private void removePage(long id) throws IOException {
        Block block = blocks.get(id / BLOCK);
        int i = (int) (id % BLOCK);
        if (block == null || (block.high[i] | block.low[i]) == 0) {
            return;
        }
        volume.put(Volume.Kind.PAGES, id, null);
        index.remove(block.high[i], block.low[i], id);
        block.high[i] = 0;
        block.low[i] = 0;
        block.sizes[i] = 0;
        block.uses[i] = 0;
        block.live--;
        changed.add(id / BLOCK);
    }

    /** Gives a new chunk a number and counts its pages. */
    long addChunk(Chunk chunk) throws IOException {
        long number = nextChunk++;
        volume.put(Volume.Kind.CHUNKS, number, Records.chunk(codec, number, chunk));
        countPages(chunk, 1);
        return number;
    }

    void useChunk(long number) {
        chunkUses.merge(number, 1, Integer::sum);
    }

    /** A use of a chunk has ended; without any it goes, and so do pages that only it has named. */
    void letChunkGo(long number) throws IOException {
        if (chunkUses.merge(number, -1, Integer::sum) > 0) {
            return;
        }
        chunkUses.remove(number);
        Chunk chunk;
        try {
            chunk = Records.chunk(codec, number, volume.get(Volume.Kind.CHUNKS, number));
        } catch (IOException e) {
            // damaged: its pages are found without a use when the ledger is loaded next
            chunk = new Chunk(new long[0], number);
        }
        volume.put(Volume.Kind.CHUNKS, number, null);
        for (long id : chunk.ids) {
            if (id > PageTable.ZERO) {
                letGo(id);
            }
        }
    }

    /** Bytes of the pages that only these chunks name, when nobody else uses the chunks; roughly. */
    long exclusive(Collection<Long> chunks) throws IOException {
        long bytes = 0;
        for (long number : chunks) {
            if (chunkUses.getOrDefault(number, 0) == 1) {
                byte[] kept = volume.get(Volume.Kind.CHUNKS, number);
                bytes += kept == null ? 0 : kept.length;
                for (long id : Records.chunk(codec, number, kept).ids) {
                    Block block = id > PageTable.ZERO ? blocks.get(id / BLOCK) : null;
                    if (block != null && block.uses[(int) (id % BLOCK)] == 1) {
                        bytes += block.sizes[(int) (id % BLOCK)] + ENTRY;
                    }
                }
            }
        }
        return bytes;
    }

    /** Gives the volume what has changed here; to be called before each commit of it. */
    void save() throws IOException {
        for (long number : changed) {
            Block block = blocks.get(number);
            if (block.live == 0 && number < next / BLOCK) {
                blocks.remove(number);
                volume.put(Volume.Kind.HASHES, number, null);
                continue;
            }
            ByteBuffer out = ByteBuffer.allocate(BLOCK * ENTRY);
            for (int i = 0; i < BLOCK; i++) {
                out.putLong(block.high[i]).putLong(block.low[i]).putChar(block.sizes[i]);
            }
            volume.put(Volume.Kind.HASHES, number, out.array());
        }
        changed.clear();
    }
}
