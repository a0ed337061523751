package org.reprise.net.socket;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.function.Consumer;
import org.reprise.api.net.NetworkFrame;

/** Frames in a stream of bytes: 4 bytes of length, big-endian, then the frame. One direction of one connection. */
final class FrameStream {
    static final int LENGTH = 4;

    private final ByteBuffer buffer = ByteBuffer.allocate(2 * (LENGTH + NetworkFrame.MAX_BYTES));

    /** Room for what is read; hand it to {@link #take} then. */
    ByteBuffer room() {
        return buffer;
    }

    /**
     * Hands on the frames that are complete. @throws IOException when the length is none of a frame: the stream cannot be followed any
     * more
     */
    void take(Consumer<NetworkFrame> next) throws IOException {
        buffer.flip();
        while (buffer.remaining() >= LENGTH) {
            int length = buffer.getInt(buffer.position());
            if (length < NetworkFrame.MIN_BYTES || length > NetworkFrame.MAX_BYTES) {
                throw new IOException("a frame of " + Integer.toUnsignedString(length) + " bytes is not within "
                        + NetworkFrame.MIN_BYTES + ".."
                        + NetworkFrame.MAX_BYTES);
            }
            if (buffer.remaining() < LENGTH + length) {
                break;
            }
            byte[] frame = new byte[length];
            buffer.position(buffer.position() + LENGTH).get(frame);
            next.accept(NetworkFrame.complete(frame));
        }
        buffer.compact();
    }

    static ByteBuffer write(byte[] frame) {
        return ByteBuffer.allocate(LENGTH + frame.length).putInt(frame.length).put(frame).flip();
    }
}
