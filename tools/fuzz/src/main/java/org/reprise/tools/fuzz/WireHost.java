package org.reprise.tools.fuzz;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.reprise.api.device.Timer;
import org.reprise.api.net.NetworkFrame;
import org.reprise.api.net.NetworkHost;
import org.reprise.api.net.NetworkLink;

/** The machine's side of a network back end: a clock that is moved by hand, and what there is to know of the last TCP segment. */
final class WireHost implements NetworkHost {
    private static final int MOST_FRAMES = 20_000;
    private static final int IP = 14;
    private static final int TCP = 6;

    NetworkLink link;
    int room = Integer.MAX_VALUE;
    boolean unfinished;
    int nextSequence = 0x1000;
    int nextAcknowledgement;
    int peer;
    int peerPort;
    int guestPort;
    private final LinkedBlockingQueue<Runnable> work = new LinkedBlockingQueue<>();
    private final List<HandTimer> timers = new ArrayList<>();
    private long now = 1_000_000;
    private int frames;
    private boolean segmentSeen;

    private static final class HandTimer implements Timer {
        private final Runnable callback;
        private long deadline = Long.MAX_VALUE;

        HandTimer(Runnable callback) {
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

    void send(NetworkFrame frame) {
        link.send(frame);
    }

    void advance(long nanos) {
        long until = now + nanos;
        for (HandTimer timer : timers) {
            while (timer.deadline <= until) {
                now = Math.max(now, timer.deadline);
                timer.deadline = Long.MAX_VALUE;
                timer.callback.run();
            }
        }
        now = until;
    }

    void settle() {
        for (Runnable task = work.poll(); task != null; task = work.poll()) {
            task.run();
        }
    }

    /** Waits until a segment has come, a moment at most. */
    void await(int protocol) {
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(1);
        while (!(protocol == TCP && segmentSeen) && System.nanoTime() < end) {
            try {
                Runnable task = work.poll(1, TimeUnit.MILLISECONDS);
                if (task != null) {
                    task.run();
                }
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                return;
            }
        }
    }

    @Override
    public String machine() {
        return "fuzz";
    }

    @Override
    public boolean receive(NetworkFrame frame) {
        if (room == 0) {
            return false;
        }
        room--;
        if (++frames > MOST_FRAMES) {
            throw new AssertionError("more than " + MOST_FRAMES + " frames for the guest");
        }
        if (frame.unfinished() && !unfinished && frame.segmentation() != NetworkFrame.Segmentation.NONE) {
            // a guest may have changed its mind since; the machine finishes such a frame itself
            return true;
        }
        look(frame.bytes());
        return true;
    }

    private void look(byte[] b) {
        ByteBuffer frame = ByteBuffer.wrap(b);
        if (b.length >= IP + 40 && frame.getShort(12) == 0x800 && frame.get(IP + 9) == TCP) {
            int tcp = IP + (frame.get(IP) & 15) * 4;
            segmentSeen = true;
            peer = frame.getInt(IP + 12);
            peerPort = frame.getShort(tcp) & 0xffff;
            guestPort = frame.getShort(tcp + 2) & 0xffff;
            int flags = frame.get(tcp + 13);
            int data = (frame.getShort(IP + 2) & 0xffff) - (tcp - IP) - (frame.get(tcp + 12) >>> 4 & 15) * 4;
            nextAcknowledgement = frame.getInt(tcp + 4) + data + (flags >>> 1 & 1) + (flags & 1);
        }
    }

    @Override
    public boolean takesUnfinished() {
        return unfinished;
    }

    @Override
    public void execute(Runnable task) {
        work.add(task);
    }

    @Override
    public Timer timer(String name, Runnable callback) {
        HandTimer timer = new HandTimer(callback);
        timers.add(timer);
        return timer;
    }

    @Override
    public long now() {
        return now;
    }

    @Override
    public void note(String message) {
        if (message.isEmpty()) {
            throw new AssertionError("a note that says nothing");
        }
    }
}
