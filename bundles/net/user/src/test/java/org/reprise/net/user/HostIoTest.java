package org.reprise.net.user;

import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Which thread does what on the host's side, and that nothing is forgotten when they change. */
@Timeout(120)
final class HostIoTest {
    private static final int WATCHDOG_MILLIS = 60_000;

    private final FakeHost host = new FakeHost(Map.of());
    private HostIo io;

    @BeforeEach
    void open() {
        io = new HostIo("test", host);
    }

    @AfterEach
    void close() {
        io.close();
        host.close();
    }

    private Thread carriedOutBy(boolean longer) throws Exception {
        CompletableFuture<Thread> by = new CompletableFuture<>();
        Runnable work = () -> by.complete(Thread.currentThread());
        if (longer) {
            io.orderLong(work);
        } else {
            io.order(work);
        }
        return by.get(WATCHDOG_MILLIS, TimeUnit.MILLISECONDS);
    }

    /** Small orders are carried out here as soon as the I/O thread has gone to sleep. */
    private void untilAsleep() throws Exception {
        while (carriedOutBy(false) != Thread.currentThread()) {
            Thread.sleep(1);
        }
    }

    @Test
    void smallOrdersAreCarriedOutAtOnceWhileTheThreadSleepsAndLongOnesWakeIt() throws Exception {
        for (int i = 0; i < 100; i++) {
            untilAsleep();
            assertEquals("network test", carriedOutBy(true).getName());
        }
    }

    @Test
    void aSocketThatWasRegisteredHereWakesTheThreadThere() throws Exception {
        try (ServerSocket server = new ServerSocket(0, 50, InetAddress.getLoopbackAddress())) {
            server.setSoTimeout(WATCHDOG_MILLIS);
            for (int i = 0; i < 50; i++) {
                untilAsleep();
                CountDownLatch readable = new CountDownLatch(1);
                SocketChannel[] channel = new SocketChannel[1];
                io.order(() -> {
                    try {
                        channel[0] = SocketChannel.open(new InetSocketAddress(server.getInetAddress(), server.getLocalPort()));
                        channel[0].configureBlocking(false);
                    } catch (IOException e) {
                        throw new AssertionError(e);
                    }
                    SelectionKey key = io.register(channel[0], 0, new HostIo.Ready() {
                        @Override
                        public void ready(SelectionKey selected) {
                            io.interest(selected, 0);
                            readable.countDown();
                        }

                        @Override
                        public void shut() {
                            io.close(channel[0]);
                        }
                    });
                    io.interest(key, SelectionKey.OP_READ);
                });
                try (Socket accepted = server.accept()) {
                    accepted.getOutputStream().write('x');
                    assertTrue(readable.await(WATCHDOG_MILLIS, TimeUnit.MILLISECONDS), "never readable, time " + i);
                    untilAsleep();
                    // closed here: the other side sees it though nothing else happens
                    io.order(() -> io.close(channel[0]));
                    accepted.setSoTimeout(WATCHDOG_MILLIS);
                    assertEquals(-1, assertDoesNotThrow(() -> accepted.getInputStream().read(), SocketTimeoutException.class.getName()));
                }
            }
        }
    }

    @Test
    void whatIsWrittenArrivesInItsOrderWhicheverThreadWritesIt() throws Exception {
        StringBuilder sent = new StringBuilder();
        AtomicInteger connected = new AtomicInteger();
        try (ServerSocket server = new ServerSocket(0, 50, InetAddress.getLoopbackAddress())) {
            server.setSoTimeout(WATCHDOG_MILLIS);
            HostTcp tcp = HostTcp.connect(io, new InetSocketAddress(server.getInetAddress(), server.getLocalPort()), new HostTcp.Listener() {
                @Override
                public void connected() {
                    connected.incrementAndGet();
                }

                @Override
                public void received(byte[] data) {
                }

                @Override
                public void ended() {
                }

                @Override
                public void written(int bytes) {
                }

                @Override
                public void failed(IOException reason) {
                    throw new AssertionError(reason);
                }
            });
            try (Socket accepted = server.accept()) {
                accepted.setSoTimeout(WATCHDOG_MILLIS);
                CompletableFuture<String> all = CompletableFuture.supplyAsync(() -> {
                    try {
                        return new String(accepted.getInputStream().readAllBytes(), StandardCharsets.US_ASCII);
                    } catch (IOException e) {
                        throw new AssertionError(e);
                    }
                });
                for (int i = 0; i < 2000; i++) {
                    // every seventh is long, and now and then the thread has time to go to sleep
                    String piece = (i + " ").repeat(i % 7 == 0 ? 3000 : 1);
                    sent.append(piece);
                    tcp.write(ByteBuffer.wrap(piece.getBytes(StandardCharsets.US_ASCII)));
                    if (i % 50 == 0) {
                        untilAsleep();
                    }
                    host.settle();
                }
                tcp.close();
                assertEquals(sent.toString(), all.get(WATCHDOG_MILLIS, TimeUnit.MILLISECONDS));
                assertEquals(1, connected.get());
            }
        }
    }

    @Test
    void anErrorInAnOrderEndsTheHostsSideAndNotTheMachine() throws Exception {
        untilAsleep();
        assertDoesNotThrow(() -> io.order(() -> {
            throw new IllegalStateException("a defect");
        }));
        AtomicInteger later = new AtomicInteger();
        io.order(later::incrementAndGet);
        io.close();
        assertFalse(later.get() > 0, "nothing is done behind it");
    }
}
