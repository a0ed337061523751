package org.reprise.api.device;

import java.util.List;
import org.osgi.annotation.versioning.ProviderType;

/**
 * The configuration of one part: typed access to its factory configuration. Numbers may be given as numbers or as text: decimal,
 * {@code 0x…}, with a size suffix K, M, G (powers of 1024). Every getter throws {@code IllegalArgumentException} naming machine,
 * part, key and value when a value is missing (and no default given) or has the wrong form.
 */
@ProviderType
public interface PartConfig {
    /** Name of the part, for example {@code uart0}. */
    String name();

    /** True when the key is set. */
    boolean has(String key);

    /** A text value. */
    String text(String key);

    /** A text value or the default. */
    String text(String key, String defaultValue);

    /** A number. */
    long number(String key);

    /** A number or the default. */
    long number(String key, long defaultValue);

    /** A flag ({@code true|false|on|off|yes|no}) or the default. */
    boolean flag(String key, boolean defaultValue);

    /** A list: an array, a collection, or comma-separated text; empty when not set. */
    List<String> list(String key);
}
