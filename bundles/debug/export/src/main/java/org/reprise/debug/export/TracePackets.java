package org.reprise.debug.export;

import com.google.protobuf.CodedOutputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.util.Map;

/**
 * Writes the part of Perfetto's trace format that is needed: tracks, slices, instants, counters. Field numbers are those of protos/perfetto/trace/
 * trace_packet.proto, track_event/track_event.proto, track_event/track_descriptor.proto and track_event/debug_annotation.proto.
 */
final class TracePackets {
    private static final int PACKET = 1;
    private static final int TIMESTAMP = 8;
    private static final int SEQUENCE = 10;
    private static final int EVENT = 11;
    private static final int DESCRIPTOR = 60;
    private static final int SLICE_BEGIN = 1;
    private static final int SLICE_END = 2;
    private static final int INSTANT = 3;

    private final CodedOutputStream out;

    /** What a message says. */
    @FunctionalInterface
    private interface Body {
        void write(CodedOutputStream message) throws IOException;
    }

    TracePackets(OutputStream out) {
        this.out = CodedOutputStream.newInstance(out);
    }

    private static void message(CodedOutputStream into, int field, Body body) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        CodedOutputStream message = CodedOutputStream.newInstance(bytes);
        body.write(message);
        message.flush();
        into.writeByteArray(field, bytes.toByteArray());
    }

    private void packet(Body body) {
        try {
            message(out, PACKET, packet -> {
                body.write(packet);
                packet.writeUInt32(SEQUENCE, 1);
            });
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Describes a track. @param uuid from 1 on @param parent 0: none @param name of it */
    void track(long uuid, long parent, String name) {
        packet(packet -> message(packet, DESCRIPTOR, track -> {
            track.writeUInt64(1, uuid);
            track.writeString(2, name);
            if (parent != 0) {
                track.writeUInt64(5, parent);
            }
        }));
    }

    private void event(long virtual, int type, long track, String name, Map<String, Object> arguments) {
        packet(packet -> {
            packet.writeUInt64(TIMESTAMP, virtual);
            message(packet, EVENT, event -> {
                for (Map.Entry<String, Object> argument : arguments.entrySet()) {
                    message(event, 4, annotation -> {
                        if (argument.getValue() instanceof Long number) {
                            annotation.writeInt64(4, number);
                        } else {
                            annotation.writeString(6, argument.getValue().toString());
                        }
                        annotation.writeString(10, argument.getKey());
                    });
                }
                event.writeEnum(9, type);
                event.writeUInt64(11, track);
                if (name != null) {
                    event.writeString(23, name);
                }
            });
        });
    }

    /** @param arguments numbers (Long) and texts, in the order in which they are to be shown */
    void begin(long virtual, long track, String name, Map<String, Object> arguments) {
        event(virtual, SLICE_BEGIN, track, name, arguments);
    }

    /** Ends the slice that was begun last on a track. */
    void end(long virtual, long track) {
        event(virtual, SLICE_END, track, null, Map.of());
    }

    /** Something without a duration. */
    void instant(long virtual, long track, String name, Map<String, Object> arguments) {
        event(virtual, INSTANT, track, name, arguments);
    }

    void flush() throws IOException {
        out.flush();
    }
}
