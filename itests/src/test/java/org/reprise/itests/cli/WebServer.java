package org.reprise.itests.cli;

import java.io.BufferedOutputStream;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;

/**
 * A web server on the loopback, one request a connection: {@code /body/SEED/BYTES} is a body of so many bytes that depend on the seed,
 * {@code /half/…} closes in its middle, {@code /reset/…} resets the connection there, {@code /file/NAME} is a text.
 */
public final class WebServer implements AutoCloseable {
    private static final int PIECE = 1 << 14;

    private final ServerSocket server;
    private final Map<String, String> texts = new ConcurrentHashMap<>();
    private final Set<Socket> open = ConcurrentHashMap.newKeySet();
    private final AtomicInteger connections = new AtomicInteger();
    private final AtomicLong sent = new AtomicLong();

    public WebServer() throws IOException {
        server = new ServerSocket(0, 200, InetAddress.getLoopbackAddress());
        Thread t = new Thread(this::accept, "web server");
        t.setDaemon(true);
        t.start();
    }

    /** Offers a text. */
    public void offer(String name, String text) {
        texts.put(name, text);
    }

    /** Its port. */
    public int port() {
        return server.getLocalPort();
    }

    /** Connections so far. */
    public int connections() {
        return connections.get();
    }

    /** Bytes of bodies handed to the host's TCP so far. */
    public long sent() {
        return sent.get();
    }

    /** Body of a seed: the bytes of Marsaglia's xorshift64, least significant first. */
    private static final class Body {
        private long x;

        Body(long seed) {
            x = seed * 0x9E3779B97F4A7C15L | 1;
        }

        /** Fills an array whose length is a multiple of 8, or the last one. */
        void next(byte[] into, int length) {
            for (int i = 0; i < length; i += 8) {
                x ^= x << 13;
                x ^= x >>> 7;
                x ^= x << 17;
                for (int j = 0; j < 8 && i + j < length; j++) {
                    into[i + j] = (byte) (x >>> 8 * j);
                }
            }
        }
    }

    /** Puts a body into a digest. */
    public static void digest(long seed, long bytes, MessageDigest into) {
        Body body = new Body(seed);
        byte[] piece = new byte[PIECE];
        for (long left = bytes; left > 0; left -= PIECE) {
            int n = (int) Math.min(left, PIECE);
            body.next(piece, n);
            into.update(piece, 0, n);
        }
    }

    /** The SHA-256 of a body. */
    public static String sha256(long seed, long bytes) throws Exception {
        MessageDigest d = MessageDigest.getInstance("SHA-256");
        digest(seed, bytes, d);
        return HexFormat.of().formatHex(d.digest());
    }

    private void accept() {
        while (true) {
            Socket s;
            try {
                s = server.accept();
            } catch (IOException closed) {
                return;
            }
            open.add(s);
            connections.incrementAndGet();
            Thread t = new Thread(() -> serve(s), "web connection");
            t.setDaemon(true);
            t.start();
        }
    }

    private void serve(Socket s) {
        try (s) {
            BufferedReader in = new BufferedReader(new InputStreamReader(s.getInputStream(), StandardCharsets.US_ASCII));
            String request = in.readLine();
            for (String header = request; header != null && !header.isEmpty();) {
                header = in.readLine();
            }
            if (request == null) {
                return;
            }
            String[] path = request.split(" ")[1].split("/");
            OutputStream out = new BufferedOutputStream(s.getOutputStream(), 1 << 16);
            if (path[1].equals("file")) {
                byte[] text = texts.get(path[2]).getBytes(StandardCharsets.UTF_8);
                head(out, text.length);
                out.write(text);
                out.flush();
                return;
            }
            body(s, out, path[1], Long.parseLong(path[2]), Long.parseLong(path[3]));
        } catch (IOException gone) {
            // the guest's side ended it, or this server did
            return;
        } finally {
            open.remove(s);
        }
    }

    private static void head(OutputStream out, long length) throws IOException {
        out.write(("HTTP/1.1 200 OK\r\nContent-Type: application/octet-stream\r\nContent-Length: " + length
            + "\r\nConnection: close\r\n\r\n").getBytes(StandardCharsets.US_ASCII));
    }

    private void body(Socket s, OutputStream out, String kind, long seed, long length) throws IOException {
        head(out, length);
        Body body = new Body(seed);
        byte[] piece = new byte[PIECE];
        long end = kind.equals("body") ? length : length / 2;
        for (long done = 0; done < end;) {
            int n = (int) Math.min(end - done, PIECE);
            body.next(piece, n);
            out.write(piece, 0, n);
            done += n;
            sent.addAndGet(n);
        }
        out.flush();
        if (kind.equals("reset")) {
            s.setSoLinger(true, 0);
        }
    }

    /** Ends all connections: nobody answers any more. */
    @Override
    public void close() throws IOException {
        server.close();
        for (Socket s : open) {
            s.close();
        }
    }
}
