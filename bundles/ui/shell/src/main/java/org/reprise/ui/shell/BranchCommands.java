package org.reprise.ui.shell;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.apache.felix.service.command.Descriptor;
import org.apache.felix.service.command.Parameter;
import org.apache.felix.service.command.annotations.GogoCommand;
import org.osgi.framework.BundleContext;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;
import org.reprise.api.cpu.Cpu;
import org.reprise.api.debug.Symbols;
import org.reprise.api.machine.ExitCode;
import org.reprise.api.machine.Machine;
import org.reprise.api.machine.MachineException;
import org.reprise.api.replay.Poke;
import org.reprise.api.replay.RecordReplay;
import org.reprise.api.replay.Recordings;

/** The commands {@code rr:…} that leave a recording for another way on, and show the ways there are. */
@Component(service = BranchCommands.class, immediate = true)
@GogoCommand(scope = "rr", function = {"golive", "poke", "branches"})
public final class BranchCommands {
    private static final String MACHINE = "name of the machine";
    private final Services services;
    private final Recordings recordings;
    private final GuestNames names;

    /** For the component runtime. */
    @Activate
    public BranchCommands(BundleContext context, @Reference Recordings recordings, @Reference GuestNames names) {
        services = new Services(context);
        this.recordings = recordings;
        this.names = names;
    }

    private Machine machine(String name) {
        return services.machine(name.isEmpty() ? null : name);
    }

    /** rr:go-live in the next free folder. */
    @Descriptor("let the replayed machine go live where it stands; it is recorded as a branch (rr:go-live is the same)")
    public String golive(@Descriptor(MACHINE) @Parameter(names = {"-m", "--machine"}, absentValue = "") String machine,
            @Descriptor("the guest stands still afterwards") @Parameter(names = {"-p", "--paused"}, presentValue = "true", absentValue = "false")
                boolean paused) {
        return goLive(machine, paused, null);
    }

    /** rr:go-live NAME. */
    @Descriptor("let the replayed machine go live where it stands; it is recorded as a branch of this name")
    public String golive(@Descriptor(MACHINE) @Parameter(names = {"-m", "--machine"}, absentValue = "") String machine,
            @Descriptor("the guest stands still afterwards") @Parameter(names = {"-p", "--paused"}, presentValue = "true", absentValue = "false")
                boolean paused,
            @Descriptor("the branch's name, or a folder for it (anything with a /)") String branch) {
        return goLive(machine, paused, branch);
    }

    private String goLive(String name, boolean paused, String branch) {
        Machine m = machine(name);
        RecordReplay rr = services.recordReplay(m.name());
        Path folder = rr.goLive(folder(rr, branch), List.of());
        if (!paused) {
            m.resume();
        }
        return m.name() + " is live from icount " + Text.number(icount(folder)) + " on" + (paused ? ", and stands still (machine:resume)" : "")
            + "; recording the branch " + folder + "; machine:console attaches, rr:stop ends it";
    }

    private long icount(Path branch) {
        try {
            return recordings.tree(branch).origin().orElseThrow().icount();
        } catch (IOException e) {
            throw new MachineException(ExitCode.RECORDING_IO, e.getMessage(), e);
        }
    }

    /** Where a branch is to be; null: the next free folder. */
    private static Path folder(RecordReplay rr, String branch) {
        boolean path = branch != null && (branch.contains("/") || branch.contains("\\"));
        Optional<Path> recording = rr.recording();
        if (!path && recording.filter(OpenRecording::isTemporary).isPresent()) {
            throw new MachineException(ExitCode.USAGE, "the recording is a packed one, and what it was unpacked to is deleted when this program ends: name a folder"
                + " for the branch (rr:go-live ./NAME.rr)");
        }
        if (branch == null || path || recording.isEmpty()) {
            return branch == null ? null : Path.of(branch);
        }
        if (!branch.matches("[A-Za-z0-9][A-Za-z0-9._-]*")) {
            throw new MachineException(ExitCode.USAGE, "\"" + branch + "\" is no name for a branch: use letters, digits, '-', '_' and '.'");
        }
        return recording.get().resolve(RecordReplay.BRANCHES).resolve(branch.endsWith(".rr") ? branch : branch + ".rr");
    }

    /** rr:poke. */
    @Descriptor("change registers (NAME=VALUE) and memory (0xADDRESS=BYTES or SYMBOL=BYTES, bytes in hexadecimal) of a machine that stands still; a replay "
        + "goes live for it, as a branch")
    public String poke(@Descriptor(MACHINE) @Parameter(names = {"-m", "--machine"}, absentValue = "") String machine,
            @Descriptor("number of the CPU (default: the one whose turn it is)") @Parameter(names = {"-c", "--cpu"}, absentValue = "-1") int cpu,
            @Descriptor("addresses are physical") @Parameter(names = {"-p", "--physical"}, presentValue = "true", absentValue = "false") boolean physical,
            @Descriptor("text to type at a console; \\n ends a line") @Parameter(names = {"-k", "--key"}, absentValue = "") String key,
            @Descriptor("name of the console (default: the first)") @Parameter(names = {"--console"}, absentValue = "") String console,
            @Descriptor("names in memory: FILE[@OFFSET],… (default: the machine's kernel and firmware)")
                @Parameter(names = {"-s", "--symbols"}, absentValue = "") String files,
            @Descriptor("NAME=VALUE or 0xADDRESS=BYTES") String... changes) throws InterruptedException {
        Machine m = machine(machine);
        RecordReplay rr = services.recordReplay(m.name());
        int chosen = services.cpu(m, cpu);
        List<Poke> pokes = new ArrayList<>();
        for (String change : changes) {
            pokes.add(poke(m, chosen, physical, files, change));
        }
        if (!key.isEmpty()) {
            pokes.add(new Poke.Key(console, key.replace("\\n", "\n").replace("\\r", "\r").getBytes(StandardCharsets.UTF_8)));
        }
        if (pokes.isEmpty()) {
            throw new MachineException(ExitCode.USAGE, "rr:poke changes nothing: give NAME=VALUE, 0xADDRESS=BYTES or --key TEXT");
        }
        if (m.status().mode().equals("replay")) {
            // a branch must have a place that lasts
            folder(rr, null);
        }
        Optional<Path> branch = rr.poke(pokes);
        return "changed at icount " + Text.number(m.status().icount()) + branch.map(folder -> ", in the new branch " + folder).orElse("") + registers(m, pokes)
            + "; the machine stands still (machine:resume)";
    }

    /** What registers hold now: some take not every value. */
    private static String registers(Machine m, List<Poke> pokes) {
        return m.inspect(cpus -> {
            StringBuilder s = new StringBuilder();
            for (Poke poke : pokes) {
                if (poke instanceof Poke.Register wanted) {
                    Cpu cpu = cpus.get(wanted.cpu());
                    s.append(String.format(Locale.ROOT, ", cpu%d %s is 0x%x", wanted.cpu(), wanted.name(), cpu.register(cpu.registerNumber(wanted.name()))));
                }
            }
            return s.toString();
        });
    }

    private Poke poke(Machine m, int cpu, boolean physical, String files, String change) throws InterruptedException {
        int equals = change.indexOf('=');
        if (equals <= 0) {
            throw new MachineException(ExitCode.USAGE, "\"" + change + "\" changes nothing: write NAME=VALUE for a register, 0xADDRESS=BYTES for memory");
        }
        String what = change.substring(0, equals);
        String value = change.substring(equals + 1);
        boolean register = m.inspect(cpus -> cpu < cpus.size() && cpus.get(cpu).registerNumber(what) >= 0);
        if (register) {
            return new Poke.Register(cpu, what, number(what, value));
        }
        byte[] bytes;
        try {
            bytes = HexFormat.of().parseHex(value.replace(":", "").replace("_", ""));
        } catch (IllegalArgumentException e) {
            throw new MachineException(ExitCode.USAGE, change + ": the bytes for " + what + " are no hexadecimal digits in pairs; write " + what + "=00ff12"
                + " (and a register's name as gdb calls it, for a register)", e);
        }
        return new Poke.Memory(physical ? Poke.PHYSICAL : cpu, address(m, cpu, files, what), bytes);
    }

    private static long number(String register, String value) {
        try {
            return value.startsWith("0x") ? Long.parseUnsignedLong(value.substring(2), 16)
                : value.startsWith("-") ? Long.parseLong(value) : Long.parseUnsignedLong(value);
        } catch (NumberFormatException e) {
            throw new MachineException(ExitCode.USAGE, register + "=" + value + ": is no number; write 17, -1 or 0x11", e);
        }
    }

    /** An address, or where something of this name is mapped now. */
    private long address(Machine m, int cpu, String files, String place) throws InterruptedException {
        if (place.startsWith("0x")) {
            return Text.address(place);
        }
        Symbols symbols = names.of(m, files);
        List<Long> all = GuestNames.addresses(symbols, place);
        return m.inspect(cpus -> all.stream().filter(address -> cpu < cpus.size() && cpus.get(cpu).translateForDebugger(address) != -1).findFirst()
            .orElse(all.get(0)));
    }

    /** rr:branches of the machine's recording. */
    @Descriptor("show the branches of the recording that the machine replays or makes")
    public String branches(@Descriptor(MACHINE) @Parameter(names = {"-m", "--machine"}, absentValue = "") String machine) throws IOException {
        Machine m = machine(machine);
        Path here = services.recordReplay(m.name()).recording().orElseThrow(() -> new MachineException(ExitCode.USAGE, "machine " + m.name()
            + " neither replays nor is recorded: name a recording")).toAbsolutePath().normalize();
        return Text.tree(recordings.tree(root(here)), here);
    }

    /** rr:branches FILE. */
    @Descriptor("show the branches of a recording")
    public String branches(@Descriptor(MACHINE) @Parameter(names = {"-m", "--machine"}, absentValue = "") String machine,
            @Descriptor("the recording's folder") String file) throws IOException {
        return Text.tree(recordings.tree(Path.of(file)), null);
    }

    /** The recording that a branch, in its folder, comes from in the end. */
    private static Path root(Path folder) {
        Path above = folder.getParent();
        return above == null || above.getParent() == null || !above.endsWith(RecordReplay.BRANCHES) ? folder : root(above.getParent());
    }
}
