package org.reprise.device.loader;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.reprise.api.device.Image;
import org.reprise.api.memory.AddressSpace;

/**
 * Where everything lies in RAM: firmware at the start (or where its ELF file says), the kernel 2 MiB (RV64) or 4 MiB (RV32) above the start
 * of RAM (or where its header or ELF file says), the initrd above it, the device tree in the last 2 MiB-aligned place below the end of
 * RAM and below 3 GiB, so that 32-bit code reaches it. Whatever does not fit is refused with sizes and remedy.
 */
final class BootPlan {
    private static final long MIB = 1L << 20;
    private static final long DEVICE_TREE_ALIGN = 2 * MIB;
    private static final long DEVICE_TREE_ROOM = 2 * MIB;
    private static final long DEVICE_TREE_BELOW = 0xc000_0000L;
    private static final long INITRD_PREFERRED_MAX = 512 * MIB;
    private static final int ZEROS = 1 << 20;

    /** Bytes for one place in RAM: {@code fileBytes} of the content, then zeros. */
    record Piece(String name, long address, byte[] content, int offset, int fileBytes, long bytes) {
        long end() {
            return address + bytes;
        }

        void writeTo(AddressSpace memory) {
            memory.writeBytes(address, content, offset, fileBytes);
            byte[] zeros = new byte[(int) Math.min(ZEROS, bytes - fileBytes)];
            for (long done = fileBytes; done < bytes; done += zeros.length) {
                memory.writeBytes(address + done, zeros, 0, (int) Math.min(zeros.length, bytes - done));
            }
        }
    }

    private final String part;
    private final int xlen;
    private final long ramBase;
    private final long ramEnd;
    private final long deviceTreeAddress;
    private final List<Piece> pieces = new ArrayList<>();
    private long start;
    private long nextAddress;
    private long initrdAddress;
    private long initrdLength;

    BootPlan(String part, int xlen, long ramBase, long ramSize, Image firmware, Image kernel, Image initrd, boolean rawKernel) {
        this.part = part;
        this.xlen = xlen;
        this.ramBase = ramBase;
        ramEnd = ramBase + ramSize;
        if (firmware == null && kernel == null) {
            throw new IllegalArgumentException(part + ": nothing to start; set " + part + ".firmware, " + part + ".kernel or both");
        }
        deviceTreeAddress = placeDeviceTree(ramSize);
        if (firmware != null) {
            start = addFirmware(firmware);
            if (kernel != null) {
                nextAddress = addKernel(kernel, rawKernel, ramBase + kernelOffset(), false);
            }
        } else {
            start = addKernel(kernel, rawKernel, ramBase, true);
        }
        if (initrd != null && initrd.length() > 0) {
            if (kernel == null) {
                throw new IllegalArgumentException(part + ": initrd " + initrd.name() + " without a kernel; set " + part + ".kernel");
            }
            addInitrd(initrd);
        }
    }

    private long kernelOffset() {
        return xlen == 64 ? 2 * MIB : 4 * MIB;
    }

    private long placeDeviceTree(long ramSize) {
        long top = Long.compareUnsigned(ramEnd, DEVICE_TREE_BELOW) > 0 && Long.compareUnsigned(ramBase, DEVICE_TREE_BELOW) < 0
                ? DEVICE_TREE_BELOW : ramEnd;
        long address = alignDown(top - DEVICE_TREE_ROOM, DEVICE_TREE_ALIGN);
        if (address < ramBase || ramSize < DEVICE_TREE_ROOM) {
            throw tooSmall("the device tree needs " + size(DEVICE_TREE_ROOM), ramSize + DEVICE_TREE_ROOM + DEVICE_TREE_ALIGN);
        }
        return address;
    }

    private long addFirmware(Image image) {
        byte[] content = content(image, "firmware");
        if (ElfImage.isElf(content)) {
            return addElf(image, "firmware", content, ramBase);
        }
        add(new Piece("firmware " + image.name(), ramBase, content, 0, content.length, content.length));
        return ramBase;
    }

    private long addKernel(Image image, boolean raw, long rawAddress, boolean machineMode) {
        byte[] content = content(image, "kernel");
        String name = "kernel " + image.name();
        if (raw) {
            add(new Piece(name, rawAddress, content, 0, content.length, content.length));
            return rawAddress;
        }
        if (ElfImage.isElf(content)) {
            return addElf(image, "kernel", content, rawAddress);
        }
        if (!LinuxImage.isImage(content)) {
            throw new IllegalArgumentException(part + ": " + name + " is neither an ELF file nor a RISC-V kernel Image; give one of these"
                    + " (a kernel in a compressed file must be unpacked first), or set " + part
                    + ".kernel.format=raw to load it as it is at " + hex(rawAddress));
        }
        LinuxImage header = new LinuxImage(part + ": " + name, content);
        if (machineMode && header.textOffset() != 0) {
            throw new IllegalArgumentException(part + ": " + name + " is built for S-mode and needs firmware below it; set " + part
                    + ".firmware to OpenSBI's fw_dynamic.bin");
        }
        long address = header.textOffset() != 0 ? ramBase + header.textOffset() : rawAddress;
        add(new Piece(name, address, content, 0, content.length, header.memoryBytes()));
        return address;
    }

    private long addElf(Image image, String what, byte[] content, long home) {
        ElfImage elf = new ElfImage(part + ": " + what + " " + image.name(), content, xlen, home, ramBase);
        for (ElfImage.Segment segment : elf.segments()) {
            add(new Piece(what + " " + image.name(), segment.address(), content, segment.offset(), segment.fileBytes(), segment.bytes()));
        }
        return elf.entry();
    }

    private void addInitrd(Image image) {
        byte[] content = image.content();
        long kernelEnd = alignUp(pieces.stream().mapToLong(Piece::end).max().orElse(ramBase), AddressSpace.PAGE_SIZE);
        // High enough that a kernel that unpacks or moves itself does not run into it; at the top when it would not fit there.
        long address = Math.max(kernelEnd, ramBase + alignDown(Math.min((ramEnd - ramBase) / 2, INITRD_PREFERRED_MAX),
                AddressSpace.PAGE_SIZE));
        if (address + content.length > deviceTreeAddress) {
            address = alignDown(deviceTreeAddress - content.length, AddressSpace.PAGE_SIZE);
        }
        if (address < kernelEnd) {
            throw tooSmall("firmware and kernel end at " + hex(kernelEnd) + ", initrd " + image.name() + " takes " + size(content.length)
                    + ", the device tree begins at " + hex(deviceTreeAddress), kernelEnd - ramBase + content.length + 2 * DEVICE_TREE_ROOM);
        }
        initrdAddress = address;
        initrdLength = content.length;
        add(new Piece("initrd " + image.name(), address, content, 0, content.length, content.length));
    }

    private byte[] content(Image image, String what) {
        if (image.length() == 0) {
            throw new IllegalArgumentException(part + ": " + what + " " + image.name() + " is empty");
        }
        return image.content();
    }

    private void add(Piece piece) {
        if (Long.compareUnsigned(piece.address(), ramBase) < 0 || Long.compareUnsigned(piece.address(), ramEnd) >= 0) {
            throw new IllegalArgumentException(part + ": " + piece.name() + " is to be loaded at " + hex(piece.address())
                    + ", outside of RAM (" + hex(ramBase) + " to " + hex(ramEnd) + "); link it for this machine");
        }
        if (piece.bytes() > ramEnd - piece.address()) {
            throw tooSmall(piece.name() + " takes " + size(piece.bytes()) + " at " + hex(piece.address()),
                    piece.address() - ramBase + piece.bytes() + 2 * DEVICE_TREE_ROOM);
        }
        if (piece.end() > deviceTreeAddress && piece.address() < deviceTreeAddress + DEVICE_TREE_ROOM) {
            throw tooSmall(piece.name() + " (" + size(piece.bytes()) + " at " + hex(piece.address()) + ") runs into the device tree at "
                    + hex(deviceTreeAddress), piece.end() - ramBase + 2 * DEVICE_TREE_ROOM);
        }
        for (Piece other : pieces) {
            if (piece.address() < other.end() && other.address() < piece.end()) {
                throw new IllegalArgumentException(part + ": " + piece.name() + " (" + size(piece.bytes()) + " at " + hex(piece.address())
                        + ") overlaps " + other.name() + " (" + size(other.bytes()) + " at " + hex(other.address())
                        + "); use smaller files or link them for other addresses");
            }
        }
        pieces.add(piece);
    }

    void checkDeviceTreeLength(int length) {
        // Firmware grows the tree in place: it gets half of the room.
        if (length > DEVICE_TREE_ROOM / 2) {
            throw new IllegalArgumentException(part + ": the device tree takes " + length + " bytes, more than " + DEVICE_TREE_ROOM / 2
                    + "; shorten " + part + ".append");
        }
    }

    /** Where the hart jumps to from the reset ROM. */
    long start() {
        return start;
    }

    /** Where firmware goes next, or 0. */
    long nextAddress() {
        return nextAddress;
    }

    long deviceTreeAddress() {
        return deviceTreeAddress;
    }

    long initrdAddress() {
        return initrdAddress;
    }

    long initrdLength() {
        return initrdLength;
    }

    List<Piece> pieces() {
        return pieces;
    }

    private IllegalArgumentException tooSmall(String why, long needed) {
        long suggested = Math.max(1, Long.highestOneBit(Math.max(1, needed - 1) / MIB) * 2);
        return new IllegalArgumentException(part + ": RAM of " + size(ramEnd - ramBase) + " is too small: " + why + "; set ram to at least "
                + suggested + "M");
    }

    private static long alignDown(long value, long alignment) {
        return value & -alignment;
    }

    private static long alignUp(long value, long alignment) {
        return alignDown(value + alignment - 1, alignment);
    }

    private static String hex(long value) {
        return "0x" + Long.toHexString(value);
    }

    private static String size(long bytes) {
        return bytes < 10 * MIB ? String.format(Locale.ROOT, "%d bytes", bytes) : String.format(Locale.ROOT, "%.1f MiB",
                bytes / (double) MIB);
    }
}
