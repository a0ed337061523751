package org.reprise.tools.devicekit;

import java.util.ArrayList;
import java.util.List;
import org.reprise.api.block.BlockQueue;
import org.reprise.api.block.BlockRequest;

/** A drive in a byte array whose requests complete when, in the order and with the result that the test says. */
public final class FakeDrive implements BlockQueue {
    private final byte[] content;
    private final boolean readOnly;
    private final List<BlockRequest> waiting = new ArrayList<>();
    private final List<BlockRequest.Operation> log = new ArrayList<>();

    /** A drive with this content. */
    public FakeDrive(byte[] content, boolean readOnly) {
        this.content = content;
        this.readOnly = readOnly;
    }

    /** The content, live. */
    public byte[] content() {
        return content;
    }

    /** Requests not completed, in the order of submission. */
    public List<BlockRequest> waiting() {
        return waiting;
    }

    /** Kinds of all requests submitted so far. */
    public List<BlockRequest.Operation> log() {
        return log;
    }

    @Override
    public long length() {
        return content.length;
    }

    @Override
    public boolean readOnly() {
        return readOnly;
    }

    @Override
    public void submit(BlockRequest request) {
        waiting.add(request);
        log.add(request.operation());
    }

    /** Carries out and completes the n-th waiting request. */
    public void complete(int number) {
        BlockRequest request = waiting.remove(number);
        int at = (int) request.position();
        switch (request.operation()) {
            case READ -> System.arraycopy(content, at, request.data(), 0, request.data().length);
            case WRITE -> System.arraycopy(request.data(), 0, content, at, request.data().length);
            case DISCARD -> java.util.Arrays.fill(content, at, at + (int) request.length(), (byte) 0);
            default -> { }
        }
        request.completion().completed(null);
    }

    /** Completes the n-th waiting request with an error. */
    public void fail(int number, String error) {
        waiting.remove(number).completion().completed(error);
    }

    /** Completes all in order, those submitted meanwhile too. */
    public void completeAll() {
        while (!waiting.isEmpty()) {
            complete(0);
        }
    }
}
