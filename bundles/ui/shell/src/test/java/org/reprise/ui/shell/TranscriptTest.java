package org.reprise.ui.shell;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.nio.charset.StandardCharsets;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.reprise.api.machine.MachineException;

/** What consoles printed, and where. */
class TranscriptTest {
    @Test
    void eachByteHasItsIcountHoweverFarApartTheyAre() {
        Random random = new Random(7);
        Transcript transcript = new Transcript();
        long[] icounts = new long[5000];
        byte[] text = new byte[icounts.length];
        random.nextBytes(text);
        long icount = 0;
        for (int i = 0; i < icounts.length; i++) {
            icount += random.nextInt(4) == 0 ? 0 : random.nextLong(1L << random.nextInt(1, 45));
            icounts[i] = icount;
            transcript.printed(i % 10 == 9 ? "other" : "uart", text[i], icount, 0);
        }
        int at = 0;
        for (int i = 0; i < icounts.length; i++) {
            if (i % 10 != 9) {
                assertEquals(icounts[i], transcript.icount("uart", at), "byte " + at);
                assertEquals(text[i], transcript.first("uart", at + 1)[at]);
                at++;
            }
        }
        assertEquals(at, transcript.length("uart"));
    }

    @Test
    void aTextIsFoundWhereverItEndsOverlapsIncluded() {
        Transcript transcript = new Transcript();
        byte[] text = "ananas banana".getBytes(StandardCharsets.UTF_8);
        for (int i = 0; i < text.length; i++) {
            transcript.printed("uart", text[i], i * 100L, 0);
        }
        byte[] wanted = "ana".getBytes(StandardCharsets.UTF_8);
        assertEquals(2, transcript.end("uart", wanted, 0));
        assertEquals(4, transcript.end("uart", wanted, 3));
        assertEquals(10, transcript.end("uart", wanted, 5));
        assertEquals(12, transcript.end("uart", wanted, 11));
        assertEquals(-1, transcript.end("uart", wanted, 13));
        assertEquals(-1, transcript.end("none", wanted, 0));
        assertArrayEquals(new byte[0], transcript.first("none", 10));
    }

    @Test
    void whatWasPrintedBeforeTheRecordingBeganIsNotCounted() {
        Transcript transcript = new Transcript();
        for (int i = 0; i < 3; i++) {
            transcript.printed("uart", (byte) ('a' + i), 1000 + i, 0);
        }
        transcript.written("uart", 503);
        transcript.written("silent", 7);
        assertArrayEquals(new byte[0], transcript.first("uart", 500));
        assertArrayEquals(new byte[] {'a', 'b'}, transcript.first("uart", 502));
        assertArrayEquals(new byte[0], transcript.first("silent", 7));
    }

    @Test
    void moreThanCanBeKeptIsRefusedWithAWayOut() {
        Transcript transcript = new Transcript(3);
        for (int i = 0; i < 3; i++) {
            transcript.printed("uart", (byte) 'x', i, 0);
        }
        transcript.check();
        transcript.printed("uart", (byte) 'x', 3, 0);
        assertEquals(true, assertThrows(MachineException.class, transcript::check).getMessage().contains("asciicast"));
    }
}
