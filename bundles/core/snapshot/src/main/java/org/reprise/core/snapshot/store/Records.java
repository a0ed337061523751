package org.reprise.core.snapshot.store;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import org.reprise.core.snapshot.store.PageTable.Chunk;

/** The store's records as bytes. Each begins with its kind and number, so that none is taken for another, and is packed with a checksum. */
final class Records {
    private static final int MAX_METADATA = 1024;

    private Records() {
    }

    /** Writes a record's fields. */
    interface Fields {
        void write(DataOutputStream out) throws IOException;
    }

    static byte[] encode(PageCodec codec, Volume.Kind kind, long number, Fields fields) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (DataOutputStream out = new DataOutputStream(bytes)) {
            out.writeByte(kind.ordinal());
            out.writeLong(number);
            fields.write(out);
        } catch (IOException e) {
            throw new IllegalStateException("an array takes all", e);
        }
        return codec.packBytes(bytes.toByteArray());
    }

    /** The fields of a record. @throws IOException when it is missing, damaged, or another one */
    static DataInputStream decode(PageCodec codec, Volume.Kind kind, long number, byte[] kept) throws IOException {
        if (kept == null) {
            throw new IOException("it is missing");
        }
        DataInputStream in = new DataInputStream(new ByteArrayInputStream(codec.unpackBytes(kept)));
        if (in.readUnsignedByte() != kind.ordinal() || in.readLong() != number) {
            throw new IOException("another record is in its place");
        }
        return in;
    }

    /** The store as a whole. @param next number of the next snapshot */
    record Root(String identity, long generation, long next) {
        byte[] encode(PageCodec codec) {
            return Records.encode(codec, Volume.Kind.ROOT, 0, out -> {
                out.writeUTF(identity);
                out.writeLong(generation);
                out.writeLong(next);
            });
        }

        static Root decode(PageCodec codec, byte[] kept) throws IOException {
            DataInputStream in = Records.decode(codec, Volume.Kind.ROOT, 0, kept);
            return new Root(in.readUTF(), in.readLong(), in.readLong());
        }
    }

    static byte[] snapshot(PageCodec codec, StoredSnapshot s) {
        return encode(codec, Volume.Kind.SNAPSHOTS, s.id(), out -> {
            out.writeUTF(s.name());
            out.writeLong(s.icount());
            out.writeLong(s.virtual());
            out.writeLong(s.events());
            Map<String, String> metadata = new TreeMap<>(s.metadata());
            out.writeInt(metadata.size());
            for (Map.Entry<String, String> e : metadata.entrySet()) {
                out.writeUTF(e.getKey());
                out.writeUTF(e.getValue());
            }
        });
    }

    static StoredSnapshot snapshot(PageCodec codec, long id, byte[] kept) throws IOException {
        DataInputStream in = decode(codec, Volume.Kind.SNAPSHOTS, id, kept);
        String name = in.readUTF();
        long icount = in.readLong();
        long virtual = in.readLong();
        long events = in.readLong();
        Map<String, String> metadata = new TreeMap<>();
        for (int n = in.readInt(); n > 0; n--) {
            metadata.put(in.readUTF(), in.readUTF());
        }
        return new StoredSnapshot(id, name, icount, virtual, events, Map.copyOf(metadata), "");
    }

    /** @throws IllegalArgumentException naming what is too long */
    static void checkMetadata(String name, Map<String, String> metadata) {
        int length = name.length();
        for (Map.Entry<String, String> e : metadata.entrySet()) {
            length += e.getKey().length() + e.getValue().length();
        }
        if (length > 8 * MAX_METADATA || metadata.size() > MAX_METADATA) {
            throw new IllegalArgumentException("name and metadata of a snapshot have " + length + " characters: 8192 are allowed");
        }
    }

    /** Chunk numbers of a space by place. */
    static byte[] tables(PageCodec codec, long id, Map<String, SortedMap<Integer, Long>> spaces) {
        return encode(codec, Volume.Kind.TABLES, id, out -> {
            out.writeInt(spaces.size());
            for (Map.Entry<String, SortedMap<Integer, Long>> space : new TreeMap<>(spaces).entrySet()) {
                out.writeUTF(space.getKey());
                out.writeInt(space.getValue().size());
                int place = 0;
                long number = 0;
                for (Map.Entry<Integer, Long> e : space.getValue().entrySet()) {
                    writeNumber(out, e.getKey() - place);
                    writeNumber(out, zigzag(e.getValue() - number));
                    place = e.getKey();
                    number = e.getValue();
                }
            }
        });
    }

    static Map<String, SortedMap<Integer, Long>> tables(PageCodec codec, long id, byte[] kept) throws IOException {
        DataInputStream in = decode(codec, Volume.Kind.TABLES, id, kept);
        Map<String, SortedMap<Integer, Long>> spaces = new TreeMap<>();
        for (int n = in.readInt(); n > 0; n--) {
            SortedMap<Integer, Long> chunks = new TreeMap<>();
            spaces.put(in.readUTF(), chunks);
            int place = 0;
            long number = 0;
            for (int i = in.readInt(); i > 0; i--) {
                place += (int) readNumber(in);
                number += unzigzag(readNumber(in));
                chunks.put(place, number);
            }
        }
        return spaces;
    }

    static byte[] chunk(PageCodec codec, long number, Chunk chunk) {
        return encode(codec, Volume.Kind.CHUNKS, number, out -> {
            // most ids follow the one before
            long before = 0;
            for (long id : chunk.ids) {
                if (id <= PageTable.ZERO) {
                    writeNumber(out, id);
                } else {
                    writeNumber(out, zigzag(id - before) + 2);
                    before = id;
                }
            }
        });
    }

    static Chunk chunk(PageCodec codec, long number, byte[] kept) throws IOException {
        DataInputStream in = decode(codec, Volume.Kind.CHUNKS, number, kept);
        long[] ids = new long[PageTable.CHUNK];
        long before = 0;
        for (int i = 0; i < ids.length; i++) {
            long token = readNumber(in);
            if (token <= PageTable.ZERO) {
                ids[i] = token;
            } else {
                before += unzigzag(token - 2);
                ids[i] = before;
            }
        }
        return new Chunk(ids, number);
    }

    private static long zigzag(long difference) {
        return difference << 1 ^ difference >> 63;
    }

    private static long unzigzag(long n) {
        return n >>> 1 ^ -(n & 1);
    }

    /** Seven bits a byte, the low ones first. */
    private static void writeNumber(DataOutputStream out, long number) throws IOException {
        long rest = number;
        while ((rest & ~0x7f) != 0) {
            out.writeByte((int) (rest & 0x7f | 0x80));
            rest >>>= 7;
        }
        out.writeByte((int) rest);
    }

    private static long readNumber(DataInputStream in) throws IOException {
        long number = 0;
        for (int shift = 0; shift < Long.SIZE; shift += 7) {
            int b = in.readUnsignedByte();
            number |= (long) (b & 0x7f) << shift;
            if (b < 0x80) {
                return number;
            }
        }
        throw new IOException("a number has no end");
    }
}
