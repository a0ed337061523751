package org.reprise.itests.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Random;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** kill -9 of the recorder: the log replays up to within a frame of the kill and says so. */
@Tag("command")
class KilledRecorderIT {
    private static final int CUT_OFF = 9;

    @TempDir
    Path folder;

    @Test
    void logsOfKilledRecordersReplayToTheirLastFrame() throws Exception {
        Random random = new Random(20261120);
        for (int i = 0; i < 10; i++) {
            Path recording = folder.resolve("killed" + i + ".rr");
            Path progress = recording.resolve("events.log");
            try (Cli cli = Cli.start("run", "virt-riscv64", "--guest", "demo-riscv64", "--record", recording.toString())) {
                cli.awaitOutput("Reprise demonstration guest", 1);
                Thread.sleep(random.nextInt(1500));
                cli.kill();
            }
            assertTrue(Files.size(progress) >= 24, "no log");
            Cli.Result r = Cli.run("verify", recording.toString());
            assertEquals(CUT_OFF, r.code(), r.err());
            assertTrue(r.err().contains("cut off") && r.err().contains("good up to icount"), r.err());
            Cli.Result info = Cli.run("info", recording.toString());
            String end = info.text().replaceAll("(?s).*good up to icount (\\d+).*", "$1");
            String reached = r.err().replaceAll("(?s).*icount ([0-9,]+), .*", "$1").replace(",", "");
            assertEquals(end, reached, "replay must stand at the last icount that the log vouches for\n" + r.err() + info.text());
        }
    }

    /** The same of a branch, whose past is another recording's. */
    @Test
    void aBranchWhoseRecorderIsKilledReplaysToItsLastFrame() throws Exception {
        Path recording = folder.resolve("whole.rr");
        try (Cli cli = Cli.start("run", "virt-riscv64", "--guest", "demo-riscv64", "--record", recording.toString(), "--exit-on-shutdown")) {
            cli.awaitOutput("demo> ", 1);
            cli.type("quit\n");
            assertEquals(0, cli.result().code());
        }
        Path guest = Cli.home().resolve("guests/demo-riscv64");
        try (Cli cli = Cli.start("shell", "virt-riscv64", "--ram", "64M", "--disk", guest.resolve("disk.img").toString(), "--firmware",
                guest.resolve("demo.elf").toString())) {
            cli.type("rr:replay " + recording + "\n");
            cli.awaitOutput("reached the recording's end", 1);
            cli.type("rr:seek '30%'\nrr:go-live killed\n");
            cli.awaitOutput("is live", 1);
            cli.kill();
        }
        Path branch = recording.resolve("branches/killed.rr");
        Cli.Result r = Cli.run("verify", branch.toString());
        assertEquals(CUT_OFF, r.code(), r.err());
        Cli.Result tree = Cli.run("branches", recording.toString());
        assertTrue(tree.text().matches("(?s)whole: .*\\(clean\\)\\n  killed: from icount [0-9,]+, .*\\(truncated\\)\\s*"), tree.text());
        assertEquals(0, Cli.run("verify", recording.toString()).code());
    }
}
