package org.reprise.core.snapshot.store;

import java.io.DataInputStream;
import java.io.EOFException;
import java.io.FileOutputStream;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;

/**
 * A small second file that says what the store must contain. When its newest part is damaged, the library takes the one before, as it does after a crash:
 * only a witness tells the two apart, and names what was lost.
 *
 * @param generation commits so far; the store has this one or the next
 * @param snapshots all that there were then; lost ones keep their damage
 */
record Witness(String identity, long generation, long next, List<StoredSnapshot> snapshots) {
    static final String FILE = "index";
    private static final int MAGIC = 0x52525349;

    /**
     * Reads it.
     *
     * @return null when there is none
     * @throws IOException when it is damaged
     */
    static Witness read(PageCodec codec, Path folder) throws IOException {
        byte[] bytes;
        try {
            bytes = Files.readAllBytes(folder.resolve(FILE));
        } catch (NoSuchFileException e) {
            return null;
        }
        DataInputStream in = Records.decode(codec, Volume.Kind.ROOT, MAGIC, bytes);
        try {
            String identity = in.readUTF();
            long generation = in.readLong();
            long next = in.readLong();
            List<StoredSnapshot> snapshots = new ArrayList<>();
            for (int n = in.readInt(); n > 0; n--) {
                long id = in.readLong();
                byte[] record = new byte[in.readInt()];
                in.readFully(record);
                snapshots.add(Records.snapshot(codec, id, record).withDamage(in.readUTF()));
            }
            return new Witness(identity, generation, next, List.copyOf(snapshots));
        } catch (EOFException e) {
            throw new IOException("it is too short", e);
        }
    }

    /** Puts it on disk in place of the one before: all of it or nothing. */
    void write(PageCodec codec, Path folder) throws IOException {
        byte[] bytes = Records.encode(codec, Volume.Kind.ROOT, MAGIC, out -> {
            out.writeUTF(identity);
            out.writeLong(generation);
            out.writeLong(next);
            out.writeInt(snapshots.size());
            for (StoredSnapshot s : snapshots) {
                byte[] record = Records.snapshot(codec, s);
                out.writeLong(s.id());
                out.writeInt(record.length);
                out.write(record);
                out.writeUTF(s.damage());
            }
        });
        Path fresh = folder.resolve(FILE + ".new");
        try (FileOutputStream out = new FileOutputStream(fresh.toFile())) {
            out.write(bytes);
            out.getFD().sync();
        }
        Files.move(fresh, folder.resolve(FILE), StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        force(folder);
    }

    /** Puts the names in a folder on disk, where the system can do that. */
    static void force(Path folder) {
        try (FileChannel channel = FileChannel.open(folder, StandardOpenOption.READ)) {
            channel.force(true);
        } catch (IOException e) {
            // a system that cannot open folders writes them by itself
            return;
        }
    }
}
