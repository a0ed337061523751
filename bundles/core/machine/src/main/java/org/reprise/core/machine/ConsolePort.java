package org.reprise.core.machine;

import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.BooleanSupplier;
import org.reprise.api.character.CharacterChannel;
import org.reprise.api.character.CharacterPort;
import org.reprise.api.character.CharacterReceiver;
import org.reprise.api.character.Console;
import org.reprise.api.state.State;
import org.reprise.api.state.Stateful;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One character port: the device's end on the machine's thread, the console on any thread. Output is collected while a slice runs and
 * handed on at its end, so that a character costs the guest no loop turn. A console outlives power cycles, so that observers stay attached.
 */
final class ConsolePort implements Console, CharacterPort, Stateful {
    /** Bytes of output kept. */
    static final int HISTORY = 1 << 20;
    /** Bytes of output in a saved state. */
    private static final int TAIL = 4096;
    /** Bytes handed to a device in one event at most. */
    private static final int MAX_EVENT = 4096;
    private static final Logger LOG = LoggerFactory.getLogger(ConsolePort.class);

    private final String machine;
    private final String name;
    private final Runnable wake;
    private final BooleanSupplier inputRefused;
    private final Object output = new Object();
    private final CopyOnWriteArrayList<OutputListener> listeners = new CopyOnWriteArrayList<>();
    private byte[] ring = new byte[4096];
    private long written;
    /** History begins there, if not later: a saved state that was restored knows only the last of what was written before. */
    private long begin;
    /** Observers and the back end hear nothing of what is written. */
    private volatile boolean quiet;

    private final ArrayDeque<byte[]> input = new ArrayDeque<>();
    private int inputOffset;
    private volatile boolean inputPending;

    private Owner owner;
    private Guard guard;
    private VirtualClock clock;
    private CharacterReceiver receiver;
    private CharacterChannel channel;
    private int source;
    private byte[] buffer = new byte[256];
    private int buffered;

    /**
     * @param wake tells the machine's thread that there is input
     * @param inputRefused true in replay
     */
    ConsolePort(String machine, String name, Runnable wake, BooleanSupplier inputRefused) {
        this.machine = machine;
        this.name = name;
        this.wake = wake;
        this.inputRefused = inputRefused;
    }

    /** Machine's thread: a device takes the port; history and queued input of an earlier power cycle are forgotten. */
    void connect(Owner newOwner, Guard newGuard, VirtualClock newClock, int partIndex, CharacterReceiver newReceiver) {
        owner = newOwner;
        guard = newGuard;
        clock = newClock;
        source = partIndex;
        receiver = newReceiver;
        buffered = 0;
        synchronized (output) {
            written = 0;
            begin = 0;
        }
        synchronized (input) {
            input.clear();
            inputOffset = 0;
            inputPending = false;
        }
    }

    void channel(CharacterChannel opened) {
        channel = opened;
    }

    /** Machine's thread: the device is gone. */
    void disconnect() {
        flush();
        receiver = null;
        closeChannel();
    }

    void closeChannel() {
        if (channel != null) {
            try {
                channel.close();
            } catch (RuntimeException e) {
                LOG.warn("machine {}, port {}: closing the back end failed", machine, name, e);
            }
            channel = null;
        }
    }

    int source() {
        return source;
    }

    CharacterReceiver receiver() {
        return receiver;
    }

    // The device's end.

    @Override
    public void write(int value) {
        owner.check(name);
        if (guard.restricted()) {
            guard.touch(name, "console output");
        }
        if (buffered == buffer.length) {
            buffer = Arrays.copyOf(buffer, buffered * 2);
        }
        buffer[buffered++] = (byte) value;
        clock.audience().printed(name, (byte) value);
    }

    @Override
    public void acceptInput() {
        owner.check(name);
        if (inputPending) {
            clock.stopSoon();
        }
    }

    /** True when input waits to be delivered. */
    boolean hasInput() {
        return inputPending;
    }

    /** Takes as much queued input as the device can receive now, at most one event's worth; null when nothing fits. */
    byte[] takeInput() {
        int room = Math.min(receiver.canReceive(), MAX_EVENT);
        if (room <= 0) {
            return null;
        }
        synchronized (input) {
            byte[] taken = new byte[room];
            int count = 0;
            while (count < room && !input.isEmpty()) {
                byte[] first = input.peek();
                int n = Math.min(room - count, first.length - inputOffset);
                System.arraycopy(first, inputOffset, taken, count, n);
                count += n;
                inputOffset += n;
                if (inputOffset == first.length) {
                    input.remove();
                    inputOffset = 0;
                }
            }
            inputPending = !input.isEmpty();
            return count == 0 ? null : Arrays.copyOf(taken, count);
        }
    }

    /** Hands collected output to history, back end and observers; between slices. */
    void flush() {
        if (buffered == 0) {
            return;
        }
        int length = buffered;
        buffered = 0;
        synchronized (output) {
            remember(buffer, length);
            if (quiet) {
                return;
            }
            for (OutputListener listener : listeners) {
                try {
                    listener.output(buffer, 0, length);
                } catch (RuntimeException e) {
                    listeners.remove(listener);
                    LOG.warn("machine {}, console {}: an observer of output failed and is detached", machine, name, e);
                }
            }
        }
        if (channel != null) {
            try {
                channel.write(buffer, 0, length);
            } catch (RuntimeException e) {
                channel = null;
                LOG.warn("machine {}, port {}: the back end failed and is disconnected", machine, name, e);
            }
        }
    }

    /** Lets observers hear nothing for a while: the machine moves in time. */
    void quiet(boolean silence) {
        flush();
        quiet = silence;
    }

    /** How much was written, and the end of it. Restoring goes back in the history, or to what was saved of it. */
    @Override
    public void state(State s) {
        flush();
        synchronized (output) {
            byte[] tail = last(TAIL);
            long then = s.int64("written", written);
            tail = s.bytes("tail", tail);
            if (s.loading()) {
                boolean kept = then <= written && then - tail.length >= Math.max(begin, written - ring.length);
                if (kept) {
                    begin = Math.max(begin, written - ring.length);
                    written = then;
                } else {
                    written = then - tail.length;
                    begin = written;
                    remember(tail, tail.length);
                }
            }
        }
    }

    private void remember(byte[] bytes, int length) {
        while (ring.length < HISTORY && ring.length < written + length) {
            ring = Arrays.copyOf(ring, ring.length * 2);
        }
        int from = Math.max(0, length - ring.length);
        for (int i = from; i < length; i++) {
            ring[(int) ((written + i) % ring.length)] = bytes[i];
        }
        written += length;
    }

    // The outside view.

    @Override
    public String name() {
        return name;
    }

    @Override
    public byte[] history() {
        synchronized (output) {
            return last(HISTORY);
        }
    }

    private byte[] last(int count) {
        int length = (int) Math.min(Math.min(written - begin, ring.length), Math.max(0, count));
        byte[] kept = new byte[length];
        for (int i = 0; i < length; i++) {
            kept[i] = ring[(int) ((written - length + i) % ring.length)];
        }
        return kept;
    }

    @Override
    public long written() {
        synchronized (output) {
            return written;
        }
    }

    @Override
    public AutoCloseable attach(OutputListener listener, int replayHistory) {
        synchronized (output) {
            byte[] past = last(replayHistory);
            if (past.length > 0) {
                listener.output(past, 0, past.length);
            }
            listeners.add(listener);
        }
        return () -> listeners.remove(listener);
    }

    @Override
    public boolean input(byte[] bytes) {
        if (inputRefused.getAsBoolean()) {
            return false;
        }
        if (bytes.length > 0) {
            synchronized (input) {
                input.add(bytes.clone());
                inputPending = true;
            }
            wake.run();
        }
        return true;
    }
}
