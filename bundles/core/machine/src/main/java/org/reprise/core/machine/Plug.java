package org.reprise.core.machine;

import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.TreeMap;

/**
 * A device plugged into a running machine: everything that replay needs to do the same. In the log it is UTF-8 text, one {@code key=value} a line, keys
 * sorted; those of the device's own settings begin with {@code set.}.
 *
 * @param id name of the part
 * @param model device model
 * @param slot name of the slot it takes, or empty
 * @param bundles version and digest of the model's bundles, by symbolic name
 * @param images identities of the images it uses, by key
 * @param settings its configuration
 */
record Plug(String id, String model, String slot, Map<String, String> bundles, Map<String, String> images, Map<String, String> settings) {
    private static final int MOST_BYTES = 1 << 16;
    private static final String BUNDLE = "bundle.";
    private static final String IMAGE = "image.";
    private static final String SETTING = "set.";

    /** As it stands in the log. @throws IllegalArgumentException when a value cannot stand there */
    byte[] encode() {
        Map<String, String> all = new TreeMap<>();
        all.put("id", id);
        all.put("model", model);
        all.put("slot", slot);
        bundles.forEach((key, value) -> all.put(BUNDLE + key, value));
        images.forEach((key, value) -> all.put(IMAGE + key, value));
        settings.forEach((key, value) -> all.put(SETTING + key, value));
        StringBuilder text = new StringBuilder();
        all.forEach((key, value) -> {
            if (key.indexOf('=') >= 0 || key.indexOf('\n') >= 0 || value.indexOf('\n') >= 0) {
                throw new IllegalArgumentException("device " + id + ": " + key + " = \"" + value + "\" has a line break, or its key an equals sign");
            }
            text.append(key).append('=').append(value).append('\n');
        });
        byte[] bytes = text.toString().getBytes(StandardCharsets.UTF_8);
        if (bytes.length > MOST_BYTES) {
            throw new IllegalArgumentException("device " + id + ": its settings take " + bytes.length + " bytes, more than " + MOST_BYTES);
        }
        return bytes;
    }

    /**
     * Reads what {@link #encode} wrote, to do it again: a replay writes no file of the host's, and an overlay that the recording made is
     * none of its images.
     *
     * @throws IllegalArgumentException when it is not that
     */
    static Plug replayed(byte[] bytes) {
        Plug plug = decode(bytes);
        Map<String, String> settings = new TreeMap<>(plug.settings);
        settings.remove("drive.overlay");
        if (!plug.images.containsKey("drive.overlay.file")) {
            settings.remove("drive.overlay.file");
        }
        return new Plug(plug.id, plug.model, plug.slot, plug.bundles, plug.images, settings);
    }

    /** Reads what {@link #encode} wrote. @throws IllegalArgumentException when it is not that */
    static Plug decode(byte[] bytes) {
        Map<String, String> all = new TreeMap<>();
        for (String line : new String(bytes, StandardCharsets.UTF_8).split("\n")) {
            int equals = line.indexOf('=');
            if (equals < 0) {
                throw new IllegalArgumentException("a plugged device is described by \"" + line + "\", which is no key=value");
            }
            all.put(line.substring(0, equals), line.substring(equals + 1));
        }
        if (!all.containsKey("id") || !all.containsKey("model") || !all.containsKey("slot")) {
            throw new IllegalArgumentException("a plugged device is described by " + all.keySet() + ", without id, model or slot");
        }
        return new Plug(all.get("id"), all.get("model"), all.get("slot"), under(all, BUNDLE), under(all, IMAGE), under(all, SETTING));
    }

    private static Map<String, String> under(Map<String, String> all, String prefix) {
        Map<String, String> found = new TreeMap<>();
        all.forEach((key, value) -> {
            if (key.startsWith(prefix)) {
                found.put(key.substring(prefix.length()), value);
            }
        });
        return found;
    }
}
