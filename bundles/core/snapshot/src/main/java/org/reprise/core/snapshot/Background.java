package org.reprise.core.snapshot;

import java.io.IOException;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/** Writes the snapshots that moves leave while the machine goes on, one after the other. One thread at a time uses it. */
final class Background implements AutoCloseable {
    private final ExecutorService thread;
    private Future<?> present;

    Background(String machine) {
        thread = Executors.newSingleThreadExecutor(task -> {
            Thread t = new Thread(task, "reprise-moves-" + machine);
            t.setDaemon(true);
            return t;
        });
    }

    /** Begins with something, when what was begun before has ended. */
    void begin(Callable<?> work) throws IOException {
        await();
        present = thread.submit(work);
    }

    /** Waits for what was begun. It is not interrupted: that would close files under a snapshot being written. @throws IOException as that did */
    void await() throws IOException {
        Future<?> last = present;
        present = null;
        boolean interrupted = false;
        try {
            while (last != null) {
                try {
                    last.get();
                    last = null;
                } catch (InterruptedException e) {
                    interrupted = true;
                } catch (ExecutionException e) {
                    throw e.getCause() instanceof IOException known ? known : new IOException(e.getCause());
                }
            }
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    @Override
    public void close() {
        thread.shutdown();
    }
}
