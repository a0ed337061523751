package org.reprise.core.replay;

import jakarta.json.Json;
import jakarta.json.JsonArrayBuilder;
import jakarta.json.JsonException;
import jakarta.json.JsonObject;
import jakarta.json.JsonObjectBuilder;
import jakarta.json.JsonString;
import jakarta.json.JsonWriter;
import jakarta.json.stream.JsonGenerator;
import java.io.IOException;
import java.io.Reader;
import java.io.Writer;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.reprise.api.replay.ReplayHost;

/**
 * manifest.json of a recording.
 *
 * @param machine name of the machine
 * @param manifest what must be equal for a replay
 * @param imagePaths where the images were, informative
 * @param parts names of the parts as event sources count them
 * @param components names of the digest components
 * @param host host and JVM, informative
 */
record ManifestFile(String machine, Map<String, String> manifest, Map<String, String> imagePaths, List<String> parts,
        List<String> components, Map<String, String> host) {
    private static final int VERSION = 1;

    static ManifestFile of(ReplayHost host) {
        Map<String, String> about = new LinkedHashMap<>();
        for (String p : List.of("os.name", "os.arch", "os.version", "java.vm.name", "java.version")) {
            about.put(p, System.getProperty(p, ""));
        }
        return new ManifestFile(host.name(), host.manifest(), host.imagePaths(), host.partNames(), host.digestComponents(), about);
    }

    void write(Path file) throws IOException {
        JsonObject json = Json.createObjectBuilder().add("reprise-recording", VERSION).add("machine", machine).add("manifest", object(manifest))
            .add("imagePaths", object(imagePaths)).add("parts", array(parts)).add("digestComponents", array(components))
            .add("host", object(host)).build();
        try (Writer out = Files.newBufferedWriter(file);
                JsonWriter writer = Json.createWriterFactory(Map.of(JsonGenerator.PRETTY_PRINTING, true)).createWriter(out)) {
            writer.write(json);
        } catch (JsonException e) {
            throw new IOException(e.getMessage(), e);
        }
    }

    private static JsonObjectBuilder object(Map<String, String> map) {
        JsonObjectBuilder b = Json.createObjectBuilder();
        map.forEach(b::add);
        return b;
    }

    private static JsonArrayBuilder array(List<String> list) {
        JsonArrayBuilder b = Json.createArrayBuilder();
        list.forEach(b::add);
        return b;
    }

    /** @throws IOException naming file, problem and remedy */
    static ManifestFile read(Path recording) throws IOException {
        Path file = recording.resolve(LogFormat.MANIFEST);
        if (!Files.isDirectory(recording)) {
            throw new IOException(recording + (Files.exists(recording) ? " is not a folder" : " does not exist")
                + ": name the folder of a recording (NAME.rr)");
        }
        try (Reader in = Files.newBufferedReader(file); var reader = Json.createReader(in)) {
            JsonObject json = reader.readObject();
            int version = json.getInt("reprise-recording");
            if (version != VERSION) {
                throw new IOException(file + " has version " + version + ", this program reads " + VERSION + ": use the version that recorded it");
            }
            return new ManifestFile(json.getString("machine"), map(json, "manifest"), map(json, "imagePaths"), list(json, "parts"),
                list(json, "digestComponents"), map(json, "host"));
        } catch (NoSuchFileException e) {
            throw new IOException(file + " does not exist: the folder is not a recording", e);
        } catch (JsonException | IllegalStateException | NullPointerException | ClassCastException e) {
            throw new IOException(file + " is damaged: " + e.getMessage() + "; restore it from a copy of the recording", e);
        }
    }

    private static Map<String, String> map(JsonObject json, String key) {
        Map<String, String> m = new LinkedHashMap<>();
        json.getJsonObject(key).forEach((k, v) -> m.put(k, ((JsonString) v).getString()));
        return m;
    }

    private static List<String> list(JsonObject json, String key) {
        List<String> l = new ArrayList<>();
        json.getJsonArray(key).forEach(v -> l.add(((JsonString) v).getString()));
        return l;
    }

    /** Every difference from what is installed, one line each: field, both values, remedy. @param force leave out differing bundles */
    List<String> differences(Map<String, String> installed, boolean force) {
        List<String> lines = new ArrayList<>();
        manifest.forEach((key, recorded) -> {
            String present = installed.get(key);
            if (!recorded.equals(present) && !(force && tolerated(key))) {
                lines.add(key + ": recorded " + recorded + ", here " + (present == null ? "absent" : present) + " (" + remedy(key) + ")");
            }
        });
        installed.forEach((key, present) -> {
            if (!manifest.containsKey(key) && !(force && tolerated(key))) {
                lines.add(key + ": recorded absent, here " + present + " (" + remedy(key) + ")");
            }
        });
        return lines;
    }

    private static boolean tolerated(String key) {
        return key.startsWith("bundle.") || key.equals("machine.feature");
    }

    private static String remedy(String key) {
        if (key.startsWith("bundle.")) {
            return "install the recorded version, or try --force";
        }
        if (key.equals("machine.feature")) {
            return "install the recorded version of the feature, or try --force";
        }
        if (key.startsWith("image.")) {
            String part = key.substring("image.".length());
            return "give the recorded file with --file " + part + "=PATH";
        }
        if (key.startsWith("machine.")) {
            return "set it with --set " + key + "=VALUE";
        }
        return "set it with --set " + key.substring(key.indexOf('.') + 1) + "=VALUE, or use the recorded machine feature";
    }
}
