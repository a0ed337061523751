package org.reprise.net.user;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * One entry of {@code hostfwd}: {@code tcp|udp:[hostaddr]:hostport-[guestaddr]:guestport}. An address of version 6 stands in brackets.
 *
 * @param tcp else UDP
 * @param host where the host listens; port 0 means any that is free
 * @param guest where it leads
 */
record Forward(boolean tcp, InetSocketAddress host, Address guest, int guestPort) {
    private static final String ADDRESS = "([0-9.]*|\\[[0-9a-fA-F:.]+])";
    private static final Pattern FORM = Pattern.compile("(tcp|udp):" + ADDRESS + ":(\\d{1,5})-" + ADDRESS + ":(\\d{1,5})");

    /** Reads an entry. @throws IllegalArgumentException saying what is wrong with it */
    static Forward parse(String text, Address defaultGuest) {
        Matcher m = FORM.matcher(text);
        if (!m.matches()) {
            throw new IllegalArgumentException("'" + text + "' is not of the form tcp|udp:[hostaddr]:hostport-[guestaddr]:guestport,"
                    + " for example tcp::2222-:22");
        }
        int hostPort = Integer.parseInt(m.group(3));
        int guestPort = Integer.parseInt(m.group(5));
        if (hostPort > 0xffff || guestPort > 0xffff || guestPort == 0) {
            throw new IllegalArgumentException("'" + text + "' has a port that is not within 1..65535");
        }
        InetAddress host = m.group(2).isEmpty() ? Address.v4(0x7f00_0001).toHost() : address(m.group(2)).toHost();
        return new Forward(m.group(1).equals("tcp"), new InetSocketAddress(host, hostPort),
                m.group(4).isEmpty() ? defaultGuest : address(m.group(4)), guestPort);
    }

    private static Address address(String text) {
        return Address.parse(text.startsWith("[") ? text.substring(1, text.length() - 1) : text);
    }

    @Override
    public String toString() {
        return (tcp ? "tcp " : "udp ") + host.getAddress().getHostAddress() + " port " + host.getPort() + " to " + guest + " port "
                + guestPort;
    }
}
