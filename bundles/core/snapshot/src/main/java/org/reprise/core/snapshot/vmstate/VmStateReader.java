package org.reprise.core.snapshot.vmstate;

import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.reprise.api.travel.Capture;
import org.reprise.api.travel.MachineImage;
import org.reprise.core.snapshot.store.PageCodec;

/**
 * Reads what {@link VmStateWriter} wrote, from wherever it comes: every length is checked, every record has its hash, and all of them together have one. One
 * thread.
 */
public final class VmStateReader {
    private static final String FOREIGN = "QEVM";
    private static final String REMEDY = "; take another snapshot";

    private final DataInputStream in;
    private final MessageDigest digest = VmState.sha256();
    private final PageCodec codec = new PageCodec();
    private final VmStateHeader header;
    private int records;

    /** Takes the pages of a state. */
    @FunctionalInterface
    public interface Pages {
        /** @param bytes 4096; good until the next call */
        void put(String space, int page, byte[] bytes) throws IOException;
    }

    /** Reads the header. @throws IOException saying what is wrong with the state */
    public VmStateReader(InputStream from) throws IOException {
        in = new DataInputStream(from);
        byte[] magic = in.readNBytes(VmState.MAGIC.length);
        if (!Arrays.equals(magic, VmState.MAGIC)) {
            boolean known = new String(magic, StandardCharsets.US_ASCII).startsWith(FOREIGN);
            throw new IOException("its machine state was not saved by Reprise" + (known ? " but by QEMU (it begins with " + FOREIGN + ")" : "")
                + "; the disk's content can be used, with reprise image snapshot -a");
        }
        digest.update(magic);
        int version = in.read();
        if (version != VmState.VERSION) {
            throw new IOException("its machine state has version " + version + ", this program reads " + VmState.VERSION
                + ": use the version that saved it");
        }
        digest.update((byte) version);
        try {
            header = VmStateHeader.of(next(VmState.HEADER, VmState.MAX_HEADER));
        } catch (RuntimeException e) {
            throw damaged("no header: " + e.getMessage());
        }
    }

    /** What the state is of. */
    public VmStateHeader header() {
        return header;
    }

    private IOException damaged(String problem) {
        return new IOException("its machine state is damaged: record " + records + ": " + problem + REMEDY);
    }

    /** Reads a record of one kind. */
    private byte[] next(byte kind, int most) throws IOException {
        byte found = kind();
        if (found != kind) {
            throw damaged("it is of kind " + found + ", not " + (char) kind);
        }
        return content(kind, most);
    }

    private byte kind() throws IOException {
        records++;
        int kind = in.read();
        if (kind < 0) {
            throw damaged("the state is cut off");
        }
        return (byte) kind;
    }

    private byte[] content(byte kind, int most) throws IOException {
        try {
            int length = in.readInt();
            if (length < 0 || length > most) {
                throw damaged("it says that it has " + length + " bytes");
            }
            // no more memory than there are bytes
            byte[] packed = in.readNBytes(length);
            if (packed.length < length) {
                throw damaged("the state is cut off");
            }
            byte[] content = codec.unpackBytes(packed);
            if (kind != VmState.END) {
                digest.update(ByteBuffer.allocate(1 + Integer.BYTES).put(kind).putInt(length).array());
                digest.update(packed);
            }
            return content;
        } catch (EOFException e) {
            throw damaged("the state is cut off");
        } catch (IOException e) {
            throw e.getMessage().startsWith("its machine state") ? e : damaged(e.getMessage());
        }
    }

    /**
     * Reads all the rest, and checks it: nothing given to {@code pages} is to be used before this returns.
     *
     * @param events as {@link MachineImage#events} of what is returned
     */
    public MachineImage read(Pages pages, long events) throws IOException {
        byte[] parts = next(VmState.PARTS, VmState.MAX_PARTS);
        List<Map.Entry<String, Integer>> spaces = new ArrayList<>(header.spaces().entrySet());
        byte[] page = new byte[Capture.PAGE];
        byte kind = kind();
        while (kind == VmState.PAGES) {
            ByteBuffer batch = ByteBuffer.wrap(content(kind, VmState.MAX_PAGES));
            while (batch.remaining() >= 2 * Integer.BYTES + page.length) {
                int space = batch.getInt();
                int number = batch.getInt();
                if (space < 0 || space >= spaces.size() || number < 0 || number >= spaces.get(space).getValue()) {
                    throw damaged("there is no page " + number + " of space " + space);
                }
                batch.get(page);
                pages.put(spaces.get(space).getKey(), number, page);
            }
            if (batch.hasRemaining()) {
                throw damaged("its length is wrong");
            }
            kind = kind();
        }
        if (kind != VmState.END) {
            throw damaged("its kind " + kind + " is not known");
        }
        byte[] all = digest.digest();
        if (!Arrays.equals(all, content(kind, VmState.MAX_HEADER))) {
            throw damaged("the checksum of the whole state does not match");
        }
        return new MachineImage(header.icount(), header.virtual(), events, parts);
    }
}
