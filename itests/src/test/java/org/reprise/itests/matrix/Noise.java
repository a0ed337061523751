package org.reprise.itests.matrix;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Dictionary;
import java.util.Hashtable;
import java.util.List;
import java.util.Random;
import java.util.concurrent.locks.LockSupport;
import org.osgi.framework.Bundle;
import org.osgi.framework.BundleContext;
import org.osgi.framework.BundleException;
import org.osgi.framework.Constants;
import org.osgi.framework.InvalidSyntaxException;
import org.osgi.framework.ServiceReference;
import org.osgi.framework.ServiceRegistration;
import org.reprise.api.block.BlockDriver;
import org.reprise.api.block.BlockFilter;
import org.reprise.api.block.BlockNode;
import org.reprise.api.block.BlockScheduler;
import org.reprise.api.character.Console;
import org.reprise.api.device.PartConfig;
import org.reprise.api.machine.Machine;
import org.reprise.api.random.RandomBackend;

/** What a host does to a machine that has nothing to do with the guest. In force from its making to its closing. */
abstract class Noise implements AutoCloseable {
    /** Kinds of noise. */
    enum Kind {
        /** None. */
        QUIET,
        /** Threads that allocate, and collections of the whole heap. */
        GARBAGE,
        /** More busy threads than there are CPUs. */
        CONTENTION,
        /** Block I/O that takes its time and is done in another order; random source and output observers that take their time. */
        DELAYS,
        /** All part bundles were stopped and started in another order while the machine waited for them. */
        ARRIVAL
    }

    private static final List<String> PART_BUNDLES = List.of("cpu", "device", "block", "net", "random", "character");

    /** Begins the noise. The machine must stand still. @param seed of all that is random about it */
    static Noise begin(Kind kind, long seed, BundleContext context) throws BundleException, InvalidSyntaxException {
        return switch (kind) {
            case QUIET -> new Quiet();
            case GARBAGE -> new Threads(List.of(Noise::collect, () -> allocate(seed), () -> allocate(seed + 1)));
            case CONTENTION -> new Threads(busy(seed));
            case DELAYS -> new Delays(seed, context);
            case ARRIVAL -> {
                shuffle(seed, context);
                yield new Quiet();
            }
        };
    }

    /**
     * Registers a service that is preferred to an installed one, in the name of its bundle, so that the machine consists of the same
     * bundles as without.
     */
    static <T> ServiceRegistration<T> insteadOf(ServiceReference<T> installed, Class<T> type, T service) {
        Dictionary<String, Object> properties = new Hashtable<>();
        for (String key : installed.getPropertyKeys()) {
            properties.put(key, installed.getProperty(key));
        }
        properties.put(Constants.SERVICE_RANKING, 1000);
        return installed.getBundle().getBundleContext().registerService(type, service, properties);
    }

    /** Called when the machine has been powered on. */
    void runs(Machine machine) {
    }

    @Override
    public abstract void close();

    private static final class Quiet extends Noise {
        @Override
        public void close() {
            // there is nothing to end
        }
    }

    // ---- garbage and contention -----------------------------------------------------------------------------------------------

    private static void collect() {
        long begin = System.nanoTime();
        System.gc();
        // at most a third of the time, however long a collection takes on a loaded host
        LockSupport.parkNanos(Math.max(15_000_000, 2 * (System.nanoTime() - begin)));
    }

    private static void allocate(long seed) {
        Random random = new Random(seed);
        List<byte[]> kept = new ArrayList<>();
        for (int i = 0; i < 2000; i++) {
            byte[] b = new byte[1 + random.nextInt(1 << 16)];
            if (random.nextInt(4) == 0) {
                kept.add(b);
            }
            if (kept.size() > 300) {
                kept.subList(0, random.nextInt(300)).clear();
            }
        }
        LockSupport.parkNanos(1_000_000);
    }

    private static List<Runnable> busy(long seed) {
        List<Runnable> all = new ArrayList<>();
        for (int i = 0; i < 2 * Runtime.getRuntime().availableProcessors(); i++) {
            Random random = new Random(seed + i);
            all.add(() -> {
                double x = 1;
                for (int n = random.nextInt(20_000_000); n > 0; n--) {
                    x = x * 1.0000001 + n;
                }
                LockSupport.parkNanos(x > 0 ? random.nextInt(3_000_000) : 1);
            });
        }
        return all;
    }

    /** Threads that do their work again and again. */
    private static final class Threads extends Noise {
        private final List<Thread> threads = new ArrayList<>();
        private volatile boolean over;

        Threads(List<Runnable> work) {
            for (Runnable r : work) {
                Thread t = new Thread(() -> {
                    while (!over) {
                        r.run();
                    }
                }, "noise");
                t.setDaemon(true);
                threads.add(t);
                t.start();
            }
        }

        @Override
        public void close() {
            over = true;
            for (Thread t : threads) {
                try {
                    t.join();
                } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                    return;
                }
            }
        }
    }

    // ---- delays ---------------------------------------------------------------------------------------------------------------

    /**
     * Stands in for the installed image driver, overlay, block filter and random source with services of a higher ranking that pass
     * everything on, late and in another order.
     */
    private static final class Delays extends Noise {
        private final Random random;
        private final List<ServiceRegistration<?>> registrations = new ArrayList<>();
        private final List<AutoCloseable> observers = new ArrayList<>();

        Delays(long seed, BundleContext context) throws InvalidSyntaxException {
            random = new Random(seed);
            for (ServiceReference<BlockDriver> r : context.getServiceReferences(BlockDriver.class, null)) {
                BlockDriver d = context.getService(r);
                registrations.add(insteadOf(r, BlockDriver.class,
                    (PartConfig config, BlockNode below) -> new LateNode(d.open(config, below))));
            }
            for (ServiceReference<BlockFilter> r : context.getServiceReferences(BlockFilter.class, null)) {
                BlockFilter f = context.getService(r);
                registrations.add(insteadOf(r, BlockFilter.class, (BlockNode below, BlockScheduler scheduler) -> new Reordered(f, below,
                    scheduler, this::below, () -> pause(2_000_000))));
            }
            for (ServiceReference<RandomBackend> r : context.getServiceReferences(RandomBackend.class, null)) {
                RandomBackend b = context.getService(r);
                registrations.add(insteadOf(r, RandomBackend.class, into -> {
                    pause(2_000_000);
                    b.fill(into);
                }));
            }
        }

        private int below(int bound) {
            synchronized (random) {
                return random.nextInt(bound);
            }
        }

        /** Nothing, a little, or rather long. */
        private void pause(int nanos) {
            int kind;
            int length;
            synchronized (random) {
                kind = random.nextInt(4);
                length = random.nextInt(nanos);
            }
            if (kind == 3) {
                LockSupport.parkNanos(4L * length);
            } else if (kind > 0) {
                LockSupport.parkNanos(length);
            }
        }

        @Override
        void runs(Machine machine) {
            for (Console c : machine.consoles()) {
                observers.add(c.attach((bytes, offset, length) -> pause(300_000), 0));
            }
        }

        @Override
        public void close() {
            for (AutoCloseable o : observers) {
                try {
                    o.close();
                } catch (Exception e) {
                    throw new IllegalStateException(e);
                }
            }
            registrations.forEach(ServiceRegistration::unregister);
        }

        private final class LateNode implements BlockNode {
            private final BlockNode node;

            LateNode(BlockNode node) {
                this.node = node;
            }

            @Override
            public long length() {
                return node.length();
            }

            @Override
            public boolean readOnly() {
                return node.readOnly();
            }

            @Override
            public void read(long position, byte[] into, int offset, int length) throws IOException {
                pause(500_000);
                node.read(position, into, offset, length);
            }

            @Override
            public void write(long position, byte[] from, int offset, int length) throws IOException {
                pause(500_000);
                node.write(position, from, offset, length);
            }

            @Override
            public void flush() throws IOException {
                pause(5_000_000);
                node.flush();
            }

            @Override
            public void discard(long position, long length) throws IOException {
                node.discard(position, length);
            }

            @Override
            public List<Path> sources() {
                return node.sources();
            }

            @Override
            public String describe() {
                return node.describe();
            }

            @Override
            public void close() throws IOException {
                node.close();
            }
        }
    }

    // ---- arrival --------------------------------------------------------------------------------------------------------------

    private static void shuffle(long seed, BundleContext context) throws BundleException {
        Random random = new Random(seed);
        List<Bundle> parts = new ArrayList<>(Arrays.stream(context.getBundles()).filter(b -> b.getState() == Bundle.ACTIVE
            && PART_BUNDLES.stream().anyMatch(f -> b.getSymbolicName().startsWith("org.reprise." + f + "."))).toList());
        if (parts.size() < 8) {
            throw new AssertionError("too few part bundles to shuffle: " + parts);
        }
        Collections.shuffle(parts, random);
        for (Bundle b : parts) {
            b.stop();
        }
        Collections.shuffle(parts, random);
        for (Bundle b : parts) {
            b.start();
        }
    }
}
