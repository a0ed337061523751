package org.reprise.block.qcow2.image;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.List;
import java.util.Random;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.reprise.api.block.SnapshotNode;
import org.reprise.api.block.SnapshotNode.Kept;
import org.reprise.api.block.SnapshotNode.Moment;
import org.reprise.block.qcow2.Qcow2Snapshots;

/** A process that keeps machines' states in two images, of a drive and of none, is killed again and again: what it has reported is there. */
class KilledSaverTest {
    private static final int KILLS = 20;
    private static final int EARLY = 4;
    private static final int LEAKS_ONLY = 3;
    private static final int ERRORS = 2;
    private static final int DISK = 1 << 20;
    private static final int MOST_KEPT = 5;

    @TempDir
    Path folder;

    private static byte[] state(long id) {
        Random random = new Random(id);
        byte[] state = new byte[200_000 + random.nextInt(1_000_000)];
        random.nextBytes(state);
        return state;
    }

    /** What the disk holds when a snapshot is taken. */
    private static byte[] disk(long id) {
        byte[] content = new byte[DISK];
        new Random(-id).nextBytes(content);
        return content;
    }

    private static long id(Kept kept) {
        return Long.parseLong(kept.name().substring(1));
    }

    /** Says {@code saved ID} when a snapshot is in both images, and {@code deleting ID} before it removes one. Each image is opened anew, as a file of states is. */
    public static void main(String[] arguments) throws Exception {
        Path drive = Path.of(arguments[0]);
        Path states = Path.of(arguments[1]);
        long id = Long.parseLong(arguments[2]);
        while (true) {
            id++;
            byte[] state = state(id);
            Moment moment = new Moment(1_700_000_000 + id, 0, id * 1000, id);
            try (Qcow2Image image = Qcow2Image.open(drive, Qcow2Image.Mode.WRITE)) {
                image.write(0, disk(id), 0, DISK);
                image.flush();
                image.keep("s" + id, moment, out -> out.write(state));
            }
            long oldest = 0;
            try (SnapshotNode node = new Qcow2Snapshots().open(states, true)) {
                node.keep("s" + id, moment, out -> out.write(state));
                System.out.println("saved " + id);
                List<Kept> all = node.kept();
                if (all.size() > MOST_KEPT) {
                    oldest = id(all.get(0));
                    System.out.println("deleting " + oldest);
                    node.forget(all.get(0).id());
                }
            }
            try (Qcow2Image image = Qcow2Image.open(drive, Qcow2Image.Mode.WRITE)) {
                for (Kept kept : image.kept()) {
                    if (id(kept) <= oldest) {
                        image.forget(kept.name());
                    }
                }
            }
        }
    }

    private static List<String> command(Path drive, Path states, long last) {
        String classes = System.getProperty("surefire.test.class.path", System.getProperty("java.class.path"));
        return List.of(Path.of(System.getProperty("java.home"), "bin", "java").toString(), "-Xmx128m", "-XX:TieredStopAtLevel=1", "-ea", "-cp", classes,
            KilledSaverTest.class.getName(), drive.toString(), states.toString(), String.valueOf(last));
    }

    @Test
    void whatWasReportedAsSavedIsThere() throws Exception {
        Random random = new Random();
        Path drive = folder.resolve("drive.qcow2");
        Path states = folder.resolve("states.qcow2");
        ImageCreator.create(drive, ImageCreator.Options.ofSize(DISK));
        TreeSet<Long> saved = new TreeSet<>();
        long reported = 0;
        long last = 0;
        for (int kill = 0; kill < KILLS; kill++) {
            Path said = folder.resolve("said" + kill);
            FileTime untouched = Files.getLastModifiedTime(drive);
            Process process = new ProcessBuilder(command(drive, states, last)).redirectError(ProcessBuilder.Redirect.INHERIT)
                .redirectOutput(said.toFile()).start();
            try {
                // the first ones before they have made the file of states, or just when they do
                boolean early = kill < EARLY;
                while (early ? Files.getLastModifiedTime(drive).equals(untouched) : Files.size(said) == 0) {
                    assertTrue(process.isAlive(), "the saver ended by itself");
                    Thread.sleep(1);
                }
                TimeUnit.MICROSECONDS.sleep(random.nextInt(early ? 30_000 : 150_000));
                assertTrue(process.isAlive(), "the saver ended by itself");
            } finally {
                process.destroyForcibly().waitFor();
            }
            String text = Files.readString(said);
            for (String line : text.substring(0, text.lastIndexOf('\n') + 1).lines().toList()) {
                long id = Long.parseLong(line.substring(line.indexOf(' ') + 1));
                if (line.startsWith("saved")) {
                    reported++;
                    saved.add(id);
                } else {
                    saved.headSet(id, true).clear();
                }
            }
            last = Math.max(check(drive, saved, last, true), Files.exists(states) ? check(states, saved, last, false) : 0);
        }
        assertTrue(reported > KILLS, reported + " were saved");
    }

    /** @param before the last one that was there when the saver began @return the last one that is there now */
    private static long check(Path file, TreeSet<Long> saved, long before, boolean disks) throws Exception {
        QemuImg.Result found = QemuImg.call("qemu-img", "check", "-f", "qcow2", file.toString());
        // no bit of a table changes at once with the count that it tells of: the oracle calls that an error, and it hurts nobody
        List<String> errors = found.output().lines().filter(l -> l.startsWith("ERROR") && !(disks && l.startsWith("ERROR OFLAG_COPIED"))).toList();
        assertTrue(errors.isEmpty() && List.of(0, LEAKS_ONLY, disks ? ERRORS : 0).contains(found.code()), found.output());
        CheckReport own;
        try (Qcow2Image image = Qcow2Image.open(file, Qcow2Image.Mode.REPAIR)) {
            own = image.check(CheckReport.Repair.NONE);
        }
        assertTrue(own.corruptions() == 0, own.messages().toString());
        TreeSet<Long> there = new TreeSet<>();
        try (Qcow2Image image = Qcow2Image.open(file, Qcow2Image.Mode.WRITE)) {
            for (Kept kept : image.kept()) {
                there.add(id(kept));
                try (InputStream in = image.state(kept.name())) {
                    assertArrayEquals(state(id(kept)), in.readAllBytes(), kept.toString());
                }
            }
            assertTrue(there.containsAll(saved), "saved were " + saved + ", there are " + there);
            long most = Math.max(before, saved.isEmpty() ? 0 : saved.last()) + 1;
            assertTrue(there.isEmpty() || there.last() <= most, there + " are there, the last one can be " + most);
            if (disks && !there.isEmpty()) {
                byte[] content = new byte[DISK];
                image.revert("s" + there.last());
                image.read(0, content, 0, DISK);
                assertArrayEquals(disk(there.last()), content, "disk of s" + there.last());
            }
        }
        return there.isEmpty() ? 0 : there.last();
    }
}
