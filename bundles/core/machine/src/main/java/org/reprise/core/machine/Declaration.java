package org.reprise.core.machine;

import java.lang.reflect.Array;
import java.util.Collection;
import java.util.Objects;

/** Reads what a model declares in a service property: a boolean for all, or the list of names that it holds for. */
final class Declaration {
    private Declaration() {
    }

    /** True when the property holds for the thing of that name. */
    static boolean holds(Object property, String name, boolean absent) {
        if (property == null) {
            return absent;
        }
        if (property instanceof Boolean all) {
            return all;
        }
        if (property instanceof Collection<?> names) {
            return names.stream().map(Objects::toString).anyMatch(name::equals);
        }
        if (property.getClass().isArray()) {
            for (int i = 0; i < Array.getLength(property); i++) {
                if (name.equals(String.valueOf(Array.get(property, i)))) {
                    return true;
                }
            }
            return false;
        }
        String text = property.toString().trim();
        if (text.equalsIgnoreCase("true") || text.equalsIgnoreCase("false")) {
            return Boolean.parseBoolean(text);
        }
        return name.equals(text);
    }

    /** Why a model cannot be recorded, or null when it can: {@code replay.supported} is false, or the reason as text. */
    static String unsupported(Object property) {
        if (property == null || Boolean.TRUE.equals(property) || "true".equalsIgnoreCase(property.toString().trim())) {
            return null;
        }
        String text = property.toString().trim();
        return text.equalsIgnoreCase("false") ? "the model does not support replay" : text;
    }
}
