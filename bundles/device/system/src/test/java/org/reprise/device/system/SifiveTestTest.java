package org.reprise.device.system;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.reprise.api.device.Device;
import org.reprise.tools.devicekit.FakeDeviceContext;
import org.reprise.tools.devicekit.RecordedTree;

class SifiveTestTest {
    private final FakeDeviceContext context = new FakeDeviceContext("finisher", "address", "0x100000");
    private Device device;

    @BeforeEach
    void powerOn() {
        device = new SifiveTestModel().create(context);
        device.reset();
    }

    private void write(int size, long value) {
        context.memory().write(0x10_0000, size, value);
    }

    @Test
    void passPowersOffInEitherWidth() {
        write(4, 0x5555);
        write(2, 0x5555);
        assertEquals(List.of("shutdown GUEST_SHUTDOWN 0", "shutdown GUEST_SHUTDOWN 0"), context.requests());
    }

    @Test
    void failureGivesItsCodeAndIsNeverSuccess() {
        write(4, 0x7_3333);
        write(4, 0x3333);
        write(4, 0x1000_3333);
        assertEquals(List.of("shutdown GUEST_PANIC 7", "shutdown GUEST_PANIC 1", "shutdown GUEST_PANIC 255"), context.requests());
    }

    @Test
    void resetAsksForAReset() {
        write(4, 0x7777);
        assertEquals(List.of("reset GUEST_RESET"), context.requests());
    }

    @Test
    void otherValuesAreGuestErrors() {
        write(4, 0x1234);
        write(1, 0x55);
        assertTrue(context.requests().isEmpty());
        assertEquals(2, context.guestErrors().size());
        assertTrue(context.guestErrors().get(0).contains("finisher: finisher value 0x1234"), context.guestErrors().get(0));
        assertEquals(0, context.memory().read(0x10_0000, 4));
    }

    @Test
    void describesPowerOffAndRebootThroughItself() {
        RecordedTree soc = new RecordedTree();
        device.describe(soc);
        assertEquals(List.of("test@100000", "poweroff", "reboot"), soc.names());
        assertEquals("{compatible=sifive,test1 | sifive,test0 | syscon, reg=<100000 1000>}", soc.child("test@100000").properties()
                .toString());
        assertEquals("{compatible=syscon-poweroff, regmap=<1>, offset=<0>, value=<5555>}", soc.child("poweroff").properties().toString());
        assertEquals("{compatible=syscon-reboot, regmap=<1>, offset=<0>, value=<7777>}", soc.child("reboot").properties().toString());
    }
}
