package org.reprise.net.user;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Function;
import java.util.regex.Pattern;
import org.reprise.api.device.PartConfig;

/**
 * The configuration of a user-mode network.
 *
 * @param network address of the network
 * @param prefix bits of the network's part of an address, 8..28
 * @param host the gateway, which is also how the guest reaches the host
 * @param dns the guest's name server
 * @param firstLease first address that DHCP gives away
 * @param hostname the guest's name, empty when it has none
 * @param search domains in which a name is looked up
 * @param restrict nothing but services that are answered inside; what {@code hostfwd} names is allowed still
 * @param resolvers the host's name servers
 * @param tftp folder that is served, or null
 * @param bootfile file name that DHCP tells, empty when there is none
 * @param mtu most bytes of an IP packet
 */
record UserSettings(Address network, int prefix, Address host, Address dns, Address firstLease, String hostname, List<String> search,
        boolean restrict, List<InetSocketAddress> resolvers, List<Forward> forwards, Path tftp, String bootfile, boolean ipv6, int mtu) {
    /** The gateway's addresses of version 6, and the name server's: the site-local prefix that emulators use by custom. */
    static final Address HOST6 = Address.parse("fec0::2");
    static final Address DNS6 = Address.parse("fec0::3");
    static final Address LINK6 = Address.parse("fe80::2");
    static final Address PREFIX6 = Address.parse("fec0::");
    private static final Pattern LABELS = Pattern.compile("[A-Za-z0-9_]([A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?"
            + "(\\.[A-Za-z0-9_]([A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?)*");
    private static final int MOST_LEASE_OFFSET = 15;

    /** Reads a part's configuration. @throws IllegalArgumentException naming part, key and value */
    static UserSettings of(PartConfig config) throws IOException {
        String net = config.text("net", "10.0.2.0/24");
        int prefix = value(config, "net", net, text -> prefix(text));
        Address network = value(config, "net", net, text -> v4(text.substring(0, text.indexOf('/'))));
        int mask = -1 << 32 - prefix;
        if (((int) network.low() & ~mask) != 0) {
            throw bad(config, "net", net, "has bits outside of its prefix; write it as " + Address.v4((int) network.low() & mask)
                    + "/" + prefix);
        }
        Address host = inside(config, "host", network.plus(2), network, mask);
        Address first = inside(config, "dhcpstart", network.plus(MOST_LEASE_OFFSET), network, mask);
        boolean restrict = config.flag("restrict", false);
        Path tftp = config.has("tftp") ? Path.of(config.text("tftp")) : null;
        if (tftp != null && !Files.isDirectory(tftp)) {
            throw bad(config, "tftp", tftp.toString(), "is no folder; name the folder whose files are served");
        }
        String hostname = config.text("hostname", "");
        String bootfile = config.text("bootfile", "");
        if (!hostname.isEmpty() && (hostname.length() > 63 || !LABELS.matcher(hostname).matches())) {
            throw bad(config, "hostname", hostname, "is no host name of at most 63 letters, digits and dashes");
        }
        if (bootfile.length() > 127 || !bootfile.chars().allMatch(c -> c > ' ' && c < 0x7f)) {
            throw bad(config, "bootfile", bootfile, "is not at most 127 printable ASCII characters");
        }
        List<String> search = config.list("dnssearch");
        for (String domain : search) {
            if (domain.length() > 200 || search.size() > 6 || !LABELS.matcher(domain).matches()) {
                throw bad(config, "dnssearch", String.join(",", search), "is not a list of at most 6 domain names");
            }
        }
        long mtu = config.number("mtu", 1500);
        if (mtu < 1280 || mtu > 9000) {
            throw bad(config, "mtu", Long.toString(mtu), "is not within 1280..9000");
        }
        List<Forward> forwards = config.list("hostfwd").stream().filter(text -> !text.isEmpty())
                .map(text -> value(config, "hostfwd", text, t -> Forward.parse(t, first))).toList();
        List<InetSocketAddress> resolvers = restrict ? List.of() : config.has("dns")
                ? config.list("dns").stream().map(text -> value(config, "dns", text, Resolvers::parse)).toList() : Resolvers.ofHost();
        Address dns = network.plus(3);
        if (host.equals(dns)) {
            throw bad(config, "host", host.toString(), "is the name server's address");
        }
        return new UserSettings(network, prefix, host, dns, first, hostname, search, restrict, resolvers, forwards, tftp, bootfile,
                config.flag("ipv6", true), (int) mtu);
    }

    private static int prefix(String net) {
        int slash = net.indexOf('/');
        int bits = slash < 0 ? -1 : Integer.parseInt(net.substring(slash + 1));
        if (bits < 8 || bits > 28) {
            throw new IllegalArgumentException("its prefix is not within 8..28; write it as 10.0.2.0/24");
        }
        return bits;
    }

    private static Address v4(String text) {
        Address address = Address.parse(text);
        if (address.six()) {
            throw new IllegalArgumentException("it is not of version 4");
        }
        return address;
    }

    private static Address inside(PartConfig config, String key, Address standard, Address network, int mask) {
        Address address = value(config, key, config.text(key, standard.toString()), UserSettings::v4);
        int own = (int) address.low() & ~mask;
        if (((int) address.low() & mask) != (int) network.low() || own == 0 || own == ~mask) {
            throw bad(config, key, address.toString(), "is no host's address within " + network);
        }
        return address;
    }

    private static <T> T value(PartConfig config, String key, String text, Function<String, T> parse) {
        try {
            return parse.apply(text);
        } catch (IllegalArgumentException e) {
            throw bad(config, key, text, "cannot be used: " + e.getMessage());
        }
    }

    private static IllegalArgumentException bad(PartConfig config, String key, String value, String reason) {
        return new IllegalArgumentException(config.name() + ": " + key + "=" + value + " " + reason);
    }

    int mask() {
        return -1 << 32 - prefix;
    }

    /** True for addresses of version 4 within the network. */
    boolean local(Address address) {
        return !address.six() && ((int) address.low() & mask()) == (int) network.low();
    }

    /** True for the network's broadcast address and that of all networks. */
    boolean broadcast(Address address) {
        return !address.six() && (address.equals(Address.BROADCAST) || local(address) && ((int) address.low() | mask()) == -1);
    }

    /** True for the addresses at which this back end itself is: gateway and name server. */
    boolean own(Address address) {
        return address.six() ? ipv6 && (gateway(address) || address.equals(DNS6)) : address.equals(host) || address.equals(dns);
    }

    /** True for the gateway's addresses, behind which the host's loopback is. */
    boolean gateway(Address address) {
        return address.equals(host) || address.equals(HOST6) || address.equals(LINK6);
    }

    /** True for the name server's addresses. */
    boolean nameServer(Address address) {
        return address.equals(dns) || address.equals(DNS6);
    }

    /** The gateway's address of a version. */
    Address gateway(boolean six) {
        return six ? HOST6 : host;
    }
}
