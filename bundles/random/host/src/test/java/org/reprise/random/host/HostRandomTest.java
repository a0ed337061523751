package org.reprise.random.host;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class HostRandomTest {
    @Test
    void fillsTheWholeArrayAnewEachTime() {
        HostRandom random = new HostRandom();
        byte[] first = new byte[4096];
        byte[] second = new byte[4096];
        random.fill(first);
        random.fill(second);
        assertFalse(Arrays.equals(first, second));
        // Every value of a byte is missing from 4096 random ones with a chance of 1 in 9 million.
        assertTrue(IntStream.range(0, 4096).map(i -> first[i]).distinct().count() > 250);
        byte[] tail = Arrays.copyOfRange(first, 4000, 4096);
        assertFalse(Arrays.equals(new byte[96], tail));
    }
}
