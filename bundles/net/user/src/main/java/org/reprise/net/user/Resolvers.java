package org.reprise.net.user;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** The host's name servers. */
final class Resolvers {
    private static final Path FILE = Path.of("/etc/resolv.conf");
    private static final int MOST = 3;

    private Resolvers() {
    }

    /** Those that the host itself asks (resolv.conf(5)), none when there is no such file. */
    static List<InetSocketAddress> ofHost() throws IOException {
        return Files.isReadable(FILE) ? read(Files.readAllLines(FILE, StandardCharsets.ISO_8859_1)) : List.of();
    }

    static List<InetSocketAddress> read(List<String> lines) {
        List<InetSocketAddress> found = new ArrayList<>();
        for (String line : lines) {
            String[] words = line.trim().split("\\s+");
            if (words.length >= 2 && words[0].equals("nameserver") && found.size() < MOST) {
                try {
                    found.add(new InetSocketAddress(Address.parse(words[1]).toHost(), Protocol.DNS_PORT));
                } catch (IllegalArgumentException e) {
                    // an address with a zone, of one interface: what works from there need not work from here
                    continue;
                }
            }
        }
        return found;
    }

    /** {@code address}, {@code v4:port} or {@code [v6]:port}. @throws IllegalArgumentException when it is neither */
    static InetSocketAddress parse(String text) {
        String address = text;
        int port = Protocol.DNS_PORT;
        int colon = text.lastIndexOf(':');
        boolean bracket = text.startsWith("[");
        if (colon > 0 && (bracket ? text.charAt(colon - 1) == ']' : text.indexOf(':') == colon)) {
            port = Integer.parseInt(text.substring(colon + 1));
            address = text.substring(0, colon);
            if (port < 1 || port > 0xffff) {
                throw new IllegalArgumentException("port " + port + " is not within 1..65535");
            }
        }
        return new InetSocketAddress(Address.parse(bracket ? address.replace("[", "").replace("]", "") : address).toHost(), port);
    }
}
