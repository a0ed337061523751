package org.reprise.ui.shell;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.reprise.api.machine.MachineException;

/** Places in a recording as users write them. */
class PlaceTest {
    @ParameterizedTest
    @CsvSource({"1000,ICOUNT,1000", "'1,000',ICOUNT,1000", "1_000,ICOUNT,1000", "40%,ICOUNT,200", "33.3%,ICOUNT,166", "0%,ICOUNT,0", "100%,ICOUNT,501",
        "1.5s,TIME,1500000000", "200ms,TIME,200000000", "12us,TIME,12000", "12µs,TIME,12000", "800ns,TIME,800", "0.5ns,TIME,1", "0s,TIME,0"})
    void countsPartsAndTimes(String text, Place.Kind kind, long value) {
        assertEquals(new Place(kind, value, ""), Place.of(text, 0, 501));
    }

    @Test
    void partsAreOfARecordingThatBeginsWithASnapshot() {
        assertEquals(1000, Place.of("0%", 1000, 1500).value());
        assertEquals(1200, Place.of("40%", 1000, 1500).value());
        assertEquals(1500, Place.of("100%", 1000, 1500).value());
        assertEquals(40, Place.of("40", 1000, 1500).value());
    }

    @Test
    void whatIsNoNumberIsAName() {
        assertEquals(new Place(Place.Kind.NAME, 0, "before-the-crash"), Place.of("before-the-crash", 0, 500));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", " ", "101%", "-5", "-5%", "x%", "99999999999999999999", "999999999999s"})
    void whatIsNoPlaceIsRefusedByName(String text) {
        assertTrue(assertThrows(MachineException.class, () -> Place.of(text, 0, 500)).getMessage().contains(text));
    }
}
