package org.reprise.core.machine;

import java.lang.reflect.Array;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import org.reprise.api.device.PartConfig;

/** Typed access to one configuration of a machine or of one of its parts; immutable. */
final class PartSettings implements PartConfig {
    private final String owner;
    private final String pid;
    private final String name;
    private final SortedMap<String, Object> values;

    /**
     * @param owner how messages name the configuration: {@code machine vm, part uart0}
     * @param pid the configuration's PID, for remedies
     */
    PartSettings(String owner, String pid, String name, Map<String, ?> values) {
        this.owner = owner;
        this.pid = pid;
        this.name = name;
        this.values = new TreeMap<>(values);
        this.values.keySet().removeIf(PartSettings::administrative);
    }

    /** Keys that the configuration service or a tool adds; no part of the machine. */
    private static boolean administrative(String key) {
        return key.startsWith("service.") || key.startsWith("component.") || key.startsWith("osgi.") || key.startsWith("felix.")
                || key.startsWith("org.apache.felix.") || key.startsWith(".") || key.startsWith(":");
    }

    /** The same configuration with one value replaced. */
    PartSettings with(String key, Object value) {
        TreeMap<String, Object> copy = new TreeMap<>(values);
        copy.put(key, value);
        return new PartSettings(owner, pid, name, copy);
    }

    String owner() {
        return owner;
    }

    /** All values as text, by key in order. */
    SortedMap<String, String> asText() {
        TreeMap<String, String> text = new TreeMap<>();
        values.forEach((key, value) -> text.put(key, text(value)));
        return text;
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public boolean has(String key) {
        return values.get(key) != null;
    }

    @Override
    public String text(String key) {
        return text(required(key));
    }

    @Override
    public String text(String key, String defaultValue) {
        return has(key) ? text(key) : defaultValue;
    }

    @Override
    public long number(String key) {
        return number(key, required(key));
    }

    @Override
    public long number(String key, long defaultValue) {
        return has(key) ? number(key) : defaultValue;
    }

    @Override
    public boolean flag(String key, boolean defaultValue) {
        if (!has(key)) {
            return defaultValue;
        }
        Object value = values.get(key);
        switch (text(value).toLowerCase(Locale.ROOT)) {
            case "true", "on", "yes":
                return true;
            case "false", "off", "no":
                return false;
            default:
                throw bad(key, value, "is not a flag; use true or false (or on, off, yes, no)");
        }
    }

    @Override
    public List<String> list(String key) {
        Object value = values.get(key);
        List<String> items = new ArrayList<>();
        if (value == null) {
            return items;
        }
        if (value instanceof Collection<?> collection) {
            collection.forEach(item -> add(items, String.valueOf(item)));
        } else if (value.getClass().isArray()) {
            for (int i = 0; i < Array.getLength(value); i++) {
                add(items, String.valueOf(Array.get(value, i)));
            }
        } else {
            for (String item : value.toString().split(",")) {
                add(items, item);
            }
        }
        return items;
    }

    /** The exception for a value that does not fit. */
    IllegalArgumentException bad(String key, Object value, String why) {
        return new IllegalArgumentException(owner + ": " + key + " = \"" + text(value) + "\" " + why + " (configuration " + pid + ")");
    }

    private static void add(List<String> items, String item) {
        String trimmed = item.trim();
        if (!trimmed.isEmpty()) {
            items.add(trimmed);
        }
    }

    private Object required(String key) {
        Object value = values.get(key);
        if (value == null) {
            throw new IllegalArgumentException(owner + ": key " + key + " is missing; add it to the configuration " + pid);
        }
        return value;
    }

    private long number(String key, Object value) {
        if (value instanceof Number number) {
            if (number instanceof Double || number instanceof Float) {
                throw bad(key, value, "is not a whole number");
            }
            return number.longValue();
        }
        try {
            return parse(text(value));
        } catch (NumberFormatException | ArithmeticException e) {
            throw bad(key, value, "is not a number; use decimal or 0x…, with an optional suffix K, M or G");
        }
    }

    private static long parse(String written) {
        String text = written.trim();
        boolean negative = text.startsWith("-");
        if (negative) {
            text = text.substring(1);
        }
        int shift = 0;
        if (!text.isEmpty()) {
            switch (text.charAt(text.length() - 1)) {
                case 'K', 'k' -> shift = 10;
                case 'M', 'm' -> shift = 20;
                case 'G', 'g' -> shift = 30;
                default -> shift = 0;
            }
        }
        if (shift != 0) {
            text = text.substring(0, text.length() - 1);
        }
        if (text.startsWith("-") || text.startsWith("+")) {
            throw new NumberFormatException(written);
        }
        boolean hex = text.startsWith("0x") || text.startsWith("0X");
        long number = hex ? Long.parseUnsignedLong(text.substring(2), 16) : Long.parseLong(text);
        if (shift != 0) {
            number = Math.multiplyExact(number, 1L << shift);
        }
        return negative ? Math.negateExact(number) : number;
    }

    private static String text(Object value) {
        if (value instanceof Collection<?> collection) {
            return String.join(",", collection.stream().map(String::valueOf).toList());
        }
        if (value.getClass().isArray()) {
            List<String> items = new ArrayList<>();
            for (int i = 0; i < Array.getLength(value); i++) {
                items.add(String.valueOf(Array.get(value, i)));
            }
            return String.join(",", items);
        }
        return value.toString();
    }
}
