package org.reprise.api.block;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.List;
import org.osgi.annotation.versioning.ConsumerType;

/**
 * A layer whose image keeps internal snapshots: what it holds at one moment, with the state of a machine where one is given. Called as all of
 * {@link BlockNode} is. Every method throws {@code IOException}s that name file, problem and remedy.
 */
@ConsumerType
public interface SnapshotNode extends BlockNode {
    /**
     * A snapshot in an image.
     *
     * @param id unique in its image
     * @param name may be there more than once; then the first one is meant
     * @param virtual VIRTUAL, ns
     * @param icount instructions retired since power-on, -1: not known
     * @param stateBytes bytes of the machine's state that was kept with it; 0: none
     */
    record Kept(String id, String name, long virtual, long icount, long stateBytes) {
    }

    /**
     * When a snapshot is of.
     *
     * @param seconds of the host, since 1970
     * @param nanos and nanoseconds
     * @param virtual VIRTUAL, ns
     * @param icount instructions retired since power-on
     */
    record Moment(long seconds, int nanos, long virtual, long icount) {
    }

    /** Writes a machine's state. */
    @FunctionalInterface
    interface StateBytes {
        /** Writes all of it. */
        void to(OutputStream out) throws IOException;
    }

    /** All there are, oldest first. */
    List<Kept> kept() throws IOException;

    /**
     * Keeps what the layer holds. When this returns, the snapshot is on disk; when it fails, there is none, and the image is consistent.
     *
     * @param name 1 to 255 bytes of UTF-8, not yet used
     * @param state null: none
     */
    Kept keep(String name, Moment when, StateBytes state) throws IOException;

    /** The state that was kept with a snapshot. To be read before the layer is written again. @param which its name, or its id */
    InputStream state(String which) throws IOException;

    /** Makes what a snapshot kept the present content; what there is now is lost. @param which its name, or its id */
    void revert(String which) throws IOException;

    /** Removes a snapshot. @param which its name, or its id */
    void forget(String which) throws IOException;
}
