package org.reprise.net.user;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import org.reprise.core.packet.Bytes;

/** One file on its way to the guest: a block is sent when the one before was acknowledged, and again when no answer comes. */
final class TftpSession {
    private static final int DATA = 3;
    private static final int ACKNOWLEDGE = 4;
    private static final int MOST_TRIES = 6;

    private final Tftp server;
    private final Flow flow;
    private final FileChannel file;
    private final int blockBytes;
    private final long timeout;
    private final Alarms.Alarm alarm;
    /** Number of the last message: 0 is the agreed options, 1 the first block. */
    private long block;
    private byte[] last;
    private boolean atEnd;
    private int tries;

    TftpSession(Tftp server, Flow flow, FileChannel file, int blockBytes, long timeout, Alarms alarms) {
        this.server = server;
        this.flow = flow;
        this.file = file;
        this.blockBytes = blockBytes;
        this.timeout = timeout;
        alarm = alarms.alarm(this::again);
    }

    Flow flow() {
        return flow;
    }

    /** Begins with the options that were agreed, or with the first block when there are none. */
    void start(byte[] options) {
        if (options == null) {
            next();
        } else {
            send(options);
        }
    }

    /** @return false when the transfer is over */
    boolean receive(byte[] b, int start, int end) {
        if (end - start < 4 || Bytes.get16(b, start) != ACKNOWLEDGE) {
            return false;
        }
        // an acknowledgement of an earlier block came twice; to answer it would double every block from here on (RFC 1123, section 4.2.3.1)
        if (Bytes.get16(b, start + 2) != (int) (block & 0xffff)) {
            return true;
        }
        return !atEnd && next();
    }

    private boolean next() {
        ByteBuffer data = ByteBuffer.allocate(4 + blockBytes);
        data.putShort((short) DATA).putShort((short) (block + 1));
        try {
            long at = block * blockBytes;
            int n;
            do {
                n = file.read(data, at + data.position() - 4);
            } while (n > 0 && data.hasRemaining());
        } catch (IOException e) {
            server.error(flow, Tftp.ERROR_ACCESS, "cannot be read");
            return false;
        }
        block++;
        atEnd = data.hasRemaining();
        byte[] message = new byte[data.position()];
        data.flip().get(message);
        send(message);
        return true;
    }

    private void send(byte[] message) {
        last = message;
        tries = 1;
        server.send(flow, message);
        alarm.in(timeout);
    }

    private void again() {
        if (tries++ < MOST_TRIES) {
            server.send(flow, last);
            alarm.in(timeout);
        } else {
            server.end(this);
        }
    }

    void close() {
        alarm.cancel();
        try {
            file.close();
        } catch (IOException e) {
            // it was only read: nothing is lost
            last = null;
        }
    }
}
