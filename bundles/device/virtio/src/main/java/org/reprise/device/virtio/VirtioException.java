package org.reprise.device.virtio;

/** The driver broke a rule that leaves the device without a sane way on: it needs a reset (virtio 1.2, section 2.1.2). */
final class VirtioException extends Exception {
    private static final long serialVersionUID = 1L;

    VirtioException(String problem) {
        super(problem, null, false, false);
    }
}
