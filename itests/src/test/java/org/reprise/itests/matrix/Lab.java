package org.reprise.itests.matrix;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Hashtable;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import org.osgi.framework.BundleContext;
import org.osgi.framework.Constants;
import org.osgi.framework.ServiceReference;
import org.reprise.api.character.Console;
import org.reprise.api.machine.ExitCode;
import org.reprise.api.machine.Machine;
import org.reprise.api.machine.MachineState;
import org.reprise.api.net.NetworkBackend;
import org.reprise.api.random.RandomBackend;
import org.reprise.api.replay.Event;
import org.reprise.api.replay.EventJournal.LogEnd;
import org.reprise.api.replay.EventKind;
import org.reprise.api.replay.RecordReplay;
import org.reprise.api.replay.Recordings;
import org.reprise.core.features.FeatureRuntime;
import org.reprise.itests.container.ShippedDistribution;

/** Records scenarios and replays recordings on the machines of the framework that it is in. */
final class Lab {
    private static final long PATIENCE_MILLIS = Long.getLong("reprise.patience", 180) * 1000;
    private static final String PROMPT = "demo> ";
    /** Instructions between two digests: some dozens in each recording. */
    private static final String DIGEST_INTERVAL = "5000000";
    private static final String WATCHDOG = "+watchdog";
    private static final String CONSTANT = "constant";
    private static final String VIRTIO_CONSOLE = "vcon0";
    private static final String VIRTIO_PROMPT = "virtio> ";
    private static final Chatter CHATTER = new Chatter();
    /** By machine: its own settings, as last configured. */
    private static final Map<String, Map<String, String>> CONFIGURED = new HashMap<>();

    private final BundleContext context;
    private final FeatureRuntime features;
    private final Path folder;

    /** @param folder for feature files and recordings */
    Lab(BundleContext context, FeatureRuntime features, Path folder) {
        this.context = context;
        this.features = features;
        this.folder = folder;
    }

    /** Installs the back ends of the tests: random bytes that are none, for scenarios without input, and somebody on the network. */
    static void installBackends(BundleContext context) {
        context.registerService(NetworkBackend.class, CHATTER, new Hashtable<>(Map.of(NetworkBackend.BACKEND, Chatter.NAME)));
        context.registerService(RandomBackend.class, into -> Arrays.fill(into, (byte) 0x5a),
            new Hashtable<>(Map.of(RandomBackend.BACKEND, CONSTANT)));
    }

    /**
     * A finished recording.
     *
     * @param feature what to install for its replay
     * @param settings of the feature
     * @param console what the guest printed since power-on, or null when nobody kept it
     * @param icount where it ended
     * @param digests the digest events: icount and data
     * @param force replayed although bundles differ
     */
    record Recording(Path folder, String feature, Map<String, String> settings, byte[] console, long icount, List<String> digests,
            boolean force) {
    }

    /** What a replay showed. */
    record Replayed(byte[] console, long icount, Map<String, Long> digests) {
    }

    // ---- machines -------------------------------------------------------------------------------------------------------------

    private static void await(String what, Callable<Boolean> condition) throws Exception {
        long end = System.nanoTime() + PATIENCE_MILLIS * 1_000_000;
        while (!condition.call()) {
            if (System.nanoTime() > end) {
                throw new AssertionError("did not happen: " + what);
            }
            Thread.sleep(2);
        }
    }

    /** The feature's name for installation: its own, or the file of the variant with a watchdog, which the shipped distribution has not. */
    private String installable(String feature) throws IOException {
        if (!feature.endsWith(WATCHDOG)) {
            return feature;
        }
        String base = feature.substring(0, feature.length() - WATCHDOG.length());
        String name = base.replace("virt", "watchdog");
        Path file = folder.resolve(name + ".json");
        if (!Files.exists(file)) {
            String text = Files.readString(ShippedDistribution.home().resolve("features").resolve(base + ".json"));
            String with = text.replace("\"loader\"]", "\"dog0\", \"loader\"]")
                .replace("    \"org.reprise.device.riscv-boot~loader\"", "    \"org.reprise.device.watchdog~dog0\": { \"machine\": \""
                    + base + "\", \"address\": \"0x10010000\", \"interrupt\": \"plic:12\" },\n    \"org.reprise.device.riscv-boot~loader\"")
                .replaceAll("(\\{ \"id\": \"org.reprise:org.reprise.device.)loader(:[^\"]*\" },)", "$1loader$2\n    $1watchdog$2")
                .replace(base, name);
            for (String part : List.of("device.watchdog:", "device.watchdog~dog0", "\"dog0\", \"loader\"")) {
                assertTrue(with.contains(part), with);
            }
            Files.writeString(file, with);
        }
        return file.toString();
    }

    private static String machineOf(String feature) {
        return feature.endsWith(WATCHDOG) ? feature.replace(WATCHDOG, "").replace("virt", "watchdog") : feature;
    }

    private Machine machine(String name) throws Exception {
        for (ServiceReference<Machine> r : context.getServiceReferences(Machine.class, "(machine.name=" + name + ")")) {
            return context.getService(r);
        }
        return null;
    }

    private RecordReplay recordReplay(String name) throws Exception {
        return context.getService(context.getServiceReferences(RecordReplay.class, "(machine.name=" + name + ")").iterator().next());
    }

    private Recordings recordings() {
        return context.getService(context.getServiceReference(Recordings.class));
    }

    private Object registration(String name) throws Exception {
        for (ServiceReference<Machine> r : context.getServiceReferences(Machine.class, "(machine.name=" + name + ")")) {
            return r.getProperty(Constants.SERVICE_ID);
        }
        return null;
    }

    /** Configures the machine; it need not have its parts yet. A machine whose own configuration changes is another service afterwards. */
    private void configure(String feature, Map<String, String> settings) throws Exception {
        String name = machineOf(feature);
        Machine left = machine(name);
        if (left != null && left.status().state() != MachineState.WAITING && left.status().state() != MachineState.STOPPED) {
            left.stop();
        }
        Map<String, String> own = new TreeMap<>(settings);
        own.keySet().removeIf(key -> !key.startsWith("machine."));
        Object before = registration(name);
        features.install(installable(feature), settings);
        boolean changes = !own.equals(CONFIGURED.put(name, own));
        await(name + " takes its configuration", () -> {
            // asked once: it may be gone between two questions
            Object now = registration(name);
            return now != null && (!changes || !now.equals(before));
        });
    }

    private Machine ready(String feature) throws Exception {
        String name = machineOf(feature);
        await(name + " is ready", () -> machine(name) != null && machine(name).status().state() == MachineState.STOPPED);
        return machine(name);
    }

    // ---- recording ------------------------------------------------------------------------------------------------------------

    private static Map<String, String> settings(Scenario s, Path images) {
        Map<String, String> settings = new LinkedHashMap<>();
        settings.put("machine.ram", "64M");
        settings.put("machine.sleep", s.withoutInput() ? "off" : "on");
        settings.put("machine.rr.digest-interval", DIGEST_INTERVAL);
        settings.put("net0.backend", Chatter.NAME);
        if (s.withoutInput()) {
            // the loader's seed for the guest is an input, too
            settings.put("machine.random", CONSTANT);
        }
        if (s.guest().endsWith(".elf")) {
            settings.put("loader.firmware", images.resolve(s.guest()).toString());
        } else {
            settings.put("loader.firmware", images.resolve(s.guest()).resolve("demo.elf").toString());
            settings.put("disk0.file", images.resolve(s.guest()).resolve("disk.img").toString());
        }
        return settings;
    }

    /** Records a scenario. @param noise what the host does meanwhile @param images where the guests are */
    Recording record(Scenario s, Noise.Kind noise, Path into, Path images) throws Exception {
        Map<String, String> settings = settings(s, images);
        configure(s.feature(), settings);
        long seed = s.name().hashCode();
        try (Noise n = Noise.begin(noise, seed, context)) {
            Machine m = begin(s.feature(), n, into);
            play(s, m, new Random(seed), false);
            return finish(s.feature(), settings, m, into);
        }
    }

    /** Records a scenario on a faulty disk, over which the guest may fail. */
    Recording record(Scenario s, FaultyDisk.Fault fault, Path into, Path images) throws Exception {
        Map<String, String> settings = settings(s, images);
        configure(s.feature(), settings);
        try (FaultyDisk disk = new FaultyDisk(context, fault)) {
            Machine m = begin(s.feature(), disk, into);
            play(s, m, new Random(s.name().hashCode()), true);
            assertTrue(disk.failed() > 0, s + ": nothing failed");
            return finish(s.feature(), settings, m, into);
        }
    }

    /** What is typed at a guest. */
    @FunctionalInterface
    interface Typist {
        void type(Console console) throws Exception;
    }

    /** Records any guest on a faulty disk until it powers off. @param settings of the feature */
    Recording record(String feature, Map<String, String> settings, FaultyDisk.Fault fault, Path into, Typist typist) throws Exception {
        configure(feature, settings);
        try (FaultyDisk disk = new FaultyDisk(context, fault)) {
            Machine m = begin(feature, disk, into);
            typist.type(m.consoles().get(0));
            assertTrue(m.awaitHalt(PATIENCE_MILLIS), () -> "the guest did not power off: " + m.status());
            return finish(feature, settings, m, into);
        }
    }

    private Machine begin(String feature, Noise noise, Path into) throws Exception {
        Machine m = ready(feature);
        recordReplay(m.name()).record(into);
        noise.runs(m);
        return m;
    }

    private Recording finish(String feature, Map<String, String> settings, Machine m, Path into) throws Exception {
        if (m.status().state() == MachineState.RUNNING) {
            m.pause();
        }
        byte[] console = printed(m);
        m.stop();
        return new Recording(into, feature, settings, console, end(into), digests(into), false);
    }

    /** @param mayFail the guest may end before the script does */
    private static void play(Scenario s, Machine m, Random random, boolean mayFail) throws Exception {
        Console console = m.consoles().get(0);
        int prompts = 1;
        int virtioPrompts = 0;
        for (String line : s.script()) {
            if (line.startsWith(Scenario.Step.INSTRUCTIONS)) {
                long wanted = Long.parseLong(line.substring(Scenario.Step.INSTRUCTIONS.length()));
                await(s + ": instructions", () -> m.status().icount() >= wanted);
                continue;
            }
            if (line.equals(Scenario.Step.STOP)) {
                return;
            }
            if (line.startsWith(Scenario.Step.TYPE_AT_VIRTIO)) {
                Console other = m.consoles().stream().filter(c -> c.name().equals(VIRTIO_CONSOLE)).findFirst().orElseThrow();
                int asked = ++virtioPrompts;
                await(s + ": the virtio console asks", () -> occurrences(other.history(), VIRTIO_PROMPT) >= asked);
                type(other, line.substring(Scenario.Step.TYPE_AT_VIRTIO.length()) + "\n", random);
                continue;
            }
            int wanted = prompts++;
            await(s + ": prompt " + wanted, () -> {
                if (mayFail && m.status().state() == MachineState.SHUTDOWN) {
                    return true;
                }
                if (m.status().state() != MachineState.RUNNING) {
                    throw new AssertionError(s + ": " + m.status() + m.problem() + "\n"
                        + new String(console.history(), StandardCharsets.UTF_8));
                }
                return occurrences(console.history(), PROMPT) >= wanted;
            });
            if (mayFail && m.status().state() == MachineState.SHUTDOWN) {
                return;
            }
            if (line.equals(Scenario.Step.RESET_BUTTON)) {
                m.reset();
            } else if (line.equals(Scenario.Step.PAUSE)) {
                m.pause();
                Thread.sleep(20);
                m.resume();
                prompts--;
            } else {
                type(console, line + "\n", random);
            }
        }
        assertTrue(m.awaitHalt(PATIENCE_MILLIS), () -> s + ": the guest did not power off: " + m.status());
    }

    /** What the guest printed, on all consoles. */
    private static byte[] printed(Machine m) {
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        m.consoles().forEach(console -> all.writeBytes(console.history()));
        return all.toByteArray();
    }

    private static int occurrences(byte[] output, String prompt) {
        String text = new String(output, StandardCharsets.UTF_8);
        int n = 0;
        for (int i = text.indexOf(prompt); i >= 0; i = text.indexOf(prompt, i + 1)) {
            n++;
        }
        return n;
    }

    private static void type(Console console, String text, Random random) throws InterruptedException {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        for (int at = 0; at < bytes.length;) {
            int n = Math.min(bytes.length - at, 1 + random.nextInt(12));
            byte[] piece = Arrays.copyOfRange(bytes, at, at + n);
            assertTrue(console.input(piece));
            at += n;
            if (random.nextInt(3) == 0) {
                Thread.sleep(random.nextInt(6));
            }
        }
    }

    /** The digest events of a recording in order, as text. */
    List<String> digests(Path recording) throws IOException {
        List<String> digests = new ArrayList<>();
        recordings().events(recording, e -> {
            if (e.kind() == EventKind.DIGEST) {
                digests.add(text(e));
            }
        });
        return digests;
    }

    private static String text(Event e) {
        return e.icount() + " " + java.util.HexFormat.of().formatHex(e.data());
    }

    private long end(Path recording) throws IOException {
        LogEnd end = recordings().events(recording, e -> { });
        assertEquals(LogEnd.Kind.CLEAN, end.kind(), end.message());
        return end.icount();
    }

    // ---- replaying ------------------------------------------------------------------------------------------------------------

    /** A recording that was made elsewhere, as its manifest says. @param images where its images are, by PART.KEY */
    Recording open(Path recording, String feature, Map<String, Path> images) throws IOException {
        Recordings.Info info = recordings().info(recording);
        Map<String, String> settings = new LinkedHashMap<>();
        info.manifest().forEach((key, value) -> {
            if (key.startsWith("machine.") && !key.equals("machine.feature")) {
                settings.put(key, value);
            } else if (key.startsWith("part.") && !key.endsWith(".type")) {
                settings.put(key.substring("part.".length()), value);
            }
        });
        images.forEach((key, path) -> settings.put(key, path.toString()));
        return new Recording(recording, feature, settings, null, end(recording), digests(recording), true);
    }

    /** Replays and compares everything that the recording holds. */
    Replayed replay(Recording r, Map<String, String> engine, Noise.Kind noise, long seed) throws Exception {
        Map<String, String> settings = new LinkedHashMap<>(r.settings());
        settings.putAll(engine);
        configure(r.feature(), settings);
        int opened = CHATTER.opened();
        try (Noise n = Noise.begin(noise, seed, context)) {
            Machine m = ready(r.feature());
            RecordReplay rr = recordReplay(m.name());
            rr.replay(r.folder(), r.force());
            n.runs(m);
            assertTrue(m.awaitHalt(PATIENCE_MILLIS), () -> "the replay does not end: " + m.status());
            RecordReplay.Outcome o = rr.outcome().orElseThrow();
            assertEquals(ExitCode.OK, o.code(), o.message());
            RecordReplay.Progress p = rr.progress().orElseThrow();
            assertEquals(r.digests().size(), p.digests(), "digests compared");
            assertEquals(r.icount(), m.status().icount(), "icount at the end");
            Replayed replayed = new Replayed(printed(m), m.status().icount(), o.digests());
            m.stop();
            assertEquals(opened, CHATTER.opened(), "replays that opened a network back end");
            return replayed;
        }
    }
}
