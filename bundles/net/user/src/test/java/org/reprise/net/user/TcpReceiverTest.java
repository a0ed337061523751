package org.reprise.net.user;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;

class TcpReceiverTest {
    private static final int FIRST = 0xffff_ff00;
    private static final int MOST = 1 << 19;

    private final TcpReceiver receiver = new TcpReceiver(new Allowance.Budget(1 << 20));
    private final ByteArrayOutputStream got = new ByteArrayOutputStream();

    private static TcpSegment segment(byte[] all, int from, int to, boolean fin) {
        byte[] b = Arrays.copyOfRange(all, from, to);
        return new TcpSegment(1, 2, FIRST + from, 0, TcpSegment.ACK | (fin ? TcpSegment.FIN : 0), 0, 0, -1, b, 0, b.length);
    }

    private void take(TcpSegment s) {
        receiver.accept(s, data -> {
            byte[] b = new byte[data.remaining()];
            data.get(b);
            got.writeBytes(b);
        });
    }

    @Test
    void piecesInAnyOrderThatOverlapAnyhowMakeTheWhole() {
        Random random = new Random(1);
        for (int round = 0; round < 300; round++) {
            byte[] all = new byte[1 + random.nextInt(20_000)];
            random.nextBytes(all);
            TcpReceiver r = new TcpReceiver(new Allowance.Budget(0));
            r.start(FIRST, true);
            r.advertise(false);
            ByteArrayOutputStream out = new ByteArrayOutputStream();
            while (!r.finished()) {
                int from = random.nextInt(all.length + 1);
                int to = Math.min(all.length, from + random.nextInt(1 + random.nextInt(3000)));
                TcpSegment s = segment(all, from, to, to == all.length);
                if (r.acceptable(s.sequence(), s.length())) {
                    r.accept(s, data -> {
                        byte[] b = new byte[data.remaining()];
                        data.get(b);
                        out.writeBytes(b);
                    });
                }
                // the guest sends what is missing, now and then
                if (random.nextInt(20) == 0) {
                    int next = Math.min(all.length, r.next() - FIRST);
                    take(r, segment(all, next, Math.min(all.length, next + 100), next + 100 >= all.length), out);
                }
            }
            assertArrayEquals(all, out.toByteArray());
            assertEquals(FIRST + all.length + 1, r.next());
        }
    }

    private static void take(TcpReceiver r, TcpSegment s, ByteArrayOutputStream out) {
        r.accept(s, data -> {
            byte[] b = new byte[data.remaining()];
            data.get(b);
            out.writeBytes(b);
        });
    }

    @Test
    void aHostThatTakesNothingIsOwedNoMoreThanWasAllowedWhateverTheSizeOfSegments() {
        byte[] all = new byte[2_000_000];
        for (int size : new int[] {1, 7, 63, 64, 1460}) {
            TcpReceiver r = new TcpReceiver(new Allowance.Budget(1 << 20));
            r.start(FIRST, true);
            int limit = r.advertise(false) << TcpReceiver.SCALE;
            int at = 0;
            for (int i = 0; i < 1_500_000 / size; i++) {
                TcpSegment s = segment(all, at, at + size, false);
                if (r.acceptable(s.sequence(), s.length())) {
                    take(r, s, new ByteArrayOutputStream());
                    at = r.next() - FIRST;
                }
                r.advertise(false);
            }
            assertTrue(r.pending() <= limit && r.pending() >= limit - 2 * 1460, r.pending() + " of " + limit);
            assertEquals(0, r.advertise(false));
            r.taken(r.pending());
            assertTrue(r.update());
            assertTrue(r.advertise(false) << TcpReceiver.SCALE >= limit);
        }
    }

    @Test
    void theWindowGrowsWithUseWithinTheBudget() {
        receiver.start(FIRST, true);
        int largest = 0;
        byte[] all = new byte[4_000_000];
        for (int at = 0; at < all.length; at += 1000) {
            largest = Math.max(largest, receiver.advertise(false) << TcpReceiver.SCALE);
            take(segment(all, at, at + 1000, false));
            receiver.taken(1000);
        }
        assertEquals(MOST, largest);
        TcpReceiver poor = new TcpReceiver(new Allowance.Budget(0));
        poor.start(FIRST, true);
        for (int at = 0; at < all.length; at += 1000) {
            assertTrue(poor.advertise(false) << TcpReceiver.SCALE <= 1 << 16);
            take(poor, segment(all, at, at + 1000, false), new ByteArrayOutputStream());
            poor.taken(1000);
        }
        assertFalse(poor.finished());
    }

    @Test
    void aQueueOfBytesIsReadAtAnyPlace() {
        Random random = new Random(4);
        Ring ring = new Ring();
        byte[] model = new byte[0];
        for (int i = 0; i < 5_000; i++) {
            if (random.nextInt(3) > 0 && model.length < 300_000) {
                byte[] more = new byte[random.nextInt(random.nextInt(5) == 0 ? 60_000 : 300)];
                random.nextBytes(more);
                ring.add(more);
                model = Guest.concat(model, more);
            } else {
                int n = random.nextInt(5) == 0 ? model.length : random.nextInt(model.length + 1);
                ring.drop(n);
                model = Arrays.copyOfRange(model, n, model.length);
            }
            assertEquals(model.length, ring.size());
            int from = random.nextInt(model.length + 1);
            int n = random.nextInt(model.length - from + 1);
            byte[] copy = new byte[n + 2];
            ring.copy(from, copy, 1, n);
            assertEquals(ByteBuffer.wrap(model, from, n), ByteBuffer.wrap(copy, 1, n));
        }
    }

    @Test
    void fragmentsInAnyOrderMakeTheWholeAndOverlapsMakeNothing() {
        Random random = new Random(6);
        FakeHost host = new FakeHost(java.util.Map.of("restrict", "on"));
        Reassembly r = new Reassembly(new Alarms(host));
        for (int round = 0; round < 200; round++) {
            byte[] all = new byte[9 + random.nextInt(60_000)];
            random.nextBytes(all);
            int step = 8 * (1 + random.nextInt(200) + all.length / 1600);
            Integer[] order = new Integer[(all.length + step - 1) / step];
            Arrays.setAll(order, i -> i);
            java.util.Collections.shuffle(Arrays.asList(order), random);
            Reassembly.Key key = new Reassembly.Key(Address.v4(1), Address.v4(2), 17, round);
            for (int i = 0; i < order.length; i++) {
                int at = order[i] * step;
                byte[] piece = Arrays.copyOfRange(all, at, Math.min(all.length, at + step));
                byte[] whole = r.add(key, at, piece, at + step < all.length);
                if (i + 1 < order.length) {
                    assertEquals(null, whole);
                    assertEquals(null, r.add(key, at, piece, at + step < all.length), "the same twice");
                } else {
                    assertArrayEquals(all, whole);
                }
            }
        }
        Reassembly.Key key = new Reassembly.Key(Address.v4(1), Address.v4(2), 17, 1000);
        assertEquals(null, r.add(key, 0, new byte[16], true));
        assertEquals(null, r.add(key, 8, new byte[16], true));
        assertEquals(null, r.add(key, 24, new byte[16], false));
        host.close();
    }
}
