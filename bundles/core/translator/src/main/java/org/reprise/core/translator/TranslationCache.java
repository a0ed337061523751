package org.reprise.core.translator;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.zip.CRC32C;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What an earlier run found out, on disk: which code became hot and how it was cut into regions. It holds no code. A region is made from
 * the guest's own memory, as always, when its blocks have the bytes that the cache remembers; so the worst that a stale, damaged or
 * forged file can do is to have something compiled that is not worth it. One file for each CPU configuration and translator version.
 *
 * <p>Read before a machine's first instruction, written when it is taken apart. Any thread: a machine shares it with its twins.
 */
final class TranslationCache {
    /** Changes whenever regions are formed in another way. */
    private static final int VERSION = 1;
    private static final long MAGIC = 0x7265707274726e73L;
    /** Most regions in a file, and most of them with the same entry: guests differ. */
    private static final int MOST = 50_000;
    private static final int MOST_ALIKE = 4;
    private static final int MAX_BYTES = 64 << 20;
    private static final int MAX_BLOCKS = 2000;
    private static final int MAX_TARGETS = 4;

    /**
     * A region as it was.
     *
     * @param mode CPU mode
     * @param executed guest instructions executed in it
     * @param pcs addresses of its blocks, the entry first
     * @param hashes hash of each block's code bytes
     * @param targets where the computed jump at the end of each block was seen to go, or null
     */
    record Entry(int mode, long executed, long[] pcs, long[] hashes, long[][] targets) {
        long pc() {
            return pcs[0];
        }
    }

    private record Key(long pc, int mode) {
    }

    private final Logger log = LoggerFactory.getLogger(TranslationCache.class);
    private final Path file;
    private final String configuration;
    private final Map<Key, List<Entry>> entries = new LinkedHashMap<>();

    /** Reads the cache, if there is one that fits. @param configuration what regions depend on besides the guest's code */
    TranslationCache(Path folder, String configuration) {
        this.configuration = configuration;
        CRC32C crc = new CRC32C();
        crc.update(configuration.getBytes(StandardCharsets.UTF_8));
        this.file = folder.resolve(String.format(Locale.ROOT, "%08x.regions", crc.getValue()));
        try {
            if (Files.size(file) > MAX_BYTES) {
                throw new IOException("it has " + Files.size(file) + " bytes");
            }
            read(Files.readAllBytes(file));
        } catch (NoSuchFileException e) {
            log.debug("no translation cache {} yet", file);
        } catch (IOException | RuntimeException e) {
            entries.clear();
            log.info("translation cache {} is not used, and will be written anew: {}", file, e.getMessage());
        }
    }

    private void read(byte[] bytes) throws IOException {
        CRC32C crc = new CRC32C();
        crc.update(bytes, 0, Math.max(0, bytes.length - Long.BYTES));
        DataInputStream in = new DataInputStream(new ByteArrayInputStream(bytes));
        if (in.readLong() != MAGIC || in.readInt() != VERSION || !in.readUTF().equals(configuration)) {
            throw new IOException("it is of another version or configuration");
        }
        DataInputStream end = new DataInputStream(new ByteArrayInputStream(bytes, bytes.length - Long.BYTES, Long.BYTES));
        if (end.readLong() != crc.getValue()) {
            throw new IOException("its checksum is wrong");
        }
        int count = limited(in.readInt(), MOST);
        for (int i = 0; i < count; i++) {
            int mode = in.readInt();
            long executed = in.readLong();
            int blocks = limited(in.readInt(), MAX_BLOCKS);
            long[] pcs = new long[blocks];
            long[] hashes = new long[blocks];
            long[][] targets = new long[blocks][];
            for (int b = 0; b < blocks; b++) {
                pcs[b] = in.readLong();
                hashes[b] = in.readLong();
                int n = in.readByte();
                if (n > 0) {
                    targets[b] = new long[limited(n, MAX_TARGETS)];
                    for (int t = 0; t < n; t++) {
                        targets[b][t] = in.readLong();
                    }
                }
            }
            if (blocks > 0) {
                add(new Entry(mode, executed, pcs, hashes, targets));
            }
        }
    }

    private static int limited(int value, int most) throws IOException {
        if (value < 0 || value > most) {
            throw new IOException("it holds the number " + value);
        }
        return value;
    }

    /** Remembers a region, as the most recent of its entry. */
    synchronized void add(Entry entry) {
        List<Entry> alike = entries.computeIfAbsent(new Key(entry.pc(), entry.mode()), k -> new ArrayList<>(1));
        alike.removeIf(e -> e.hashes()[0] == entry.hashes()[0]);
        alike.add(0, entry);
        if (alike.size() > MOST_ALIKE) {
            alike.remove(MOST_ALIKE);
        }
    }

    /** What is known of a region that begins with this block; null when nothing. */
    synchronized Entry find(Block head, TranslatedCpu cpu) {
        List<Entry> alike = entries.get(new Key(head.pc, head.mode));
        if (alike == null) {
            return null;
        }
        long hash = head.codeHash(cpu.memory);
        for (Entry e : alike) {
            if (e.hashes()[0] == hash) {
                return e;
            }
        }
        return null;
    }

    synchronized int size() {
        return entries.size();
    }

    /** Writes the file, whole or not at all; a failure is told and does no harm. */
    synchronized void write() {
        if (entries.isEmpty()) {
            return;
        }
        try {
            Files.createDirectories(file.getParent());
            Path fresh = Files.createTempFile(file.getParent(), "regions", ".tmp");
            try {
                Files.write(fresh, bytes());
                Files.move(fresh, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
            } finally {
                Files.deleteIfExists(fresh);
            }
        } catch (IOException e) {
            log.warn("translation cache {} cannot be written: {}; the next start will be a cold one", file, e.toString());
        }
    }

    private byte[] bytes() throws IOException {
        // the most executed are kept when there are too many
        List<Entry> kept = new ArrayList<>();
        entries.values().forEach(kept::addAll);
        if (kept.size() > MOST) {
            kept.sort((a, b) -> Long.compare(b.executed(), a.executed()));
            kept = kept.subList(0, MOST);
        }
        ByteArrayOutputStream buffer = new ByteArrayOutputStream();
        DataOutputStream out = new DataOutputStream(buffer);
        out.writeLong(MAGIC);
        out.writeInt(VERSION);
        out.writeUTF(configuration);
        out.writeInt(kept.size());
        for (Entry e : kept) {
            out.writeInt(e.mode());
            out.writeLong(e.executed());
            out.writeInt(e.pcs().length);
            for (int b = 0; b < e.pcs().length; b++) {
                out.writeLong(e.pcs()[b]);
                out.writeLong(e.hashes()[b]);
                long[] t = e.targets()[b] == null ? new long[0] : Arrays.stream(e.targets()[b]).distinct().limit(MAX_TARGETS).toArray();
                out.writeByte(t.length);
                for (long target : t) {
                    out.writeLong(target);
                }
            }
        }
        CRC32C crc = new CRC32C();
        crc.update(buffer.toByteArray());
        out.writeLong(crc.getValue());
        return buffer.toByteArray();
    }
}
