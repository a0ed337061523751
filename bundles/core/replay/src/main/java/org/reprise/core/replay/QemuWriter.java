package org.reprise.core.replay;

import java.io.BufferedOutputStream;
import java.io.Closeable;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.channels.Channels;
import java.nio.file.Files;
import java.nio.file.Path;
import org.reprise.api.replay.Event;
import org.reprise.api.replay.EventKind;

/** Writes our events in QEMU's layout; which event becomes which is in docs/log-format.md. One thread. */
final class QemuWriter implements Closeable {
    private final RandomAccessFile file;
    private final DataOutputStream out;
    private long icount;
    private boolean ended;

    /** @throws IOException when the file exists already or cannot be created */
    QemuWriter(Path path) throws IOException {
        Files.createFile(path);
        file = new RandomAccessFile(path.toFile(), "rw");
        out = new DataOutputStream(new BufferedOutputStream(Channels.newOutputStream(file.getChannel())));
        // as QEMU does: the version is written when all is there
        out.writeInt(0);
        out.writeLong(0);
    }

    void write(Event e) throws IOException {
        if (e.kind() == EventKind.DIGEST || e.kind() == EventKind.PLUG || e.kind() == EventKind.UNPLUG
                || e.kind() == EventKind.POKE || e.kind() == EventKind.TRAPS) {
            // no counterpart
            return;
        }
        for (long left = e.icount() - icount; left > 0; left -= QemuFormat.MAX_DELTA) {
            out.write(QemuFormat.INSTRUCTION);
            out.writeInt((int) Math.min(left, QemuFormat.MAX_DELTA));
        }
        icount = e.icount();
        switch (e.kind()) {
            case INSTRUCTION -> {
                // was just written
            }
            case BH -> {
                out.write(QemuFormat.ASYNC_BH);
                out.writeLong(numbered(e));
            }
            case CHAR_READ -> {
                out.write(QemuFormat.ASYNC_CHAR_READ);
                out.write(octet(e));
                array(e.data());
            }
            case BLOCK -> {
                out.write(QemuFormat.ASYNC_BLOCK);
                out.writeLong(numbered(e));
            }
            case NET -> {
                out.write(QemuFormat.ASYNC_NET);
                out.write(octet(e));
                out.writeInt(0);
                array(e.data());
            }
            case SHUTDOWN -> shutdown(e.value());
            case RESET_REQUESTED -> out.write(QemuFormat.CP_RESET_REQUESTED);
            case RANDOM -> {
                out.write(QemuFormat.RANDOM);
                out.writeInt(0);
                array(e.data());
            }
            case CLOCK_HOST -> {
                out.write(QemuFormat.CLOCK_HOST);
                out.writeLong(e.value());
            }
            case CLOCK_VIRTUAL_RT -> {
                out.write(QemuFormat.CLOCK_VIRTUAL_RT);
                out.writeLong(e.value());
            }
            case CLOCK_WARP -> {
                out.write(QemuFormat.CP_CLOCK_WARP_ACCOUNT);
                out.write(QemuFormat.CLOCK_VIRTUAL_RT);
                out.writeLong(e.value());
            }
            case END -> {
                if (e.value() >= 0) {
                    shutdown(e.value() & 0xff);
                }
                out.write(QemuFormat.END);
                ended = true;
            }
            default -> throw new IOException("the event " + e.kind() + " at icount " + e.icount() + " has no place in QEMU's layout");
        }
    }

    /** One number for what QEMU counts for the whole machine and we count for each part. */
    private static long numbered(Event e) {
        return (long) e.source() << 32 | e.value() & 0xffff_ffffL;
    }

    private static int octet(Event e) throws IOException {
        if (e.source() > 0xff) {
            throw new IOException("part number " + e.source() + " of the event " + e.kind() + " at icount " + e.icount()
                + " has no place in QEMU's layout: the most is 255");
        }
        return e.source();
    }

    private void shutdown(long cause) throws IOException {
        // the causes are in the same order
        int id = QemuFormat.SHUTDOWN + (int) cause;
        if (cause < 0 || cause > 10) {
            throw new IOException("the cause " + cause + " of a shutdown has no place in QEMU's layout");
        }
        out.write(id);
    }

    private void array(byte[] data) throws IOException {
        out.writeInt(data.length);
        out.write(data);
    }

    @Override
    public void close() throws IOException {
        try (file) {
            out.flush();
            if (ended) {
                file.seek(0);
                file.writeInt(QemuFormat.VERSION);
            }
        }
    }
}
