package org.reprise.api.replay;

/** A change from outside to a machine that stands still: an event of its recording. */
public sealed interface Poke {
    /** In place of a CPU: an address is a physical one. */
    int PHYSICAL = -1;

    /**
     * A register gets a value.
     *
     * @param cpu index of the CPU
     * @param name as {@link org.reprise.api.cpu.Cpu#registers} says
     */
    record Register(int cpu, String name, long value) implements Poke {
    }

    /**
     * RAM gets bytes, also where the guest may not write. Code that was there is translated anew; a CPU's translations of addresses are kept, as when
     * another CPU or a device writes a page table.
     *
     * @param cpu whose translation of addresses is used, or {@link #PHYSICAL}
     * @param bytes not to be changed
     */
    record Memory(int cpu, long address, byte[] bytes) implements Poke {
    }

    /**
     * Input at a console; the guest gets it when it runs on.
     *
     * @param console name of the part, or empty: the first console
     * @param bytes not to be changed
     */
    record Key(String console, byte[] bytes) implements Poke {
    }
}
