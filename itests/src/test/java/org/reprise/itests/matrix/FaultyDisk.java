package org.reprise.itests.matrix;

import java.io.IOException;
import java.util.concurrent.atomic.AtomicInteger;
import org.osgi.framework.BundleContext;
import org.osgi.framework.InvalidSyntaxException;
import org.osgi.framework.ServiceReference;
import org.osgi.framework.ServiceRegistration;
import org.reprise.api.block.BlockFilter;
import org.reprise.api.block.BlockNode;
import org.reprise.api.block.BlockRequest;
import org.reprise.api.block.BlockScheduler;

/** While it is in force, requests to the machines' disks fail where a test wants it. */
final class FaultyDisk extends Noise {
    /** Which requests fail. */
    @FunctionalInterface
    interface Fault {
        /** @param number of the request since power-on @return what went wrong, or null */
        String of(BlockRequest request, long number);
    }

    private final ServiceRegistration<BlockFilter> registration;
    private final AtomicInteger failed = new AtomicInteger();

    FaultyDisk(BundleContext context, Fault fault) throws InvalidSyntaxException {
        ServiceReference<BlockFilter> installed = context.getServiceReferences(BlockFilter.class, "(" + BlockFilter.FILTER + "=blkreplay)")
            .iterator().next();
        BlockFilter filter = context.getService(installed);
        registration = insteadOf(installed, BlockFilter.class,
            (BlockNode below, BlockScheduler scheduler) -> new BetweenRequests(filter, below, scheduler) {
                @Override
                Io io(BlockRequest request, long number, Io own) {
                    String error = fault.of(request, number);
                    if (error == null) {
                        return own;
                    }
                    failed.incrementAndGet();
                    return () -> {
                        throw new IOException(error);
                    };
                }
            });
    }

    /** How many requests failed. */
    int failed() {
        return failed.get();
    }

    @Override
    public void close() {
        registration.unregister();
    }
}
