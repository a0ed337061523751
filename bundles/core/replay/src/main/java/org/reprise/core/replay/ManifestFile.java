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
import java.io.InputStream;
import java.io.StringReader;
import java.io.StringWriter;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.reprise.api.replay.BranchOrigin;
import org.reprise.api.replay.RecordingDifference.Field;
import org.reprise.api.replay.ReplayHost;

/**
 * manifest.json of a recording.
 *
 * @param machine name of the machine
 * @param manifest what must be equal for a replay
 * @param imagePaths where the images are: in the recording's own folder, else where they were; informative
 * @param parts names of the parts as event sources count them
 * @param components names of the digest components
 * @param host host and JVM, informative
 * @param origin where a branch comes from; null for other recordings
 */
record ManifestFile(String machine, Map<String, String> manifest, Map<String, String> imagePaths, List<String> parts,
        List<String> components, Map<String, String> host, BranchOrigin origin) {
    /** The manifest's field that names the machine feature. */
    static final String FEATURE = "machine.feature";
    /** With a checksum. */
    private static final int VERSION = 2;
    /** Without one. */
    private static final int OLDEST_VERSION = 1;
    static final int MAX_BYTES = 16 * 1024 * 1024;
    private static final String BUNDLE = "bundle.";
    private static final String PART = "part.";
    private static final String IMAGE = "image.";
    private static final String BRANCH = "branch";
    private static final String CHECKSUM = ",\n    \"checksum\": \"sha256:";
    private static final String CHECKSUM_END = "\"\n}";
    private static final int CHECKSUM_BYTES = CHECKSUM.length() + 64 + CHECKSUM_END.length();

    /** The one of a recording that is no branch. */
    ManifestFile(String machine, Map<String, String> manifest, Map<String, String> imagePaths, List<String> parts, List<String> components,
            Map<String, String> host) {
        this(machine, manifest, imagePaths, parts, components, host, null);
    }

    static ManifestFile of(ReplayHost host) {
        return of(host, host.manifest());
    }

    /** @param manifest the machine's, when that is known already */
    static ManifestFile of(ReplayHost host, Map<String, String> manifest) {
        Map<String, String> about = new LinkedHashMap<>();
        for (String p : List.of("os.name", "os.arch", "os.version", "java.vm.name", "java.version")) {
            about.put(p, System.getProperty(p, ""));
        }
        return new ManifestFile(host.name(), manifest, host.imagePaths(), host.partNames(), host.digestComponents(), about);
    }

    /** The same for a branch. */
    ManifestFile branch(BranchOrigin from) {
        return new ManifestFile(machine, manifest, imagePaths, parts, components, host, from);
    }

    /** The same with more that must be equal. */
    ManifestFile with(Map<String, String> more) {
        Map<String, String> all = new LinkedHashMap<>(manifest);
        all.putAll(more);
        return new ManifestFile(machine, all, imagePaths, parts, components, host);
    }

    /** A hash of what must be equal for a replay. */
    static String identity(Map<String, String> manifest) {
        MessageDigest digest = sha256();
        manifest.forEach((key, value) -> digest.update((key + '=' + value + '\n').getBytes(StandardCharsets.UTF_8)));
        return HexFormat.of().formatHex(digest.digest());
    }

    void write(Path file) throws IOException {
        JsonObjectBuilder json = Json.createObjectBuilder().add("reprise-recording", VERSION).add("machine", machine)
            .add("manifest", object(manifest))
            .add("imagePaths", object(imagePaths)).add("parts", array(parts)).add("digestComponents", array(components))
            .add("host", object(host));
        if (origin != null) {
            json.add(BRANCH, branch());
        }
        StringWriter text = new StringWriter();
        try (JsonWriter writer = Json.createWriterFactory(Map.of(JsonGenerator.PRETTY_PRINTING, true)).createWriter(text)) {
            writer.write(json.build());
        } catch (JsonException e) {
            throw new IOException(e.getMessage(), e);
        }
        Files.write(file, sealed(text.toString()));
    }

    private JsonObjectBuilder branch() {
        return Json.createObjectBuilder().add("parent", origin.parent()).add("icount", origin.icount()).add("events", origin.events())
            .add("traps", origin.traps()).add("parentBytes", origin.parentBytes()).add("parentSha256", origin.parentSha256())
            .add("created", origin.created()).add("pokes", array(origin.pokes()));
    }

    private static BranchOrigin branch(JsonObject json) {
        if (!json.containsKey(BRANCH)) {
            return null;
        }
        JsonObject from = require(json, BRANCH, JsonObject.class);
        return new BranchOrigin(require(from, "parent", JsonString.class).getString(), number(from, "icount"), number(from, "events"), number(from, "traps"),
            number(from, "parentBytes"), require(from, "parentSha256", JsonString.class).getString(),
            require(from, "created", JsonString.class).getString(), list(from, "pokes"));
    }

    private static long number(JsonObject json, String key) {
        return require(json, key, JsonNumber.class).longValueExact();
    }

    /** The text of a JSON object with the checksum of all before it as its last field. */
    private static byte[] sealed(String json) {
        String open = json.substring(0, json.lastIndexOf('}')).stripTrailing();
        byte[] content = open.getBytes(StandardCharsets.UTF_8);
        return (open + CHECKSUM + HexFormat.of().formatHex(sha256().digest(content)) + CHECKSUM_END).getBytes(StandardCharsets.UTF_8);
    }

    /** Whether the file ends with the checksum of what is before it. */
    private static boolean sealed(byte[] file) {
        int content = file.length - CHECKSUM_BYTES;
        if (content < 0) {
            return false;
        }
        MessageDigest digest = sha256();
        digest.update(file, 0, content);
        byte[] seal = (CHECKSUM + HexFormat.of().formatHex(digest.digest()) + CHECKSUM_END).getBytes(StandardCharsets.UTF_8);
        return Arrays.equals(seal, 0, seal.length, file, content, file.length);
    }

    static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-256", e);
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
        byte[] bytes;
        try (InputStream in = Files.newInputStream(file)) {
            bytes = in.readNBytes(MAX_BYTES);
        }
        ManifestFile m = parse(bytes, file.toString());
        Map<String, String> paths = new LinkedHashMap<>();
        Set<String> keys = new LinkedHashSet<>(m.imagePaths.keySet());
        // recordings of old do not say where backing files were
        keys.addAll(m.images().keySet());
        for (String key : keys) {
            Path own = isFileName(key) ? recording.resolve(LogFormat.IMAGES).resolve(key) : null;
            String path = own != null && Files.isRegularFile(own) ? own.toAbsolutePath().normalize().toString() : m.imagePaths.get(key);
            if (path != null) {
                paths.put(key, path);
            }
        }
        return new ManifestFile(m.machine, m.manifest, paths, m.parts, m.components, m.host, m.origin);
    }

    /** Whether a {@code PART.KEY} can be the name of a file in a recording's folder of images. */
    static boolean isFileName(String key) {
        return key.matches("[A-Za-z0-9_][A-Za-z0-9_-]*(\\.[A-Za-z0-9_-]+)*");
    }

    /** The images that a replay needs, by {@code PART.KEY}: length and SHA-256. */
    Map<String, String> images() {
        Map<String, String> images = new LinkedHashMap<>();
        manifest.forEach((key, value) -> {
            if (key.startsWith(IMAGE)) {
                images.put(key.substring(IMAGE.length()), identity(value));
            }
        });
        return images;
    }

    /** Recordings of old have the file's name behind length and SHA-256 of a backing file: a copy may have another. */
    private static String identity(String value) {
        return value.replaceFirst("(?s)^(\\d+ bytes sha256:[0-9a-f]{64}) \\(.*\\)$", "$1");
    }

    /** Reads the bytes of a manifest.json. @param name of the file, for messages @throws IOException naming it, problem and remedy */
    static ManifestFile parse(byte[] bytes, String name) throws IOException {
        try (JsonReader reader = Json.createReader(new StringReader(StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString()))) {
            JsonObject json = reader.readObject();
            int version = require(json, "reprise-recording", JsonNumber.class).intValueExact();
            if (version < OLDEST_VERSION || version > VERSION) {
                throw new IOException(name + " has version " + version + ", this program reads " + OLDEST_VERSION + " to " + VERSION
                    + ": use the version that recorded it");
            }
            if (version > OLDEST_VERSION && !sealed(bytes)) {
                throw new IOException(name + " is damaged: its checksum does not fit; restore it from a copy of the recording");
            }
            return new ManifestFile(require(json, "machine", JsonString.class).getString(), map(json, "manifest"), map(json, "imagePaths"),
                list(json, "parts"), list(json, "digestComponents"), map(json, "host"), branch(json));
        } catch (RuntimeException | CharacterCodingException e) {
            // the parser's exceptions have no common type: JsonException, and its limit on nesting is a plain RuntimeException
            throw new IOException(name + " is damaged: " + e.getMessage() + "; restore it from a copy of the recording", e);
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

    /** The fields in which two recordings differ; where and on what they were made is none. */
    List<Field> differences(ManifestFile other) {
        List<Field> fields = new ArrayList<>();
        add(fields, "machine", machine, other.machine);
        Set<String> keys = new LinkedHashSet<>(manifest.keySet());
        keys.addAll(other.manifest.keySet());
        keys.forEach(key -> add(fields, key, manifest.get(key), other.manifest.get(key)));
        add(fields, "parts", String.join(",", parts), String.join(",", other.parts));
        add(fields, "digestComponents", String.join(",", components), String.join(",", other.components));
        return fields;
    }

    private static void add(List<Field> fields, String name, String first, String second) {
        if (!Objects.equals(first, second)) {
            fields.add(new Field(name, first, second));
        }
    }

    /** Every difference from a machine here, one line each: field, both values, remedy. @param installed its manifest @param force leave out differing versions */
    List<String> differences(ReplayHost host, Map<String, String> installed, boolean force) {
        Map<String, String> paths = new LinkedHashMap<>();
        host.imagePaths().forEach((key, path) -> paths.put(IMAGE + key, path));
        Set<String> keys = new LinkedHashSet<>(manifest.keySet());
        keys.addAll(installed.keySet());
        List<String> lines = new ArrayList<>();
        for (String key : keys) {
            compare(key, manifest.get(key), installed.get(key), force, lines, paths.get(key));
        }
        // the order of event sources and digests: follows from the fields above unless manifest.json was damaged
        compare("parts", String.join(",", parts), String.join(",", host.partNames()), force, lines, null);
        compare("digestComponents", String.join(",", components), String.join(",", host.digestComponents()), force, lines, null);
        return lines;
    }

    /** @param path of the image that the key names, or null */
    private static void compare(String key, String first, String here, boolean force, List<String> lines, String path) {
        String recorded = first != null && key.startsWith(IMAGE) ? identity(first) : first;
        if (!Objects.equals(recorded, here) && !(force && onlyVersionDiffers(key, recorded, here))) {
            lines.add(key + ": recorded " + (recorded == null ? "absent" : recorded) + ", here " + (here == null ? "absent" : here)
                + " (" + (path == null ? "" : path + ": ") + remedy(key, recorded, here) + ")");
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
        if (key.startsWith(IMAGE)) {
            String image = key.substring(IMAGE.length());
            if (image.matches(".*\\.backing\\d+")) {
                return "an image stands on this file: " + (recorded == null ? "use the recorded image"
                    : "restore it as it was recorded, or give the recorded file with --file " + image + "=PATH");
            }
            if (recorded != null && image.endsWith(".overlay.file")) {
                return "every run with this overlay writes it, the recorded one did: give a copy from before the recording with --file " + image
                    + "=COPY; a recording packed with the copy needs it no more";
            }
            return recorded == null ? "remove " + image : "give the recorded file with --file " + image + "=PATH" + (image.endsWith(".file")
                ? "; a drive with overlay=none writes it: then a copy from before the recording" : "");
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
