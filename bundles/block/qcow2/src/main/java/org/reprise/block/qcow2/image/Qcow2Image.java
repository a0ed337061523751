package org.reprise.block.qcow2.image;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.reprise.api.block.BlockNode;
import org.reprise.api.block.SnapshotNode;

/**
 * An open qcow2 image, version 2 or 3, with what it stands on. Damaged images lead to {@code IOException}s in bounded time and memory.
 * One thread at a time, but for {@link #length}, {@link #readOnly} and {@link #sources}.
 */
public final class Qcow2Image implements SnapshotNode {
    /** What an image is opened for. */
    public enum Mode {
        /** Reading. */
        READ,
        /** Reading and writing; an image with the dirty bit is repaired first, one with the corrupt bit refused. */
        WRITE,
        /** Checking, with or without repair; the backing file is not opened. */
        REPAIR
    }

    /** What an image has at some place. */
    public enum Kind {
        /** Bytes of its own. */
        DATA,
        /** Zeros, whatever is below. */
        ZERO,
        /** Nothing: what is below shows, zeros when nothing is. */
        BELOW
    }

    /**
     * A part of an image that is all of a kind.
     *
     * @param length in bytes
     */
    public record Extent(Kind kind, long length) {
    }

    /** The most files that may be stacked. */
    public static final int DEEPEST = BackingChain.DEEPEST;
    private final Storage file;
    private final List<Path> sources;
    private final Header header;
    private final BlockNode below;
    private final Tables tables;
    private final ClusterIo io;
    private final boolean writable;

    private Qcow2Image(Storage file, List<Path> sources, Header header, BlockNode below, Tables tables, boolean writable) {
        this.file = file;
        this.sources = sources;
        this.header = header;
        this.below = below;
        this.tables = tables;
        this.writable = writable;
        this.io = new ClusterIo(tables, below);
    }

    /** Opens an image and what it stands on. @throws IOException naming file, problem and remedy */
    public static Qcow2Image open(Path path, Mode mode) throws IOException {
        return open(path, mode, Map.of());
    }

    /**
     * The same with backing files that are elsewhere than the images say, for reading: their content must be what it was.
     *
     * @param moved by their place in the chain: 1 is the image's own backing file, 2 that one's
     */
    public static Qcow2Image open(Path path, Mode mode, Map<Integer, Path> moved) throws IOException {
        return open(path, mode, List.of(path), moved);
    }

    /** Opens an image alone: where it has nothing, it reads as zeros. */
    public static Qcow2Image openAlone(Path path, Mode mode) throws IOException {
        return open(path, mode, null, Map.of());
    }

    /** @param chain the image and what stands on it; null: alone */
    static Qcow2Image open(Path path, Mode mode, List<Path> chain, Map<Integer, Path> moved) throws IOException {
        Storage file = FileStorage.open(path, mode == Mode.WRITE || mode == Mode.REPAIR && Files.isWritable(path));
        BlockNode below = null;
        try {
            Header header = Header.read(file);
            below = chain == null || mode == Mode.REPAIR ? null : BackingChain.open(path, header, chain, moved);
            List<Path> sources = new ArrayList<>(List.of(path));
            sources.addAll(below == null ? List.of() : below.sources());
            return open(file, header, mode, below, List.copyOf(sources));
        } catch (IOException | RuntimeException | Error e) {
            if (below != null) {
                below.close();
            }
            file.close();
            throw e;
        }
    }

    /** Opens what was read so far. */
    static Qcow2Image open(Storage file, Header header, Mode mode, BlockNode below, List<Path> sources) throws IOException {
        if (mode == Mode.WRITE && (header.incompatible() & Header.CORRUPT) != 0) {
            throw header.bad("it is marked as corrupt (incompatible feature bit 1) and is not written; repair it with reprise image check"
                    + " -r all, or open it for reading only");
        }
        Tables tables = new Tables(file, header, mode != Mode.READ);
        if (mode == Mode.WRITE) {
            if ((header.incompatible() & Header.DIRTY) != 0) {
                repair(tables);
            }
            String overlap = tables.occupy();
            if (overlap != null) {
                throw header.bad(overlap + "; it is not written: repair it with reprise image check -r all, or copy what can be read with reprise "
                        + "image convert");
            }
            new Snapshots(tables).occupy();
            header.clearAutoclear(file);
        }
        return new Qcow2Image(file, sources, header, below, tables, mode != Mode.READ);
    }

    /** What the dirty bit asks for (specification, Header): its refcounts are computed again. */
    private static void repair(Tables tables) throws IOException {
        CheckReport report = new Checker(tables).run(CheckReport.Repair.ALL);
        if (report.corruptions() > 0) {
            throw tables.header.bad("it was not closed and cannot be repaired: " + report.messages().get(0)
                    + "; copy what can be read with reprise image convert");
        }
    }

    // ---- what it is -------------------------------------------------------------------------------------------------------------------

    @Override
    public long length() {
        return header.size();
    }

    @Override
    public boolean readOnly() {
        return !writable;
    }

    /** The format's version, 2 or 3. */
    public int version() {
        return header.version();
    }

    /** Bytes of a cluster, 512 to 2 MiB. */
    public int clusterSize() {
        return header.clusterSize();
    }

    /** Bits of a refcount, 1 to 64. */
    public int refcountBits() {
        return 1 << header.refcountOrder();
    }

    /** {@code zlib} or {@code zstd}. */
    public String compression() {
        return header.zstd() ? "zstd" : "zlib";
    }

    /** The backing file's name as the image has it, or null. */
    public String backingFile() {
        return header.backingFile() == null ? null : Text.printable(header.backingFile());
    }

    /** Where the backing file is. @throws IOException when the name is no file's */
    public Path backingPath() throws IOException {
        return BackingChain.resolve(sources.get(0), header);
    }

    /** The backing file's format as the image states it, or null. */
    public String backingFormat() {
        return header.backingFormat() == null ? null : Text.printable(header.backingFormat());
    }

    /** True when the image was not closed: refcounts may be wrong, reading it is safe. */
    public boolean dirty() {
        return (header.incompatible() & Header.DIRTY) != 0;
    }

    /** True when it is known to be damaged. */
    public boolean corrupt() {
        return (header.incompatible() & Header.CORRUPT) != 0;
    }

    /** True when refcounts may be written late. */
    public boolean lazyRefcounts() {
        return header.lazyRefcounts();
    }

    /** The layer below, or null. */
    public BlockNode below() {
        return below;
    }

    @Override
    public List<Path> sources() {
        return sources;
    }

    @Override
    public String describe() {
        return "qcow2 " + file.name() + ", " + header.size() + " bytes in clusters of " + clusterSize() + (writable ? "" : ", read-only")
                + (below == null ? "" : ", on " + below.describe());
    }

    // ---- the guest's bytes ------------------------------------------------------------------------------------------------------------

    /** What the image itself has from a position on: at least one byte unless {@code limit} is 0, at most {@code limit}. */
    public Extent extent(long position, long limit) throws IOException {
        check(position, limit);
        return limit == 0 ? new Extent(Kind.BELOW, 0) : io.extent(position, limit);
    }

    @Override
    public void read(long position, byte[] into, int offset, int count) throws IOException {
        check(position, count);
        io.read(position, into, offset, count);
    }

    @Override
    public void write(long position, byte[] from, int offset, int count) throws IOException {
        check(position, count);
        checkWritable();
        io.write(position, from, offset, count);
    }

    /** Writes a cluster compressed, if that makes it smaller. @param content a whole cluster, with zeros behind the image's end */
    public void writeCompressed(long position, byte[] content) throws IOException {
        check(position, 1);
        checkWritable();
        if ((position & clusterSize() - 1) != 0 || content.length != clusterSize()) {
            throw new IllegalArgumentException(position + ", " + content.length + " bytes: no whole cluster");
        }
        io.writePacked(position, content);
    }

    @Override
    public void discard(long position, long count) throws IOException {
        check(position, count);
        checkWritable();
        io.discard(position, count);
    }

    /** Gives up everything that the image has of its own. */
    public void empty() throws IOException {
        checkWritable();
        io.empty();
    }

    @Override
    public void flush() throws IOException {
        if (writable) {
            tables.commit();
        }
    }

    @Override
    public void close() throws IOException {
        try (Storage f = file; BlockNode b = below; ClusterIo i = io) {
            if (writable && !closed) {
                closed = true;
                tables.finish();
            }
        }
    }

    private boolean closed;

    private void check(long position, long count) throws IOException {
        if (position < 0 || count < 0 || position > header.size() - count) {
            throw header.bad("bytes " + position + " to " + (position + count) + " are not within its " + header.size());
        }
    }

    private void checkWritable() throws IOException {
        if (!writable) {
            throw header.bad("it was opened for reading only");
        }
    }

    // ---- snapshots, checks ------------------------------------------------------------------------------------------------------------

    /** The internal snapshots, oldest first. */
    public List<Snapshot> snapshots() throws IOException {
        return new Snapshots(tables).list();
    }

    /** Keeps the present content under a name. @param seconds the time since 1970, with nanoseconds, that it is said to be of */
    public Snapshot createSnapshot(String name, long seconds, int nanos) throws IOException {
        checkWritable();
        return new Snapshots(tables).create(name, new Moment(seconds, nanos, 0, Snapshot.NO_ICOUNT), null);
    }

    /** Makes a snapshot's content the present one, which is lost. @param which its name, or its id */
    public void applySnapshot(String which) throws IOException {
        checkWritable();
        new Snapshots(tables).apply(which);
    }

    /** Removes a snapshot. @param which its name, or its id */
    public void deleteSnapshot(String which) throws IOException {
        checkWritable();
        new Snapshots(tables).delete(which);
    }

    private static Kept kept(Snapshot s) {
        return new Kept(s.id(), s.name(), s.vmClock(), s.icount(), s.vmState());
    }

    @Override
    public List<Kept> kept() throws IOException {
        return snapshots().stream().map(Qcow2Image::kept).toList();
    }

    @Override
    public Kept keep(String name, Moment when, StateBytes state) throws IOException {
        checkWritable();
        return kept(new Snapshots(tables).create(name, when, state));
    }

    @Override
    public InputStream state(String which) throws IOException {
        return new Snapshots(tables).state(which);
    }

    @Override
    public void revert(String which) throws IOException {
        applySnapshot(which);
    }

    @Override
    public void forget(String which) throws IOException {
        deleteSnapshot(which);
    }

    /** Checks all metadata of an image that was opened for REPAIR. */
    public CheckReport check(CheckReport.Repair repair) throws IOException {
        return new Checker(tables).run(repair);
    }
}
