package org.reprise.core.snapshot;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.function.Supplier;
import org.reprise.api.block.SnapshotImages;
import org.reprise.api.block.SnapshotNode;
import org.reprise.api.block.SnapshotNode.Kept;
import org.reprise.api.block.SnapshotNode.Moment;
import org.reprise.api.machine.ExitCode;
import org.reprise.api.machine.MachineException;
import org.reprise.api.replay.ReplayHost;
import org.reprise.api.travel.Capture;
import org.reprise.api.travel.Snapshot;
import org.reprise.api.travel.TravelHost.HeldCapture;
import org.reprise.api.travel.TravelHost.ImageWork;
import org.reprise.core.snapshot.vmstate.VmStateHeader;
import org.reprise.core.snapshot.vmstate.VmStateWriter;

/**
 * The snapshots of one machine that are in images: of drives that write a qcow2 image, and in the file that its setting {@code vmstate} names. One
 * thread at a time.
 */
final class ImageShelf {
    private static final String BUNDLE = "bundle.";
    private static final String IMAGE = "image.";

    private final ReplayHost host;
    private final Supplier<SnapshotImages> images;
    private Map<String, String> machine;
    private long machineCycle = -1;

    /** What to do with a state. */
    @FunctionalInterface
    interface StateUse<T> {
        T of(InputStream state) throws IOException;
    }

    ImageShelf(ReplayHost host, Supplier<SnapshotImages> images) {
        this.host = host;
        this.images = images;
    }

    /** The file of states, or null. */
    private Path file() {
        String file = host.settings().get(Snapshot.VMSTATE);
        return file == null || file.isBlank() ? null : Path.of(file);
    }

    private static Snapshot shown(Kept kept, String image) {
        return new Snapshot(0, kept.name(), Math.max(0, kept.icount()), kept.virtual(), kept.stateBytes(), image);
    }

    private List<Kept> kept(String image) {
        try {
            if (!image.equals(Snapshot.VMSTATE)) {
                return host.travel().image(image, SnapshotNode::kept);
            }
            if (!Files.exists(file())) {
                return List.of();
            }
            try (SnapshotNode node = images.get().open(file(), false)) {
                return node.kept();
            }
        } catch (IOException e) {
            throw new MachineException(ExitCode.DAMAGED, "machine " + host.name() + ": " + e.getMessage(), e);
        }
    }

    private List<String> places() {
        List<String> places = new ArrayList<>(host.travel().imageDrives());
        if (file() != null) {
            places.add(Snapshot.VMSTATE);
        }
        return places;
    }

    /** All with a machine's state. */
    List<Snapshot> list() {
        List<Snapshot> all = new ArrayList<>();
        for (String place : places()) {
            kept(place).stream().filter(k -> k.stateBytes() > 0).forEach(k -> all.add(shown(k, place)));
        }
        return all;
    }

    Optional<Snapshot> find(String name) {
        return list().stream().filter(s -> s.name().equals(name)).findFirst();
    }

    /** @throws MachineException when an image has a snapshot of this name */
    void checkName(String name) {
        for (String place : places()) {
            if (kept(place).stream().anyMatch(k -> k.name().equals(name))) {
                throw new MachineException(ExitCode.USAGE, "there is a snapshot '" + name + "' already in " + title(place) + "; delete it, or take another "
                    + "name");
            }
        }
    }

    private String title(String place) {
        return place.equals(Snapshot.VMSTATE) ? String.valueOf(file()) : "the image of drive " + place;
    }

    /** What must be equal in a machine that gets a state of this one. */
    private Map<String, String> machine() {
        if (machine == null || machineCycle != host.travel().powerCycle()) {
            // written images have internal snapshots; parts say by the names of their fields whether they understand each other
            Map<String, String> all = new LinkedHashMap<>(host.manifest(host.travel().imageDrives()));
            all.keySet().removeIf(key -> key.startsWith(BUNDLE));
            machine = all;
            machineCycle = host.travel().powerCycle();
        }
        return machine;
    }

    /** Saves the machine. @param shelf is told that a capture was not its own */
    Snapshot save(String name, String image, Shelf shelf) {
        List<String> drives = host.travel().imageDrives();
        boolean inFile = image.equals(Snapshot.VMSTATE);
        if (inFile && file() == null) {
            throw new MachineException(ExitCode.USAGE, "machine " + host.name() + " has no file for its states; start it with --vmstate FILE.qcow2");
        }
        if (!inFile && !drives.contains(image)) {
            throw new MachineException(ExitCode.USAGE, "machine " + host.name() + " has no drive " + image + " that writes a qcow2 image; "
                + (drives.isEmpty() ? "set its overlay to none, or start the machine with --vmstate FILE.qcow2" : "there are " + drives));
        }
        Map<String, String> identity = machine();
        Map<String, Future<?>> doing = Map.of();
        CompletableFuture<Map<String, Future<?>>> begun = new CompletableFuture<>();
        try {
            HeldCapture held = host.travel().captureWithImages(capture -> {
                Map<String, ImageWork<?>> work = new LinkedHashMap<>();
                for (String drive : drives) {
                    work.put(drive, node -> node.keep(name, moment(capture), null));
                }
                if (!inFile) {
                    work.put(image, node -> {
                        // the state says that all of them are there
                        await(others(begun.join(), image));
                        return node.keep(name, moment(capture), out -> VmStateWriter.write(capture, name, identity, drives, out));
                    });
                }
                return work;
            });
            doing = held.images();
            begun.complete(doing);
            try (Capture capture = held.capture()) {
                shelf.bypassed(capture);
                await(others(doing, image));
                Kept kept;
                if (inFile) {
                    try (SnapshotNode node = images.get().open(file(), true)) {
                        kept = node.keep(name, moment(capture), out -> VmStateWriter.write(capture, name, identity, drives, out));
                    }
                } else {
                    kept = (Kept) get(doing.get(image));
                }
                return shown(kept, image);
            }
        } catch (IOException | RuntimeException e) {
            forget(doing, name, e);
            if (e instanceof MachineException known) {
                throw known;
            }
            throw new MachineException(ExitCode.RECORDING_IO, "machine " + host.name() + ": the snapshot " + name + " cannot be saved in " + title(image)
                + ": " + e.getMessage() + "; the machine goes on", e);
        }
    }

    private static Moment moment(Capture capture) {
        Instant now = Instant.now();
        return new Moment(now.getEpochSecond(), now.getNano(), capture.image().virtual(), capture.image().icount());
    }

    private static Map<String, Future<?>> others(Map<String, Future<?>> works, String image) {
        Map<String, Future<?>> others = new LinkedHashMap<>(works);
        others.remove(image);
        return others;
    }

    private static void await(Map<String, Future<?>> works) throws IOException {
        for (Future<?> work : works.values()) {
            get(work);
        }
    }

    private static Object get(Future<?> work) throws IOException {
        try {
            return work.get();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted", e);
        } catch (ExecutionException e) {
            throw e.getCause() instanceof IOException known ? known : new IOException(e.getCause());
        }
    }

    /** Takes back what drives have kept for a snapshot that could not be saved. */
    private void forget(Map<String, Future<?>> doing, String name, Exception why) {
        doing.forEach((drive, work) -> {
            try {
                get(work);
                forget(drive, name);
            } catch (IOException | RuntimeException e) {
                if (e != why) {
                    why.addSuppressed(e);
                }
            }
        });
    }

    private void forget(String drive, String name) throws IOException {
        host.travel().image(drive, node -> {
            node.forget(name);
            return null;
        });
    }

    /** Reads the state of a snapshot. */
    <T> T read(Snapshot snapshot, StateUse<T> use) throws IOException {
        ImageWork<T> work = node -> {
            try (InputStream state = node.state(snapshot.name())) {
                return use.of(state);
            } catch (IOException e) {
                throw new IOException("snapshot '" + snapshot.name() + "' in " + title(snapshot.image()) + ": " + e.getMessage(), e);
            }
        };
        if (!snapshot.image().equals(Snapshot.VMSTATE)) {
            return host.travel().image(snapshot.image(), work);
        }
        try (SnapshotNode node = images.get().open(file(), false)) {
            return work.on(node);
        }
    }

    /** Checks that a state fits the machine. @throws MachineException naming all that differs */
    void check(VmStateHeader header) {
        List<String> differences = new ArrayList<>();
        Map<String, String> here = machine();
        Map<String, String> all = new LinkedHashMap<>(header.machine());
        here.forEach(all::putIfAbsent);
        for (String key : all.keySet()) {
            String there = header.machine().get(key);
            if (header.images().stream().noneMatch(drive -> key.startsWith(IMAGE + drive + '.')) && !String.valueOf(there).equals(here.get(key))) {
                differences.add(key + ": saved " + (there == null ? "absent" : there) + ", here " + here.getOrDefault(key, "absent"));
            }
        }
        List<String> drives = host.travel().imageDrives();
        for (String drive : header.images()) {
            if (!drives.contains(drive)) {
                differences.add("drive " + drive + " wrote its image and does not here: set " + drive + ".overlay to none");
            } else if (kept(drive).stream().noneMatch(k -> k.name().equals(header.name()))) {
                differences.add("the image of drive " + drive + " has no snapshot '" + header.name() + "': use the image that was saved with it");
            }
        }
        for (String drive : drives) {
            if (!header.images().contains(drive)) {
                differences.add("drive " + drive + " writes its image, which would not go back: set " + drive + ".overlay to temporary");
            }
        }
        if (!differences.isEmpty()) {
            throw new MachineException(ExitCode.MISMATCH, "the snapshot '" + header.name() + "' does not fit machine " + host.name() + ":\n  "
                + String.join("\n  ", differences));
        }
    }

    /** What makes drives' images what they were. */
    static Map<String, ImageWork<?>> reverts(VmStateHeader header) {
        Map<String, ImageWork<?>> works = new LinkedHashMap<>();
        for (String drive : header.images()) {
            works.put(drive, node -> {
                node.revert(header.name());
                return null;
            });
        }
        return works;
    }

    /** Removes all snapshots of a name. @return false when there was none */
    boolean delete(String name) throws IOException {
        boolean any = false;
        for (String place : places()) {
            if (kept(place).stream().noneMatch(k -> k.name().equals(name))) {
                continue;
            }
            if (place.equals(Snapshot.VMSTATE)) {
                try (SnapshotNode node = images.get().open(file(), true)) {
                    node.forget(name);
                }
            } else {
                forget(place, name);
            }
            any = true;
        }
        return any;
    }
}
