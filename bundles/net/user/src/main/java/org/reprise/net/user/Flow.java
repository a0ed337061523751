package org.reprise.net.user;

/** What a connection or exchange of datagrams is known by, as the guest sees it. */
record Flow(Address guest, int guestPort, Address far, int farPort) {
    @Override
    public String toString() {
        return guest + " port " + guestPort + " with " + far + " port " + farPort;
    }
}
