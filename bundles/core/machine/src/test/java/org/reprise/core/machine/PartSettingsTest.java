package org.reprise.core.machine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class PartSettingsTest {
    private static PartSettings with(Object value) {
        return new PartSettings("machine vm, part uart0", "org.reprise.device.ns16550a~uart0", "uart0", Map.of("key", value));
    }

    @ParameterizedTest
    @CsvSource({"12,12", "0x10,16", "4K,4096", "128M,134217728", "1g,1073741824", "-3,-3", "0xffffffffffffffff,-1", " 7 ,7", "0x4K,4096"})
    void numbersAreDecimalOrHexadecimalWithSuffix(String text, long number) {
        assertEquals(number, with(text).number("key"));
    }

    @Test
    void numbersMayBeGivenAsNumbers() {
        assertEquals(5, with(5).number("key"));
        assertEquals(1L << 40, with(1L << 40).number("key"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "zz", "12Q", "0x", "--1", "1.5", "K", "9223372036854775807K", "0x-1", "+5K-"})
    void badNumbersNameMachinePartKeyAndValue(String text) {
        String message = assertThrows(IllegalArgumentException.class, () -> with(text).number("key")).getMessage();
        assertTrue(message.startsWith("machine vm, part uart0: key = \"" + text + "\" is not a number"), message);
        assertTrue(message.contains("org.reprise.device.ns16550a~uart0"), message);
    }

    @Test
    void aMissingValueNamesKeyAndConfiguration() {
        String message = assertThrows(IllegalArgumentException.class, () -> with(1).text("address")).getMessage();
        assertEquals("machine vm, part uart0: key address is missing; add it to the configuration org.reprise.device.ns16550a~uart0",
                message);
        assertEquals(9, with(1).number("address", 9));
        assertEquals("x", with(1).text("address", "x"));
        assertFalse(with(1).has("address"));
    }

    @Test
    void flagsTakeOnOffYesNo() {
        assertTrue(with("on").flag("key", false));
        assertTrue(with(true).flag("key", false));
        assertFalse(with("No").flag("key", true));
        assertTrue(with(1).flag("other", true));
        assertThrows(IllegalArgumentException.class, () -> with("maybe").flag("key", true));
    }

    @Test
    void listsComeFromArraysCollectionsAndText() {
        assertEquals(List.of("a", "b"), with(new String[] {"a", " b "}).list("key"));
        assertEquals(List.of("a", "b"), with(List.of("a", "b")).list("key"));
        assertEquals(List.of("a", "b"), with("a, b,").list("key"));
        assertEquals(List.of(), with("a").list("other"));
    }

    @Test
    void administrativeKeysAreNoSettings() {
        PartSettings settings = new PartSettings("o", "p", "n", Map.of("service.pid", "x",
                "felix.fileinstall.filename", "y", "osgi.ds.satisfying.condition.target", "z", "b", 2, "a", 1));
        assertEquals("{a=1, b=2}", settings.asText().toString());
    }
}
