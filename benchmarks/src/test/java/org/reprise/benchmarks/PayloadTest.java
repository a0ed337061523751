package org.reprise.benchmarks;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import org.junit.jupiter.api.Test;

class PayloadTest {
    private final HttpClient client = HttpClient.newHttpClient();

    private static HttpRequest.Builder to(Payload server, String path) {
        return HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + server.port() + path));
    }

    @Test
    void anAnswerIsAsLongAsAskedForAndRepeatsTheBlock() throws Exception {
        try (Payload server = new Payload(new byte[] {1, 2, 3})) {
            HttpResponse<byte[]> response = client.send(to(server, "/bytes/8").build(), BodyHandlers.ofByteArray());
            assertEquals(200, response.statusCode());
            assertArrayEquals(new byte[] {1, 2, 3, 1, 2, 3, 1, 2}, response.body());
        }
    }

    @Test
    void aBodyIsTaken() throws Exception {
        try (Payload server = new Payload(new byte[] {1})) {
            HttpRequest put = to(server, "/sink").PUT(BodyPublishers.ofByteArray(new byte[100_000])).build();
            assertEquals(204, client.send(put, BodyHandlers.discarding()).statusCode());
        }
    }
}
