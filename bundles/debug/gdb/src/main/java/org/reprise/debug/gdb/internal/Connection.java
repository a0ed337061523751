package org.reprise.debug.gdb.internal;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.Socket;
import java.util.Locale;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.reprise.api.cpu.WatchListener;
import org.reprise.api.machine.DebugSession;
import org.reprise.api.machine.DebugSession.Stop;
import org.reprise.api.machine.Machine;
import org.reprise.api.machine.MachineException;
import org.reprise.api.machine.MachineState;
import org.reprise.debug.gdb.protocol.PacketReader;
import org.reprise.debug.gdb.protocol.Packets;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One client's session. Its thread reads packets; while the guest stands still they are answered on the machine's thread, all that have
 * come in one go, because a hand-over between threads costs more than an answer. A halt is reported by the machine's thread.
 */
final class Connection {
    private static final Logger LOG = LoggerFactory.getLogger(Connection.class);

    private final Machine machine;
    private final Socket socket;
    private final PacketReader reader = new PacketReader();
    /** Read, not yet answered; those that come while the guest runs wait until it halts. */
    private final Queue<String> packets = new ConcurrentLinkedQueue<>();
    private DebugSession session;
    private Commands commands;
    private OutputStream out;
    private byte[] lastReply = {};
    private boolean acknowledge = true;
    private volatile boolean over;
    /** The client waits for a stop reply. Guarded by this. */
    private boolean awaitingStop;
    private Stop lastStop = Stop.INTERRUPT;

    Connection(Machine machine, Socket socket) {
        this.machine = machine;
        this.socket = socket;
    }

    /** Serves the client until it goes. */
    void serve() {
        try (Socket closing = socket) {
            out = socket.getOutputStream();
            session = machine.debug(this::stopped);
            try {
                commands = new Commands(machine, session);
                if (machine.status().state() == MachineState.RUNNING) {
                    session.interrupt();
                }
                commands.select(session.currentCpu());
                read(socket.getInputStream());
            } finally {
                session.close();
            }
        } catch (IOException e) {
            LOG.debug("machine {}: the debugger's connection ended: {}", machine.name(), e.getMessage());
        } catch (MachineException e) {
            LOG.warn("machine {}: debugger refused: {}", machine.name(), e.getMessage());
        }
    }

    private void read(InputStream in) throws IOException {
        byte[] buffer = new byte[1 << 14];
        while (!over) {
            int n = in.read(buffer);
            if (n < 0) {
                return;
            }
            reader.feed(buffer, 0, n);
            for (PacketReader.Item item = reader.next(); item != null; item = reader.next()) {
                take(item);
            }
            if (!packets.isEmpty() && !running()) {
                answer();
            }
        }
    }

    private synchronized boolean running() {
        return awaitingStop;
    }

    private void take(PacketReader.Item item) throws IOException {
        switch (item.kind()) {
            case PACKET -> {
                if (acknowledge) {
                    write(new byte[] {'+'});
                }
                packets.add(item.payload());
            }
            case DAMAGED -> {
                if (acknowledge) {
                    write(new byte[] {'-'});
                }
            }
            case NACK -> write(lastReply);
            case INTERRUPT -> interrupt();
            default -> {
                // an acknowledgement
            }
        }
    }

    private void interrupt() {
        try {
            session.interrupt();
        } catch (MachineException e) {
            LOG.debug("machine {}: nothing to interrupt: {}", machine.name(), e.getMessage());
        }
    }

    private synchronized void write(byte[] bytes) throws IOException {
        out.write(bytes);
        out.flush();
    }

    /** Answers what has come, up to a packet that lets the guest run. */
    private void answer() throws IOException {
        try {
            machine.inspect(cpus -> {
                commands.cpus(cpus);
                answerAll(new ByteArrayOutputStream());
                return null;
            });
        } catch (MachineException e) {
            // taken apart meanwhile: there is nothing left to debug
            LOG.debug("machine {}: {}", machine.name(), e.getMessage());
            write(Packets.frame("W00"));
            over = true;
        }
    }

    /** On the machine's thread. */
    private void answerAll(ByteArrayOutputStream replies) {
        while (!running() && !over) {
            String packet = packets.poll();
            if (packet == null) {
                break;
            }
            handle(packet, replies);
        }
        flush(replies);
    }

    private void flush(ByteArrayOutputStream replies) {
        if (replies.size() > 0) {
            try {
                write(replies.toByteArray());
            } catch (IOException e) {
                LOG.debug("machine {}: the debugger does not take its answers: {}", machine.name(), e.getMessage());
                over = true;
            }
            replies.reset();
        }
    }

    private void handle(String p, ByteArrayOutputStream replies) {
        char kind = p.isEmpty() ? 0 : p.charAt(0);
        if (kind == 'c' || kind == 'C' || kind == 's' || kind == 'S' || p.startsWith("vCont;")) {
            run(p, replies);
            return;
        }
        if (kind == 'D' || kind == 'k' || p.startsWith("vKill")) {
            leave(kind == 'D', replies);
            return;
        }
        String reply = switch (p) {
            case "?" -> stopReply(lastStop);
            case "vCont?" -> "vCont;c;C;s;S";
            case "QStartNoAckMode" -> {
                acknowledge = false;
                yield "OK";
            }
            default -> commands.answer(p);
        };
        String message = commands.message();
        if (message != null && p.startsWith("qRcmd,")) {
            if (!message.isEmpty()) {
                replies.writeBytes(Packets.frame("O" + Packets.hexText(message)));
            }
        } else if (message != null) {
            LOG.info("machine {}: debugger: {}", machine.name(), message.strip());
        }
        send(reply, replies);
    }

    private void send(String reply, ByteArrayOutputStream replies) {
        lastReply = Packets.frame(reply);
        replies.writeBytes(lastReply);
    }

    /** s, S, c, C and vCont: all CPUs run, or the one whose turn it is makes a step. */
    private void run(String p, ByteArrayOutputStream replies) {
        boolean step = p.charAt(0) == 's' || p.charAt(0) == 'S' || p.startsWith("vCont;s") || p.startsWith("vCont;S");
        if (p.startsWith("vCont;") && "cCsS".indexOf(p.length() > 6 ? p.charAt(6) : ' ') < 0) {
            send("E01", replies);
            return;
        }
        // the guest may halt, and its halt be reported, before this method returns
        flush(replies);
        synchronized (this) {
            awaitingStop = true;
        }
        try {
            if (step) {
                session.step();
            } else {
                session.resume(commands.until());
            }
        } catch (MachineException e) {
            synchronized (this) {
                awaitingStop = false;
            }
            LOG.info("machine {}: debugger: {}", machine.name(), e.getMessage());
            send(machine.status().state() == MachineState.SHUTDOWN ? "W00" : stopReply(lastStop), replies);
        }
    }

    private void leave(boolean detach, ByteArrayOutputStream replies) {
        over = true;
        if (detach) {
            send("OK", replies);
            try {
                session.resume();
            } catch (MachineException e) {
                LOG.debug("machine {} stands still after its debugger has gone: {}", machine.name(), e.getMessage());
            }
        } else {
            LOG.info("machine {}: stopped by its debugger", machine.name());
            machine.stop();
        }
    }

    /** A halt; on the machine's thread. */
    private void stopped(Stop why) {
        synchronized (this) {
            lastStop = why;
            if (!awaitingStop) {
                return;
            }
            awaitingStop = false;
        }
        ByteArrayOutputStream replies = new ByteArrayOutputStream();
        send(stopReply(why), replies);
        answerAll(replies);
    }

    /** Which watchpoint it was: gdb finds its own by an address inside of it. */
    private static String watch(WatchListener.Access access) {
        String kind = switch (access.point().kind()) {
            case READ -> "rwatch:";
            case WRITE -> "watch:";
            case ACCESS -> "awatch:";
        };
        long inside = access.point().touches(access.address(), 1) ? access.address() : access.point().address();
        return kind + Long.toHexString(inside) + ";";
    }

    private String stopReply(Stop why) {
        int cpu = commands == null ? 0 : session.currentCpu();
        String thread = String.format(Locale.ROOT, "thread:%02x;", cpu + 1);
        if (commands != null) {
            commands.select(cpu);
        }
        return switch (why) {
            case STEP -> "T05" + thread;
            case BREAKPOINT -> "T05swbreak:;" + thread;
            case WATCHPOINT -> "T05" + session.access().map(Connection::watch).orElse("") + thread;
            case INTERRUPT -> "T02" + thread;
            case REPLAY_END -> "T05replaylog:end;" + thread;
            case SHUTDOWN -> String.format(Locale.ROOT, "W%02x", machine.status().exitCode() & 0xff);
            case FAILED -> "X06";
        };
    }
}
