package org.reprise.net.user;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import org.reprise.api.device.Timer;
import org.reprise.api.net.NetworkFrame;
import org.reprise.api.net.NetworkHost;
import org.reprise.api.net.NetworkLink;
import org.reprise.tools.devicekit.FakePartConfig;

/** The machine's side of a back end with a clock that the test moves. The test's thread is the machine's. */
final class FakeHost implements NetworkHost, AutoCloseable {
    static final long MILLI = 1_000_000;
    private static final long WATCHDOG_MILLIS = 120_000;

    final LinkedBlockingQueue<Runnable> work = new LinkedBlockingQueue<>();
    final List<String> notes = new ArrayList<>();
    private final List<Fake> timers = new ArrayList<>();
    final NetworkLink link;
    Consumer<NetworkFrame> guest = frame -> {
    };
    boolean takesUnfinished;
    /** How many frames are taken before the cable is full; counted down. */
    int room = Integer.MAX_VALUE;
    long now = 1_000_000;

    private static final class Fake implements Timer {
        private final Runnable callback;
        private long deadline = Long.MAX_VALUE;

        Fake(Runnable callback) {
            this.callback = callback;
        }

        @Override
        public void set(long to) {
            deadline = to;
        }

        @Override
        public void cancel() {
            deadline = Long.MAX_VALUE;
        }

        @Override
        public boolean pending() {
            return deadline != Long.MAX_VALUE;
        }

        @Override
        public long deadline() {
            return deadline;
        }
    }

    FakeHost(Map<String, String> settings) {
        try {
            link = new UserNetwork().open(new FakePartConfig("net0", settings), this);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public String machine() {
        return "test";
    }

    @Override
    public boolean receive(NetworkFrame frame) {
        if (room == 0) {
            return false;
        }
        room--;
        guest.accept(frame);
        return true;
    }

    @Override
    public boolean takesUnfinished() {
        return takesUnfinished;
    }

    @Override
    public void execute(Runnable task) {
        work.add(task);
    }

    @Override
    public Timer timer(String name, Runnable callback) {
        Fake timer = new Fake(callback);
        timers.add(timer);
        return timer;
    }

    @Override
    public long now() {
        return now;
    }

    @Override
    public void note(String message) {
        notes.add(message);
    }

    /** Moves the clock, and lets timers ring at their time. */
    void advance(long nanos) {
        long until = now + nanos;
        for (Fake timer : timers) {
            while (timer.deadline <= until) {
                now = Math.max(now, timer.deadline);
                timer.deadline = Long.MAX_VALUE;
                timer.callback.run();
            }
        }
        now = until;
    }

    /** Does what the back end has executed. */
    void settle() {
        try {
            for (Runnable task = work.poll(50, TimeUnit.MICROSECONDS); task != null; task = work.poll()) {
                task.run();
            }
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    /** Lets the machine run until something is so; the clock goes by a millisecond a turn. */
    void until(String what, BooleanSupplier done, Runnable turn) {
        long deadline = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(WATCHDOG_MILLIS);
        while (!done.getAsBoolean()) {
            settle();
            turn.run();
            advance(MILLI);
            if (System.nanoTime() > deadline) {
                throw new AssertionError("never: " + what + "; " + link.describe() + "; " + notes);
            }
        }
    }

    void until(String what, BooleanSupplier done) {
        until(what, done, () -> {
        });
    }

    @Override
    public void close() {
        link.close();
    }
}
