package org.reprise.api.machine;

import java.util.Map;

/**
 * One part of a machine as configured.
 *
 * @param name name of the part
 * @param kind {@code cpu}, {@code device}, {@code drive}, {@code network}
 * @param type CPU architecture, device type or block driver
 * @param bundle symbolic name and version of the bundle that provides it, or empty while it is waited for
 * @param properties the configuration, in the order of its keys
 */
public record PartInfo(String name, String kind, String type, String bundle, Map<String, String> properties) {
}
