package org.reprise.net.user;

/** Assigned numbers. */
final class Protocol {
    static final int ETHERNET_BYTES = 14;
    static final int TYPE_IP4 = 0x0800;
    static final int TYPE_ARP = 0x0806;
    static final int TYPE_IP6 = 0x86dd;
    static final int ICMP = 1;
    static final int TCP = 6;
    static final int UDP = 17;
    static final int ICMP6 = 58;
    static final int UDP_BYTES = 8;
    static final int DNS_PORT = 53;

    private Protocol() {
    }
}
