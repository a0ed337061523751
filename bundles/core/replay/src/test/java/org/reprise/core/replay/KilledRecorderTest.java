package org.reprise.core.replay;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.reprise.api.replay.Event;
import org.reprise.api.replay.EventJournal.LogEnd;
import org.reprise.api.replay.EventKind;

/** Recorders in processes of their own, killed or read while they write. */
class KilledRecorderTest {
    private static final int KILLS = 8;

    @TempDir
    Path folder;

    /** Event number n of the recorder: any log is a prefix of these. */
    private static Event event(long n) {
        byte[] data = new byte[(int) (n % 50)];
        new Random(n).nextBytes(data);
        return new Event(EventKind.RANDOM, 3 * n, 1, 0, data);
    }

    /** The recorder: says after each frame how many events went into the file. Arguments: log, pause after each frame in ms. */
    public static void main(String[] arguments) throws Exception {
        int pause = Integer.parseInt(arguments[1]);
        RecordJournal journal = new RecordJournal(new FileSink(Path.of(arguments[0])), 0);
        long written = journal.bytes();
        for (long n = 1;; n++) {
            journal.append(event(n));
            if (journal.bytes() != written) {
                written = journal.bytes();
                System.out.println(journal.eventsWritten());
                Thread.sleep(pause);
            }
            journal.progress(3 * n);
        }
    }

    private Process recorder(Path log, int pause) throws IOException {
        String classes = System.getProperty("surefire.test.class.path", System.getProperty("java.class.path"));
        return new ProcessBuilder(Path.of(System.getProperty("java.home"), "bin", "java").toString(), "-Xmx64m", "-XX:TieredStopAtLevel=1",
            "-cp", classes, KilledRecorderTest.class.getName(), log.toString(), Integer.toString(pause))
            .redirectError(ProcessBuilder.Redirect.INHERIT).redirectOutput(said(log).toFile()).start();
    }

    private static Path said(Path log) {
        return log.resolveSibling(log.getFileName() + ".said");
    }

    /** The last whole line that the recorder wrote, or 0. */
    private static long sealed(Path log) throws IOException {
        String text = Files.readString(said(log));
        List<String> lines = text.substring(0, text.lastIndexOf('\n') + 1).lines().toList();
        return lines.isEmpty() ? 0 : Long.parseLong(lines.get(lines.size() - 1));
    }

    /** Waits for the recorder to say that it has sealed frames beyond this event. */
    private static long sealedBeyond(long event, Path log, Process process) throws Exception {
        long sealed = sealed(log);
        while (sealed <= event) {
            assertTrue(process.isAlive(), "the recorder ended by itself");
            Thread.sleep(1);
            sealed = sealed(log);
        }
        return sealed;
    }

    @Test
    void aKilledRecordersLogHasEveryFrameThatWasSealed() throws Exception {
        Random random = new Random();
        for (int i = 0; i < KILLS; i++) {
            Path log = folder.resolve("killed" + i + ".log");
            Process process = recorder(log, 0);
            try {
                sealedBeyond(0, log, process);
                Thread.sleep(random.nextInt(150));
            } finally {
                process.destroyForcibly().waitFor();
            }
            check(Logs.read(log), sealed(log));
        }
    }

    private static void check(Logs.Read read, long sealed) {
        assertEquals(LogEnd.Kind.TRUNCATED, read.end().kind(), read.end().message());
        List<Event> events = read.withoutInstruction();
        assertTrue(events.size() >= sealed, events.size() + " events are in the log, " + sealed + " were in sealed frames");
        for (int n = 1; n <= events.size(); n++) {
            assertTrue(Logs.equal(List.of(event(n)), List.of(events.get(n - 1))), "event " + n);
        }
    }

    @Test
    void aRecordingInProgressIsReadByAnotherProcess() throws Exception {
        Path log = folder.resolve("growing.log");
        Process process = recorder(log, 20);
        try {
            long sealed = 0;
            for (int i = 0; i < 20; i++) {
                sealed = sealedBeyond(sealed, log, process);
                check(Logs.read(log), sealed);
            }
        } finally {
            process.destroyForcibly().waitFor();
        }
    }
}
