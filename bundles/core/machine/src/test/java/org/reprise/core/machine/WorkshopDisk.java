package org.reprise.core.machine;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.reprise.api.block.BlockQueue;
import org.reprise.api.block.BlockRequest;
import org.reprise.api.block.BlockRequest.Operation;
import org.reprise.api.device.Device;
import org.reprise.api.device.DeviceContext;
import org.reprise.api.device.InterruptLine;
import org.reprise.api.state.State;

/** Writing n reads sector n, or, when negative, writes sector -n, by DMA with RAM; reading gives what completed, mixed. */
final class WorkshopDisk implements Device {
    private final DeviceContext context;
    private final BlockQueue queue;
    private final InterruptLine line;
    private final List<Request> inFlight = new ArrayList<>();
    private long completions;

    private record Request(long value, byte[] data) {
        boolean read() {
            return value >= 0;
        }

        long sector() {
            return Math.abs(value);
        }
    }

    WorkshopDisk(DeviceContext context) {
        this.context = context;
        queue = context.block("drive").orElseThrow();
        line = context.interrupt("cpu0:IRQ");
        TestParts.map(context, Workshop.DISK, offset -> {
            line.set(false);
            return completions;
        }, (offset, value) -> start(value));
    }

    private void start(long value) {
        Request request = new Request(value, new byte[512]);
        if (!request.read()) {
            context.memory().readBytes(Workshop.RAM + 512 * (request.sector() & 7), request.data(), 0, 512);
        }
        inFlight.add(request);
        queue.submit(block(request));
    }

    private BlockRequest block(Request request) {
        return new BlockRequest(request.read() ? Operation.READ : Operation.WRITE, request.sector() * 512, request.data(), 512, error -> {
            inFlight.removeIf(other -> other == request);
            if (request.read()) {
                context.memory().writeBytes(Workshop.RAM + 512 * (request.sector() & 7), request.data(), 0, 512);
            }
            completions = completions * 31 + request.value() + (error == null ? 0 : error.hashCode());
            line.set(true);
        });
    }

    @Override
    public void reset() {
        completions = 0;
    }

    @Override
    public void restored() {
        inFlight.forEach(request -> queue.restart(block(request)));
    }

    @Override
    public void state(State s) {
        completions = s.int64("completions", completions);
        if (!s.digesting()) {
            ByteBuffer values = ByteBuffer.allocate(8 * inFlight.size());
            inFlight.forEach(request -> values.putLong(request.value()));
            ByteBuffer saved = ByteBuffer.wrap(s.bytes("in-flight", values.array()));
            if (s.loading()) {
                inFlight.clear();
                while (saved.hasRemaining()) {
                    inFlight.add(new Request(saved.getLong(), new byte[512]));
                }
            }
        }
    }
}
