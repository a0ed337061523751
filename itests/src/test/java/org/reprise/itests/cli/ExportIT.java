package org.reprise.itests.cli;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.protobuf.ByteString;
import com.google.protobuf.UnknownFieldSet;
import jakarta.json.Json;
import jakarta.json.JsonArray;
import jakarta.json.JsonReader;
import java.io.StringReader;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A recording in other tools' formats, written by two JVMs. */
@Tag("command")
class ExportIT {
    @TempDir
    Path folder;

    private Path console;

    private Path record() throws Exception {
        Path recording = folder.resolve("export.rr");
        console = folder.resolve("console.txt");
        try (Cli cli = Cli.start("run", "virt-riscv64", "--guest", "demo-riscv64", "--record", recording.toString(), "--exit-on-shutdown", "--console-log",
                console.toString())) {
            int prompts = 1;
            for (String command : List.of("time", "disk")) {
                cli.awaitOutput("demo> ", prompts++);
                cli.type(command + "\n");
            }
            cli.awaitOutput("demo> ", prompts);
            cli.type("quit\n");
            Cli.Result r = cli.result();
            assertEquals(0, r.code(), r.err());
        }
        return recording;
    }

    /** Exports in this JVM's kind and in the last one there is. @return the file */
    private Path export(Path recording, String format) throws Exception {
        Path first = folder.resolve("first." + format);
        Path second = folder.resolve("second." + format);
        List<Path> jdks = Cli.jdks();
        for (Path file : List.of(first, second)) {
            Cli.Result r = Cli.run(file == first ? jdks.get(0) : jdks.get(jdks.size() - 1), "export", recording.toString(), file.toString(), "--format", format);
            assertEquals(0, r.code(), r.err());
        }
        assertArrayEquals(Files.readAllBytes(first), Files.readAllBytes(second), format);
        return first;
    }

    @Test
    void tracesAndCastsAreTheSameFromEachJvmAndHoldWhatHappened() throws Exception {
        Path recording = record();
        checkTrace(export(recording, "perfetto"), recording);
        Path cast = export(recording, "asciicast");
        checkCast(cast);
        Cli.Result again = Cli.run("export", recording.toString(), cast.toString(), "--format", "asciicast");
        assertEquals(2, again.code(), again.err());
        assertTrue(again.err().contains("--force"), again.err());
        try (Stream<Path> files = Files.list(folder)) {
            assertEquals(List.of(), files.filter(f -> f.getFileName().toString().contains(".part")).toList(), "nothing is left behind");
        }
    }

    private static UnknownFieldSet message(UnknownFieldSet in, int field) throws Exception {
        List<ByteString> all = in.getField(field).getLengthDelimitedList();
        return all.isEmpty() ? null : UnknownFieldSet.parseFrom(all.get(0));
    }

    private static String text(UnknownFieldSet in, int field) {
        return in.getField(field).getLengthDelimitedList().get(0).toStringUtf8();
    }

    private static long number(UnknownFieldSet in, int field) {
        return in.getField(field).getVarintList().get(0);
    }

    /** Field numbers: Perfetto's TracePacket, TrackDescriptor, TrackEvent, DebugAnnotation. */
    private void checkTrace(Path file, Path recording) throws Exception {
        Map<Long, String> tracks = new TreeMap<>();
        Map<Long, Integer> depth = new TreeMap<>();
        Map<Long, Long> last = new TreeMap<>();
        Map<String, Integer> logged = new TreeMap<>();
        Map<String, Long> busy = new TreeMap<>();
        Map<Long, Long> began = new TreeMap<>();
        StringBuilder printed = new StringBuilder();
        for (ByteString bytes : UnknownFieldSet.parseFrom(Files.readAllBytes(file)).getField(1).getLengthDelimitedList()) {
            UnknownFieldSet packet = UnknownFieldSet.parseFrom(bytes);
            assertEquals(1, number(packet, 10), "one sequence");
            UnknownFieldSet track = message(packet, 60);
            if (track != null) {
                assertEquals(null, tracks.put(number(track, 1), text(track, 2)), "each track is described once");
                continue;
            }
            long time = number(packet, 8);
            UnknownFieldSet event = message(packet, 11);
            long on = number(event, 11);
            String name = tracks.get(on);
            assertTrue(name != null, "a track is described before it is used");
            assertTrue(time >= last.getOrDefault(on, 0L), name + ": time goes on");
            last.put(on, time);
            switch ((int) number(event, 9)) {
                case 1 -> {
                    depth.merge(on, 1, Integer::sum);
                    began.put(on, time);
                    if (name.endsWith(" out")) {
                        printed.append(text(event, 23)).append('\n');
                    }
                }
                case 2 -> {
                    depth.merge(on, -1, Integer::sum);
                    busy.merge(name, time - began.get(on), Long::sum);
                }
                case 3 -> {
                    if (name.equals("events")) {
                        logged.merge(text(event, 23).split(" ")[0], 1, Integer::sum);
                    }
                }
                default -> throw new AssertionError("type " + number(event, 9));
            }
            assertTrue(depth.getOrDefault(on, 0) >= 0 && depth.getOrDefault(on, 0) <= 1, name + ": slices follow one another");
            if (number(event, 9) != 2) {
                assertEquals("icount", text(message(event, 4), 10), "each slice and instant says its icount");
            }
        }
        assertEquals(new TreeSet<>(List.of(0)), new TreeSet<>(depth.values()), "each slice ends");
        assertTrue(tracks.values().containsAll(List.of("cpu0", "disk0", "uart0 out", "uart0 in", "events")), tracks.toString());
        Cli.Result dump = Cli.run("dump", recording.toString(), "--json");
        Map<String, Integer> expected = new TreeMap<>();
        dump.text().lines().filter(l -> l.contains("\"kind\"")).forEach(l -> expected.merge(l.replaceAll(".*\"kind\":\"(\\w+)\".*", "$1"), 1, Integer::sum));
        expected.remove("INSTRUCTION");
        assertEquals(expected, logged, "all events of the log");
        long instructions = Long.parseLong(dump.text().lines().reduce((a, b) -> b).orElseThrow().replaceAll(".*\"icount\":(\\d+).*", "$1"));
        assertEquals(instructions << 3, busy.get("cpu0"), "the CPU runs for 8 ns for each instruction, and rests else");
        // output is shown as it was printed, but for control characters; long lines are cut, and those without anything to show left out
        String output = new String(Cli.console(console), StandardCharsets.UTF_8).replaceAll("\\s+", "");
        for (String line : printed.toString().lines().toList()) {
            assertTrue(output.contains(line.replaceAll("\\s+", "")), line);
        }
    }

    private static JsonArray array(String line) {
        try (JsonReader reader = Json.createReader(new StringReader(line))) {
            return reader.readArray();
        }
    }

    private void checkCast(Path file) throws Exception {
        List<String> lines = Files.readAllLines(file);
        assertTrue(lines.get(0).startsWith("{\"version\":2,\"width\":80,\"height\":24,"), lines.get(0));
        BigDecimal before = BigDecimal.ZERO;
        StringBuilder typed = new StringBuilder();
        for (String line : lines.subList(1, lines.size())) {
            JsonArray event = array(line);
            assertTrue(event.getJsonNumber(0).bigDecimalValue().compareTo(before) >= 0, line);
            before = event.getJsonNumber(0).bigDecimalValue();
            if (event.getString(1).equals("i")) {
                typed.append(event.getString(2));
            }
        }
        assertEquals("time\ndisk\nquit\n", typed.toString());
        // what asciinema's own reader finds: the package's, for the system's Python, whichever comes first on the path
        Process asciinema = new ProcessBuilder("/usr/bin/python3", "-c", "import sys\nfrom asciinema.asciicast import open_from_url\n"
            + "with open_from_url(sys.argv[1]) as cast:\n  for event in cast.stdout_events():\n    sys.stdout.buffer.write(event[2].encode())", file.toString())
            .redirectErrorStream(true).start();
        asciinema.getOutputStream().close();
        String shown = new String(asciinema.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertEquals(0, asciinema.waitFor(), shown);
        assertEquals(new String(Cli.console(console), StandardCharsets.UTF_8), shown);
        assertFalse(shown.isEmpty());
    }
}
