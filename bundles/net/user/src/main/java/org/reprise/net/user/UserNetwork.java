package org.reprise.net.user;

import java.io.IOException;
import org.osgi.service.component.annotations.Component;
import org.reprise.api.device.PartConfig;
import org.reprise.api.net.NetworkBackend;
import org.reprise.api.net.NetworkHost;
import org.reprise.api.net.NetworkLink;

/**
 * The back end {@code user}: a network of its own, with gateway, DHCP, name server and TFTP, that reaches the host's network through
 * ordinary sockets and needs no privilege.
 *
 * <p>Keys, all optional: {@code net} (10.0.2.0/24); {@code host} (the gateway, the network's second address); {@code dhcpstart} (its
 * 15th); {@code hostname}; {@code dnssearch}; {@code dns} (name servers of the host that are asked, {@code address[:port]}; else those of
 * {@code /etc/resolv.conf}); {@code restrict} (on: nothing reaches the host but what {@code hostfwd} names); {@code hostfwd} (list of
 * {@code tcp|udp:[hostaddr]:hostport-[guestaddr]:guestport}); {@code tftp} (folder); {@code bootfile}; {@code ipv6} (on); {@code mtu}
 * (1500).
 */
@Component(service = NetworkBackend.class, property = {NetworkBackend.BACKEND + "=user", NetworkBackend.OFFLOADS + ":Boolean=true",
    NetworkBackend.TIMER_EXTERNAL + ":Boolean=true"})
public final class UserNetwork implements NetworkBackend {
    @Override
    public NetworkLink open(PartConfig config, NetworkHost host) throws IOException {
        return new UserLink(config.name(), UserSettings.of(config), host);
    }
}
