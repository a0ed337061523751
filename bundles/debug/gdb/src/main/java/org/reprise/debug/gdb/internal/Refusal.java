package org.reprise.debug.gdb.internal;

import java.io.IOException;
import java.io.InputStream;
import java.net.Socket;
import java.util.concurrent.Semaphore;
import org.reprise.debug.gdb.protocol.PacketReader;
import org.reprise.debug.gdb.protocol.Packets;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Sends a client away. gdb shows the reason only in answer to its first packet, so that one is waited for, but not for long. */
final class Refusal {
    private static final Logger LOG = LoggerFactory.getLogger(Refusal.class);
    private static final int PATIENCE_MILLIS = 2_000;
    private static final int LONGEST = 4_096;
    /** Clients who are being told; more are not told. */
    private final Semaphore told = new Semaphore(8);

    /** Tells the client on a thread of its own and closes its connection. */
    void begin(Socket socket, String machine, String reason) {
        LOG.warn("machine {}: a debugger is refused: {}", machine, reason);
        boolean tell = told.tryAcquire();
        if (!tell) {
            close(socket);
            return;
        }
        Thread thread = new Thread(() -> {
            try {
                tell(socket, reason);
            } finally {
                told.release();
            }
        }, "reprise-gdb-" + machine + "-refusal");
        thread.setDaemon(true);
        thread.start();
    }

    private static void close(Socket socket) {
        try {
            socket.close();
        } catch (IOException e) {
            LOG.debug("closing: {}", e.getMessage());
        }
    }

    /** Waits for the client's first packet, answers it with the reason, and closes. */
    static void tell(Socket socket, String reason) {
        try (Socket closing = socket) {
            socket.setSoTimeout(PATIENCE_MILLIS);
            InputStream in = socket.getInputStream();
            PacketReader reader = new PacketReader(false);
            byte[] one = new byte[1];
            for (int n = 0; n < LONGEST && in.read(one) == 1; n++) {
                reader.feed(one, 0, 1);
                for (PacketReader.Item item = reader.next(); item != null; item = reader.next()) {
                    if (item.kind() == PacketReader.Kind.PACKET) {
                        byte[] frame = Packets.frame(Replies.error(reason));
                        byte[] answer = new byte[frame.length + 1];
                        answer[0] = '+';
                        System.arraycopy(frame, 0, answer, 1, frame.length);
                        socket.getOutputStream().write(answer);
                        // what has come unread would make the system drop the answer when the connection is closed
                        socket.shutdownOutput();
                        for (int left = LONGEST; left > 0 && in.read() >= 0; left--) {
                            // until the client goes
                        }
                        return;
                    }
                }
            }
        } catch (IOException e) {
            LOG.debug("a debugger that is refused: {}", e.getMessage());
        }
    }
}
