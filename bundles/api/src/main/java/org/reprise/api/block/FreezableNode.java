package org.reprise.api.block;

import java.io.IOException;
import org.osgi.annotation.versioning.ConsumerType;
import org.reprise.api.memory.AddressSpace;

/**
 * A layer that takes all writes and can go back: what it holds at one moment can be read while it is written on, and can be put back later. Content is
 * counted in pages of {@value #PAGE} bytes, the last one filled up with zeros. {@link #freeze} and {@link #restore} come while no request is worked on.
 */
@ConsumerType
public interface FreezableNode extends BlockNode {
    /** Bytes of a page. */
    int PAGE = AddressSpace.PAGE_SIZE;

    /**
     * Keeps what the layer holds now until it was read; one at a time.
     *
     * @param whole all pages that were ever written count as changed, not only those since the last one or {@link #restore}
     */
    Frozen freeze(boolean whole);

    /**
     * Makes the layer what it was.
     *
     * @param different pages, ascending, that differ from what was last frozen or restored
     * @param content where they are read from, when they are needed, until the next call
     */
    void restore(int[] different, Content content);

    /** What a layer held. Any one thread at a time. */
    interface Frozen extends AutoCloseable {
        /** How many pages the layer has. */
        int pages();

        /** Pages, ascending, that may differ from what was frozen or restored before. */
        int[] changed();

        /** Copies a page as it was. @return false when it was never written: what lies below shows */
        boolean read(int page, byte[] into) throws IOException;

        /** The layer need not keep it any more. */
        @Override
        void close();
    }

    /** Content of pages by number. Any thread. */
    @FunctionalInterface
    interface Content {
        /** Copies a page. @return false when it was never written @throws java.io.UncheckedIOException when it cannot be read */
        boolean read(int page, byte[] into);
    }
}
