package org.reprise.benchmarks;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;

/** As much of gdb's remote protocol as timing it needs. */
final class Remote implements AutoCloseable {
    private static final int PATIENCE_MILLIS = 600_000;
    private final Socket socket;
    private final InputStream in;
    private final OutputStream out;
    private boolean acknowledges = true;

    Remote(int port) throws IOException {
        socket = new Socket(InetAddress.getLoopbackAddress(), port);
        socket.setTcpNoDelay(true);
        socket.setSoTimeout(PATIENCE_MILLIS);
        in = new BufferedInputStream(socket.getInputStream());
        out = socket.getOutputStream();
        acknowledges = !ask("QStartNoAckMode").equals("OK");
        ask("?");
    }

    /** Sends a packet, gives the answer. */
    String ask(String packet) throws IOException {
        byte[] bytes = packet.getBytes(StandardCharsets.ISO_8859_1);
        int sum = 0;
        for (byte b : bytes) {
            sum += b & 255;
        }
        out.write(("$" + packet + String.format("#%02x", sum & 255)).getBytes(StandardCharsets.ISO_8859_1));
        out.flush();
        return answer();
    }

    private String answer() throws IOException {
        int c = in.read();
        while (c != '$') {
            if (c < 0) {
                throw new IOException("the server closed the connection");
            }
            c = in.read();
        }
        StringBuilder s = new StringBuilder();
        for (c = in.read(); c != '#'; c = in.read()) {
            s.append((char) c);
        }
        in.readNBytes(2);
        if (acknowledges) {
            out.write('+');
            out.flush();
        }
        return s.toString();
    }

    /** A monitor command. @return what it prints */
    String monitor(String command) throws IOException {
        StringBuilder hex = new StringBuilder();
        for (byte b : command.getBytes(StandardCharsets.US_ASCII)) {
            hex.append(String.format("%02x", b));
        }
        StringBuilder text = new StringBuilder();
        for (String part = ask("qRcmd," + hex); !part.equals("OK"); part = answer()) {
            if (part.startsWith("E") || part.isEmpty()) {
                throw new IOException("monitor " + command + ": " + part + " " + text);
            }
            String digits = part.startsWith("O") ? part.substring(1) : part;
            for (int i = 0; i + 1 < digits.length(); i += 2) {
                text.append((char) Integer.parseInt(digits.substring(i, i + 2), 16));
            }
            if (!part.startsWith("O")) {
                break;
            }
        }
        return text.toString();
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }
}
