package org.reprise.core.machine;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Future;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.reprise.api.block.BlockDriver;
import org.reprise.api.block.BlockNode;
import org.reprise.api.block.BlockQueue;
import org.reprise.api.block.BlockRequest;
import org.reprise.api.block.BlockScheduler;
import org.reprise.api.block.FreezableNode;
import org.reprise.api.block.SnapshotNode;
import org.reprise.api.state.State;
import org.reprise.api.state.Stateful;
import org.reprise.api.travel.TravelHost;
import org.reprise.core.machine.MachineConfiguration.Part;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One drive: the stack image, overlay, block filter, and the machine's side of the filter. Its I/O runs on one worker thread in the order
 * of the requests; its completions reach the guest through the event queue. Machine's thread, but for the worker.
 */
final class Drive implements BlockScheduler, Stateful {
    /** The driver that keeps images unwritten. */
    static final String OVERLAY = "overlay";
    /** The driver of overlays that are kept. */
    static final String KEPT = "qcow2";
    /** Key that says where a backing file of the image is, with its place in the chain from 1 on; the manifest states all of them. */
    static final String BACKING = "backing";
    /** The filter that every drive of every machine gets. */
    static final String FILTER = "blkreplay";
    private static final Logger LOG = LoggerFactory.getLogger(Drive.class);

    /** A started request. */
    private static final class InFlight {
        /** What the device asked for; null when the device has no use for it any more. */
        private BlockRequest request;
        private BlockRequest.Completion completion;
        private final CompletableFuture<String> outcome = new CompletableFuture<>();
        /** What a read gave that was in flight when the state was saved; null unless restored. */
        private byte[] data;
    }

    /** The worker has finished a request. */
    record Done(Drive drive, long request) implements EventQueue.OutsideEvent {
    }

    private final Part part;
    private final String owner;
    private final Owner thread;
    private final Guard guard;
    private final Audience audience;
    private final EventQueue queue;
    private final List<BlockNode> layers;
    private final BlockQueue top;
    private final ExecutorService worker;
    private final TreeMap<Long, InFlight> inFlight = new TreeMap<>();
    private final Map<String, Path> files;
    private long nextRequest;
    /** What a device submits at this moment. */
    private BlockRequest submitted;
    /** Worker's thread only. */
    private long failures;
    private String user;

    private Drive(Part part, String machine, Owner thread, Guard guard, Audience audience, EventQueue queue, List<BlockNode> layers,
            Sources sources, Map<String, Path> files) {
        this.part = part;
        this.owner = "machine " + machine + ", drive " + part.name();
        this.thread = thread;
        this.guard = guard;
        this.audience = audience;
        this.queue = queue;
        this.layers = layers;
        this.files = files;
        this.worker = new ThreadPoolExecutor(1, 1, 0, TimeUnit.SECONDS, new WatchfulQueue(), work -> {
            Thread t = new Thread(work, "reprise-" + machine + "-" + part.name());
            t.setDaemon(true);
            return t;
        });
        BlockQueue filtered = sources.blockFilter(FILTER).create(layers.get(layers.size() - 1), this);
        this.top = new CheckedQueue(filtered);
    }

    /** True when a file, or the size of a drive without one, is configured. */
    static boolean hasMedium(PartSettings settings) {
        return hasFile(settings) || settings.has("size");
    }

    /** True when a file is configured. */
    static boolean hasFile(PartSettings settings) {
        return settings.has("file") && !settings.text("file").isBlank();
    }

    /**
     * What a drive's layers are to be.
     *
     * @param kept the kept overlay that the drive stands on, or null
     * @param fresh it was not there before
     * @param writable the lowest layer is written; else it is not
     * @param temporary a temporary overlay takes the writes
     */
    record Plan(Path kept, boolean fresh, boolean writable, boolean temporary) {
    }

    /** @param replay in replay an overlay always takes the writes: a replay writes no host file but its own */
    static Plan plan(PartSettings settings, boolean replay) {
        String overlay = settings.text("overlay", "temporary");
        if (!List.of("temporary", "kept", "none").contains(overlay)) {
            throw settings.bad("overlay", overlay, "is not known; use temporary, kept or none");
        }
        boolean readOnly = settings.flag("read-only", false);
        if (!hasFile(settings)) {
            // nothing that an overlay would protect
            return new Plan(null, false, !readOnly, false);
        }
        String file = settings.text("overlay.file", "");
        if (overlay.equals("kept") && file.isBlank()) {
            throw settings.bad("overlay", overlay, "needs a file that keeps what is written; set overlay.file to one, it is made if it is missing");
        }
        if (overlay.equals("none") && !file.isBlank() && !replay) {
            throw settings.bad("overlay", overlay, "writes the image itself and does not go with overlay.file; remove overlay.file, or set "
                    + "overlay to kept or temporary");
        }
        boolean writable = !readOnly && !replay && !overlay.equals("temporary");
        boolean there = !file.isBlank() && Files.exists(Path.of(file));
        Path kept = there || overlay.equals("kept") && writable ? Path.of(file) : null;
        return new Plan(kept, !there, writable, !readOnly && !writable);
    }

    /** Opens a drive; null when it has no medium. @throws IllegalArgumentException naming file, problem and remedy */
    static Drive open(Part part, String machine, Owner thread, Guard guard, Audience audience, EventQueue queue, Sources sources,
            boolean replay) {
        PartSettings settings = part.settings();
        if (!hasMedium(settings)) {
            return null;
        }
        Plan plan = plan(settings, replay);
        BlockDriver image = sources.blockDriver(plan.kept() == null ? part.type() : KEPT);
        List<BlockNode> layers = new ArrayList<>();
        try {
            layers.add(image.open(lowest(settings, part.type(), plan, replay), null));
            if (plan.temporary()) {
                layers.add(sources.blockDriver(OVERLAY).open(settings, layers.get(0)));
            }
            long length = layers.get(layers.size() - 1).length();
            if (length < 512 || length % 512 != 0) {
                throw new IOException("its length of " + length + " bytes is not a positive multiple of 512; extend the image");
            }
            return new Drive(part, machine, thread, guard, audience, queue, layers, sources, files(settings, plan, layers.get(0).sources()));
        } catch (IOException e) {
            close(layers, part.name());
            String key = hasFile(settings) ? "file" : "driver";
            throw settings.bad(key, settings.text(key, part.type()), "cannot be used as a drive: " + e.getMessage());
        } catch (RuntimeException e) {
            close(layers, part.name());
            throw e;
        }
    }

    private static PartSettings lowest(PartSettings settings, String type, Plan plan, boolean replay) {
        PartSettings lowest = plan.writable() ? settings.with("overlay", "none") : settings.with("read-only", true);
        if (plan.kept() == null) {
            return lowest;
        }
        PartSettings overlay = lowest.with("file", plan.kept().toString());
        // a replay knows overlay and image by their content: they may have come from elsewhere
        return replay ? overlay.with(BACKING + 0, settings.text("file"))
                : overlay.with("backing", settings.text("file")).with("backing.format", type);
    }

    /** True for a key that says where a backing file is. */
    static boolean isBacking(String key) {
        return key.matches(BACKING + "[1-9]\\d*");
    }

    /** The key of the file that a run with these settings begins with and writes, so that a replay needs a copy; null when there is none. */
    static String written(PartSettings settings) {
        Plan plan = plan(settings, false);
        if (!hasFile(settings) || !plan.writable() || plan.kept() != null && plan.fresh()) {
            return null;
        }
        return plan.kept() == null ? "file" : "overlay.file";
    }

    /**
     * The files of a drive that is not open: see {@link #files()}.
     *
     * @throws IOException naming file, problem and remedy
     * @throws IllegalArgumentException when the drive's settings make no sense, or its driver is not there
     */
    static Map<String, Path> files(PartSettings settings, PartCatalog catalog) throws IOException {
        if (!hasFile(settings)) {
            return Map.of();
        }
        String type = settings.text("driver", "raw");
        Plan plan = plan(settings, true);
        PartCatalog.Provider<BlockDriver> driver = catalog.blockDriver(plan.kept() == null ? type : KEPT);
        if (driver == null) {
            throw settings.bad("driver", type, "is not there; install and start the block bundle that provides it");
        }
        try (BlockNode image = driver.service().open(lowest(settings, type, plan, true), null)) {
            return files(settings, plan, image.sources());
        }
    }

    /** The files that the guest's first view of the drive comes from, by the keys that name them: what a replay needs unchanged. */
    private static Map<String, Path> files(PartSettings settings, Plan plan, List<Path> sources) {
        Map<String, Path> files = new LinkedHashMap<>();
        if (!hasFile(settings)) {
            return files;
        }
        List<Path> rest = new ArrayList<>(sources);
        if (plan.kept() != null && !rest.isEmpty()) {
            Path kept = rest.remove(0);
            if (!plan.fresh()) {
                files.put("overlay.file", kept);
            }
        }
        files.put("file", Path.of(settings.text("file")));
        for (int i = 1; i < rest.size(); i++) {
            files.put(BACKING + i, rest.get(i));
        }
        settings.asText().forEach((key, value) -> {
            if (isBacking(key) && !Path.of(value).equals(files.get(key))) {
                throw settings.bad(key, value, "is no file that the drive stands on: its image " + settings.text("file") + " has "
                        + Math.max(0, rest.size() - 1) + " backing files; remove the setting, or set driver to qcow2 if the image is one");
            }
        });
        return files;
    }

    private static void close(List<BlockNode> layers, String name) {
        for (int i = layers.size() - 1; i >= 0; i--) {
            try {
                layers.get(i).close();
            } catch (IOException e) {
                LOG.warn("drive {}: closing failed: {}", name, e.getMessage());
            }
        }
    }

    /** The queue for the one device that uses the drive. */
    BlockQueue queueFor(String device) {
        if (user != null) {
            throw new IllegalArgumentException(owner + ": is used by " + user + " and cannot be used by " + device
                    + " too; configure another drive");
        }
        user = device;
        return top;
    }

    int source() {
        return part.index();
    }

    String name() {
        return part.name();
    }

    /** Files by key: {@code file}, {@code overlay.file} when that was there before, {@code backing1} and so on. */
    Map<String, Path> files() {
        return files;
    }

    String describe() {
        return layers.get(layers.size() - 1).describe();
    }

    @Override
    public long nextRequest() {
        thread.check(part.name());
        guard.touch(part.name(), "request numbers");
        return nextRequest++;
    }

    /** Requests numbered since power-on. */
    long requests() {
        return nextRequest;
    }

    /** Requests started and not completed for the guest. */
    int requestsInFlight() {
        return inFlight.size();
    }

    @Override
    public void run(long request, Io io, BlockRequest.Completion completion) {
        thread.check(part.name());
        guard.touch(part.name(), "a block request");
        InFlight started = new InFlight();
        started.request = submitted;
        started.completion = completion;
        if (inFlight.putIfAbsent(request, started) != null) {
            throw new IllegalStateException(owner + ": request " + request + " is in flight already");
        }
        audience.requested(part.name(), request, submitted);
        worker.execute(() -> {
            String error = null;
            try {
                io.run();
            } catch (IOException | RuntimeException e) {
                error = e.getMessage() == null ? e.toString() : e.getMessage();
                warn(request, error);
            }
            started.outcome.complete(error);
            queue.post(new Done(this, request));
        });
    }

    /** The 1st to 10th, then every power of two: a guest that reads a bad sector in a loop must not fill the host's log. */
    private void warn(long request, String error) {
        if (++failures <= 10 || Long.bitCount(failures) == 1) {
            LOG.warn("{}: request {} failed ({} so far): {}", owner, request, failures, error);
        }
    }

    /** True when the request was started and not completed yet. */
    boolean started(long request) {
        return inFlight.containsKey(request);
    }

    /** Waits until the I/O of a started request is done; its error, or null. */
    String outcome(long request) {
        return inFlight.get(request).outcome.join();
    }

    /** Completes a request for the guest. */
    void complete(long request, String error) {
        audience.completed(part.name(), request, error);
        inFlight.remove(request).completion.completed(error);
    }

    // Time travel.

    /** Why what the guest writes cannot be captured; null when it can. @param withImages an image that keeps internal snapshots can */
    String obstacle(boolean withImages) {
        if (freezable() != null || layers.get(layers.size() - 1).readOnly() || withImages && writtenImage() != null) {
            return null;
        }
        return "drive " + part.name() + " is written itself; set " + part.name() + ".overlay to temporary"
                + (writtenImage() == null ? "" : ", or save it in an image, with --image " + part.name());
    }

    /** The image that is written and keeps internal snapshots, or null. */
    private SnapshotNode writtenImage() {
        return layers.get(layers.size() - 1) instanceof SnapshotNode node && !node.readOnly() ? node : null;
    }

    /** True when there is such an image. */
    boolean keepsSnapshots() {
        return writtenImage() != null;
    }

    /** Does something with that image before all requests to come. */
    <T> Future<T> onImage(TravelHost.ImageWork<T> work) {
        SnapshotNode image = writtenImage();
        return worker.submit(() -> work.on(image));
    }

    private FreezableNode freezable() {
        return layers.get(layers.size() - 1) instanceof FreezableNode node ? node : null;
    }

    /** True when no I/O is being done. */
    boolean quiet() {
        return inFlight.values().stream().allMatch(started -> started.outcome.isDone());
    }

    /** Waits until no I/O is being done. */
    void settle() {
        inFlight.values().forEach(started -> started.outcome.join());
    }

    /** Keeps what the drive holds; null when it is not written. The drive must be quiet. */
    FreezableNode.Frozen freeze(boolean whole) {
        return freezable() == null ? null : freezable().freeze(whole);
    }

    /** Puts content back. The drive must be quiet. */
    void restore(int[] different, FreezableNode.Content content) {
        if (freezable() != null) {
            freezable().restore(different, content);
        }
    }

    /** Numbers, and what is in flight. The drive must be quiet. */
    @Override
    public void state(State s) {
        nextRequest = s.int64("next", nextRequest);
        byte[] saved = s.bytes("in-flight", saveInFlight());
        if (s.loading()) {
            restoreInFlight(ByteBuffer.wrap(saved));
        }
    }

    /** For each: number, whether the device wants it, what a read gave, error. */
    private byte[] saveInFlight() {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        inFlight.forEach((number, started) -> {
            BlockRequest request = started.request;
            byte[] data = request != null && request.operation() == BlockRequest.Operation.READ ? request.data() : new byte[0];
            String error = started.outcome.join();
            byte[] text = error == null ? new byte[0] : error.getBytes(StandardCharsets.UTF_8);
            ByteBuffer head = ByteBuffer.allocate(Long.BYTES + 4 * Integer.BYTES);
            head.putLong(number).putInt(request == null ? 0 : 1).putInt(data.length).putInt(error == null ? 0 : 1).putInt(text.length);
            out.writeBytes(head.array());
            out.writeBytes(data);
            out.writeBytes(text);
        });
        return out.toByteArray();
    }

    private void restoreInFlight(ByteBuffer saved) {
        inFlight.clear();
        while (saved.hasRemaining()) {
            long number = saved.getLong();
            boolean wanted = saved.getInt() != 0;
            byte[] data = new byte[saved.getInt()];
            boolean failed = saved.getInt() != 0;
            byte[] text = new byte[saved.getInt()];
            saved.get(data).get(text);
            InFlight started = new InFlight();
            started.completion = error -> { };
            started.data = wanted ? data : null;
            started.outcome.complete(failed ? new String(text, StandardCharsets.UTF_8) : null);
            inFlight.put(number, started);
        }
    }

    /** A live machine was restored: what is in flight completes. */
    void announce() {
        inFlight.keySet().forEach(request -> queue.post(new Done(this, request)));
    }

    /** Waits for the worker, closes the stack; what is in flight completes no more. */
    void close() {
        inFlight.clear();
        worker.shutdown();
        try {
            while (!worker.awaitTermination(10, TimeUnit.SECONDS)) {
                LOG.warn("{}: waiting for unfinished I/O", owner);
            }
        } catch (InterruptedException e) {
            worker.shutdownNow();
            Thread.currentThread().interrupt();
        }
        close(layers, part.name());
    }

    /** What the device sees of the queue: checked. */
    private final class CheckedQueue implements BlockQueue {
        private final BlockQueue filtered;

        CheckedQueue(BlockQueue filtered) {
            this.filtered = filtered;
        }

        @Override
        public long length() {
            return filtered.length();
        }

        @Override
        public boolean readOnly() {
            return filtered.readOnly();
        }

        @Override
        public void submit(BlockRequest request) {
            thread.check(user);
            guard.touch(part.name(), "a block request");
            submitted = request;
            filtered.submit(request);
        }

        @Override
        public void abandon() {
            thread.check(user);
            for (InFlight started : inFlight.values()) {
                started.request = null;
            }
        }

        @Override
        public void restart(BlockRequest request) {
            thread.check(user);
            InFlight started = inFlight.values().stream().filter(f -> f.request == null && f.data != null).findFirst()
                    .orElseThrow(() -> new IllegalStateException(owner + ": " + user + " restarts a request that was not in flight"));
            System.arraycopy(started.data, 0, request.data(), 0, started.data.length);
            started.request = request;
            started.completion = request.completion();
            started.data = null;
        }
    }
}
