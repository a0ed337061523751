package org.reprise.debug.export;

import jakarta.json.Json;
import jakarta.json.JsonObjectBuilder;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.math.BigDecimal;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharsetDecoder;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.reprise.api.debug.ExportFormat.Export;
import org.reprise.api.debug.ExportFormat.Subject;
import org.reprise.api.replay.Event;
import org.reprise.api.replay.EventKind;
import org.reprise.api.travel.Snapshot;

/**
 * An asciicast, version 2, of one console: a header line, then a line for each piece of output ("o"), of typed input ("i") and for each mark ("m"), with its time in
 * seconds of VIRTUAL, down to microseconds. Output of one millisecond is one piece; a character of several bytes is not split.
 */
final class Asciicast implements Export {
    /** The size that a terminal without any has. */
    private static final int WIDTH = 80;
    private static final int HEIGHT = 24;
    private static final long PIECE = 1_000_000;
    private static final int MOST = 4096;

    private final Subject subject;
    private final OutputStream out;
    private final List<Snapshot> marks;
    private final Decoded typed = new Decoded();
    private final Decoded printed = new Decoded();
    private final ByteBuffer piece = ByteBuffer.allocate(MOST);
    private long since;

    /** Text that arrives in bytes. */
    private static final class Decoded {
        private final CharsetDecoder decoder = StandardCharsets.UTF_8.newDecoder().onMalformedInput(CodingErrorAction.REPLACE)
            .onUnmappableCharacter(CodingErrorAction.REPLACE);
        private ByteBuffer rest = ByteBuffer.allocate(0);

        String text(ByteBuffer bytes, boolean last) {
            ByteBuffer all = ByteBuffer.allocate(rest.remaining() + bytes.remaining()).put(rest).put(bytes).flip();
            CharBuffer chars = CharBuffer.allocate(all.remaining() + 4);
            decoder.decode(all, chars, last);
            if (last) {
                decoder.flush(chars);
            }
            rest = ByteBuffer.allocate(all.remaining()).put(all).flip();
            return chars.flip().toString();
        }
    }

    Asciicast(Subject subject, OutputStream out) throws IOException {
        this.subject = subject;
        this.out = out;
        marks = new ArrayList<>(subject.marks());
        JsonObjectBuilder header = Json.createObjectBuilder().add("version", 2).add("width", WIDTH).add("height", HEIGHT);
        if (subject.started().isPresent()) {
            header.add("timestamp", subject.started().getAsLong() / 1_000_000_000);
        }
        header.add("title", subject.console() + " of " + subject.info().machine()).add("env", Json.createObjectBuilder().add("TERM", "vt100"));
        write(header.build().toString());
    }

    private void write(String line) throws IOException {
        out.write((line + "\n").getBytes(StandardCharsets.UTF_8));
    }

    private void line(long virtual, String code, String text) {
        if (!text.isEmpty()) {
            try {
                write(Json.createArrayBuilder().add(BigDecimal.valueOf(virtual / 1000, 6)).add(code).add(text).build().toString());
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }

    /** Writes the marks up to a time, in their places. */
    private void reach(long virtual) {
        while (!marks.isEmpty() && marks.get(0).virtual() <= virtual) {
            Snapshot mark = marks.remove(0);
            line(mark.virtual(), "m", mark.name());
        }
    }

    private void piece(boolean last) {
        if (piece.position() > 0 || last) {
            reach(since);
            line(since, "o", printed.text(piece.flip(), last));
            piece.clear();
        }
    }

    @Override
    public void printed(String console, byte value, long icount, long virtual) {
        if (!console.equals(subject.console())) {
            return;
        }
        boolean marked = !marks.isEmpty() && marks.get(0).virtual() <= virtual;
        if (!piece.hasRemaining() || marked || virtual - since >= PIECE) {
            piece(false);
        }
        if (piece.position() == 0) {
            since = virtual;
        }
        piece.put(value);
    }

    @Override
    public void event(Event event, long virtual) {
        if (event.kind() == EventKind.CHAR_READ && subject.info().parts().indexOf(subject.console()) == event.source()) {
            piece(false);
            reach(virtual);
            since = virtual;
            line(virtual, "i", typed.text(ByteBuffer.wrap(event.data()), false));
        }
    }

    @Override
    public void ended(long icount, long virtual) {
        piece(true);
        reach(virtual);
    }

    @Override
    public void close() throws IOException {
        out.flush();
    }
}
