package org.reprise.block.qcow2.image;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;

/**
 * A disk that can fail and lose its power: it knows which writes were made durable, and what it could hold when the power goes: any of the
 * others, in any choice.
 */
final class MemoryStorage implements Storage {
    private record Write(long position, byte[] bytes) {
    }

    /** More than any test needs: beyond, something loops. */
    private static final long MOST_READS = 3_000_000;

    /** Longer than the file, so that it can grow. */
    private byte[] content;
    private int size;
    private byte[] durable;
    private final List<Write> pending = new ArrayList<>();
    /** Operations that change something until one fails, and all after it; negative: none fails. */
    private int failAfter = -1;
    private int operations;
    /** Only the one fails. */
    private boolean once;
    private final long largest;
    private long reads;

    MemoryStorage(byte[] content) {
        this(content, 64 << 20);
    }

    MemoryStorage(byte[] content, long largest) {
        this.content = content.clone();
        this.size = content.length;
        this.durable = content.clone();
        this.largest = largest;
    }

    void failAfter(int count, boolean onlyOnce) {
        failAfter = operations + count;
        once = onlyOnce;
    }

    void heal() {
        failAfter = -1;
    }

    boolean failed() {
        return failAfter >= 0 && operations > failAfter;
    }

    int operations() {
        return operations;
    }

    byte[] content() {
        return Arrays.copyOf(content, size);
    }

    /** What could be there after the power went. */
    byte[] afterPowerCut(Random random) {
        byte[] left = durable.clone();
        for (Write w : pending) {
            if (random.nextInt(3) != 0) {
                left = apply(left, w);
            }
        }
        return left;
    }

    private static byte[] apply(byte[] to, Write w) {
        byte[] result = to.length < w.position + w.bytes.length ? Arrays.copyOf(to, (int) w.position + w.bytes.length) : to;
        System.arraycopy(w.bytes, 0, result, (int) w.position, w.bytes.length);
        return result;
    }

    private void operation(String what) throws IOException {
        int now = operations++;
        if (failAfter >= 0 && (once ? now == failAfter : now >= failAfter)) {
            throw new IOException(what + ": no space left on device");
        }
    }

    @Override
    public String name() {
        return "memory.qcow2";
    }

    @Override
    public long size() {
        return size;
    }

    @Override
    public void read(long position, byte[] into, int offset, int count) {
        if (position < 0) {
            throw new AssertionError("read at " + position);
        }
        if (++reads > MOST_READS) {
            throw new AssertionError("this does not end");
        }
        int there = (int) Math.max(0, Math.min(count, size - position));
        if (there > 0) {
            System.arraycopy(content, (int) position, into, offset, there);
        }
        Arrays.fill(into, offset + there, offset + count, (byte) 0);
    }

    @Override
    public void write(long position, byte[] from, int offset, int count) throws IOException {
        operation("write");
        if (position < 0 || position + count > largest) {
            throw new AssertionError("write of " + count + " bytes at " + position);
        }
        Write w = new Write(position, Arrays.copyOfRange(from, offset, offset + count));
        grow((int) position + count);
        System.arraycopy(w.bytes, 0, content, (int) position, count);
        pending.add(w);
    }

    @Override
    public void resize(long size) throws IOException {
        operation("resize");
        if (size < this.size) {
            throw new AssertionError("shortened");
        }
        grow((int) size);
    }

    private void grow(int to) {
        if (to > content.length) {
            content = Arrays.copyOf(content, to + to / 2);
        }
        size = Math.max(size, to);
    }

    @Override
    public void force() throws IOException {
        operation("force");
        for (Write w : pending) {
            durable = apply(durable, w);
        }
        durable = durable.length < size ? Arrays.copyOf(durable, size) : durable;
        pending.clear();
    }

    @Override
    public void close() {
        // it stays for the test
    }
}
