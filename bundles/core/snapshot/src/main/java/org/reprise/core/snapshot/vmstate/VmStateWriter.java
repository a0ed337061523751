package org.reprise.core.snapshot.vmstate;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.reprise.api.travel.Capture;
import org.reprise.core.snapshot.store.PageCodec;

/** Writes a captured machine as one stream. One thread. */
public final class VmStateWriter {
    private final OutputStream out;
    private final MessageDigest digest = VmState.sha256();
    private final PageCodec codec = new PageCodec();

    private VmStateWriter(OutputStream out) {
        this.out = out;
    }

    /**
     * Writes all of a whole capture.
     *
     * @param machine what must be equal in a machine that gets the state
     * @param images drives whose images have an internal snapshot that belongs to it
     */
    public static void write(Capture capture, String name, Map<String, String> machine, List<String> images, OutputStream out) throws IOException {
        Map<String, Integer> spaces = new LinkedHashMap<>();
        capture.spaces().forEach(space -> spaces.put(space.name(), space.pages()));
        VmStateWriter writer = new VmStateWriter(out);
        writer.put(VmState.MAGIC);
        writer.put(new byte[] {VmState.VERSION});
        writer.record(VmState.HEADER, new VmStateHeader(name, capture.image().icount(), capture.image().virtual(), machine, images, spaces).bytes());
        writer.record(VmState.PARTS, capture.image().state());
        int index = 0;
        try {
            for (Capture.Space space : capture.spaces()) {
                writer.pages(index++, space);
            }
        } catch (UncheckedIOException e) {
            throw e.getCause();
        }
        writer.record(VmState.END, writer.digest.digest());
    }

    private void put(byte[] bytes) throws IOException {
        digest.update(bytes);
        out.write(bytes);
    }

    private void record(byte kind, byte[] content) throws IOException {
        byte[] packed = codec.packBytes(content);
        put(ByteBuffer.allocate(1 + Integer.BYTES).put(kind).putInt(packed.length).array());
        put(packed);
    }

    private void pages(int index, Capture.Space space) throws IOException {
        byte[] page = new byte[Capture.PAGE];
        ByteArrayOutputStream batch = new ByteArrayOutputStream();
        int count = 0;
        for (int number : space.changed()) {
            if (!space.read(number, page)) {
                continue;
            }
            batch.writeBytes(ByteBuffer.allocate(2 * Integer.BYTES).putInt(index).putInt(number).array());
            batch.writeBytes(page);
            if (++count == VmState.BATCH) {
                record(VmState.PAGES, batch.toByteArray());
                batch.reset();
                count = 0;
            }
        }
        if (count > 0) {
            record(VmState.PAGES, batch.toByteArray());
        }
    }
}
