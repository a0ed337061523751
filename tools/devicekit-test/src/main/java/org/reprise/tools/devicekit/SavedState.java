package org.reprise.tools.devicekit;

import java.util.LinkedHashMap;
import java.util.Map;
import org.reprise.api.state.State;
import org.reprise.api.state.Stateful;

/** The state of a part as names and values, saved and restored through its own {@code state} method. */
public final class SavedState {
    private final Map<String, String> values = new LinkedHashMap<>();

    private SavedState() {
    }

    /** Saves. @throws IllegalStateException when two fields have one name */
    public static SavedState of(Stateful part) {
        SavedState saved = new SavedState();
        part.state(new Visitor(saved.values, "", false));
        return saved;
    }

    /** Restores into a part. @throws IllegalStateException when it asks for a field that was not saved */
    public void restore(Stateful part) {
        part.state(new Visitor(values, "", true));
    }

    /** The values by name, in the order of visiting. */
    public Map<String, String> values() {
        return values;
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof SavedState saved && saved.values.equals(values);
    }

    @Override
    public int hashCode() {
        return values.hashCode();
    }

    @Override
    public String toString() {
        return values.toString();
    }

    private record Visitor(Map<String, String> values, String prefix, boolean loading) implements State {
        private String swap(String field, String value) {
            String key = prefix + field;
            if (loading) {
                String saved = values.get(key);
                if (saved == null) {
                    throw new IllegalStateException("field " + key + " was not saved; there are " + values.keySet());
                }
                return saved;
            }
            if (values.put(key, value) != null) {
                throw new IllegalStateException("field " + key + " is visited twice");
            }
            return value;
        }

        private void elements(String field, long[] elements) {
            StringBuilder text = new StringBuilder();
            for (long element : elements) {
                text.append(element).append(' ');
            }
            String[] saved = swap(field, text.toString()).split(" ");
            for (int i = 0; i < elements.length; i++) {
                elements[i] = Long.parseLong(saved[i]);
            }
        }

        @Override
        public boolean bool(String name, boolean value) {
            return Boolean.parseBoolean(swap(name, Boolean.toString(value)));
        }

        @Override
        public int int32(String name, int value) {
            return Integer.parseInt(swap(name, Integer.toString(value)));
        }

        @Override
        public long int64(String name, long value) {
            return Long.parseLong(swap(name, Long.toString(value)));
        }

        @Override
        public byte[] bytes(String name, byte[] value) {
            return swap(name, new String(value, java.nio.charset.StandardCharsets.ISO_8859_1))
                    .getBytes(java.nio.charset.StandardCharsets.ISO_8859_1);
        }

        @Override
        public void int64s(String name, long[] elements, int count) {
            long[] part = java.util.Arrays.copyOf(elements, count);
            elements(name, part);
            System.arraycopy(part, 0, elements, 0, count);
        }

        @Override
        public void int32s(String name, int[] elements) {
            long[] wide = java.util.Arrays.stream(elements).asLongStream().toArray();
            elements(name, wide);
            for (int i = 0; i < elements.length; i++) {
                elements[i] = (int) wide[i];
            }
        }

        @Override
        public void nested(String name, Stateful value) {
            value.state(new Visitor(values, prefix + name + ".", loading));
        }
    }
}
