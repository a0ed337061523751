package org.reprise.tools.devicekit;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.reprise.api.device.PartConfig;

/** A part's configuration from a map of texts. */
public final class FakePartConfig implements PartConfig {
    private final String name;
    private final Map<String, String> values;

    /** A configuration of the part of that name. */
    public FakePartConfig(String name, Map<String, String> values) {
        this.name = name;
        this.values = values;
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public boolean has(String key) {
        return values.containsKey(key);
    }

    @Override
    public String text(String key) {
        String value = values.get(key);
        if (value == null) {
            throw new IllegalArgumentException("test machine: part " + name + ": " + key + " is not set");
        }
        return value;
    }

    @Override
    public String text(String key, String defaultValue) {
        return values.getOrDefault(key, defaultValue);
    }

    @Override
    public long number(String key) {
        String value = text(key);
        try {
            String digits = value.toUpperCase(Locale.ROOT);
            int shift = digits.endsWith("K") ? 10 : digits.endsWith("M") ? 20 : digits.endsWith("G") ? 30 : 0;
            return Long.decode(shift == 0 ? value : value.substring(0, value.length() - 1)) << shift;
        } catch (NumberFormatException e) {
            throw new IllegalArgumentException("test machine: part " + name + ": " + key + "=" + value + " is not a number", e);
        }
    }

    @Override
    public long number(String key, long defaultValue) {
        return has(key) ? number(key) : defaultValue;
    }

    @Override
    public boolean flag(String key, boolean defaultValue) {
        return has(key) ? List.of("true", "on", "yes").contains(text(key)) : defaultValue;
    }

    @Override
    public List<String> list(String key) {
        return has(key) ? Arrays.asList(text(key).split("\\s*,\\s*")) : List.of();
    }
}
