package org.reprise.tools.fuzz;

import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.reprise.api.device.Device;
import org.reprise.api.device.DeviceContext;
import org.reprise.api.device.DeviceTreeNode;
import org.reprise.api.memory.BusErrorException;
import org.reprise.api.memory.MmioHandler;
import org.reprise.api.state.State;

/** The harness finds what it is for: devices with one defect each. */
class HarnessTest {
    private static final int WRITE = 0;
    private static final int FORK = 22;
    private static final int READ = 6;

    private enum Defect {
        NONE, READS_OUTSIDE, MOVES_TOO_MUCH, TAKES_TOO_MUCH, FORGETS_A_FIELD, RESTORES_ANOTHER_VALUE
    }

    /** Keeps what is written to it, and has a defect when that is not 0. */
    private static final class Defective implements Device, MmioHandler {
        private final DeviceContext context;
        private final Defect defect;
        private long value;

        Defective(DeviceContext context, Defect defect) {
            this.context = context;
            this.defect = defect;
            context.map("dev", 0x1000, 0x100, this);
        }

        @Override
        public long read(long offset, int size) {
            return value;
        }

        @Override
        public void write(long offset, int size, long written) {
            value = written;
            if (written == 0) {
                return;
            }
            switch (defect) {
                case READS_OUTSIDE -> context.memory().read(Rig.RAM + Rig.RAM_BYTES, 1);
                case MOVES_TOO_MUCH -> {
                    byte[] page = new byte[4096];
                    for (long moved = 0; moved <= Effort.MOST_MOVED; moved += page.length) {
                        context.memory().readBytes(Rig.RAM, page, 0, page.length);
                    }
                }
                case TAKES_TOO_MUCH -> {
                    for (long taken = 0; taken <= Effort.MOST_ALLOCATED; taken += 1 << 20) {
                        value = new byte[1 << 20].length;
                    }
                }
                default -> {
                    // shows when it is saved
                }
            }
        }

        @Override
        public void reset() {
            value = 0;
        }

        @Override
        public void state(State s) {
            if (defect != Defect.FORGETS_A_FIELD) {
                long restored = s.int64("value", value);
                value = defect == Defect.RESTORES_ANOTHER_VALUE && s.loading() ? restored + 1 : restored;
            }
        }

        @Override
        public void describe(DeviceTreeNode parent) {
            // no guest looks for it
        }
    }

    /** Writes 1, saves and restores, reads. */
    private static void drive(Defect defect) throws Exception {
        Rig.Part part = new Rig.Part(context -> new Defective(context, defect), 0x1000, new long[] {0}, 4, 1);
        new DeviceTarget(List.of(part), List.of()).run(new Input(new byte[] {0, WRITE, 0, 0, 1, FORK, READ, 0, 0}));
    }

    @Test
    void aDeviceWithoutDefectPasses() {
        assertDoesNotThrow(() -> drive(Defect.NONE));
    }

    @Test
    void accessOutsideOfMemoryIsFound() {
        assertThrows(BusErrorException.class, () -> drive(Defect.READS_OUTSIDE));
    }

    @Test
    void unboundedWorkIsFound() {
        assertTrue(assertThrows(AssertionError.class, () -> drive(Defect.MOVES_TOO_MUCH)).getMessage().contains("moved"));
        assertTrue(assertThrows(AssertionError.class, () -> drive(Defect.TAKES_TOO_MUCH)).getMessage().contains("allocated"));
    }

    @Test
    void stateThatIsForgottenOrChangedIsFound() {
        assertTrue(assertThrows(AssertionError.class, () -> drive(Defect.FORGETS_A_FIELD)).getMessage().contains("answers"));
        assertTrue(assertThrows(AssertionError.class, () -> drive(Defect.RESTORES_ANOTHER_VALUE)).getMessage().contains("state after"));
    }
}
