package org.reprise.api.net;

import org.osgi.annotation.versioning.ProviderType;
import org.reprise.api.device.Timer;

/**
 * The machine's side of a network back end. A back end does its protocol work on the machine's thread, in {@link NetworkLink#send}, its timers and
 * what it {@link #execute}s, so that one that is isolated from the host answers at the same icount in every run; only I/O is on its own threads.
 */
@ProviderType
public interface NetworkHost {
    /** Name of the machine. Any thread. */
    String machine();

    /**
     * A frame for the guest; it waits until the card takes it, in order. Machine's thread.
     *
     * @return false when too many wait already: the frame is not taken, and {@link NetworkLink#room} says when to try again
     */
    boolean receive(NetworkFrame frame);

    /** True when the guest takes unfinished frames now (large TCP segments, checksums to fill in); may change at any time. Machine's thread. */
    boolean takesUnfinished();

    /** Runs work on the machine's thread, between two instructions, soon. It reaches the guest through {@link #receive} only. Any thread. */
    void execute(Runnable work);

    /** A timer on VIRTUAL; EXTERNAL as the back end declares; its name is unique in the back end. While the link is opened only. */
    Timer timer(String name, Runnable callback);

    /** VIRTUAL in ns, as an EXTERNAL timer sees it. Machine's thread. */
    long now();

    /** Says something for people (a guest's packet that makes no sense, a connection refused); rate-limited. Machine's thread. */
    void note(String message);
}
