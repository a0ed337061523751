package org.reprise.debug.gdb.internal;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.reprise.api.cpu.Cpu;
import org.reprise.api.machine.MachineException;
import org.reprise.debug.gdb.protocol.Packets;

/** Answers packets that neither let the guest run nor end the session. On the machine's thread. */
final class Commands {
    /** Longest packet either side sends, framing and escapes not counted. */
    static final int PACKET_SIZE = 0x8000;
    private static final String RCMD = "qRcmd,";
    private static final String SUPPORTED = "PacketSize=" + Integer.toHexString(PACKET_SIZE) + ";QStartNoAckMode+;vContSupported+;swbreak+;hwbreak+"
        + ";qXfer:features:read+;qXfer:memory-map:read+;qXfer:threads:read+";

    private final Target target;
    private final Points points;
    private final Registers registers;
    private final Memory memory;
    private final Transfers transfers;
    private final Monitor monitor;
    private String problem;

    Commands(Target target, Points points) {
        this.target = target;
        this.points = points;
        registers = new Registers(target);
        memory = new Memory(target);
        transfers = new Transfers(target);
        monitor = new Monitor(target, memory, points);
    }

    /** Where the guest is to halt at the latest when it runs next; forgets it. */
    long until() {
        return monitor.until();
    }

    /** A CPU's state, for people. */
    static String state(Cpu cpu) {
        return cpu.idle() ? "idle" : "running";
    }

    /** What was wrong with the last packet, for the log; or null. */
    String problem() {
        return problem;
    }

    /** The packet asks for something that must be done by {@link #answer}, but not on the machine's thread. */
    boolean apart(String p) {
        return p.startsWith(RCMD) && isHex(p) && Monitor.apart(line(p));
    }

    private static boolean isHex(String p) {
        return (p.length() - RCMD.length() & 1) == 0 && p.chars().skip(RCMD.length()).allMatch(c -> c < 128 && Character.digit(c, 16) >= 0);
    }

    private static String line(String p) {
        return new String(Packets.bytes(p.substring(RCMD.length())), StandardCharsets.UTF_8);
    }

    /** Answers to a packet: what the user is to read first, if anything, then the answer, which is empty for one that is not known. */
    List<String> answer(String p) {
        problem = null;
        try {
            if (p.startsWith(RCMD)) {
                List<String> packets = console(monitor.answer(line(p)));
                packets.add(Replies.OK);
                return packets;
            }
            return List.of(p.isEmpty() ? Replies.UNKNOWN : dispatch(p));
        } catch (IllegalArgumentException | IndexOutOfBoundsException e) {
            problem = Replies.printable("packet '" + (p.length() > 40 ? p.substring(0, 40) + "..." : p) + "': " + e.getMessage());
        } catch (MachineException e) {
            problem = e.getMessage();
        }
        // gdb shows the text when it changes something, and takes it for digits when it reads
        return List.of("GMPX".indexOf(p.charAt(0)) >= 0 ? Replies.error(problem) : Replies.ERROR);
    }

    /** Text for the user's screen, in packets that are not too long. */
    private static List<String> console(String text) {
        List<String> packets = new ArrayList<>();
        String hex = Packets.hexText(text);
        for (int at = 0; at < hex.length(); at += PACKET_SIZE - 2) {
            packets.add("O" + hex.substring(at, Math.min(hex.length(), at + PACKET_SIZE - 2)));
        }
        return packets;
    }

    private String dispatch(String p) {
        String rest = p.substring(1);
        return switch (p.charAt(0)) {
            case 'g' -> rest.isEmpty() ? registers.all() : Replies.UNKNOWN;
            case 'G' -> registers.all(rest);
            case 'p' -> registers.one(rest);
            case 'P' -> registers.set(rest);
            case 'm' -> memory.read(rest);
            case 'M', 'X' -> memory.write(rest, p.charAt(0) == 'X');
            case 'Z', 'z' -> points.change(p);
            case 'H' -> select(rest);
            case 'T' -> alive(rest);
            case 'q' -> query(p);
            case 'Q' -> p.equals("QNonStop:0") ? Replies.OK
                : p.equals("QNonStop:1") ? Replies.error("all CPUs of a machine stand still together: non-stop mode is not possible") : Replies.UNKNOWN;
            case 'R' -> Replies.error("a machine is not restarted by its debugger");
            default -> Replies.UNKNOWN;
        };
    }

    private String select(String text) {
        if (text.isEmpty()) {
            throw new IllegalArgumentException("an operation and a thread are needed");
        }
        int cpu = target.cpu(text.substring(1));
        switch (text.charAt(0)) {
            case 'g' -> {
                if (cpu != Target.ANY) {
                    target.select(cpu);
                }
            }
            case 'c' -> target.move(cpu);
            default -> throw new IllegalArgumentException("operation '" + text.charAt(0) + "' is none: g and c are");
        }
        return Replies.OK;
    }

    private String alive(String thread) {
        target.cpu(thread);
        return Replies.OK;
    }

    private String query(String p) {
        int colon = p.indexOf(':');
        int comma = p.indexOf(',');
        String rest = p.substring(Math.max(colon, 0) + 1);
        return switch (colon < 0 ? comma < 0 ? p : p.substring(0, comma) : p.substring(0, colon)) {
            case "qSupported" -> supported(colon < 0 ? "" : rest);
            case "qXfer" -> transfers.read(rest);
            case "qThreadExtraInfo" -> extraInfo(p.substring(comma + 1));
            case "qCRC" -> memory.crc(target.selected(), Memory.range(rest));
            case "qSearch" -> rest.startsWith("memory:") ? memory.search(rest.substring("memory:".length())) : Replies.UNKNOWN;
            case "qfThreadInfo" -> {
                List<String> ids = new ArrayList<>();
                for (int i = 0; i < target.cpus().size(); i++) {
                    ids.add(Target.thread(i));
                }
                yield "m" + String.join(",", ids);
            }
            case "qsThreadInfo" -> "l";
            case "qC" -> "QC" + Target.thread(target.selected());
            case "qAttached" -> "1";
            // nothing is wanted to be known of any symbol
            case "qSymbol" -> Replies.OK;
            default -> Replies.UNKNOWN;
        };
    }

    private String supported(String client) {
        List<String> features = List.of(client.split(";"));
        points.tell(features.contains("swbreak+"), features.contains("hwbreak+"));
        return SUPPORTED + (target.past().isPresent() ? ";ReverseStep+;ReverseContinue+" : "");
    }

    private String extraInfo(String thread) {
        int cpu = target.cpu(thread);
        if (cpu == Target.ANY) {
            throw new IllegalArgumentException("one thread is needed");
        }
        return Packets.hexText("CPU " + cpu + " [" + state(target.cpus().get(cpu)) + "]");
    }
}
