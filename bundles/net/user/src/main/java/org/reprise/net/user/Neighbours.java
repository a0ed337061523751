package org.reprise.net.user;

import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Consumer;

/** Which Ethernet address a guest's Internet address has (RFC 826; RFC 4861, section 5.1), and a few packets that wait to know it. */
final class Neighbours {
    private static final int MOST = 128;
    private static final int MOST_ASKED = 16;
    private static final int MOST_HELD = 8;
    private static final long AGAIN = Alarms.SECOND;

    private static final class Asked {
        final ArrayDeque<byte[]> held = new ArrayDeque<>();
        long next;
    }

    private final Alarms alarms;
    private final Consumer<Address> ask;
    private final Consumer<byte[]> release;
    private final Map<Address, byte[]> known = new LinkedHashMap<>();
    private final Map<Address, Asked> asked = new LinkedHashMap<>();
    private Address last;
    private byte[] lastStation;

    /**
     * @param ask asks the link for an address
     * @param release sends a frame that was held
     */
    Neighbours(Alarms alarms, Consumer<Address> ask, Consumer<byte[]> release) {
        this.alarms = alarms;
        this.ask = ask;
        this.release = release;
    }

    /** Learns from a frame's sender, whose Ethernet address is at an offset. */
    void learn(Address address, byte[] frame, int at) {
        if ((frame[at] & 1) != 0 || address.equals(last) && Arrays.equals(lastStation, 0, 6, frame, at, at + 6)) {
            return;
        }
        byte[] station = Arrays.copyOfRange(frame, at, at + 6);
        if (known.put(address, station) == null && known.size() > MOST) {
            known.remove(known.keySet().iterator().next());
        }
        last = address;
        lastStation = station;
        Asked waiting = asked.remove(address);
        if (waiting != null) {
            waiting.held.forEach(release);
        }
    }

    /** The station of an address, or null when it is not known. */
    byte[] find(Address address) {
        return address.equals(last) ? lastStation : known.get(address);
    }

    /** Keeps a frame, if there is one, until its station is known, and asks. The oldest give way. */
    void hold(Address address, byte[] frame) {
        Asked waiting = asked.get(address);
        if (waiting == null) {
            if (asked.size() >= MOST_ASKED) {
                asked.remove(asked.keySet().iterator().next());
            }
            waiting = new Asked();
            asked.put(address, waiting);
        }
        if (frame != null) {
            if (waiting.held.size() >= MOST_HELD) {
                waiting.held.remove();
            }
            waiting.held.add(frame);
        }
        if (waiting.next <= alarms.now()) {
            waiting.next = alarms.now() + AGAIN;
            ask.accept(address);
        }
    }
}
