package org.reprise.net.user;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.TreeMap;

/**
 * Puts fragments together (RFC 791, section 3.2; RFC 8200, section 4.5). A few packets at a time, each for a bounded time. Fragments that
 * overlap are never right (RFC 5722): the whole packet is forgotten.
 */
final class Reassembly {
    private static final int MOST_PACKETS = 16;
    private static final int MOST_FRAGMENTS = 256;
    private static final int MOST_BYTES = 65_515;
    private static final long PATIENCE = 30 * Alarms.SECOND;

    /** What fragments of one packet have in common. */
    record Key(Address source, Address target, int protocol, int identification) {
    }

    private static final class Pieces {
        final TreeMap<Integer, byte[]> byOffset = new TreeMap<>();
        int bytes;
        int length = -1;
        long deadline;
    }

    private final Alarms alarms;
    private final Map<Key, Pieces> packets = new LinkedHashMap<>();

    Reassembly(Alarms alarms) {
        this.alarms = alarms;
    }

    /** Takes a fragment of at least one byte. @return the whole payload when this was the last one missing, else null */
    byte[] add(Key key, int offset, byte[] fragment, boolean more) {
        long now = alarms.now();
        packets.values().removeIf(pieces -> pieces.deadline < now);
        if (fragment.length == 0 || offset + fragment.length > MOST_BYTES || more && fragment.length % 8 != 0) {
            packets.remove(key);
            return null;
        }
        Pieces pieces = packets.get(key);
        if (pieces == null) {
            if (packets.size() >= MOST_PACKETS) {
                packets.remove(packets.keySet().iterator().next());
            }
            pieces = new Pieces();
            pieces.deadline = now + PATIENCE;
            packets.put(key, pieces);
        }
        byte[] known = pieces.byOffset.get(offset);
        if (known != null && known.length == fragment.length) {
            return null;
        }
        if (!fits(pieces, offset, fragment.length, more)) {
            packets.remove(key);
            return null;
        }
        pieces.byOffset.put(offset, fragment);
        pieces.bytes += fragment.length;
        if (pieces.bytes != pieces.length) {
            return null;
        }
        packets.remove(key);
        byte[] whole = new byte[pieces.length];
        pieces.byOffset.forEach((at, piece) -> System.arraycopy(piece, 0, whole, at, piece.length));
        return whole;
    }

    private static boolean fits(Pieces pieces, int offset, int length, boolean more) {
        int end = offset + length;
        if (!more) {
            if (pieces.length >= 0 || !pieces.byOffset.isEmpty() && end(pieces.byOffset.lastEntry()) > end) {
                return false;
            }
            pieces.length = end;
        } else if (pieces.length >= 0 && end > pieces.length) {
            return false;
        }
        Map.Entry<Integer, byte[]> before = pieces.byOffset.floorEntry(offset);
        Integer after = pieces.byOffset.ceilingKey(offset);
        return pieces.byOffset.size() < MOST_FRAGMENTS && (before == null || end(before) <= offset) && (after == null || after >= end);
    }

    private static int end(Map.Entry<Integer, byte[]> piece) {
        return piece.getKey() + piece.getValue().length;
    }
}
