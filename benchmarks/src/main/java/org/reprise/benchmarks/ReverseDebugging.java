package org.reprise.benchmarks;

import java.io.IOException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/**
 * Going back behind gdb's protocol, ours and the reference emulator in turn, where the reference can: in a recording of a guest that never idles (in one
 * of Debian its reverse steps do not come to an end).
 */
final class ReverseDebugging {
    private static final long PLACE = 1_000_000_000L;
    private static final int STEPS = 9;
    private static final String ICOUNT = "shift=0,";
    private static final int TRIES = 100;
    private static final int TRY_MILLIS = 50;

    private final Bench bench;
    private final int pairs;
    private final Path work;
    private final Path guest;

    /** Seconds that moves take. */
    private record Times(double forward, double step, double back) {
    }

    /** Somewhere in a recording, to be moved. */
    private interface Session extends AutoCloseable {
        Remote gdb();

        void forward() throws IOException;

        @Override
        void close() throws IOException;
    }

    ReverseDebugging(Bench bench, int pairs, Path work) {
        this.bench = bench;
        this.pairs = pairs;
        this.work = work;
        guest = bench.root().resolve("distribution/guests/bench-riscv64/steady/mix.elf");
    }

    void run(Consumer<Row> rows) throws Exception {
        Path log = work.resolve("mix.log");
        Path snapshots = work.resolve("mix.qcow2");
        Run.of(bench.ours("image", "create", "-f", "qcow2", snapshots.toString(), "1G"), null).ok();
        Run.of(reference(snapshots, "rr=record,rrfile=" + log), null).ok();
        List<double[]> forward = new ArrayList<>();
        List<double[]> step = new ArrayList<>();
        List<double[]> back = new ArrayList<>();
        for (int i = 0; i < pairs; i++) {
            // a fresh one each time: moves leave snapshots
            Path recording = work.resolve("mix" + i + ".rr");
            Run.of(bench.ours("run", "virt-riscv64", "--firmware", guest.toString(), "--ram", "64M", "--shift", "0", "--sleep", "off", "--exit-on-shutdown",
                "--record", recording.toString()), null).ok();
            Times ours = times(ours(recording));
            Times theirs = times(theirs(snapshots, log));
            forward.add(new double[] {ours.forward, theirs.forward});
            step.add(new double[] {ours.step, theirs.step});
            back.add(new double[] {ours.back, theirs.back});
        }
        rows.accept(Row.paired("travel", "kernel mix: forwards to 10^9", "s", forward, Double.NaN, true));
        rows.accept(Row.paired("travel", "kernel mix: reverse-stepi at 10^9", "s", step, 1, true));
        rows.accept(Row.paired("travel", "kernel mix: reverse-continue over 10^9", "s", back, 1, true));
    }

    private List<String> reference(Path snapshots, String icount, String... more) {
        List<String> line = bench.reference("-m", "64", "-bios", guest.toString(), "-drive", "if=none,file=" + snapshots + ",id=rr", "-icount",
            ICOUNT + icount + ",rrsnapshot=init");
        line.addAll(List.of(more));
        return line;
    }

    private static Times times(Session moved) throws IOException {
        try (moved) {
            double forward = TimeTravel.time(moved::forward);
            double[] steps = new double[STEPS];
            for (int i = 0; i < STEPS; i++) {
                steps[i] = TimeTravel.time(() -> moved.gdb().ask("bs"));
            }
            return new Times(forward, Row.median(steps), TimeTravel.time(() -> moved.gdb().ask("bc")));
        }
    }

    private Session ours(Path recording) throws IOException {
        Process replay = TimeTravel.replay(bench, recording);
        Remote gdb = new Remote(TimeTravel.port(replay));
        return session(replay, gdb, () -> gdb.monitor("seek " + PLACE));
    }

    private Session theirs(Path snapshots, Path log) throws IOException {
        int port = freePort();
        Process replay = new ProcessBuilder(reference(snapshots, "rr=replay,rrfile=" + log, "-S", "-gdb", "tcp:127.0.0.1:" + port))
            .redirectErrorStream(true).redirectOutput(ProcessBuilder.Redirect.DISCARD).start();
        Remote gdb = connect(port);
        return session(replay, gdb, () -> {
            gdb.monitor("replay_break " + PLACE);
            gdb.ask("c");
            gdb.monitor("replay_delete_break");
        });
    }

    private static Session session(Process process, Remote gdb, TimeTravel.Work forward) {
        return new Session() {
            @Override
            public Remote gdb() {
                return gdb;
            }

            @Override
            public void forward() throws IOException {
                forward.run();
            }

            @Override
            public void close() throws IOException {
                TimeTravel.end(process);
                gdb.close();
            }
        };
    }

    private static int freePort() throws IOException {
        try (ServerSocket any = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return any.getLocalPort();
        }
    }

    private static Remote connect(int port) throws IOException {
        for (int i = 0;; i++) {
            try {
                return new Remote(port);
            } catch (ConnectException e) {
                if (i == TRIES) {
                    throw e;
                }
                try {
                    Thread.sleep(TRY_MILLIS);
                } catch (InterruptedException interrupted) {
                    Thread.currentThread().interrupt();
                    throw e;
                }
            }
        }
    }
}
