package org.reprise.net.user;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.Channel;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.SelectableChannel;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.ReentrantLock;
import org.reprise.api.net.NetworkHost;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The one thread of a link that waits for sockets. The machine's thread gives it orders, it gives back results, which run on the
 * machine's thread. It is started by the first order: a network that is isolated has none.
 *
 * <p>While the I/O thread sleeps the machine's thread carries small orders out itself: to connect to this host or to write a request takes less than
 * to wake another thread for it. Sockets never block, and one thread at a time has its {@link #turn} with what belongs to the I/O thread.
 */
final class HostIo {
    private static final Logger LOG = LoggerFactory.getLogger(HostIo.class);
    private static final int BUFFER = 1 << 17;
    private static final long SPIN = 50_000;
    private static final long PATIENCE_MILLIS = 2_000;

    /** A socket's side on the I/O thread. */
    interface Ready {
        void ready(SelectionKey key);

        /** Closes at once. */
        void shut();
    }

    private final String name;
    private final NetworkHost host;
    private final Queue<Runnable> orders = new ConcurrentLinkedQueue<>();
    private final Queue<Runnable> results = new ConcurrentLinkedQueue<>();
    private final AtomicBoolean announced = new AtomicBoolean();
    // the machine's thread's
    private Thread thread;
    private Selector selector;
    private volatile boolean closed;
    /** The I/O thread lets itself be put to sleep, and looks at the orders once more before. Who wakes it says that it does not any more. */
    private volatile boolean asleep;
    private final ReentrantLock turn = new ReentrantLock();
    // the I/O thread's: of the one whose turn it is
    private final List<Runnable> flushes = new ArrayList<>();
    private ByteBuffer buffer;
    /** The selector has to look at what it waits for. */
    private boolean changed;

    HostIo(String name, NetworkHost host) {
        this.name = name;
        this.host = host;
    }

    /** Has something done on the I/O thread's side: at once when that thread sleeps, so it must be short. Machine's thread. */
    void order(Runnable work) {
        if (add(work) && asleep && turn.tryLock()) {
            boolean look;
            try {
                carryOut();
                look = changed;
            } catch (RuntimeException e) {
                end(e);
                look = true;
            } finally {
                turn.unlock();
            }
            // not before: it would run into the lock, on this processor when the others are busy
            if (look && asleep) {
                wake();
            }
        }
    }

    /** Lets the I/O thread do something that takes longer. Machine's thread. */
    void orderLong(Runnable work) {
        // waking it costs a call of the host's kernel, on the machine's thread
        if (add(work) && asleep) {
            wake();
        }
    }

    private boolean add(Runnable work) {
        if (closed) {
            return false;
        }
        orders.add(work);
        if (thread == null) {
            start();
        }
        return true;
    }

    /** A defect, or the host has no more of something: nobody carries orders out any more, so none are taken. */
    private void end(Exception reason) {
        LOG.error("network {}: the host's side ends here", name, reason);
        closed = true;
    }

    private void wake() {
        asleep = false;
        selector.wakeup();
    }

    private void carryOut() {
        for (Runnable order = orders.poll(); order != null; order = orders.poll()) {
            order.run();
        }
        List<Runnable> now = List.copyOf(flushes);
        flushes.clear();
        now.forEach(Runnable::run);
    }

    private void start() {
        try {
            selector = Selector.open();
        } catch (IOException e) {
            throw new IllegalStateException("network " + name + ": the host gives no selector: " + e.getMessage(), e);
        }
        thread = new Thread(this::run, "network " + name);
        thread.setDaemon(true);
        thread.start();
    }

    /** Lets the machine's thread do something. I/O thread. */
    void result(Runnable work) {
        results.add(work);
        if (announced.compareAndSet(false, true)) {
            host.execute(this::settle);
        }
    }

    /** Says something for people. I/O thread. */
    void note(String message) {
        result(() -> host.note(message));
    }

    private void settle() {
        announced.set(false);
        for (Runnable work = results.poll(); work != null && !closed; work = results.poll()) {
            work.run();
        }
    }

    /** After all orders that are there now, once. I/O thread. */
    void afterOrders(Runnable flush) {
        flushes.add(flush);
    }

    /** Room for what is read, {@value #BUFFER} bytes. I/O thread. */
    ByteBuffer buffer() {
        return buffer;
    }

    /** I/O thread. @return null when the channel is closed already */
    SelectionKey register(SelectableChannel channel, int interest, Ready ready) {
        try {
            changed = true;
            return channel.register(selector, interest, ready);
        } catch (ClosedChannelException e) {
            return null;
        }
    }

    /** Says what a socket waits for. I/O thread. */
    void interest(SelectionKey key, int operations) {
        if (key.interestOps() != operations) {
            key.interestOps(operations);
            changed = true;
        }
    }

    /** Closes a channel that may be null. Any thread. */
    void close(Channel channel) {
        if (channel != null) {
            if (turn.isHeldByCurrentThread()) {
                changed = true;
            }
            try {
                channel.close();
            } catch (IOException e) {
                LOG.debug("network {}: closing a socket: {}", name, e.getMessage());
            }
        }
    }

    private void run() {
        buffer = ByteBuffer.allocateDirect(BUFFER);
        try {
            while (!closed) {
                await();
                turn.lock();
                try {
                    carryOut();
                    for (SelectionKey key : selector.selectedKeys()) {
                        if (key.isValid()) {
                            ((Ready) key.attachment()).ready(key);
                        }
                    }
                    selector.selectedKeys().clear();
                    // before it sleeps it looks by itself
                    changed = false;
                } finally {
                    turn.unlock();
                }
            }
        } catch (IOException | RuntimeException e) {
            end(e);
        } finally {
            turn.lock();
            try {
                List.copyOf(selector.keys()).forEach(key -> ((Ready) key.attachment()).shut());
                close(selector::close);
            } finally {
                turn.unlock();
            }
        }
    }

    /** Looks for a moment before it sleeps: a guest's requests and their answers on this host come one after another. */
    private void await() throws IOException {
        long begin = System.nanoTime();
        do {
            if (selector.selectNow() > 0 || !orders.isEmpty() || closed) {
                return;
            }
            Thread.onSpinWait();
        } while (System.nanoTime() - begin < SPIN);
        asleep = true;
        if (orders.isEmpty() && !closed) {
            selector.select();
        }
        asleep = false;
    }

    private void close(AutoCloseable closing) {
        try {
            closing.close();
        } catch (Exception e) {
            LOG.debug("network {}: {}", name, e.getMessage());
        }
    }

    /** Closes all sockets. Machine's thread; they are closed when this returns, unless the host hangs. */
    void close() {
        closed = true;
        if (thread != null) {
            selector.wakeup();
            try {
                thread.join(PATIENCE_MILLIS);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }
    }
}
