package org.reprise.benchmarks;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/**
 * A web server on the loopback for guests: {@code GET /bytes/N} gives N bytes, a block again and again; {@code PUT /sink} takes a body and drops it.
 */
final class Payload implements AutoCloseable {
    private final HttpServer server;
    private final ExecutorService threads = Executors.newCachedThreadPool();
    private final byte[] block;

    /** @param block what the answers are made of; a compressor must not see that it comes again */
    Payload(byte[] block) throws IOException {
        // else the end of a short answer waits for an acknowledgement of its head
        System.setProperty("sun.net.httpserver.nodelay", "true");
        this.block = block;
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.setExecutor(threads);
        server.createContext("/bytes/", this::bytes);
        server.createContext("/sink", this::sink);
        server.start();
    }

    int port() {
        return server.getAddress().getPort();
    }

    private void bytes(HttpExchange exchange) throws IOException {
        String path = exchange.getRequestURI().getPath();
        long left = Long.parseLong(path.substring(path.lastIndexOf('/') + 1));
        exchange.sendResponseHeaders(200, left);
        try (OutputStream body = exchange.getResponseBody()) {
            while (left > 0) {
                int n = (int) Math.min(left, block.length);
                body.write(block, 0, n);
                left -= n;
            }
        }
    }

    private void sink(HttpExchange exchange) throws IOException {
        try (InputStream body = exchange.getRequestBody()) {
            body.transferTo(OutputStream.nullOutputStream());
        }
        exchange.sendResponseHeaders(204, -1);
        exchange.close();
    }

    @Override
    public void close() {
        server.stop(0);
        threads.shutdownNow();
    }
}
