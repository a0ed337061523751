package org.reprise.api.block;

/**
 * One request to a drive.
 *
 * @param operation what to do
 * @param position byte offset on the drive
 * @param data bytes to write, or the buffer to read into; empty for FLUSH
 * @param length length in bytes for DISCARD, else {@code data.length}
 * @param completion runs on the machine's thread when the request completes
 */
public record BlockRequest(Operation operation, long position, byte[] data, long length, Completion completion) {
    /** Operations. */
    public enum Operation {
        /** Read into {@code data}. */
        READ,
        /** Write {@code data}. */
        WRITE,
        /** Make durable. */
        FLUSH,
        /** Declare unused. */
        DISCARD
    }

    /** Told of the end of a request, on the machine's thread. */
    @FunctionalInterface
    public interface Completion {
        /** @param error null on success, else what went wrong: the guest sees an I/O error */
        void completed(String error);
    }
}
