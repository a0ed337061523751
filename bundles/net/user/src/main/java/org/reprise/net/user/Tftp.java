package org.reprise.net.user;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.reprise.core.packet.Bytes;

/**
 * TFTP server at the gateway (RFC 1350) with the options {@code blksize}, {@code tsize} and {@code timeout} (RFC 2347 to 2349). To read
 * only, bytes as they are. Files are read on the machine's thread, so that answers come at the same time in each run.
 */
final class Tftp {
    static final int PORT = 69;
    static final int ERROR_NOT_FOUND = 1;
    static final int ERROR_ACCESS = 2;
    private static final int ERROR_OPERATION = 4;
    private static final int READ = 1;
    private static final int WRITE = 2;
    private static final int ERROR = 5;
    private static final int OPTIONS = 6;
    private static final int MOST_SESSIONS = 16;
    private static final int MOST_TEXTS = 2 + 2 * 8;
    private static final int FIRST_PORT = 0x8000;
    private static final int DEFAULT_BLOCK = 512;

    private final UserSettings settings;
    private final Alarms alarms;
    private final Udp udp;
    private final TftpFolder folder;
    private final Map<Flow, TftpSession> sessions = new LinkedHashMap<>();
    private int nextPort = FIRST_PORT;

    Tftp(UserSettings settings, Alarms alarms, Udp udp) {
        this.settings = settings;
        this.alarms = alarms;
        this.udp = udp;
        folder = new TftpFolder(settings.tftp());
    }

    /** A datagram for the gateway. @return false when it is not of this protocol */
    boolean receive(Flow flow, byte[] b, int start, int end) {
        TftpSession session = sessions.get(flow);
        if (session != null) {
            if (!session.receive(b, start, end)) {
                end(session);
            }
            return true;
        }
        if (flow.farPort() != PORT) {
            return false;
        }
        if (end - start >= 2) {
            int operation = Bytes.get16(b, start);
            if (operation == READ) {
                read(flow, texts(b, start + 2, end));
            } else if (operation == WRITE) {
                error(flow, ERROR_ACCESS, "files are only read here");
            } else if (operation != ERROR) {
                error(flow, ERROR_OPERATION, "no such operation");
            }
        }
        return true;
    }

    /** Texts that end with zeros. */
    private static List<String> texts(byte[] b, int start, int end) {
        List<String> texts = new ArrayList<>();
        int from = start;
        for (int at = start; at < end && texts.size() < MOST_TEXTS; at++) {
            if (b[at] == 0) {
                texts.add(new String(b, from, at - from, StandardCharsets.UTF_8));
                from = at + 1;
            }
        }
        return texts;
    }

    private void read(Flow flow, List<String> texts) {
        if (texts.size() < 2 || texts.get(0).isEmpty()) {
            error(flow, ERROR_OPERATION, "no file name and mode");
            return;
        }
        if (!texts.get(1).toLowerCase(Locale.ROOT).equals("octet")) {
            error(flow, ERROR_OPERATION, "the mode is not octet");
            return;
        }
        try {
            FileChannel file = folder.open(texts.get(0));
            start(flow, texts, file);
        } catch (TftpFolder.Refused e) {
            error(flow, e.code(), e.getMessage());
        } catch (IOException e) {
            error(flow, ERROR_ACCESS, "cannot be read");
        }
    }

    private void start(Flow asked, List<String> texts, FileChannel file) throws IOException {
        ByteArrayOutputStream agreed = new ByteArrayOutputStream();
        int block = DEFAULT_BLOCK;
        int timeout = 1;
        for (int i = 2; i + 1 < texts.size(); i += 2) {
            String option = texts.get(i).toLowerCase(Locale.ROOT);
            long value = texts.get(i + 1).matches("\\d{1,9}") ? Long.parseLong(texts.get(i + 1)) : -1;
            if (option.equals("blksize") && value >= 8) {
                block = (int) Math.min(value, settings.mtu() - 60);
                option(agreed, option, block);
            } else if (option.equals("tsize") && value == 0) {
                option(agreed, option, file.size());
            } else if (option.equals("timeout") && value >= 1 && value <= 255) {
                timeout = (int) value;
                option(agreed, option, timeout);
            }
        }
        // the request again: its answer was lost
        List.copyOf(sessions.values()).stream()
                .filter(s -> s.flow().guest().equals(asked.guest()) && s.flow().guestPort() == asked.guestPort()).forEach(this::end);
        if (sessions.size() >= MOST_SESSIONS) {
            end(sessions.values().iterator().next());
        }
        Flow flow;
        do {
            flow = new Flow(asked.guest(), asked.guestPort(), asked.far(), nextPort);
            nextPort = nextPort == 0xffff ? FIRST_PORT : nextPort + 1;
        } while (sessions.containsKey(flow));
        byte[] options = null;
        if (agreed.size() > 0) {
            options = new byte[2 + agreed.size()];
            Bytes.put16(options, 0, OPTIONS);
            System.arraycopy(agreed.toByteArray(), 0, options, 2, agreed.size());
        }
        TftpSession session = new TftpSession(this, flow, file, block, timeout * Alarms.SECOND, alarms);
        sessions.put(flow, session);
        session.start(options);
    }

    private static void option(ByteArrayOutputStream out, String name, long value) {
        out.writeBytes((name + "\0" + value + "\0").getBytes(StandardCharsets.US_ASCII));
    }

    void end(TftpSession session) {
        sessions.remove(session.flow());
        session.close();
    }

    void send(Flow flow, byte[] message) {
        udp.send(flow, message, message.length);
    }

    void error(Flow flow, int code, String text) {
        byte[] bytes = text.getBytes(StandardCharsets.US_ASCII);
        byte[] message = new byte[4 + bytes.length + 1];
        Bytes.put16(message, 0, ERROR);
        Bytes.put16(message, 2, code);
        System.arraycopy(bytes, 0, message, 4, bytes.length);
        send(flow, message);
    }

    void close() {
        sessions.values().forEach(TftpSession::close);
        sessions.clear();
    }
}
