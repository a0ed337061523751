package org.reprise.core.machine;

import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.reprise.api.cpu.Cpu;
import org.reprise.api.machine.Observer;
import org.reprise.api.memory.AddressSpace;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Those who look at the guest at multiples of an instruction count. They only shorten slices, which the guest does not see; the count
 * alone says when, so that it does not matter when they came or whether the machine has gone back in time. They come and go on any
 * thread; everything else is the machine's.
 */
final class Observers {
    private static final Logger LOG = LoggerFactory.getLogger(Observers.class);
    private final List<Watch> watches = new CopyOnWriteArrayList<>();

    private record Watch(long every, Observer observer) {
    }

    private record Sight(long icount, int index, int cpus, Cpu cpu, AddressSpace memory) implements Observer.Sight {
        @Override
        public int read(long address, byte[] into) {
            return QuietReader.read(memory, cpu, address, into);
        }
    }

    AutoCloseable add(long every, Observer observer) {
        if (every < 1) {
            throw new IllegalArgumentException("an observer that looks every " + every + " instructions: at least 1");
        }
        Watch watch = new Watch(every, observer);
        watches.add(watch);
        return () -> watches.removeIf(w -> w == watch);
    }

    /** The budget, cut so that no moment is passed. */
    long cap(long budget, long icount) {
        long least = budget;
        for (Watch w : watches) {
            least = Math.min(least, w.every - icount % w.every);
        }
        return least;
    }

    /** A CPU has retired instructions, the last of them making the machine's count {@code icount}. */
    void ran(Assembly assembly, long icount, int index, Cpu cpu) {
        for (Watch w : watches) {
            if (icount % w.every == 0) {
                try {
                    w.observer.at(new Sight(icount, index, assembly.cpus().size(), cpu, assembly.memory()));
                } catch (RuntimeException e) {
                    LOG.error("machine {}: an observer failed at icount {} and is told no more", assembly.name(), icount, e);
                    watches.remove(w);
                }
            }
        }
    }
}
