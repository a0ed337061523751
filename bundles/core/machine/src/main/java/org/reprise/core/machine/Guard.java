package org.reprise.core.machine;

/**
 * Catches a model that touches guest state from where replay cannot reproduce it: the callback of an EXTERNAL timer or of a bottom half
 * that is not replayable. Machine's thread only.
 */
final class Guard {
    private final String machine;
    private String callback;

    Guard(String machine) {
        this.machine = machine;
    }

    /** True while such a callback runs. */
    boolean restricted() {
        return callback != null;
    }

    /** Runs a callback that may not touch guest state. @param description names part, model, and timer or bottom half */
    void run(String description, Runnable body) {
        String outer = callback;
        callback = description;
        try {
            body.run();
        } finally {
            callback = outer;
        }
    }

    /** Asserts that guest state may be touched now; always on. @param what is touched, for the message */
    void touch(String part, String what) {
        if (callback != null) {
            throw new AssertionError("machine " + machine + ": " + callback + " touched guest state: " + what + " of part " + part
                    + "; declare the timer not external (timer.external) or the bottom half replayable (bh.replayable),"
                    + " or hand the work to a replayable bottom half");
        }
    }

    /** As {@link #touch}, for an access to guest memory. */
    void touchMemory(String part, String access, long address) {
        if (callback != null) {
            touch(part, access + " at physical address 0x" + Long.toHexString(address));
        }
    }
}
