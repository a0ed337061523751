package org.reprise.core.machine;

import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.reprise.api.cpu.Cpu;
import org.reprise.api.machine.Observer;
import org.reprise.api.memory.AddressSpace;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Those who look at the guest once in so many instructions. They only shorten slices, which the guest does not see; the count alone says
 * when, so that it does not matter when they came or whether the machine has gone back in time. They come and go on any thread;
 * everything else is the machine's.
 */
final class Observers {
    private static final Logger LOG = LoggerFactory.getLogger(Observers.class);
    private static final long MOST = 1L << 40;
    private final List<Watch> watches = new CopyOnWriteArrayList<>();

    private record Watch(long every, Observer observer) {
        /**
         * The moment in a window of so many instructions, wherever in it: the turns of CPUs and the ticks of a guest's clock take round
         * numbers of instructions, and moments that keep step with them would show the same CPU, or the tick, again and again.
         */
        long moment(long window) {
            // the finalizer of java.util.SplittableRandom (David Stafford, "Better Bit Mixing", variant 13)
            long z = (window + 1) * 0x9e3779b97f4a7c15L;
            z = (z ^ z >>> 30) * 0xbf58476d1ce4e5b9L;
            z = (z ^ z >>> 27) * 0x94d049bb133111ebL;
            return window * every + Long.remainderUnsigned(z ^ z >>> 31, every);
        }

        long next(long icount) {
            long window = icount / every;
            return moment(window) > icount ? moment(window) : moment(window + 1);
        }
    }

    private record Sight(long icount, int index, int cpus, Cpu cpu, AddressSpace memory) implements Observer.Sight {
        @Override
        public int read(long address, byte[] into) {
            return QuietReader.read(memory, cpu, address, into);
        }
    }

    AutoCloseable add(long every, Observer observer) {
        if (every < 1 || every > MOST) {
            throw new IllegalArgumentException("an observer that looks every " + every + " instructions: 1 to " + MOST);
        }
        Watch watch = new Watch(every, observer);
        watches.add(watch);
        return () -> watches.removeIf(w -> w == watch);
    }

    /** The budget, cut so that no moment is passed. */
    long cap(long budget, long icount) {
        long least = budget;
        for (Watch w : watches) {
            least = Math.min(least, w.next(icount) - icount);
        }
        return least;
    }

    /** A CPU has retired instructions, the last of them making the machine's count {@code icount}. */
    void ran(Assembly assembly, long icount, int index, Cpu cpu) {
        assembly.clock().audience().ran(index, cpu);
        for (Watch w : watches) {
            if (w.moment(icount / w.every) == icount) {
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
