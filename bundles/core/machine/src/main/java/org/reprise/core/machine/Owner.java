package org.reprise.core.machine;

/** The one thread that may touch a machine's guest-visible state, and the assertion that says so. */
final class Owner {
    private final String machine;
    private volatile Thread thread;

    Owner(String machine) {
        this.machine = machine;
    }

    void is(Thread owner) {
        thread = owner;
    }

    boolean current() {
        return Thread.currentThread() == thread;
    }

    /** Always on: one comparison. @param part which part's context was called */
    void check(String part) {
        if (Thread.currentThread() != thread) {
            throw new IllegalStateException("machine " + machine + ", part " + part + ": called on thread \""
                    + Thread.currentThread().getName() + "\"; guest state belongs to thread \""
                    + (thread == null ? "none" : thread.getName()) + "\"");
        }
    }
}
