package org.reprise.api.cpu;

import org.osgi.annotation.versioning.ConsumerType;

/** Told of accesses that a {@link Watchpoint} waits for; it must not change anything in the guest. Machine's thread. */
@FunctionalInterface
@ConsumerType
public interface WatchListener {
    /**
     * An instruction has accessed the range; the access itself is done. {@link Cpu#pc} and {@link Cpu#retired} are those of this
     * instruction, which has not retired yet. An instruction that traps afterwards has not accessed anything and is not told of.
     * Or a device has written to it: within an instruction, or between two.
     *
     * @param access what was accessed
     * @return true when the CPU shall stop behind this instruction ({@link Cpu#atWatchpoint})
     */
    boolean accessed(Access access);

    /**
     * One access.
     *
     * @param point the first of the watchpoints that it touches
     * @param address its first address, virtual; of a register, its number in {@link Cpu#registers}
     * @param physical its first physical address; 0 of a register
     * @param size bytes: 1, 2, 4 or 8; of a device, as many as there are of its write in the watched range, from the first one on, in one page where
     *        addresses are virtual
     * @param write a store
     * @param value what was loaded or stored, zero-extended; of a device, the first 8 bytes of it, little-endian
     * @param device name of the device that wrote; empty for an instruction
     */
    record Access(Watchpoint point, long address, long physical, int size, boolean write, long value, String device) {
        private static final int PAGE = 4096;

        /** Of an instruction. */
        public Access(Watchpoint point, long address, long physical, int size, boolean write, long value) {
            this(point, address, physical, size, write, value, "");
        }

        /** True when a device wrote. */
        public boolean byDevice() {
            return !device.isEmpty();
        }

        /** True when another watchpoint waits for it, too. */
        public boolean touches(Watchpoint other) {
            if (other.equals(point) || other.isRegister() || point.isRegister()) {
                return other.equals(point);
            }
            // what lies behind the end of a page is somewhere else
            int size = other.physical() ? (int) Math.min(this.size, PAGE - (physical & PAGE - 1)) : this.size;
            return (write ? other.writes() : other.reads()) && other.touches(other.physical() ? physical : address, size);
        }
    }
}
