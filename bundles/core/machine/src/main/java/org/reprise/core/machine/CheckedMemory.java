package org.reprise.core.machine;

import org.reprise.api.memory.AddressSpace;
import org.reprise.api.memory.MemoryListener;

/** The address space as devices see it: every change is checked for thread and for replayability, and told of where it is watched. CPUs get the address space itself. */
final class CheckedMemory implements AddressSpace {
    private final AddressSpace memory;
    private final Owner owner;
    private final Guard guard;
    private final DeviceWrites writes;
    private final String part;

    CheckedMemory(Assembly assembly, String part) {
        this.memory = assembly.memory();
        this.owner = assembly.owner();
        this.guard = assembly.guard();
        this.writes = assembly.deviceWrites();
        this.part = part;
    }

    @Override
    public long read(long address, int size) {
        owner.check(part);
        if (guard.restricted() && !memory.isRam(address, size)) {
            guard.touchMemory(part, "register read", address);
        }
        return memory.read(address, size);
    }

    @Override
    public void write(long address, int size, long value) {
        owner.check(part);
        guard.touchMemory(part, "write", address);
        memory.write(address, size, value);
        writes.written(part, address, size);
    }

    @Override
    public void readBytes(long address, byte[] into, int offset, int length) {
        owner.check(part);
        memory.readBytes(address, into, offset, length);
    }

    @Override
    public void writeBytes(long address, byte[] from, int offset, int length) {
        owner.check(part);
        guard.touchMemory(part, "write", address);
        memory.writeBytes(address, from, offset, length);
        writes.written(part, address, length);
    }

    @Override
    public boolean isRam(long address, long length) {
        return memory.isRam(address, length);
    }

    @Override
    public long hostAddress(long address) {
        owner.check(part);
        return memory.hostAddress(address);
    }

    @Override
    public boolean isMapped(long address) {
        return memory.isMapped(address);
    }

    @Override
    public boolean prepareWrite(long address) {
        owner.check(part);
        guard.touchMemory(part, "direct write", address);
        return memory.prepareWrite(address);
    }

    @Override
    public void markCode(long address, int length) {
        owner.check(part);
        memory.markCode(address, length);
    }

    @Override
    public boolean containsCode(long address, int length) {
        return memory.containsCode(address, length);
    }

    @Override
    public void addListener(MemoryListener listener) {
        owner.check(part);
        memory.addListener(listener);
    }
}
