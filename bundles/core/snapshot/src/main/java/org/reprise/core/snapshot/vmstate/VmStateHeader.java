package org.reprise.core.snapshot.vmstate;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * What the state is of.
 *
 * @param name of the snapshot
 * @param icount instructions retired since power-on
 * @param virtual VIRTUAL, ns
 * @param machine what must be equal in a machine that gets the state
 * @param images drives whose images have an internal snapshot that belongs to it
 * @param spaces pages of RAM and drives, by the space's name
 */
public record VmStateHeader(String name, long icount, long virtual, Map<String, String> machine, List<String> images, Map<String, Integer> spaces) {
    byte[] bytes() {
        Fields out = new Fields();
        out.text(name);
        out.number(icount);
        out.number(virtual);
        out.number(machine.size());
        machine.forEach((key, value) -> {
            out.text(key);
            out.text(value);
        });
        out.number(images.size());
        images.forEach(out::text);
        out.number(spaces.size());
        spaces.forEach((space, pages) -> {
            out.text(space);
            out.number(pages);
        });
        return out.out.toByteArray();
    }

    /** @throws RuntimeException when they are not such bytes */
    static VmStateHeader of(byte[] bytes) {
        ByteBuffer in = ByteBuffer.wrap(bytes);
        String name = text(in);
        long icount = in.getLong();
        long virtual = in.getLong();
        Map<String, String> machine = new LinkedHashMap<>();
        for (long i = in.getLong(); i > 0; i--) {
            machine.put(text(in), text(in));
        }
        List<String> images = new ArrayList<>();
        for (long i = in.getLong(); i > 0; i--) {
            images.add(text(in));
        }
        Map<String, Integer> spaces = new LinkedHashMap<>();
        for (long i = in.getLong(); i > 0; i--) {
            spaces.put(text(in), Math.toIntExact(in.getLong()));
        }
        return new VmStateHeader(name, icount, virtual, machine, List.copyOf(images), spaces);
    }

    private static String text(ByteBuffer in) {
        int length = in.getInt();
        if (length < 0 || length > in.remaining()) {
            throw new IllegalArgumentException("a text of " + length + " bytes where " + in.remaining() + " are left");
        }
        byte[] bytes = new byte[length];
        in.get(bytes);
        return new String(bytes, StandardCharsets.UTF_8);
    }

    private static final class Fields {
        private final ByteArrayOutputStream out = new ByteArrayOutputStream();

        void text(String text) {
            byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
            out.writeBytes(ByteBuffer.allocate(Integer.BYTES).putInt(bytes.length).array());
            out.writeBytes(bytes);
        }

        void number(long value) {
            out.writeBytes(ByteBuffer.allocate(Long.BYTES).putLong(value).array());
        }
    }
}
