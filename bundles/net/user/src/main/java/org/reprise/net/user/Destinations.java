package org.reprise.net.user;

import java.net.InetAddress;
import java.net.InetSocketAddress;

/** Where on the host's side an address of the guest's network leads. */
final class Destinations {
    private static final Address LOOPBACK4 = Address.v4(0x7f00_0001);
    private static final Address LOOPBACK6 = new Address(true, 0, 1);

    private final UserSettings settings;

    Destinations(UserSettings settings) {
        this.settings = settings;
    }

    /**
     * The host's side of an address and port.
     *
     * @param attempt of several name servers, which one is asked
     * @return null when nothing may or can be reached there
     */
    InetSocketAddress find(Address target, int port, int attempt) {
        if (settings.restrict() || port == 0) {
            return null;
        }
        if (settings.nameServer(target)) {
            int servers = settings.resolvers().size();
            return port == Protocol.DNS_PORT && servers > 0 ? settings.resolvers().get(attempt % servers) : null;
        }
        if (settings.gateway(target)) {
            return to(target.six() ? LOOPBACK6 : LOOPBACK4, port);
        }
        return settings.local(target) || target.unroutable() ? null : to(target, port);
    }

    private static InetSocketAddress to(Address address, int port) {
        InetAddress host = address.toHost();
        return new InetSocketAddress(host, port);
    }
}
