package org.reprise.device.loader;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;

/** Reads a flattened device tree back, from the specification and independently of the writer: properties by path. */
final class Fdt {
    private final Map<String, byte[]> properties = new LinkedHashMap<>();

    Fdt(byte[] bytes) {
        ByteBuffer blob = ByteBuffer.wrap(bytes);
        require(blob.getInt(0) == 0xd00dfeed, "magic");
        require(blob.getInt(4) == bytes.length, "total size");
        int at = blob.getInt(8);
        int strings = blob.getInt(12);
        int reservations = blob.getInt(16);
        require(blob.getInt(20) == 17 && blob.getInt(24) == 16, "versions");
        require(reservations % 8 == 0 && blob.getLong(reservations) == 0 && blob.getLong(reservations + 8) == 0, "empty reservations");
        int structureEnd = at + blob.getInt(36);
        require(strings + blob.getInt(32) == bytes.length, "strings block");
        String path = "";
        int depth = 0;
        while (true) {
            require(at % 4 == 0 && at < structureEnd, "alignment");
            int token = blob.getInt(at);
            at += 4;
            if (token == 1) {
                String name = text(bytes, at);
                path = depth == 0 ? "" : path + "/" + name;
                depth++;
                properties.putIfAbsent(path, new byte[0]);
                at = at + name.length() + 4 & ~3;
            } else if (token == 2) {
                depth--;
                path = depth == 0 ? "" : path.substring(0, path.lastIndexOf('/'));
            } else if (token == 3) {
                int length = blob.getInt(at);
                byte[] value = new byte[length];
                System.arraycopy(bytes, at + 8, value, 0, length);
                require(properties.put(path + "/" + text(bytes, strings + blob.getInt(at + 4)), value) == null, "property once");
                at = at + 8 + length + 3 & ~3;
            } else {
                require(token == 9 && depth == 0 && at == structureEnd, "end");
                return;
            }
        }
    }

    boolean has(String path) {
        return properties.containsKey(path);
    }

    byte[] bytes(String path) {
        byte[] value = properties.get(path);
        if (value == null) {
            throw new AssertionError("no property " + path + " in " + properties.keySet());
        }
        return value;
    }

    String text(String path) {
        byte[] value = bytes(path);
        return new String(value, 0, value.length - 1, StandardCharsets.UTF_8);
    }

    int cell(String path, int index) {
        return ByteBuffer.wrap(bytes(path)).getInt(4 * index);
    }

    long cell64(String path, int index) {
        return ByteBuffer.wrap(bytes(path)).getLong(8 * index);
    }

    private static String text(byte[] bytes, int at) {
        int end = at;
        while (bytes[end] != 0) {
            end++;
        }
        return new String(bytes, at, end - at, StandardCharsets.UTF_8);
    }

    private static void require(boolean condition, String what) {
        if (!condition) {
            throw new AssertionError("flattened tree: " + what);
        }
    }
}
