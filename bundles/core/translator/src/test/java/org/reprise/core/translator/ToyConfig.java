package org.reprise.core.translator;

import java.util.List;
import java.util.Map;
import org.reprise.api.device.PartConfig;

/** A configuration from a map. */
record ToyConfig(Map<String, String> values) implements PartConfig {
    @Override
    public String name() {
        return "cpu0";
    }

    @Override
    public boolean has(String key) {
        return values.containsKey(key);
    }

    @Override
    public String text(String key) {
        return values.get(key);
    }

    @Override
    public String text(String key, String defaultValue) {
        return values.getOrDefault(key, defaultValue);
    }

    @Override
    public long number(String key) {
        return Long.parseLong(values.get(key));
    }

    @Override
    public long number(String key, long defaultValue) {
        return has(key) ? number(key) : defaultValue;
    }

    @Override
    public boolean flag(String key, boolean defaultValue) {
        return defaultValue;
    }

    @Override
    public List<String> list(String key) {
        return List.of();
    }
}
