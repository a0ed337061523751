package org.reprise.api.device;

import org.osgi.annotation.versioning.ProviderType;

/**
 * A one-shot timer on one of the machine's clocks. Its callback runs on the machine's thread, at the first instruction boundary at
 * which the clock has reached the deadline; timers that fall due together run in the order of their deadlines, then of their creation.
 * Whether it is EXTERNAL follows from the model's service property {@code timer.external}. Deadlines are saved by the machine.
 */
@ProviderType
public interface Timer {
    /** Arms the timer, or moves it. A deadline in the past fires at the next instruction boundary. @param deadline ns on its clock */
    void set(long deadline);

    /** Disarms. */
    void cancel();

    /** True while armed. */
    boolean pending();

    /** The deadline in ns, or {@code Long.MAX_VALUE} while not armed. */
    long deadline();
}
