package org.reprise.core.machine;

import java.util.List;
import org.reprise.api.cpu.Cpu;
import org.reprise.api.cpu.WatchListener;
import org.reprise.api.cpu.Watchpoint;
import org.reprise.api.memory.AddressSpace;
import org.reprise.api.state.State;
import org.reprise.api.state.Stateful;

/**
 * Tells of writes by devices (DMA) to watched memory. A virtual address is where the CPU whose turn it is would find it at that moment. What happens while
 * the machine is powered on, when images are loaded, is not told of. Machine's thread only.
 */
final class DeviceWrites implements Stateful {
    /** So many pages of a range of virtual addresses are looked up for each write. */
    private static final int MOST_PAGES = 4096;
    private static final int PAGE = AddressSpace.PAGE_SIZE;
    private static final Watchpoint[] NOTHING = {};

    private final Assembly assembly;
    private Watchpoint[] points = NOTHING;
    private WatchListener listener;
    private boolean on;
    /** The listener wants the machine to halt. */
    private boolean stop;
    /** The icount at which any memory was written last; -1: not since power-on. */
    private long lastAt = -1;

    DeviceWrites(Assembly assembly) {
        this.assembly = assembly;
    }

    /** Replaces what is watched. */
    void watch(List<Watchpoint> watched, WatchListener told) {
        points = watched.stream().filter(p -> !p.isRegister() && p.writes()).toArray(Watchpoint[]::new);
        listener = told;
        stop = false;
    }

    /** The machine was powered on: what devices do from now on counts. */
    void begin() {
        arrive();
        lastAt = -1;
    }

    /** The machine has been put where it stands. */
    void arrive() {
        on = true;
        stop = false;
    }

    /** A device has written. */
    void written(String device, long address, long length) {
        lastAt = assembly.clock().icount();
        if (points.length > 0 && on) {
            tell(device, address, length);
        }
    }

    private void tell(String device, long address, long length) {
        for (Watchpoint point : points) {
            WatchListener.Access access = point.physical() ? overlap(point, point.address(), point.address(), point.length(), device, address, length)
                : mapped(point, device, address, length);
            if (access != null) {
                if (listener.accessed(access)) {
                    stop = true;
                    assembly.clock().stopSoon();
                }
                return;
            }
        }
    }

    private WatchListener.Access mapped(Watchpoint point, String device, long address, long length) {
        Cpu cpu = assembly.cpuList().get(assembly.rotation().current());
        long done = 0;
        for (int page = 0; page < MOST_PAGES && done < point.length(); page++) {
            long virtual = point.address() + done;
            long part = Math.min(point.length() - done, PAGE - (virtual & PAGE - 1));
            long physical = cpu.translateForDebugger(virtual);
            WatchListener.Access access = physical == -1 ? null : overlap(point, virtual, physical, part, device, address, length);
            if (access != null) {
                return access;
            }
            done += part;
        }
        return null;
    }

    /** What a write has in common with {@code part} bytes of a watchpoint, or null. @param watched where these are @param physical the same, physical */
    private WatchListener.Access overlap(Watchpoint point, long watched, long physical, long part, String device, long address, long length) {
        long first = Long.compareUnsigned(address, physical) > 0 ? address : physical;
        long last = address + length - 1;
        long end = physical + part - 1;
        if (Long.compareUnsigned(end, last) < 0) {
            last = end;
        }
        if (length < 1 || Long.compareUnsigned(first, last) > 0) {
            return null;
        }
        int size = (int) Math.min(last - first + 1, Integer.MAX_VALUE);
        return new WatchListener.Access(point, watched + (first - physical), first, size, true, value(first, Math.min(size, Long.BYTES)), device);
    }

    private long value(long address, int size) {
        long value = 0;
        for (int i = 0; i < size && assembly.memory().isRam(address + i, 1); i++) {
            value |= assembly.memory().read(address + i, 1) << 8 * i;
        }
        return value;
    }

    /** True once when the listener wanted the machine to halt. */
    boolean stops() {
        boolean now = stop;
        stop = false;
        return now;
    }

    /** True when a device has written since the last instruction: the machine stands behind that. */
    boolean behind() {
        return lastAt == assembly.clock().icount();
    }

    @Override
    public void state(State s) {
        lastAt = s.int64("last", lastAt);
    }
}
