package org.reprise.core.machine;

import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;
import org.reprise.api.state.State;
import org.reprise.api.state.Stateful;

/** Restores what {@link StateWriter} saved. */
final class StateReader implements State {
    private final Map<String, byte[]> fields;
    private String prefix = "";

    private StateReader(Map<String, byte[]> fields) {
        this.fields = fields;
    }

    /** @throws IllegalArgumentException when the bytes are not such a state */
    static StateReader of(byte[] saved) {
        Map<String, byte[]> fields = new LinkedHashMap<>();
        ByteBuffer in = ByteBuffer.wrap(saved);
        try {
            while (in.hasRemaining()) {
                byte[] name = part(in);
                fields.put(new String(name, StandardCharsets.UTF_8), part(in));
            }
        } catch (BufferUnderflowException e) {
            throw new IllegalArgumentException("a saved state of " + saved.length + " bytes is cut off", e);
        }
        return new StateReader(fields);
    }

    private static byte[] part(ByteBuffer in) {
        int length = in.getInt();
        if (length < 0 || length > in.remaining()) {
            throw new IllegalArgumentException("a saved state has a field of " + length + " bytes where " + in.remaining() + " are left");
        }
        byte[] bytes = new byte[length];
        in.get(bytes);
        return bytes;
    }

    private ByteBuffer take(String name, int length) {
        byte[] value = fields.get(prefix + name);
        if (value == null || length >= 0 && value.length != length) {
            throw new IllegalArgumentException("the saved state has " + (value == null ? "no field " : value.length + " bytes for field ") + prefix + name
                + (value == null ? "" : ", not " + length) + ": it was made by another version or another machine");
        }
        return ByteBuffer.wrap(value);
    }

    @Override
    public boolean loading() {
        return true;
    }

    @Override
    public boolean bool(String name, boolean value) {
        return take(name, 1).get() != 0;
    }

    @Override
    public int int32(String name, int value) {
        return take(name, Integer.BYTES).getInt();
    }

    @Override
    public long int64(String name, long value) {
        return take(name, Long.BYTES).getLong();
    }

    @Override
    public byte[] bytes(String name, byte[] value) {
        return take(name, -1).array();
    }

    @Override
    public void int64s(String name, long[] values, int count) {
        take(name, count * Long.BYTES).asLongBuffer().get(values, 0, count);
    }

    @Override
    public void int32s(String name, int[] values) {
        take(name, values.length * Integer.BYTES).asIntBuffer().get(values);
    }

    @Override
    public void nested(String name, Stateful value) {
        String outer = prefix;
        prefix = outer + name + ".";
        value.state(this);
        prefix = outer;
    }
}
