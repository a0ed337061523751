package org.reprise.itests.matrix;

import java.util.Arrays;
import java.util.Random;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import org.reprise.api.device.PartConfig;
import org.reprise.api.net.NetworkBackend;
import org.reprise.api.net.NetworkFrame;
import org.reprise.api.net.NetworkHost;
import org.reprise.api.net.NetworkLink;

/**
 * The far end of a cable: it answers a frame with as many others as the first byte of its payload says, each of any length and content,
 * whenever a thread of its own likes to.
 */
final class Chatter implements NetworkBackend {
    /** Its name. */
    static final String NAME = "chatter";
    private static final int LONGEST = 1514;

    private final AtomicInteger opened = new AtomicInteger();

    /** How often it was opened. */
    int opened() {
        return opened.get();
    }

    @Override
    public NetworkLink open(PartConfig config, NetworkHost host) {
        opened.incrementAndGet();
        return new Link(host);
    }

    private static final class Link implements NetworkLink {
        private final NetworkHost host;
        private final Random random = new Random();
        private volatile boolean closed;

        Link(NetworkHost host) {
            this.host = host;
        }

        @Override
        public void send(NetworkFrame frame) {
            byte[] asked = frame.bytes();
            int count = asked.length > NetworkFrame.MIN_BYTES ? asked[NetworkFrame.MIN_BYTES] & 0xff : 0;
            byte[] sender = Arrays.copyOfRange(asked, 6, 12);
            Thread t = new Thread(() -> answer(count, sender), NAME);
            t.setDaemon(true);
            t.start();
        }

        private void answer(int count, byte[] to) {
            for (int i = 0; i < count && !closed; i++) {
                byte[] bytes = new byte[NetworkFrame.MIN_BYTES + random.nextInt(LONGEST - NetworkFrame.MIN_BYTES + 1)];
                random.nextBytes(bytes);
                System.arraycopy(to, 0, bytes, 0, to.length);
                if (random.nextInt(3) == 0) {
                    LockSupport.parkNanos(random.nextInt(4_000_000));
                }
                host.execute(() -> host.receive(NetworkFrame.complete(bytes)));
            }
        }

        @Override
        public void room() {
            // a frame that was refused is lost
        }

        @Override
        public String describe() {
            return NAME;
        }

        @Override
        public void close() {
            closed = true;
        }
    }
}
