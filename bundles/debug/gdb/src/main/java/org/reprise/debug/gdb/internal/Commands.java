package org.reprise.debug.gdb.internal;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.reprise.api.cpu.Cpu;
import org.reprise.api.cpu.Cpu.Register;
import org.reprise.api.machine.DebugSession;
import org.reprise.api.machine.Machine;
import org.reprise.api.machine.MachineException;
import org.reprise.api.machine.MachineStatus;
import org.reprise.debug.gdb.protocol.MemoryCrc;
import org.reprise.debug.gdb.protocol.Packets;

/** What packets ask while the guest stands still. On the machine's thread. */
final class Commands {
    /** Longest packet either side sends, framing and escapes not counted. */
    static final int PACKET_SIZE = 0x8000;
    private static final String ERROR = "E01";
    /** Linux's EFAULT, as gdb prints it for memory that cannot be reached. */
    private static final String NO_MEMORY = "E0e";

    private final Machine machine;
    private final DebugSession session;
    private final Set<Long> breakpoints = new TreeSet<>();
    private List<Cpu> cpus;
    private int selected;
    private long until = Long.MAX_VALUE;
    private String description;
    private String message;

    Commands(Machine machine, DebugSession session) {
        this.machine = machine;
        this.session = session;
    }

    /** Where the guest is to halt at the latest when it runs next; forgets it. */
    long until() {
        long icount = until;
        until = Long.MAX_VALUE;
        return icount;
    }

    /** The CPUs of the machine, from {@link Machine#inspect}. */
    void cpus(List<Cpu> present) {
        cpus = present;
    }

    /** The CPU that is shown when none is chosen. */
    void select(int cpu) {
        selected = cpu;
    }

    /** Text for the user of the debugger that belongs to the last answer, or null. */
    String message() {
        String text = message;
        message = null;
        return text;
    }

    /** Answer to a packet; empty for one that is not known. */
    String answer(String p) {
        message = null;
        try {
            return dispatch(p);
        } catch (IllegalArgumentException | IndexOutOfBoundsException e) {
            message = "packet '" + (p.length() > 40 ? p.substring(0, 40) + "…" : p) + "': " + e.getMessage() + "\n";
            return ERROR;
        } catch (MachineException e) {
            message = e.getMessage() + "\n";
            return ERROR;
        }
    }

    private String dispatch(String p) {
        if (p.isEmpty()) {
            return "";
        }
        return switch (p.charAt(0)) {
            case 'g' -> general();
            case 'G' -> general(p.substring(1));
            case 'p' -> register(index(p.substring(1)));
            case 'P' -> {
                int equals = p.indexOf('=');
                if (equals < 0) {
                    throw new IllegalArgumentException("'=' is missing");
                }
                int index = index(p.substring(1, equals));
                set(index, p.substring(equals + 1));
                yield "OK";
            }
            case 'm' -> {
                long[] range = range(p.substring(1));
                byte[] bytes = session.read(selected, range[0], (int) Math.min(range[1], (PACKET_SIZE - 8) / 2));
                yield bytes.length == 0 && range[1] > 0 ? NO_MEMORY : Packets.hex(bytes);
            }
            case 'M', 'X' -> write(p);
            case 'Z', 'z' -> breakpoint(p);
            case 'H' -> thread(p.substring(2), true);
            case 'T' -> thread(p.substring(1), false);
            case 'q', 'Q' -> query(p);
            default -> "";
        };
    }

    private Cpu cpu() {
        return cpus.get(selected);
    }

    private static int bytes(Register r) {
        return (r.bits() + 7) / 8;
    }

    private String general() {
        Cpu cpu = cpu();
        int n = TargetDescription.general(cpu);
        StringBuilder s = new StringBuilder(n * 16);
        for (int i = 0; i < n; i++) {
            Packets.hex(s, cpu.register(i), bytes(cpu.registers().get(i)));
        }
        return s.toString();
    }

    private String general(String hex) {
        Cpu cpu = cpu();
        int n = TargetDescription.general(cpu);
        int length = 0;
        for (int i = 0; i < n; i++) {
            length += 2 * bytes(cpu.registers().get(i));
        }
        if (hex.length() != length) {
            throw new IllegalArgumentException("registers need " + length + " hexadecimal digits, there are " + hex.length());
        }
        int at = 0;
        for (int i = 0; i < n; i++) {
            int end = at + 2 * bytes(cpu.registers().get(i));
            session.register(selected, i, Packets.value(hex, at, end));
            at = end;
        }
        return "OK";
    }

    private int index(String hex) {
        long n = Packets.number(hex);
        if (n < 0 || n >= cpu().registers().size()) {
            throw new IllegalArgumentException("no register number " + Long.toUnsignedString(n) + ": there are " + cpu().registers().size());
        }
        return (int) n;
    }

    private String register(int index) {
        StringBuilder s = new StringBuilder(16);
        Packets.hex(s, cpu().register(index), bytes(cpu().registers().get(index)));
        return s.toString();
    }

    private void set(int index, String hex) {
        Register r = cpu().registers().get(index);
        if (hex.length() != 2 * bytes(r)) {
            throw new IllegalArgumentException("register " + r.name() + " has " + bytes(r) + " bytes");
        }
        session.register(selected, index, Packets.value(hex, 0, hex.length()));
    }

    /** ADDRESS,LENGTH. */
    private static long[] range(String text) {
        int comma = text.indexOf(',');
        if (comma < 0) {
            throw new IllegalArgumentException("',' is missing");
        }
        long length = Packets.number(text.substring(comma + 1));
        if (length < 0 || length > Integer.MAX_VALUE) {
            throw new IllegalArgumentException("length 0x" + Long.toHexString(length) + " is too great");
        }
        return new long[] {Packets.number(text.substring(0, comma)), length};
    }

    private String write(String p) {
        int colon = p.indexOf(':');
        if (colon < 0) {
            throw new IllegalArgumentException("':' is missing");
        }
        long[] range = range(p.substring(1, colon));
        String data = p.substring(colon + 1);
        byte[] bytes = p.charAt(0) == 'X' ? data.getBytes(StandardCharsets.ISO_8859_1) : Packets.bytes(data);
        if (bytes.length != range[1]) {
            throw new IllegalArgumentException("length is " + range[1] + ", but there are " + bytes.length + " bytes");
        }
        if (bytes.length > 0) {
            session.write(selected, range[0], bytes);
        }
        return "OK";
    }

    private String breakpoint(String p) {
        if (p.length() < 3 || p.charAt(1) != '0' && p.charAt(1) != '1') {
            return "";
        }
        String[] words = p.substring(3).split("[,;]");
        if (p.charAt(2) != ',' || words.length < 2) {
            throw new IllegalArgumentException("type, address and kind are needed");
        }
        long address = Packets.number(words[0]);
        boolean changed = p.charAt(0) == 'Z' ? breakpoints.add(address) : breakpoints.remove(address);
        if (changed) {
            session.breakpoints(breakpoints);
        }
        return "OK";
    }

    /** Thread numbers are CPU numbers and 1; 0 is any, -1 all. */
    private String thread(String id, boolean select) {
        if (id.equals("-1") || id.equals("0")) {
            return "OK";
        }
        long n = Packets.number(id);
        if (n < 1 || n > cpus.size()) {
            throw new IllegalArgumentException("no thread " + id + ": there are " + cpus.size() + ", from 1");
        }
        if (select) {
            selected = (int) n - 1;
        }
        return "OK";
    }

    private String query(String p) {
        if (p.startsWith("qSupported")) {
            return "PacketSize=" + Integer.toHexString(PACKET_SIZE) + ";qXfer:features:read+;QStartNoAckMode+;vContSupported+;swbreak+;hwbreak+";
        }
        if (p.startsWith("qXfer:features:read:")) {
            return features(p.substring("qXfer:features:read:".length()));
        }
        if (p.startsWith("qThreadExtraInfo,")) {
            int n = (int) Packets.number(p.substring("qThreadExtraInfo,".length())) - 1;
            if (n < 0 || n >= cpus.size()) {
                throw new IllegalArgumentException("no such thread");
            }
            return Packets.hexText("CPU " + n + (cpus.get(n).idle() ? " [idle]" : " [running]"));
        }
        if (p.startsWith("qRcmd,")) {
            message = monitor(new String(Packets.bytes(p.substring("qRcmd,".length())), StandardCharsets.UTF_8).strip());
            return "OK";
        }
        if (p.startsWith("qCRC:")) {
            return crc(selected, range(p.substring("qCRC:".length())));
        }
        return switch (p) {
            case "qfThreadInfo" -> {
                List<String> ids = new ArrayList<>();
                for (int i = 1; i <= cpus.size(); i++) {
                    ids.add(Integer.toHexString(i));
                }
                yield "m" + String.join(",", ids);
            }
            case "qsThreadInfo" -> "l";
            case "qC" -> "QC" + Integer.toHexString(selected + 1);
            case "qAttached" -> "1";
            case "qSymbol::" -> "OK";
            default -> "";
        };
    }

    private String features(String what) {
        int colon = what.indexOf(':');
        if (colon < 0 || !what.substring(0, colon).equals("target.xml")) {
            return "E00";
        }
        if (description == null) {
            description = new String(TargetDescription.of(cpu()).getBytes(StandardCharsets.UTF_8), StandardCharsets.ISO_8859_1);
        }
        long[] range = range(what.substring(colon + 1));
        if (range[0] < 0 || range[0] > description.length()) {
            return ERROR;
        }
        int from = (int) range[0];
        int to = (int) Math.min(description.length(), from + Math.min(range[1], PACKET_SIZE / 2));
        return (to == description.length() ? "l" : "m") + description.substring(from, to);
    }

    private String monitor(String command) {
        MachineStatus s = machine.status();
        if (command.matches("until \\d{1,18}")) {
            until = Long.parseLong(command.substring("until ".length()));
            return "";
        }
        if (command.matches("crc 0x[0-9a-f]{1,16} 0x[0-9a-f]{1,8}")) {
            String[] words = command.split(" ");
            return crc(DebugSession.PHYSICAL, new long[] {Packets.number(words[1].substring(2)), Packets.number(words[2].substring(2))}) + "\n";
        }
        if (command.matches("xp 0x[0-9a-f]{1,16} 0x[0-9a-f]{1,4}")) {
            String[] words = command.split(" ");
            return Packets.hex(session.read(DebugSession.PHYSICAL, Packets.number(words[1].substring(2)), (int) Packets.number(words[2].substring(2))))
                + "\n";
        }
        return switch (command) {
            case "help" -> "help\nxp ADDRESS LENGTH   physical memory, in hexadecimal\ncrc ADDRESS LENGTH  checksum of physical memory, as qCRC gives of virtual\nuntil N     halt at icount N at the latest when the guest runs next\nwhen        where the machine stands\nstatistics  figures of the CPU's translator\n";
            case "when" -> "icount " + s.icount() + ", VIRTUAL " + s.virtualTime() + " ns, " + s.mode() + "\n";
            case "statistics" -> {
                StringBuilder t = new StringBuilder();
                cpu().statistics().forEach((key, value) -> t.append(key).append(": ").append(value).append('\n'));
                yield t.toString();
            }
            default -> "no monitor command '" + command + "'; monitor help lists them\n";
        };
    }

    /** Checksum of memory, as gdb's compare-sections asks. */
    private String crc(int cpu, long[] range) {
        int crc = MemoryCrc.START;
        for (long done = 0; done < range[1];) {
            byte[] part = session.read(cpu, range[0] + done, (int) Math.min(1 << 16, range[1] - done));
            if (part.length == 0) {
                return NO_MEMORY;
            }
            crc = MemoryCrc.update(crc, part);
            done += part.length;
        }
        return "C" + Integer.toHexString(crc);
    }
}
