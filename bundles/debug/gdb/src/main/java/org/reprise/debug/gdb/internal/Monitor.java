package org.reprise.debug.gdb.internal;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.reprise.api.cpu.Cpu;
import org.reprise.api.cpu.WatchListener.Access;
import org.reprise.api.cpu.Watchpoint;
import org.reprise.api.machine.DebugSession;
import org.reprise.api.machine.ExitCode;
import org.reprise.api.machine.MachineException;
import org.reprise.api.machine.MachineStatus;
import org.reprise.api.memory.MemoryRange;
import org.reprise.api.replay.RecordReplay;
import org.reprise.api.travel.Arrival;
import org.reprise.api.travel.Snapshot;
import org.reprise.api.travel.TimeTravel;
import org.reprise.debug.gdb.protocol.Packets;

/** What {@code monitor} in gdb offers: its answers are text for the user. */
final class Monitor {
    /** gdb has no packet by which it could be told. */
    static final String FLUSH = "gdb shows what it knew before, until you enter: maintenance flush register-cache\n";
    private static final int MOST_BYTES = 0x3000;

    private enum Command {
        HELP("help [COMMAND]", "this list, or more about one command", ""),
        WHEN("when", "where the machine stands: icount, VIRTUAL, share of the recording", """
            icount is the number of instructions that all CPUs have retired since power-on; VIRTUAL is the guest's time.
            """),
        INFO("info", "the machine: mode, CPUs, memory, what is watched", ""),
        SEEK("seek ICOUNT|PERCENT%|MARK", "go to an instruction count, or a named place, of the recording that is replayed", """
            Examples: monitor seek 1200345   monitor seek 99.5%   monitor seek crash
            Ctrl-C ends it where it has come to. gdb must be told afterwards: maintenance flush register-cache
            """),
        SNAPSHOT("snapshot save NAME|load WHICH|list|delete WHICH", "snapshots of the whole machine; WHICH is a name or a number of the list", """
            load makes the machine what it was; gdb must be told afterwards: maintenance flush register-cache
            """),
        MARK("mark NAME", "name this place: monitor seek NAME comes back", """
            It is kept with the recording, as a snapshot.
            """),
        LAST_WRITER("last-writer ADDRESS [LENGTH]|REGISTER", "go back to the last write of memory or a register", """
            A virtual address, and a length, in hexadecimal with 0x (8 bytes without one); a register of the thread that gdb has chosen.
            For what gdb knows by name: eval "monitor last-writer %p %#x", &counter, sizeof counter
            Ctrl-C ends it. gdb must be told afterwards: maintenance flush register-cache
            """),
        UNTIL("until ICOUNT", "halt at this instruction count at the latest when the guest runs next", ""),
        XP("xp ADDRESS LENGTH", "physical memory, in hexadecimal", """
            Address and length in hexadecimal with 0x; at most 0x3000 bytes. Device registers are not read: that could have effects.
            """),
        CRC("crc ADDRESS LENGTH", "checksum of physical memory, as qCRC gives of virtual", """
            Address and length in hexadecimal with 0x.
            """),
        STATISTICS("statistics", "figures of the CPU's translator", "");

        final String usage;
        final String summary;
        final String more;

        Command(String usage, String summary, String more) {
            this.usage = usage;
            this.summary = summary;
            this.more = more;
        }

        static Optional<Command> of(String word) {
            return Arrays.stream(values()).filter(c -> c.name().toLowerCase(Locale.ROOT).replace('_', '-').equals(word)).findFirst();
        }
    }

    private final Target target;
    private final Memory memory;
    private final Points points;
    private long until = Long.MAX_VALUE;

    Monitor(Target target, Memory memory, Points points) {
        this.target = target;
        this.memory = memory;
        this.points = points;
    }

    /** Where the guest is to halt at the latest when it runs next; forgets it. */
    long until() {
        long icount = until;
        until = Long.MAX_VALUE;
        return icount;
    }

    private static String[] words(String line) {
        String text = line.strip();
        return text.isEmpty() ? new String[] {"help"} : text.split("\\s+");
    }

    /** The command must not be answered on the machine's thread, which it needs itself. */
    static boolean apart(String line) {
        return words(line)[0].matches("when|seek|snapshot|mark|last-writer");
    }

    /** Carries a command out: on the machine's thread, or, when it is to be done {@link #apart}, on another. */
    String answer(String line) {
        String[] words = words(line);
        Optional<Command> command = Command.of(words[0]);
        if (command.isEmpty()) {
            return "no monitor command '" + shortened(words[0]) + "'; 'monitor help' lists them\n";
        }
        try {
            return switch (command.get()) {
                case HELP -> help(words);
                case WHEN -> words.length == 1 ? when() : usage(Command.WHEN);
                case INFO -> words.length == 1 ? info() : usage(Command.INFO);
                case SEEK -> words.length == 2 ? seek(words[1]) : usage(Command.SEEK);
                case SNAPSHOT -> snapshot(words);
                case MARK -> words.length == 2 ? "marked " + text(target.travel().save(words[1])) : usage(Command.MARK);
                case LAST_WRITER -> words.length == 2 || words.length == 3 ? lastWriter(words) : usage(Command.LAST_WRITER);
                case UNTIL -> words.length == 2 ? until(words[1]) : usage(Command.UNTIL);
                case XP -> words.length == 3 ? physical(words) : usage(Command.XP);
                case CRC -> words.length == 3
                    ? memory.crc(DebugSession.PHYSICAL, new long[] {hexadecimal(words[1]), length(words[2], Integer.MAX_VALUE)}) + "\n"
                    : usage(Command.CRC);
                case STATISTICS -> statistics();
            };
        } catch (IllegalArgumentException | MachineException e) {
            return words[0] + ": " + e.getMessage() + "\n";
        }
    }

    private static String shortened(String text) {
        return text.length() > 40 ? text.substring(0, 40) + "…" : text;
    }

    private static String usage(Command c) {
        return "usage: monitor " + c.usage + "\n" + c.more;
    }

    private static String help(String[] words) {
        if (words.length > 1) {
            return Command.of(words[1]).map(c -> "monitor " + c.usage + ": " + c.summary + "\n" + c.more)
                .orElse("no monitor command '" + shortened(words[1]) + "'\n");
        }
        StringBuilder s = new StringBuilder();
        for (Command c : Command.values()) {
            s.append(String.format(Locale.ROOT, "%-50s%s%n", c.usage, c.summary).replace(System.lineSeparator(), "\n"));
        }
        return s.toString();
    }

    private static long count(String text) {
        if (!text.matches("\\d{1,18}")) {
            throw new IllegalArgumentException("'" + shortened(text) + "' is no number of instructions: decimal digits, 18 at most");
        }
        return Long.parseLong(text);
    }

    private static long hexadecimal(String text) {
        if (!text.matches("0[xX][0-9a-fA-F]{1,16}")) {
            throw new IllegalArgumentException("'" + shortened(text) + "' is no number in hexadecimal, such as 0x80000000");
        }
        return Packets.number(text.substring(2));
    }

    private static long length(String text, long most) {
        long n = hexadecimal(text);
        if (n < 0 || n > most) {
            throw new IllegalArgumentException("a length of " + text + " is too great: 0x" + Long.toHexString(most) + " at most");
        }
        return n;
    }

    private String until(String text) {
        until = count(text);
        return "";
    }

    private String physical(String[] words) {
        return Packets.hex(target.session().read(DebugSession.PHYSICAL, hexadecimal(words[1]), (int) length(words[2], MOST_BYTES))) + "\n";
    }

    private String statistics() {
        StringBuilder s = new StringBuilder();
        target.cpu().statistics().forEach((key, value) -> s.append(key).append(": ").append(value).append('\n'));
        return s.toString();
    }

    private String place() {
        MachineStatus s = target.machine().status();
        return "icount " + s.icount() + ", VIRTUAL " + s.virtualTime() + " ns, " + s.mode();
    }

    private Optional<RecordReplay.Progress> replay() {
        return target.services().progress(target.machine().name()).filter(RecordReplay.Progress::replaying);
    }

    private String when() {
        long begin = target.past().map(TimeTravel::beginning).orElse(0L);
        String share = replay().filter(p -> p.end() > begin).map(p -> String.format(Locale.ROOT, ", %.4f %% of %s%d", 100.0 * (p.icount() - begin)
            / (p.end() - begin), begin > 0 ? begin + " to " : "", p.end())).orElse("");
        return place() + share + "\n";
    }

    private String info() {
        StringBuilder s = new StringBuilder("machine " + target.machine().name() + ": " + place() + "\n");
        target.machine().problem().ifPresent(p -> s.append(p).append('\n'));
        int n = 0;
        for (Cpu cpu : target.cpus()) {
            s.append("CPU ").append(n).append(" (thread ").append(++n).append("): ").append(cpu.debuggerArchitecture()).append(", pc 0x")
                .append(Long.toHexString(cpu.pc())).append(", ").append(Commands.state(cpu)).append('\n');
        }
        for (MemoryRange r : target.session().memory()) {
            s.append(String.format(Locale.ROOT, "0x%x-0x%x %s %s", r.base(), r.base() + r.size() - 1, r.kind().name().toLowerCase(Locale.ROOT), r.name()))
                .append('\n');
        }
        s.append(points.breakpoints().size()).append(" breakpoints, ").append(points.watchpoints().size()).append(" watchpoints set now\n");
        return s.append(target.past().isPresent() ? "can go back\n" : "cannot go back: " + whyNot() + "\n").toString();
    }

    private String whyNot() {
        try {
            target.requirePast();
            return "";
        } catch (MachineException e) {
            return e.getMessage();
        }
    }

    private String seek(String where) {
        TimeTravel past = target.requirePast();
        long icount;
        if (where.endsWith("%")) {
            if (!where.matches("\\d{1,3}(\\.\\d{1,9})?%") || Double.parseDouble(where.substring(0, where.length() - 1)) > 100) {
                throw new IllegalArgumentException("'" + shortened(where) + "' is no share from 0% to 100%");
            }
            long end = replay().orElseThrow(() -> new MachineException(ExitCode.USAGE, "the recording's length is not known; give an icount")).end();
            icount = past.beginning() + Math.round((end - past.beginning()) / 100.0 * Double.parseDouble(where.substring(0, where.length() - 1)));
        } else if (!where.matches("\\d+") && past.snapshots().stream().anyMatch(s -> s.name().equals(where))) {
            past.load(where);
            return when() + FLUSH;
        } else {
            icount = count(where);
        }
        return arrived(past.seek(icount), "");
    }

    /** @param there what is to be said of a place that was looked for */
    private String arrived(Arrival a, String there) {
        return switch (a.why()) {
            case END -> "the recording ends here: ";
            case BEGIN -> "the recording begins here: ";
            case INTERRUPT -> "interrupted: ";
            default -> there;
        } + when() + FLUSH;
    }

    private String lastWriter(String[] words) {
        TimeTravel past = target.requirePast();
        String what = words[1];
        Watchpoint wanted;
        if (what.startsWith("0x")) {
            wanted = new Watchpoint(Watchpoint.Kind.WRITE, hexadecimal(what), words.length == 3 ? length(words[2], Integer.MAX_VALUE) : Long.BYTES, false);
        } else {
            int register = target.cpu().registerNumber(what);
            if (register < 0 || words.length == 3) {
                throw new IllegalArgumentException("'" + shortened(what) + "' is neither a register nor an address in hexadecimal, such as 0x80000000");
            }
            target.cpu().unwatchable(register).ifPresent(why -> {
                throw new IllegalArgumentException("nobody can tell which instruction wrote " + what + " last: " + why);
            });
            wanted = Watchpoint.register(target.selected(), register);
        }
        Arrival a = past.reverseContinue(List.of(), List.of(wanted));
        String device = a.access().filter(Access::byDevice).map(x -> "device " + x.device() + " has written here: ").orElse("");
        return arrived(a, device.isEmpty() ? "thread " + Target.thread(a.cpu()) + " writes next: " : device);
    }

    private String snapshot(String[] words) {
        String what = words.length > 1 ? words[1] : "";
        if (what.equals("list") && words.length == 2) {
            return list(target.travel());
        }
        if (words.length != 3) {
            return usage(Command.SNAPSHOT);
        }
        return switch (what) {
            case "save" -> "saved " + text(target.travel().save(words[2]));
            case "load" -> "loaded " + text(target.travel().load(words[2])) + FLUSH;
            case "delete" -> {
                target.travel().delete(words[2]);
                yield "deleted " + words[2] + "\n";
            }
            default -> usage(Command.SNAPSHOT);
        };
    }

    private static String list(TimeTravel travel) {
        StringBuilder s = new StringBuilder();
        for (Snapshot snapshot : travel.snapshots()) {
            s.append(text(snapshot));
        }
        return s.isEmpty() ? "no snapshots\n" : s.toString();
    }

    private static String text(Snapshot s) {
        return String.format(Locale.ROOT, "%d %s: icount %d, VIRTUAL %d ns, %d KiB", s.id(), s.automatic() ? "(automatic)" : s.name(), s.icount(),
            s.virtual(), s.bytes() >> 10) + "\n";
    }
}
