package org.reprise.net.filterdump;

import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import org.reprise.api.net.NetworkFilter.Next;
import org.reprise.api.net.NetworkFrame;
import org.reprise.api.net.NetworkRecorder;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Writes frames to a capture file: format of libpcap 2.4 with time stamps in nanoseconds, link type Ethernet. */
final class DumpTap extends PassingTap {
    private static final int MAGIC_NANOS = 0xa1b23c4d;
    private static final int ETHERNET = 1;
    private static final int BUFFER = 1 << 16;
    private static final long SECOND = 1_000_000_000;
    private static final Logger LOG = LoggerFactory.getLogger(DumpTap.class);

    private final Path file;
    private final int most;
    private final NetworkRecorder recorder;
    private OutputStream out;

    DumpTap(Path file, int most, NetworkRecorder recorder) throws IOException {
        this.file = file;
        this.most = most;
        this.recorder = recorder;
        out = new BufferedOutputStream(Files.newOutputStream(file), BUFFER);
        out.write(ByteBuffer.allocate(24).putInt(MAGIC_NANOS).putShort((short) 2).putShort((short) 4).putLong(0).putInt(most).putInt(ETHERNET).array());
    }

    @Override
    public void fromGuest(NetworkFrame frame, Next next) {
        write(frame.bytes());
        next.pass(frame);
    }

    @Override
    public void toGuest(NetworkFrame frame, Next next) {
        write(frame.bytes());
        next.pass(frame);
    }

    private void write(byte[] frame) {
        if (out == null) {
            return;
        }
        long now = recorder.now();
        int kept = Math.min(frame.length, most);
        try {
            out.write(ByteBuffer.allocate(16).putInt((int) (now / SECOND)).putInt((int) (now % SECOND)).putInt(kept).putInt(frame.length).array());
            out.write(frame, 0, kept);
        } catch (IOException e) {
            LOG.error("capture {} ends early: {}", file, e.getMessage());
            close();
        }
    }

    @Override
    public void close() {
        if (out != null) {
            try {
                out.close();
            } catch (IOException e) {
                LOG.error("capture {} is incomplete: {}", file, e.getMessage());
            }
            out = null;
        }
    }
}
