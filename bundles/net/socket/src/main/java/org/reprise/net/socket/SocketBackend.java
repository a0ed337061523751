package org.reprise.net.socket;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import org.osgi.service.component.annotations.Component;
import org.reprise.api.device.PartConfig;
import org.reprise.api.net.NetworkBackend;
import org.reprise.api.net.NetworkHost;
import org.reprise.api.net.NetworkLink;

/**
 * The back end {@code socket}: Ethernet frames over a TCP connection to another machine, each behind its length as 32 bits, big-endian.
 * That is what the reference emulator's {@code -netdev socket} speaks.
 *
 * <p>Keys, exactly one of them: {@code socket.listen} ({@code [host]:port}, the loopback when there is no host; port 0 is any that is
 * free) and {@code socket.connect} ({@code host:port}; tried again until there is somebody). An address of version 6 stands in brackets.
 */
@Component(service = NetworkBackend.class, property = {NetworkBackend.BACKEND + "=socket", NetworkBackend.OFFLOADS + ":Boolean=false",
    NetworkBackend.TIMER_EXTERNAL + ":Boolean=true"})
public final class SocketBackend implements NetworkBackend {
    private static final String LISTEN = "socket.listen";
    private static final String CONNECT = "socket.connect";

    @Override
    public NetworkLink open(PartConfig config, NetworkHost host) throws IOException {
        boolean listen = config.has(LISTEN);
        if (listen == config.has(CONNECT)) {
            throw new IllegalArgumentException(config.name() + ": set either " + LISTEN + "=[host]:port or " + CONNECT + "=host:port");
        }
        String key = listen ? LISTEN : CONNECT;
        InetSocketAddress address = address(config, key, config.text(key), listen);
        return new SocketLink(config.name(), address, listen, host);
    }

    private static InetSocketAddress address(PartConfig config, String key, String text, boolean listen) {
        int colon = text.lastIndexOf(':');
        String host = colon < 0 ? "" : text.substring(0, colon);
        String port = text.substring(colon + 1);
        if (colon < 0 || !port.matches("\\d{1,5}") || Integer.parseInt(port) > 0xffff || !listen && (port.equals("0") || host.isEmpty())
                || host.contains(":") && !host.matches("\\[[^\\[\\]]*]")) {
            throw new IllegalArgumentException(config.name() + ": " + key + "=" + text + " is not of the form "
                    + (listen ? "[host]:port, for example :4321" : "host:port, for example 127.0.0.1:4321"));
        }
        try {
            return new InetSocketAddress(host.isEmpty() ? InetAddress.getByName("127.0.0.1") : InetAddress.getByName(host),
                    Integer.parseInt(port));
        } catch (UnknownHostException e) {
            throw new IllegalArgumentException(config.name() + ": " + key + "=" + text + ": the host is not known; write its address", e);
        }
    }
}
