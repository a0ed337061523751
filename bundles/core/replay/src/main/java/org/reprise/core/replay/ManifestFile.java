package org.reprise.core.replay;

import jakarta.json.Json;
import jakarta.json.JsonArray;
import jakarta.json.JsonArrayBuilder;
import jakarta.json.JsonException;
import jakarta.json.JsonNumber;
import jakarta.json.JsonObject;
import jakarta.json.JsonObjectBuilder;
import jakarta.json.JsonReader;
import jakarta.json.JsonString;
import jakarta.json.JsonValue;
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
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
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
    /** The manifest's field that names the machine feature. */
    static final String FEATURE = "machine.feature";
    private static final int VERSION = 1;
    private static final int MAX_BYTES = 16 * 1024 * 1024;
    private static final String BUNDLE = "bundle.";
    private static final String PART = "part.";

    static ManifestFile of(ReplayHost host) {
        Map<String, String> about = new LinkedHashMap<>();
        for (String p : List.of("os.name", "os.arch", "os.version", "java.vm.name", "java.version")) {
            about.put(p, System.getProperty(p, ""));
        }
        return new ManifestFile(host.name(), host.manifest(), host.imagePaths(), host.partNames(), host.digestComponents(), about);
    }

    void write(Path file) throws IOException {
        JsonObject json = Json.createObjectBuilder().add("reprise-recording", VERSION).add("machine", machine)
            .add("manifest", object(manifest))
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
        try {
            if (Files.size(file) > MAX_BYTES) {
                throw new IOException(file + " has " + Files.size(file) + " bytes, the most is " + MAX_BYTES + ": it is no manifest");
            }
        } catch (NoSuchFileException e) {
            throw new IOException(file + " does not exist: the folder is not a recording", e);
        }
        try (Reader in = Files.newBufferedReader(file); JsonReader reader = Json.createReader(in)) {
            JsonObject json = reader.readObject();
            int version = require(json, "reprise-recording", JsonNumber.class).intValue();
            if (version != VERSION) {
                throw new IOException(file + " has version " + version + ", this program reads " + VERSION
                    + ": use the version that recorded it");
            }
            return new ManifestFile(require(json, "machine", JsonString.class).getString(), map(json, "manifest"), map(json, "imagePaths"),
                list(json, "parts"), list(json, "digestComponents"), map(json, "host"));
        } catch (RuntimeException e) {
            // the parser's exceptions have no common type: JsonException, and its limit on nesting is a plain RuntimeException
            throw new IOException(file + " is damaged: " + e.getMessage() + "; restore it from a copy of the recording", e);
        }
    }

    private static <T extends JsonValue> T require(JsonObject json, String key, Class<T> type) {
        JsonValue value = json.get(key);
        if (!type.isInstance(value)) {
            throw new JsonException("field " + key + " is " + (value == null ? "missing" : "of type " + value.getValueType()));
        }
        return type.cast(value);
    }

    private static Map<String, String> map(JsonObject json, String key) {
        Map<String, String> m = new LinkedHashMap<>();
        JsonObject object = require(json, key, JsonObject.class);
        object.keySet().forEach(k -> m.put(k, require(object, k, JsonString.class).getString()));
        return m;
    }

    private static List<String> list(JsonObject json, String key) {
        List<String> l = new ArrayList<>();
        for (JsonValue value : require(json, key, JsonArray.class)) {
            if (!(value instanceof JsonString text)) {
                throw new JsonException("field " + key + " has an element of type " + value.getValueType());
            }
            l.add(text.getString());
        }
        return l;
    }

    /** Every difference from a machine here, one line each: field, both values, remedy. @param force leave out differing versions */
    List<String> differences(ReplayHost host, boolean force) {
        Map<String, String> installed = host.manifest();
        Set<String> keys = new LinkedHashSet<>(manifest.keySet());
        keys.addAll(installed.keySet());
        List<String> lines = new ArrayList<>();
        for (String key : keys) {
            compare(key, manifest.get(key), installed.get(key), force, lines);
        }
        // the order of event sources and digests: follows from the fields above unless manifest.json was damaged
        compare("parts", String.join(",", parts), String.join(",", host.partNames()), force, lines);
        compare("digestComponents", String.join(",", components), String.join(",", host.digestComponents()), force, lines);
        return lines;
    }

    private static void compare(String key, String recorded, String here, boolean force, List<String> lines) {
        if (!Objects.equals(recorded, here) && !(force && onlyVersionDiffers(key, recorded, here))) {
            lines.add(key + ": recorded " + (recorded == null ? "absent" : recorded) + ", here " + (here == null ? "absent" : here)
                + " (" + remedy(key, recorded, here) + ")");
        }
    }

    private static boolean onlyVersionDiffers(String key, String recorded, String here) {
        if (recorded == null || here == null) {
            return false;
        }
        return key.startsWith(BUNDLE) || key.equals(FEATURE) && withoutVersion(recorded).equals(withoutVersion(here));
    }

    /** A feature's id is group:artifact:version, with type and classifier before the version if it has any. */
    private static String withoutVersion(String id) {
        return id.substring(0, Math.max(0, id.lastIndexOf(':')));
    }

    private static String remedy(String key, String recorded, String here) {
        if (key.startsWith(BUNDLE)) {
            String bundle = key.substring(BUNDLE.length());
            if (recorded == null) {
                return "use the recorded machine feature: it does not have this bundle";
            }
            String install = "install " + bundle + " " + recorded.split(" ")[0];
            return here == null ? install : install + ", or try --force";
        }
        if (key.equals(FEATURE)) {
            return "install " + (recorded == null ? "the machine as it was recorded" : recorded)
                + (onlyVersionDiffers(key, recorded, here) ? ", or try --force" : "");
        }
        if (key.startsWith("image.")) {
            String image = key.substring("image.".length());
            if (image.matches(".*\\.backing\\d+")) {
                return "an image stands on this file: " + (recorded == null ? "use the recorded image" : "restore it as it was recorded");
            }
            return recorded == null ? "remove " + image : "give the recorded file with --file " + image + "=PATH";
        }
        if (key.equals("machine.parts") || key.startsWith(PART) && key.endsWith(".type")) {
            return "use the recorded machine feature";
        }
        if (key.startsWith("machine.") || key.startsWith(PART)) {
            String setting = key.startsWith(PART) ? key.substring(PART.length()) : key;
            return recorded == null ? "remove the setting " + setting : "set it with --set " + setting + "=" + recorded;
        }
        return "use the recorded machine feature, or restore manifest.json from a copy of the recording";
    }
}
