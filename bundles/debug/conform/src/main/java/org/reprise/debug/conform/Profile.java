package org.reprise.debug.conform;

import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.net.URL;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.reprise.api.machine.ExitCode;
import org.reprise.api.machine.MachineException;

/**
 * What an architecture tells about itself: {@code conform/NAME.properties} in its bundle, described in {@code docs/conformance.md}.
 * Keys keep their order; a line {@code include = FILE} takes in another file of the same folder; {@code ${key}} is replaced by a value.
 */
final class Profile {
    private final String name;
    private final Map<String, String> values = new LinkedHashMap<>();

    private Profile(String name) {
        this.name = name;
    }

    /** @param file URL of the properties file */
    static Profile read(String name, URL file) throws IOException {
        Profile p = new Profile(name);
        p.include(file);
        for (Map.Entry<String, String> e : p.values.entrySet()) {
            e.setValue(p.expand(e.getValue()));
        }
        return p;
    }

    private void include(URL file) throws IOException {
        StringBuilder joined = new StringBuilder();
        try (InputStream in = file.openStream(); var lines = new java.io.BufferedReader(new InputStreamReader(in, StandardCharsets.UTF_8))) {
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                String text = line.strip();
                if (joined.length() == 0 && (text.isEmpty() || text.startsWith("#"))) {
                    continue;
                }
                if (text.endsWith("\\")) {
                    joined.append(text, 0, text.length() - 1).append(' ');
                    continue;
                }
                entry(joined.append(text).toString(), file);
                joined.setLength(0);
            }
        }
    }

    private void entry(String line, URL file) throws IOException {
        int equals = line.indexOf('=');
        if (equals < 0) {
            throw new MachineException(ExitCode.CONFIGURATION, "conformance profile " + file + ": '" + line + "' is no KEY = VALUE");
        }
        String key = line.substring(0, equals).strip();
        String value = line.substring(equals + 1).strip();
        if (key.equals("include")) {
            include(new URL(file, value));
        } else {
            values.put(key, value);
        }
    }

    private String expand(String value) {
        String text = value;
        for (int at = text.indexOf("${"); at >= 0; at = text.indexOf("${")) {
            int end = text.indexOf('}', at);
            text = text.substring(0, at) + text(text.substring(at + 2, end)) + text.substring(end + 1);
        }
        return text;
    }

    String name() {
        return name;
    }

    boolean has(String key) {
        return values.containsKey(key);
    }

    String text(String key) {
        String value = values.get(key);
        if (value == null) {
            throw new MachineException(ExitCode.CONFIGURATION, "conformance profile " + name + " lacks " + key + " (docs/conformance.md)");
        }
        return value;
    }

    String text(String key, String otherwise) {
        return values.getOrDefault(key, otherwise);
    }

    List<String> words(String key) {
        String value = values.getOrDefault(key, "");
        return value.isBlank() ? List.of() : Arrays.asList(value.strip().split("\\s+"));
    }

    long number(String key) {
        return number(key, text(key));
    }

    /** A number in decimal or, with 0x, hexadecimal. */
    long number(String key, String text) {
        try {
            return text.startsWith("0x") ? Long.parseUnsignedLong(text.substring(2), 16) : Long.parseLong(text);
        } catch (NumberFormatException e) {
            throw new MachineException(ExitCode.CONFIGURATION, "conformance profile " + name + ", " + key + ": '" + text + "' is no number", e);
        }
    }

    /** Numbers and ranges FIRST..LAST. */
    List<Long> numbers(String key) {
        List<Long> list = new ArrayList<>();
        for (String word : words(key)) {
            int dots = word.indexOf("..");
            long last = number(key, dots < 0 ? word : word.substring(dots + 2));
            long first = number(key, dots < 0 ? word : word.substring(0, dots));
            for (long n = 0; n <= last - first; n++) {
                list.add(first + n);
            }
        }
        return list;
    }

    /** Keys that begin with a prefix, without it, in the file's order. */
    Map<String, String> under(String prefix) {
        Map<String, String> found = new LinkedHashMap<>();
        values.forEach((key, value) -> {
            if (key.startsWith(prefix)) {
                found.put(key.substring(prefix.length()), value);
            }
        });
        return found;
    }

    /** NAME=NUMBER words. */
    Map<String, Long> assignments(String key) {
        Map<String, Long> map = new LinkedHashMap<>();
        for (String word : words(key)) {
            int equals = word.indexOf('=');
            if (equals < 0) {
                throw new MachineException(ExitCode.CONFIGURATION, "conformance profile " + name + ", " + key + ": '" + word
                    + "' is no NAME=NUMBER");
            }
            map.put(word.substring(0, equals), number(key, word.substring(equals + 1)));
        }
        return map;
    }
}
