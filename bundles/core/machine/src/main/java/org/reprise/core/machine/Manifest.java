package org.reprise.core.machine;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import org.reprise.api.machine.ExitCode;
import org.reprise.api.machine.MachineException;
import org.reprise.core.machine.MachineConfiguration.Kind;
import org.reprise.core.machine.MachineConfiguration.Part;

/** Everything that must be equal for a replay, and nothing else: settings of the host are left out. */
final class Manifest {
    /** The machine's settings that say where saved states are: that of a recording's beginning is held by its content. */
    private static final List<String> STATES = List.of("vmstate", "start");

    private final Map<String, String> fields;
    /** By drive, those that devices have loaded under an empty name; then by key. */
    private final Map<String, Map<String, Supplier<String>>> images;

    private Manifest(Map<String, String> fields, Map<String, Map<String, Supplier<String>>> images) {
        this.fields = fields;
        this.images = images;
    }

    /** The manifest of an assembled machine, in a fixed order. Machine's thread. */
    static Manifest of(Assembly assembly, PartCatalog catalog) {
        MachineConfiguration configuration = assembly.configuration();
        Map<String, String> manifest = new LinkedHashMap<>();
        manifest.put("machine.parts", String.join(",", configuration.partNames()));
        configuration.settings().asText().forEach((key, value) -> {
            if (!hostOnly(key) && !key.equals("parts") && !STATES.contains(key)) {
                manifest.put("machine." + key, value);
            }
        });
        for (Part part : configuration.parts()) {
            if (configuration.copied(part)) {
                continue;
            }
            if (part.kind() == Kind.NETWORK) {
                // outside of the recorded machine: another back end, other filters or addresses replay the same
                manifest.put("part." + part.name() + ".type", part.kind().text());
                continue;
            }
            manifest.put("part." + part.name() + ".type", part.kind().text() + " " + part.type());
            part.settings().asText().forEach((key, value) -> {
                boolean image = part.kind() == Kind.DRIVE && (key.equals("file") || Drive.isBacking(key))
                        || assembly.images().containsKey(part.name() + "." + key);
                if (!hostOnly(key) && !image && !key.equals("type")) {
                    manifest.put("part." + part.name() + "." + key, value);
                }
            });
        }
        catalog.bundles(assembly.sources().guestVisible()).forEach((bundle, value) -> manifest.put("bundle." + bundle, value));
        Map<String, Map<String, Supplier<String>>> images = new LinkedHashMap<>();
        Map<String, Supplier<String>> loaded = new LinkedHashMap<>();
        assembly.images().forEach((key, image) -> loaded.put(key, image::identity));
        images.put("", loaded);
        for (Part part : configuration.parts(Kind.DRIVE)) {
            Drive drive = assembly.drive(part);
            if (drive != null) {
                Map<String, Supplier<String>> files = new LinkedHashMap<>();
                drive.files().forEach((key, file) -> files.put(part.name() + "." + key, () -> identity(part, key, file)));
                images.put(part.name(), files);
            }
        }
        return new Manifest(manifest, images);
    }

    /**
     * Reads images for it. Any thread; the machine may be gone.
     *
     * @param unread drives whose images are left out
     * @throws MachineException when a disk image cannot be read
     */
    Map<String, String> read(Collection<String> unread) {
        Map<String, String> all = new LinkedHashMap<>(fields);
        try {
            images.forEach((drive, files) -> {
                if (!unread.contains(drive)) {
                    files.forEach((key, identity) -> all.put("image." + key, identity.get()));
                }
            });
        } catch (IllegalArgumentException e) {
            throw new MachineException(ExitCode.CONFIGURATION, e.getMessage(), e);
        }
        return all;
    }

    /** Of a disk image, of an overlay that it is seen through, or of a file that it stands on. */
    private static String identity(Part part, String key, Path file) {
        try {
            return ImageFile.identity(file);
        } catch (IOException e) {
            throw part.settings().bad(key, file, "cannot be read: " + e.getMessage());
        }
    }

    /** Keys that do not change what the guest sees: the machine's name, translation, back ends, overlays, slices, digests. */
    private static boolean hostOnly(String key) {
        return key.equals("machine") || key.equals("machine.name") || key.equals("random") || key.equals("slice-cap")
                || key.equals("overlay") || key.equals("backend") || key.startsWith("overlay.") || key.startsWith("backend.")
                || key.startsWith("rr.") || key.startsWith("translator.");
    }
}
