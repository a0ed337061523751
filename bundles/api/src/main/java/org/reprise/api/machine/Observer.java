package org.reprise.api.machine;

import org.osgi.annotation.versioning.ConsumerType;
import org.osgi.annotation.versioning.ProviderType;
import org.reprise.api.cpu.Cpu;

/** Looks at a guest once in so many instructions, see {@link Machine#observe}. */
@ConsumerType
@FunctionalInterface
public interface Observer {
    /**
     * Called on the machine's thread between two instructions, while the guest runs: quick, without blocking, without requests to the
     * machine. An observer that throws is told of no further moment.
     *
     * @param sight valid during the call only
     */
    void at(Sight sight);

    /** What can be seen, without any effect on the guest. */
    @ProviderType
    interface Sight {
        /** Instructions retired since power-on. */
        long icount();

        /** Number of the CPU that has just run, from 0. */
        int index();

        /** How many CPUs the machine has. */
        int cpus();

        /** The CPU that has just run, to be read only. */
        Cpu cpu();

        /**
         * Reads RAM or ROM as the CPU sees it now.
         *
         * @param address virtual
         * @param into gets the bytes, from its start; at most as many as it has
         * @return the bytes read: fewer when what follows is not mapped or holds device registers
         */
        int read(long address, byte[] into);
    }
}
