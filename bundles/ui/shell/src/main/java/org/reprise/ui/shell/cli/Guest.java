package org.reprise.ui.shell.cli;

import jakarta.json.Json;
import jakarta.json.JsonException;
import jakarta.json.JsonObject;
import jakarta.json.JsonString;
import java.io.IOException;
import java.io.Reader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.reprise.api.machine.ExitCode;
import org.reprise.api.machine.MachineException;

/**
 * A guest: a folder with firmware, kernel, disk and a guest.json that says how a machine feature runs them.
 *
 * @param feature the machine feature it is for
 * @param settings PART.KEY to value, files as absolute paths
 */
record Guest(String feature, Map<String, String> settings) {
    /** Finds a guest by path or by name. @throws MachineException USAGE naming the places looked at */
    static Guest find(String name, Path home) {
        List<Path> places = new ArrayList<>();
        Path direct = Path.of(name);
        places.add(direct.getFileName() != null && direct.getFileName().toString().equals("guest.json") ? direct : direct.resolve("guest.json"));
        String folder = System.getenv("REPRISE_GUESTS");
        Path guests = folder != null && !folder.isBlank() ? Path.of(folder)
            : Path.of(System.getProperty("user.home", "."), ".local", "share", "reprise", "guests");
        places.add(guests.resolve(name).resolve("guest.json"));
        places.add(home.resolve("guests").resolve(name).resolve("guest.json"));
        for (Path p : places) {
            if (Files.isRegularFile(p)) {
                return read(p.toAbsolutePath().normalize());
            }
        }
        throw new MachineException(ExitCode.USAGE, "no guest '" + name + "': looked for " + places + "; fetch it with ./reprise guest " + name
            + ", or name a folder with a guest.json");
    }

    private static Guest read(Path file) {
        try (Reader in = Files.newBufferedReader(file); var reader = Json.createReader(in)) {
            JsonObject json = reader.readObject();
            Map<String, String> settings = new LinkedHashMap<>();
            if (json.containsKey("settings")) {
                json.getJsonObject("settings").forEach((k, v) -> settings.put(k, v instanceof JsonString s ? s.getString() : v.toString()));
            }
            if (json.containsKey("files")) {
                json.getJsonObject("files").forEach((k, v) -> settings.put(k,
                    file.resolveSibling(((JsonString) v).getString()).normalize().toString()));
            }
            return new Guest(json.getString("feature"), settings);
        } catch (IOException | JsonException | ClassCastException | NullPointerException e) {
            throw new MachineException(ExitCode.CONFIGURATION, "guest file " + file + " is broken: " + e.getMessage(), e);
        }
    }
}
