package org.reprise.ui.shell;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.reprise.api.machine.ExitCode;
import org.reprise.api.machine.MachineException;
import org.reprise.api.replay.Recordings.Info;

/** The machine that a recording calls for: what to install, with which settings. */
public final class RecordedMachine {
    private RecordedMachine() {
    }

    /** The feature's name. @throws MachineException MISMATCH when the recording names none */
    public static String feature(Path recording, Info info) {
        String[] id = info.feature().split(":");
        String feature = id.length > 1 ? id[1] : info.feature();
        if (feature.isEmpty()) {
            throw new MachineException(ExitCode.MISMATCH, "the recording " + recording + " names no machine feature");
        }
        return feature;
    }

    /**
     * The settings with which the machine was recorded, images where they are now.
     *
     * @param others settings that override them
     * @throws MachineException CONFIGURATION naming an image that cannot be read, and the remedy
     */
    public static Map<String, String> settings(Path recording, Info info, Map<String, String> others) {
        Map<String, String> settings = new LinkedHashMap<>();
        info.manifest().forEach((key, value) -> {
            if (key.startsWith("machine.") && !key.equals("machine.feature")) {
                settings.put(key, value);
            } else if (key.startsWith("part.") && !key.endsWith(".type")) {
                settings.put(key.substring("part.".length()), value);
            }
        });
        Map<String, String> images = new LinkedHashMap<>(info.imagePaths());
        // what another image stands on is for that to say
        images.keySet().removeIf(key -> key.matches(".*\\.backing\\d+") && !others.containsKey(key)
            && others.containsKey(key.substring(0, key.lastIndexOf('.')) + ".file"));
        settings.putAll(images);
        settings.putAll(others);
        for (String key : images.keySet()) {
            Path file = Path.of(settings.get(key));
            if (!Files.isReadable(file)) {
                throw new MachineException(ExitCode.CONFIGURATION, "the recording " + recording + " needs the image " + key + " ("
                    + info.manifest().get("image." + key) + "), which was at " + file + " and cannot be read there: give it with --file " + key
                    + "=PATH");
            }
        }
        return settings;
    }

    /** Names of its CPUs. */
    public static List<String> cpus(Info info) {
        return info.parts().stream().filter(part -> info.manifest().getOrDefault("part." + part + ".type", "").startsWith("cpu ")).toList();
    }
}
