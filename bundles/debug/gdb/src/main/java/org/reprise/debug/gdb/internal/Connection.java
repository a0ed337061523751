package org.reprise.debug.gdb.internal;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.Socket;
import java.util.Queue;
import java.util.concurrent.LinkedBlockingQueue;
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
final class Connection implements Execution.Client {
    private static final Logger LOG = LoggerFactory.getLogger(Connection.class);
    /** Packets that wait for the guest to halt; a debugger sends none then. */
    private static final int MOST_WAITING = 512;

    private final Machine machine;
    private final MachineServices services;
    private final Socket socket;
    private final PacketReader reader = new PacketReader(false);
    /** Read, not yet answered; those that come while the guest runs wait until it halts. */
    private final Queue<String> packets = new LinkedBlockingQueue<>(MOST_WAITING);
    private DebugSession session;
    private Target target;
    private Points points;
    private Commands commands;
    private volatile Execution execution;
    private OutputStream out;
    private byte[] lastReply = {};
    private boolean acknowledge = true;
    private volatile boolean over;

    Connection(Machine machine, MachineServices services, Socket socket) {
        this.machine = machine;
        this.services = services;
        this.socket = socket;
    }

    /** Serves the client until it goes. */
    void serve() {
        try (Socket closing = socket) {
            out = socket.getOutputStream();
            try {
                session = machine.debug(this::halted);
            } catch (MachineException e) {
                LOG.warn("machine {}: debugger refused: {}", machine.name(), e.getMessage());
                Refusal.tell(socket, e.getMessage());
                return;
            }
            try {
                serve(socket.getInputStream());
            } finally {
                session.close();
            }
        } catch (IOException e) {
            LOG.debug("machine {}: the debugger's connection ended: {}", machine.name(), e.getMessage());
        } catch (MachineException e) {
            LOG.warn("machine {}: its debugger's session ended: {}", machine.name(), e.getMessage());
        }
    }

    private void serve(InputStream in) throws IOException {
        target = new Target(machine, session, services);
        points = new Points(target);
        commands = new Commands(target, points);
        try (Execution runs = new Execution(target, points, this)) {
            execution = runs;
            if (machine.status().state() == MachineState.RUNNING) {
                session.interrupt();
            }
            machine.inspect(cpus -> {
                target.cpus(cpus);
                target.select(session.currentCpu());
                return null;
            });
            read(in);
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
            answer();
        }
    }

    private void take(PacketReader.Item item) throws IOException {
        switch (item.kind()) {
            case PACKET -> {
                if (acknowledge) {
                    write(new byte[] {'+'});
                }
                if (item.payload().equals("vCtrlC")) {
                    answer();
                    write(Packets.frame(Replies.OK));
                    interrupt();
                } else if (!packets.offer(item.payload())) {
                    answer();
                    if (!packets.offer(item.payload())) {
                        throw new IOException("the debugger sends packets while the guest runs, more than " + MOST_WAITING);
                    }
                }
            }
            case DAMAGED -> {
                if (acknowledge) {
                    write(new byte[] {'-'});
                }
            }
            case NACK -> {
                // gdb asks so after two seconds of silence, too; without acknowledgements it would take the second answer for that to its next packet
                if (acknowledge) {
                    write(lastReply);
                }
            }
            case INTERRUPT -> {
                // what came before lets the guest run, maybe
                answer();
                interrupt();
            }
            default -> {
                // an acknowledgement
            }
        }
    }

    private void interrupt() throws IOException {
        try {
            execution.interrupt();
        } catch (MachineException e) {
            LOG.debug("machine {}: nothing to interrupt: {}", machine.name(), e.getMessage());
            if (execution.busy()) {
                gone();
            }
        }
    }

    private synchronized void write(byte[] bytes) throws IOException {
        out.write(bytes);
        out.flush();
    }

    /** Answers what has come, up to a packet that lets the guest run. */
    private void answer() throws IOException {
        if (packets.isEmpty() || execution.busy()) {
            return;
        }
        try {
            machine.inspect(cpus -> {
                target.cpus(cpus);
                answerAll(new ByteArrayOutputStream());
                return null;
            });
        } catch (MachineException e) {
            LOG.debug("machine {}: {}", machine.name(), e.getMessage());
            gone();
        }
    }

    /** The machine was taken apart meanwhile: there is nothing left to debug. */
    @Override
    public void gone() {
        over = true;
        try {
            write(Packets.frame("W00"));
            socket.shutdownInput();
        } catch (IOException e) {
            LOG.debug("machine {}: its debugger has gone, too: {}", machine.name(), e.getMessage());
        }
    }

    /** On the machine's thread. */
    private void answerAll(ByteArrayOutputStream replies) {
        while (!execution.busy() && !over) {
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
        if (p.equals("bs") || p.equals("bc") || kind == 'c' || kind == 'C' || kind == 's' || kind == 'S' || p.startsWith("vCont;")) {
            // the guest may halt, and its halt be reported, before this method returns
            flush(replies);
            String reply = move(p);
            if (reply != null) {
                send(reply, replies);
            }
        } else if (kind == 'D' || kind == 'k' || p.equals("vKill") || p.startsWith("vKill;")) {
            leave(kind, replies);
        } else if (commands.apart(p)) {
            flush(replies);
            execution.apart(() -> commands.answer(p).toArray(String[]::new));
        } else {
            answer(p, replies);
        }
    }

    private void answer(String p, ByteArrayOutputStream replies) {
        switch (p) {
            case "?" -> send(execution.last(), replies);
            case "vCont?" -> send("vCont;c;C;s;S;t;r", replies);
            case "QStartNoAckMode" -> {
                acknowledge = false;
                send(Replies.OK, replies);
            }
            default -> {
                commands.answer(p).forEach(reply -> send(reply, replies));
                if (commands.problem() != null) {
                    LOG.info("machine {}: debugger: {}", machine.name(), commands.problem());
                }
            }
        }
    }

    private void send(String reply, ByteArrayOutputStream replies) {
        lastReply = Packets.frame(reply);
        replies.writeBytes(lastReply);
    }

    /** @return the answer, or null when it comes later */
    private String move(String p) {
        try {
            return p.charAt(0) == 'b' ? execution.back(p.equals("bs")) : execution.resume(p, commands.until());
        } catch (IllegalArgumentException | MachineException e) {
            LOG.info("machine {}: debugger: {}", machine.name(), Replies.printable(String.valueOf(e.getMessage())));
            return Replies.error(String.valueOf(e.getMessage()));
        }
    }

    /** D lets the guest run on; k and vKill leave it where it stands: a debugger does not switch a machine off. */
    private void leave(char kind, ByteArrayOutputStream replies) {
        over = true;
        points.clear();
        if (kind == 'D') {
            try {
                session.resume();
            } catch (MachineException e) {
                LOG.debug("machine {} stands still after its debugger has gone: {}", machine.name(), e.getMessage());
            }
        }
        if (kind != 'k') {
            send(Replies.OK, replies);
        }
    }

    /** The guest has halted; on the machine's thread. */
    private void halted(Stop why) {
        Execution runs = execution;
        if (runs != null) {
            runs.halted(why);
        }
    }

    @Override
    public void stopped(String... reports) {
        ByteArrayOutputStream replies = new ByteArrayOutputStream();
        for (String report : reports) {
            send(report, replies);
        }
        answerAll(replies);
    }
}
