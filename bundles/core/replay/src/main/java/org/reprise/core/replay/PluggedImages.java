package org.reprise.core.replay;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.reprise.api.replay.Event;
import org.reprise.api.replay.EventKind;

/**
 * The images of devices that were plugged in while a machine was recorded: PLUG events name them, docs/log-format.md. In a recording's own
 * folder of images, the image {@code KEY} of the log's PLUG event number N, from 0 on, is {@code plugN.KEY}.
 */
final class PluggedImages {
    private static final String IMAGE = "image.";
    private static final String SETTING = "set.";

    /**
     * An image.
     *
     * @param identity length and SHA-256 as the event states them
     * @param path where it was, or null when the event does not say
     */
    record Image(String identity, String path) {
    }

    private final Map<String, Image> images = new LinkedHashMap<>();
    private int plugs;

    /** Takes note of the next event of a log. @return the names of its images, when it plugs a device in that has some */
    List<String> next(Event event) {
        List<String> names = new ArrayList<>();
        if (event.kind() != EventKind.PLUG) {
            return names;
        }
        Map<String, String> fields = fields(event);
        fields.forEach((key, value) -> {
            if (key.startsWith(IMAGE)) {
                String name = name(plugs, key.substring(IMAGE.length()));
                names.add(name);
                images.put(name, new Image(value, fields.get(SETTING + key.substring(IMAGE.length()))));
            }
        });
        plugs++;
        return names;
    }

    /** All so far, by name. */
    Map<String, Image> images() {
        return images;
    }

    /**
     * A PLUG event with its images where they are now: in the recording's own folder, else where they were.
     *
     * @param number the PLUG events before it in the log
     */
    static Event located(Event plug, int number, Path recording) {
        Map<String, String> fields = fields(plug);
        StringBuilder moved = new StringBuilder();
        fields.forEach((key, value) -> {
            String name = key.startsWith(IMAGE) ? name(number, key.substring(IMAGE.length())) : "";
            if (ManifestFile.isFileName(name)) {
                Path own = recording.resolve(LogFormat.IMAGES).resolve(name);
                if (Files.isRegularFile(own)) {
                    Path here = own.toAbsolutePath().normalize();
                    moved.append(SETTING).append(key.substring(IMAGE.length())).append('=').append(here).append('\n');
                }
            }
        });
        if (moved.isEmpty()) {
            return plug;
        }
        // of two values the last one counts
        byte[] data = (new String(plug.data(), StandardCharsets.UTF_8) + moved).getBytes(StandardCharsets.UTF_8);
        return new Event(plug.kind(), plug.icount(), plug.source(), plug.value(), data);
    }

    private static String name(int number, String key) {
        return "plug" + number + "." + key;
    }

    private static Map<String, String> fields(Event plug) {
        Map<String, String> fields = new LinkedHashMap<>();
        new String(plug.data(), StandardCharsets.UTF_8).lines().filter(line -> line.indexOf('=') > 0)
            .forEach(line -> fields.put(line.substring(0, line.indexOf('=')), line.substring(line.indexOf('=') + 1)));
        return fields;
    }
}
