package org.reprise.api.travel;

/** Where a machine that is restored gets its pages from. Machine's thread, and workers of drives, until the next image is restored. */
public interface PageSource {
    /**
     * Pages, ascending, that differ between the image and the machine's last capture or restored image.
     *
     * @param space see {@link Capture#spaces}
     */
    int[] different(String space);

    /** Pages, ascending, that were ever written when the image was made. @param space see {@link Capture#spaces} */
    int[] written(String space);

    /**
     * Copies a page of the image.
     *
     * @return false when it was never written
     * @throws java.io.UncheckedIOException when it is damaged or cannot be read
     */
    boolean read(String space, int page, byte[] into);
}
