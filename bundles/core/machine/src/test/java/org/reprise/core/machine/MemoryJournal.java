package org.reprise.core.machine;

import java.util.ArrayList;
import java.util.List;
import org.reprise.api.replay.Event;
import org.reprise.api.replay.EventJournal;
import org.reprise.api.replay.EventKind;

/** A log in memory. Reading it is only possible after it was closed, as with a file written by another process. */
final class MemoryJournal implements EventJournal {
    private final List<Event> events;
    private final boolean replaying;
    private final LogEnd end;
    private int position;
    private long progressed;
    private volatile boolean closed;
    private volatile String failure;
    private volatile String divergence;

    private MemoryJournal(List<Event> events, boolean replaying, LogEnd end) {
        this.events = events;
        this.replaying = replaying;
        this.end = end;
    }

    static MemoryJournal recording() {
        return new MemoryJournal(new ArrayList<>(), false, null);
    }

    /** A recording that goes on behind events that have happened. */
    static MemoryJournal continuing(List<Event> before) {
        return new MemoryJournal(new ArrayList<>(before), false, null);
    }

    /** A log to replay that ends as its events say: cleanly with an END event. */
    static MemoryJournal replaying(List<Event> events) {
        Event last = events.get(events.size() - 1);
        if (last.kind() != EventKind.END) {
            throw new AssertionError("the log does not end with END but with " + last);
        }
        return new MemoryJournal(List.copyOf(events), true, new LogEnd(LogEnd.Kind.CLEAN, last.icount(), "clean end"));
    }

    /** A log that was cut: vouched for up to {@code icount}. */
    static MemoryJournal cut(List<Event> events, long icount) {
        return new MemoryJournal(List.copyOf(events), true, new LogEnd(LogEnd.Kind.TRUNCATED, icount, "cut at icount " + icount));
    }

    List<Event> written() {
        if (!closed) {
            throw new AssertionError("the log was not closed");
        }
        return List.copyOf(events);
    }

    List<Event> events(EventKind kind) {
        return written().stream().filter(event -> event.kind() == kind).toList();
    }

    boolean closed() {
        return closed;
    }

    String divergence() {
        return divergence;
    }

    /** From now on nothing is written, as on a full disk. */
    void fail(String why) {
        failure = why;
    }

    @Override
    public long events() {
        return replaying ? position : events.size();
    }

    @Override
    public boolean replaying() {
        return replaying;
    }

    @Override
    public void append(Event event) {
        if (closed || replaying) {
            throw new AssertionError("append to a log that is closed or replayed: " + event);
        }
        if (event.icount() < progressed) {
            throw new AssertionError("icount falls from " + progressed + " to " + event);
        }
        if (failure == null) {
            events.add(event);
        }
        progressed = event.icount();
    }

    @Override
    public void progress(long icount) {
        if (icount < progressed) {
            throw new AssertionError("icount falls from " + progressed + " to " + icount);
        }
        progressed = icount;
    }

    @Override
    public String failure() {
        return failure;
    }

    @Override
    public Event peek() {
        return position < events.size() ? events.get(position) : null;
    }

    @Override
    public Event next() {
        return events.get(position++);
    }

    @Override
    public long nextStop() {
        for (int i = position; i < events.size(); i++) {
            if (events.get(i).kind().asynchronous()) {
                return events.get(i).icount();
            }
        }
        return end.icount();
    }

    @Override
    public LogEnd end() {
        return end;
    }

    @Override
    public String diverged(long icount, String expected, String actual) {
        divergence = "diverged at icount " + icount + ": expected " + expected + "; actual " + actual;
        return divergence;
    }

    @Override
    public void close() {
        if (closed) {
            throw new AssertionError("closed twice");
        }
        closed = true;
    }
}
