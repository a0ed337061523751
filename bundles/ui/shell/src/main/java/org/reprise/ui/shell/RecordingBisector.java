package org.reprise.ui.shell;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.reprise.api.cpu.Cpu;
import org.reprise.api.machine.DebugSession;
import org.reprise.api.machine.ExitCode;
import org.reprise.api.machine.Machine;
import org.reprise.api.machine.MachineException;
import org.reprise.api.machine.MachineState;
import org.reprise.api.machine.MachineStatus;
import org.reprise.api.replay.EventKind;
import org.reprise.api.replay.RecordReplay;
import org.reprise.api.replay.RecordReplay.Outcome;
import org.reprise.api.replay.Recordings;
import org.reprise.api.replay.Recordings.Info;
import org.reprise.core.features.FeatureRuntime;

/**
 * Narrows a divergence: replays a recording in two modes of the translator, one after the other on the recorded machine, and finds the
 * first icount at which they differ.
 */
public final class RecordingBisector {
    /** The modes of the translator. */
    public static final List<String> MODES = List.of("interpreter", "mixed", "compile");
    private static final long READY_MILLIS = 30_000;
    private static final int CHUNK = 1 << 20;
    private static final int SHOWN = 40;

    private final Services services;
    private final FeatureRuntime features;
    private final Recordings recordings;
    private final PrintStream out;

    /** @param out is told of the progress and of the result */
    public RecordingBisector(Services services, FeatureRuntime features, Recordings recordings, PrintStream out) {
        this.services = services;
        this.features = features;
        this.recordings = recordings;
        this.out = out;
    }

    /**
     * Narrows.
     *
     * @param recording its folder
     * @param others settings that override the recorded ones
     * @param modes two of {@link #MODES}
     * @param force accept other versions of bundles
     * @return OK when the recording replays in both modes, DIVERGED when something was found, else how both replays ended
     */
    public ExitCode bisect(Path recording, Map<String, String> others, List<String> modes, boolean force) throws IOException, InterruptedException {
        if (modes.size() != 2 || !MODES.containsAll(modes) || modes.get(0).equals(modes.get(1))) {
            throw new MachineException(ExitCode.USAGE, "modes " + String.join(",", modes) + ": give two different ones of "
                + String.join(", ", MODES) + ", as in interpreter,compile");
        }
        Info info = recordings.info(recording);
        List<Long> digests = new ArrayList<>();
        recordings.events(recording, e -> {
            if (e.kind() == EventKind.DIGEST) {
                digests.add(e.icount());
            }
        });
        Side first = new Side(recording, info, others, modes.get(0), force);
        Side second = new Side(recording, info, others, modes.get(1), force);
        Whole a = first.whole();
        Whole b = second.whole();
        if (a.code != ExitCode.DIVERGED && b.code != ExitCode.DIVERGED) {
            out.println("no divergence: the recording replays in both modes, " + first.mode + " and " + second.mode + ": " + a.message);
            return a.code;
        }
        // the digests before the first divergence were equal to the recorded ones in both modes
        long bad = Math.min(a.code == ExitCode.DIVERGED ? a.icount : Long.MAX_VALUE, b.code == ExitCode.DIVERGED ? b.icount : Long.MAX_VALUE);
        long good = digests.stream().mapToLong(Long::longValue).filter(i -> i < bad).max().orElse(0);
        Bisection bisection = new Bisection(first, second, out::println);
        // one more: what a replay asks for and does not get shows in the other one's next instruction
        Bisection.Difference d = bisection.narrow(good, bad + 1);
        if (d == null) {
            out.println("both modes, " + first.mode + " and " + second.mode + ", agree with each other at all " + bisection.compared()
                + " places compared, and not with the recording:\n" + a.message + "\nthe first difference from the recording lies after icount "
                + good + ", at or before icount " + bad + ": the log's digests tell no more");
        } else {
            print(d, info);
        }
        return ExitCode.DIVERGED;
    }

    private void print(Bisection.Difference d, Info info) {
        out.println("the modes differ from each other: equal at icount " + d.good() + ", different at icount " + d.icount());
        if (d.icount() - d.good() > 1) {
            out.println("  the difference is not there in every replay: a mode that compiles in the background (mixed) does so when it comes to it");
        }
        out.println("  the instructions before it (compiled code is wrong in one of them, or in what an interrupt between them did):");
        d.trail().forEach(t -> out.println("    " + t));
        if (d.first().icount() != d.second().icount() || d.first().ended() != d.second().ended()) {
            out.println("  the replays stand at icount " + d.first().icount() + (d.first().ended() ? " (ended)" : "") + " and "
                + d.second().icount() + (d.second().ended() ? " (ended)" : ""));
        }
        d.components().forEach(c -> out.println("  digest of " + c + ": " + hex(d.first().digests().get(c)) + " and "
            + hex(d.second().digests().get(c))));
        d.registers().forEach(r -> out.println("  register " + r + ": " + hex(d.first().registers().get(r)) + " and "
            + hex(d.second().registers().get(r))));
        long base = Long.decode(info.manifest().getOrDefault("machine.ram.base", "0"));
        d.pages().stream().limit(SHOWN).forEach(p -> out.println("  page of RAM at 0x" + Long.toHexString(base + 4096L * p)));
        if (d.pages().size() > SHOWN) {
            out.println("  and " + (d.pages().size() - SHOWN) + " pages more");
        }
    }

    private static String hex(Long value) {
        return value == null ? "(none)" : String.format(Locale.ROOT, "%016x", value);
    }

    /** How a whole replay ended. */
    private record Whole(ExitCode code, long icount, String message) {
    }

    /** The recorded machine in one mode. */
    private final class Side implements Bisection.Side {
        private final Path recording;
        private final Info info;
        private final Map<String, String> settings;
        private final String mode;
        private final boolean force;

        Side(Path recording, Info info, Map<String, String> others, String mode, boolean force) {
            this.recording = recording;
            this.info = info;
            this.mode = mode;
            this.force = force;
            settings = new LinkedHashMap<>(RecordedMachine.settings(recording, info, others));
            RecordedMachine.cpus(info).forEach(cpu -> settings.put(cpu + ".translator.mode", mode));
        }

        @Override
        public String name() {
            return mode;
        }

        private Machine machine() throws InterruptedException {
            String name = features.install(RecordedMachine.feature(recording, info), settings).get(0);
            return services.ready(name, READY_MILLIS);
        }

        Whole whole() throws InterruptedException {
            out.println("replaying in mode " + mode);
            Machine m = machine();
            RecordReplay rr = services.recordReplay(m.name());
            rr.replay(recording, force);
            m.awaitHalt(0);
            Outcome outcome = rr.outcome().orElseThrow(() -> new MachineException(ExitCode.INTERRUPTED, "the replay was interrupted"));
            long icount = m.status().icount();
            m.stop();
            if (outcome.code() == ExitCode.INTERNAL) {
                throw new MachineException(ExitCode.INTERNAL, "the replay in mode " + mode + " failed at icount " + icount + ": " + outcome.message());
            }
            return new Whole(outcome.code(), icount, outcome.message());
        }

        @Override
        public Bisection.Run begin() throws InterruptedException {
            Machine m = machine();
            services.recordReplay(m.name()).replay(recording, force, true);
            return new Run(m, Long.decode(info.manifest().getOrDefault("machine.ram.base", "0")));
        }
    }

    /** A replay that halts where it is told to. */
    private static final class Run implements Bisection.Run {
        private final Machine machine;
        private final long ramBase;
        private final DebugSession session;
        private boolean ended;

        Run(Machine machine, long ramBase) {
            this.machine = machine;
            this.ramBase = ramBase;
            session = machine.debug(why -> {
            });
        }

        @Override
        public Bisection.Point to(long icount) throws InterruptedException {
            if (!ended && machine.status().icount() < icount) {
                session.resume(icount);
                machine.awaitHalt(0);
                MachineStatus s = machine.status();
                ended = s.icount() < icount || s.state() != MachineState.PAUSED;
            }
            Map<String, Long> registers = machine.inspect(cpus -> {
                Map<String, Long> values = new LinkedHashMap<>();
                for (int c = 0; c < cpus.size(); c++) {
                    Cpu cpu = cpus.get(c);
                    List<Cpu.Register> names = cpu.registers();
                    for (int i = 0; i < names.size(); i++) {
                        values.put((cpus.size() > 1 ? "cpu" + c + "." : "") + names.get(i).name(), cpu.register(i));
                    }
                }
                return values;
            });
            return new Bisection.Point(machine.status().icount(), ended, machine.digests(), registers);
        }

        @Override
        public String next() {
            int index = session.currentCpu();
            return machine.inspect(cpus -> {
                Cpu cpu = cpus.get(index);
                return (cpus.size() > 1 ? "cpu" + index + " " : "") + "0x" + Long.toHexString(cpu.pc()) + "  " + cpu.disassemble(cpu.pc())
                    + (cpu.idle() ? "  (waiting for an interrupt)" : "");
            });
        }

        @Override
        public long[] pages() {
            long[] all = {};
            for (long at = ramBase;; at += CHUNK) {
                byte[] chunk = session.read(DebugSession.PHYSICAL, at, CHUNK);
                long[] part = Bisection.hashes(chunk, chunk.length);
                all = Arrays.copyOf(all, all.length + part.length);
                System.arraycopy(part, 0, all, all.length - part.length, part.length);
                if (chunk.length < CHUNK) {
                    return all;
                }
            }
        }

        @Override
        public void close() {
            session.close();
            machine.stop();
        }
    }
}
