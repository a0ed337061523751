package org.reprise.core.machine;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.HashSet;
import java.util.Set;
import org.reprise.api.state.State;
import org.reprise.api.state.Stateful;

/**
 * Saves state as bytes: for each field its full name, length and value, all big-endian. {@link StateReader} finds fields by their names, so that their
 * order does not matter.
 */
final class StateWriter implements State {
    private final ByteArrayOutputStream out = new ByteArrayOutputStream();
    private final Set<String> names = new HashSet<>();
    private String prefix = "";

    /** All fields of something. @throws IllegalStateException when two have one name */
    static byte[] save(Stateful what) {
        StateWriter writer = new StateWriter();
        what.state(writer);
        return writer.out.toByteArray();
    }

    private void put(String name, byte[] value) {
        String full = prefix + name;
        if (!names.add(full)) {
            throw new IllegalStateException("state has two fields " + full);
        }
        byte[] key = full.getBytes(StandardCharsets.UTF_8);
        out.writeBytes(ByteBuffer.allocate(Integer.BYTES).putInt(key.length).array());
        out.writeBytes(key);
        out.writeBytes(ByteBuffer.allocate(Integer.BYTES).putInt(value.length).array());
        out.writeBytes(value);
    }

    @Override
    public boolean loading() {
        return false;
    }

    @Override
    public boolean bool(String name, boolean value) {
        put(name, new byte[] {(byte) (value ? 1 : 0)});
        return value;
    }

    @Override
    public int int32(String name, int value) {
        put(name, ByteBuffer.allocate(Integer.BYTES).putInt(value).array());
        return value;
    }

    @Override
    public long int64(String name, long value) {
        put(name, ByteBuffer.allocate(Long.BYTES).putLong(value).array());
        return value;
    }

    @Override
    public byte[] bytes(String name, byte[] value) {
        put(name, value);
        return value;
    }

    @Override
    public void int64s(String name, long[] values, int count) {
        ByteBuffer all = ByteBuffer.allocate(count * Long.BYTES);
        all.asLongBuffer().put(values, 0, count);
        put(name, all.array());
    }

    @Override
    public void int32s(String name, int[] values) {
        ByteBuffer all = ByteBuffer.allocate(values.length * Integer.BYTES);
        all.asIntBuffer().put(values);
        put(name, all.array());
    }

    @Override
    public void nested(String name, Stateful value) {
        String outer = prefix;
        prefix = outer + name + ".";
        value.state(this);
        prefix = outer;
    }
}
