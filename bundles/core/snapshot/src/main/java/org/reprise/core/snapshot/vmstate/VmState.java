package org.reprise.core.snapshot.vmstate;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;

/** What reader and writer of a state have in common: magic, version, and records, each a kind, a length and packed bytes that have their own hash. */
final class VmState {
    static final byte[] MAGIC = "RepriseVM".getBytes(StandardCharsets.US_ASCII);
    /** Raised when what a part saves has another shape: 2 since the TLB has 4096 entries. */
    static final int VERSION = 2;
    /** Kinds of records, in their order. */
    static final byte HEADER = 'H';
    static final byte PARTS = 'S';
    static final byte PAGES = 'P';
    static final byte END = 'E';
    /** Pages in a record at most. */
    static final int BATCH = 64;
    static final int MAX_HEADER = 16 << 20;
    static final int MAX_PARTS = 256 << 20;
    static final int MAX_PAGES = BATCH * 8192;

    private VmState() {
    }

    static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java has SHA-256", e);
        }
    }
}
