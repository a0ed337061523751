package org.reprise.cpu.riscv;

import org.reprise.api.state.State;
import org.reprise.api.state.Stateful;

/**
 * The reservation of LR and SC: an address and the value that was loaded. Harts share one thread, so SC compares the value, as the
 * reference emulator does; it also fails when another address was reserved.
 */
final class RiscvReservation implements Stateful {
    boolean valid;
    long address;
    long value;

    void clear() {
        valid = false;
        address = 0;
        value = 0;
    }

    @Override
    public void state(State s) {
        valid = s.bool("valid", valid);
        address = s.int64("address", address);
        value = s.int64("value", value);
    }
}
