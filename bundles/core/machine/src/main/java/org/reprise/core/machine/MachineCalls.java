package org.reprise.core.machine;

import java.util.concurrent.Callable;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.function.BooleanSupplier;
import org.reprise.api.machine.ExitCode;
import org.reprise.api.machine.MachineException;

/**
 * How requests get to the machine's thread, from any thread.
 *
 * @param name of the machine, for messages
 * @param running the guest runs
 * @param closed the machine is gone
 */
record MachineCalls(String name, EventQueue queue, Owner owner, BooleanSupplier running, BooleanSupplier closed) {
    /** Runs a request on the machine's thread and waits for it. */
    <T> T call(Callable<T> request) {
        if (owner.current()) {
            if (running.getAsBoolean()) {
                throw new MachineException(ExitCode.USAGE, "machine " + name + ": this request cannot be made on the machine's own thread"
                        + " while the guest runs; make it on another thread");
            }
            try {
                return request.call();
            } catch (RuntimeException e) {
                throw e;
            } catch (Exception e) {
                throw new MachineException(ExitCode.INTERNAL, "machine " + name + ": " + e.getMessage(), e);
            }
        }
        FutureTask<T> task = new FutureTask<>(request);
        queue.request(task);
        if (closed.getAsBoolean()) {
            task.cancel(false);
        }
        boolean interrupted = false;
        try {
            while (true) {
                try {
                    return task.get();
                } catch (InterruptedException e) {
                    interrupted = true;
                }
            }
        } catch (CancellationException e) {
            throw new MachineException(ExitCode.USAGE, "machine " + name + " is gone: its configuration was removed or changed");
        } catch (ExecutionException e) {
            if (e.getCause() instanceof RuntimeException cause) {
                throw cause;
            }
            if (e.getCause() instanceof Error cause) {
                throw cause;
            }
            throw new MachineException(ExitCode.INTERNAL, "machine " + name + ": " + e.getCause().getMessage(), e.getCause());
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }
}
