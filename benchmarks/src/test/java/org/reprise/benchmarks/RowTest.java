package org.reprise.benchmarks;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.junit.jupiter.api.Test;

class RowTest {
    @Test
    void mediansOfOddAndEvenCounts() {
        assertEquals(2, Row.median(3, 1, 2));
        assertEquals(2.5, Row.median(4, 1, 2, 3));
        assertTrue(Double.isNaN(Row.median()));
    }

    @Test
    void theRatioIsTheMedianOfThePairsNotOfTheMedians() {
        Row r = Row.paired("s", "n", "u", List.of(new double[] {10, 5}, new double[] {8, 8}, new double[] {30, 10}), 2.0, true);
        assertEquals(2.0, r.ratio());
        assertEquals(10, r.ours());
        assertEquals(8, r.reference());
        assertTrue(r.met());
        assertFalse(Row.paired("s", "n", "u", List.of(new double[] {1, 2}), 1.0, false).met());
    }

    @Test
    void jsonHasNullWhereThereIsNoReference() {
        assertEquals("{\"suite\":\"startup\",\"name\":\"n\",\"unit\":\"s\",\"ours\":1.50000,\"reference\":null,\"ratio\":null,"
            + "\"goal\":\"<= 2.500\",\"met\":true}", Row.single("startup", "n", "s", 1.5, 2.5).json());
    }
}
