package org.reprise.ui.shell;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import jakarta.json.Json;
import jakarta.json.JsonObject;
import jakarta.json.JsonReader;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.io.StringReader;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.reprise.api.machine.ExitCode;
import org.reprise.api.machine.MachineException;
import org.reprise.api.replay.Event;
import org.reprise.api.replay.EventJournal.LogEnd;
import org.reprise.api.replay.EventKind;
import org.reprise.api.replay.ForeignLogs.ForeignEvent;
import org.reprise.api.replay.Recordings.Info;

/** Events as lines of text and as JSON lines. */
class EventPrinterTest {
    private static final LogEnd END = new LogEnd(LogEnd.Kind.TRUNCATED, 9, "cut \"off\"\n");
    private final Info info = new Info("", "m", Map.of(), Map.of(), List.of("cpu0", "odd \"name\"\\"), List.of("cpu0", "ram"), Map.of(), 1, 1, Map.of(),
        END);

    private List<String> printed(boolean json, EventFilter filter, List<Event> events) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        PrintStream out = new PrintStream(bytes, true, StandardCharsets.UTF_8);
        EventPrinter printer = new EventPrinter(out, info, json, filter);
        events.forEach(printer);
        printer.end(END);
        return bytes.toString(StandardCharsets.UTF_8).lines().toList();
    }

    private static JsonObject parse(String line) {
        try (JsonReader reader = Json.createReader(new StringReader(line))) {
            return reader.readObject();
        }
    }

    private static List<Event> oneOfEach() {
        List<Event> events = new ArrayList<>();
        for (EventKind k : EventKind.values()) {
            events.add(new Event(k, 10L * events.size(), 1, Long.MIN_VALUE + events.size(), new byte[] {(byte) 0xab, 1, 2, 3, 4, 5, 6, 7}));
        }
        return events;
    }

    @Test
    void everyLineIsAnObjectWithTheDocumentedKeys() {
        List<Event> events = oneOfEach();
        List<String> lines = printed(true, EventFilter.ALL, events);
        assertEquals(events.size() + 1, lines.size());
        Set<EventKind> ofParts = Set.of(EventKind.BH, EventKind.CHAR_READ, EventKind.BLOCK, EventKind.NET, EventKind.RANDOM, EventKind.CLOCK_HOST);
        for (int i = 0; i < events.size(); i++) {
            Event e = events.get(i);
            JsonObject o = parse(lines.get(i));
            List<String> keys = new ArrayList<>(List.of("icount", "kind"));
            if (ofParts.contains(e.kind())) {
                keys.add("part");
                assertEquals("odd \"name\"\\", o.getString("part"));
            }
            keys.add("value");
            if (e.kind() == EventKind.SHUTDOWN) {
                keys.add("exitCode");
                assertEquals(1, o.getInt("exitCode"));
            }
            keys.add("data");
            assertEquals(keys, new ArrayList<>(o.keySet()));
            assertEquals(e.icount(), o.getJsonNumber("icount").longValueExact());
            assertEquals(e.kind().name(), o.getString("kind"));
            assertEquals(e.value(), o.getJsonNumber("value").longValueExact());
            assertEquals("ab01020304050607", o.getString("data"));
        }
        JsonObject end = parse(lines.get(events.size()));
        assertEquals(List.of("TRUNCATED", "9", END.message()),
            List.of(end.getString("end"), end.get("icount").toString(), end.getString("message")));
    }

    @Test
    void foreignEventsAreObjectsToo() {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        PrintStream out = new PrintStream(bytes, true, StandardCharsets.UTF_8);
        Map<String, Long> values = new LinkedHashMap<>();
        values.put("filter", 3L);
        values.put("flags", 4_294_967_295L);
        new EventPrinter(out, null, true, EventFilter.ALL).foreign(new ForeignEvent(12, 99, 9, "ASYNC_NET", values, new byte[] {1, (byte) 255}));
        new EventPrinter(out, null, false, EventFilter.ALL).foreign(new ForeignEvent(12, 99, 9, "ASYNC_NET", values, new byte[] {1, (byte) 255}));
        List<String> lines = bytes.toString(StandardCharsets.UTF_8).lines().toList();
        JsonObject o = parse(lines.get(0));
        assertEquals(List.of("offset", "icount", "kind", "id", "filter", "flags", "data"), new ArrayList<>(o.keySet()));
        assertEquals(4_294_967_295L, o.getJsonNumber("flags").longValueExact());
        assertEquals("01ff", o.getString("data"));
        assertEquals("12 99 ASYNC_NET filter=3 flags=4294967295 01ff", lines.get(1).strip().replaceAll(" +", " "));
    }

    @Test
    void filtersTakeKindsInAnyCaseAndBothEndsOfTheInterval() {
        List<Event> events = oneOfEach();
        long last = events.get(events.size() - 1).icount();
        assertEquals(4, printed(true, EventFilter.of(List.of(), "20", "40"), events).size());
        assertEquals(events.size() + 1, printed(true, EventFilter.of(List.of(), "", Long.toString(last)), events).size());
        List<String> two = printed(true, EventFilter.of(List.of("bh,Net", "digest"), null, null), events);
        assertEquals(List.of("BH", "NET", "DIGEST"), two.subList(0, 3).stream().map(l -> parse(l).getString("kind")).toList());
        assertEquals(4, two.size());
    }

    @Test
    void filtersThatMakeNoSenseAreRefused() {
        MachineException kind = assertThrows(MachineException.class, () -> printed(true, EventFilter.of(List.of("foo"), null, null), List.of()));
        assertTrue(kind.code() == ExitCode.USAGE && kind.getMessage().contains("FOO") && kind.getMessage().contains("CHAR_READ"), kind.getMessage());
        for (String bad : List.of("x", "-1", "9999999999999999999", "1.5")) {
            MachineException e = assertThrows(MachineException.class, () -> EventFilter.of(List.of(), bad, null));
            assertTrue(e.code() == ExitCode.USAGE && e.getMessage().contains("--from " + bad), e.getMessage());
        }
        assertEquals(1_234_567, EventFilter.of(List.of(), "1,234,567", null).from());
    }

    @Test
    void textNamesPartsComponentsAndFlags() {
        List<String> lines = printed(false, EventFilter.ALL, List.of(
            new Event(EventKind.NET, 5, 1, 0x2a, new byte[] {1, 2}),
            new Event(EventKind.DIGEST, 7, 0, 0, new byte[] {0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 2})));
        assertEquals("5 NET odd \"name\"\\ flags 0x2a 0102", lines.get(0).strip().replaceAll(" +", " "));
        assertEquals("7 DIGEST cpu0=0000000000000001 ram=0000000000000002", lines.get(1).strip().replaceAll(" +", " "));
    }
}
