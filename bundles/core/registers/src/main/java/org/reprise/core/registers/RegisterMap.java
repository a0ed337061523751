package org.reprise.core.registers;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.function.Consumer;
import org.reprise.api.memory.MmioHandler;
import org.reprise.api.state.State;
import org.reprise.api.state.Stateful;

/**
 * The registers of one device, declared one by one while the device is built:
 * <pre>{@code
 *   RegisterMap map = new RegisterMap("wdt0", 0x1000, context::guestError);
 *   Register load    = map.register("LOAD", 0x00, 4).resetValue(0xffff_ffffL).onWrite(value -> restart());
 *   map.register("VALUE", 0x04, 4).read(this::remaining);
 *   Register control = map.register("CONTROL", 0x08, 4).field("INTEN", 0, 1).field("RESEN", 1, 1).onWrite(this::control);
 * }</pre>
 * Accesses that no register takes (nothing there, wrong size, writing a read-only register, setting a reserved bit) are guest errors:
 * they are reported by name and do nothing; a refused read gives 0. Access is dispatched through a table by offset and allocates
 * nothing unless there is something to report. Stored values are guest-visible state: {@link #state} visits them in the order of their
 * declaration. Machine's thread only.
 */
public final class RegisterMap implements MmioHandler, Stateful {
    private static final int PAGE_SHIFT = 12;
    private static final int PAGE_MASK = (1 << PAGE_SHIFT) - 1;

    private final String owner;
    private final long size;
    private final Consumer<String> guestError;
    private final List<Register> registers = new ArrayList<>();
    private Register[][] pages = new Register[1][];

    /**
     * An empty map.
     *
     * @param owner name of the part, for messages
     * @param size length of the mapped region in bytes, at most 2 GiB
     * @param guestError takes reports of accesses that do not fit
     */
    public RegisterMap(String owner, long size, Consumer<String> guestError) {
        if (size <= 0 || size > 1L << 31) {
            throw new IllegalArgumentException("register map of " + owner + ": size " + size + " is not within 1.." + (1L << 31));
        }
        this.owner = owner;
        this.size = size;
        this.guestError = guestError;
    }

    /** Length of the region in bytes. */
    public long size() {
        return size;
    }

    /**
     * Declares one register. Without further calls it is readable and writable in all bits, holds what is written, is reset to 0 and is
     * accessed in its own width only.
     *
     * @param name as the data sheet calls it; unique within the map
     * @param offset byte offset, a multiple of the width
     * @param width bytes: 1, 2, 4 or 8
     */
    public Register register(String name, long offset, int width) {
        return bank(name, offset, width, 1, width);
    }

    /**
     * Declares {@code count} registers of the same behaviour, {@code stride} bytes apart. A bank stores nothing: it needs
     * {@link Register#readIndexed} or {@link Register#writeIndexed}.
     *
     * @param stride distance in bytes, a multiple of the width
     */
    public Register bank(String name, long offset, int width, int count, int stride) {
        if (width != 1 && width != 2 && width != 4 && width != 8) {
            throw new IllegalArgumentException(text(name, "width " + width + " is not 1, 2, 4 or 8"));
        }
        if (count < 1 || stride < width || stride % width != 0 || offset < 0 || offset % width != 0
                || offset + (long) (count - 1) * stride + width > size) {
            throw new IllegalArgumentException(text(name, String.format(Locale.ROOT,
                    "offset 0x%x, count %d, stride %d do not fit a region of 0x%x bytes", offset, count, stride, size)));
        }
        Register register = new Register(this, name, offset, width, count, stride);
        for (Register other : registers) {
            if (other.name().equals(name)) {
                throw new IllegalArgumentException(text(name, "declared twice"));
            }
        }
        for (int i = 0; i < count; i++) {
            for (int b = 0; b < width; b++) {
                place(register, offset + (long) i * stride + b);
            }
        }
        registers.add(register);
        return register;
    }

    /** Sets every stored register to its reset value; callbacks are not called. */
    public void reset() {
        for (Register register : registers) {
            register.reset();
        }
    }

    @Override
    public long read(long offset, int accessSize) {
        Register register = find(offset);
        if (register == null) {
            refuse("read", offset, accessSize, "no register there");
            return 0;
        }
        return register.access(offset, accessSize);
    }

    @Override
    public void write(long offset, int accessSize, long value) {
        Register register = find(offset);
        if (register == null) {
            refuse("write", offset, accessSize, "no register there");
            return;
        }
        register.access(offset, accessSize, value);
    }

    @Override
    public void state(State s) {
        for (Register register : registers) {
            register.state(s);
        }
    }

    private Register find(long offset) {
        if (offset < 0 || offset >= size) {
            return null;
        }
        int page = (int) (offset >>> PAGE_SHIFT);
        if (page >= pages.length || pages[page] == null) {
            return null;
        }
        return pages[page][(int) offset & PAGE_MASK];
    }

    private void place(Register register, long offset) {
        int page = (int) (offset >>> PAGE_SHIFT);
        if (page >= pages.length) {
            pages = Arrays.copyOf(pages, page + 1);
        }
        if (pages[page] == null) {
            pages[page] = new Register[1 << PAGE_SHIFT];
        }
        Register taken = pages[page][(int) offset & PAGE_MASK];
        if (taken != null) {
            throw new IllegalArgumentException(text(register.name(), String.format(Locale.ROOT, "offset 0x%x belongs to %s",
                    offset, taken.name())));
        }
        pages[page][(int) offset & PAGE_MASK] = register;
    }

    void refuse(String what, long offset, int accessSize, String why) {
        guestError.accept(String.format(Locale.ROOT, "%s: %d-byte %s at offset 0x%x: %s", owner, accessSize, what, offset, why));
    }

    private String text(String name, String problem) {
        return "register " + name + " of " + owner + ": " + problem;
    }
}
