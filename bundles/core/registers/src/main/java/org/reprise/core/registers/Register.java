package org.reprise.core.registers;

import java.util.Locale;
import java.util.function.BooleanSupplier;
import java.util.function.LongConsumer;
import java.util.function.LongSupplier;
import org.reprise.api.state.State;

/**
 * One register (or a bank of alike ones) of a {@link RegisterMap}. Made by the map; the calls that return {@code this} describe it and
 * belong to the construction of the device. A register that has no {@link #read} callback is <em>stored</em>: it holds the value last
 * written, as far as its fields allow. Machine's thread only.
 */
public final class Register {
    private static final int READ = 1;
    private static final int WRITE = 2;

    private final RegisterMap map;
    private final String name;
    private final long offset;
    private final int width;
    private final int count;
    private final int stride;
    private final long mask;
    private int access = READ | WRITE;
    private int sizes;
    private long resetValue;
    private boolean fields;
    private long writable;
    private long clearedByOnes;
    private long readOnlyBits;
    private LongSupplier reader;
    private LongConsumer writer;
    private LongConsumer notified;
    private IndexedReader indexedReader;
    private IndexedWriter indexedWriter;
    private BooleanSupplier writeGate;
    private String gateClosed;
    private long value;

    /** Reads one register of a bank. */
    @FunctionalInterface
    public interface IndexedReader {
        /** @param index number of the register within the bank, from 0 */
        long read(int index);
    }

    /** Writes one register of a bank. */
    @FunctionalInterface
    public interface IndexedWriter {
        /** @param index number of the register within the bank, from 0 @param value the whole register's new value */
        void write(int index, long value);
    }

    Register(RegisterMap map, String name, long offset, int width, int count, int stride) {
        this.map = map;
        this.name = name;
        this.offset = offset;
        this.width = width;
        this.count = count;
        this.stride = stride;
        this.mask = width == 8 ? -1L : (1L << (width * 8)) - 1;
        this.sizes = width;
        this.writable = mask;
    }

    /** Its name. */
    public String name() {
        return name;
    }

    /** The value that a reset stores. */
    public Register resetValue(long initial) {
        resetValue = initial & mask;
        value = resetValue;
        return this;
    }

    /** Access sizes in bytes that the register takes; smaller ones reach a part of it, the rest keeps its value. */
    public Register accessSizes(int... bytes) {
        sizes = 0;
        for (int size : bytes) {
            if (size > width || Integer.bitCount(size) != 1) {
                throw new IllegalArgumentException("register " + name + ": access size " + size + " does not fit width " + width);
            }
            sizes |= size;
        }
        return this;
    }

    /** Writing is a guest error. */
    public Register readOnly() {
        access = READ;
        return this;
    }

    /** Reading is a guest error. */
    public Register writeOnly() {
        access = WRITE;
        return this;
    }

    /** Writes are refused while the condition does not hold, for the reason given (a lock register, a device that is running). */
    public Register writableIf(BooleanSupplier condition, String otherwise) {
        writeGate = condition;
        gateClosed = otherwise;
        return this;
    }

    /** Declares a field that is read and written; with any field declared, bits outside of all fields are reserved: they read as 0. */
    public Register field(String fieldName, int lowBit, int bits) {
        long field = claim(fieldName, lowBit, bits);
        writable |= field;
        return this;
    }

    /** Declares a field that the guest cannot change; writes to it are ignored. */
    public Register fieldReadOnly(String fieldName, int lowBit, int bits) {
        long field = claim(fieldName, lowBit, bits);
        readOnlyBits |= field;
        return this;
    }

    /** Declares a field whose bits are cleared by writing ones. */
    public Register fieldClearedByOnes(String fieldName, int lowBit, int bits) {
        long field = claim(fieldName, lowBit, bits);
        clearedByOnes |= field;
        return this;
    }

    private long claim(String fieldName, int lowBit, int bits) {
        if (!fields) {
            fields = true;
            writable = 0;
        }
        long field = (bits == 64 ? -1L : (1L << bits) - 1) << lowBit;
        if (bits < 1 || lowBit < 0 || lowBit + bits > width * 8 || (field & (writable | readOnlyBits | clearedByOnes)) != 0) {
            throw new IllegalArgumentException("register " + name + ": field " + fieldName + " at bits " + (lowBit + bits - 1) + ".."
                    + lowBit + " overlaps another one or leaves the register");
        }
        return field;
    }

    /** Reads come from here instead of the stored value; unless {@link #write} is given too, the register becomes read-only. */
    public Register read(LongSupplier callback) {
        reader = callback;
        if (writer == null && notified == null) {
            access = READ;
        }
        return this;
    }

    /** Writes go here instead of to the stored value (no fields are applied); unless read too, the register becomes write-only. */
    public Register write(LongConsumer callback) {
        writer = callback;
        access = reader == null ? WRITE : READ | WRITE;
        return this;
    }

    /** Called after a write has been stored, with the stored value; the register stays a stored one even with {@link #read}. */
    public Register onWrite(LongConsumer callback) {
        notified = callback;
        access |= WRITE;
        return this;
    }

    /** For a bank: reads. */
    public Register readIndexed(IndexedReader callback) {
        indexedReader = callback;
        access = indexedWriter == null ? READ : READ | WRITE;
        return this;
    }

    /** For a bank: writes. */
    public Register writeIndexed(IndexedWriter callback) {
        indexedWriter = callback;
        access = indexedReader == null ? WRITE : READ | WRITE;
        return this;
    }

    /** The stored value. */
    public long get() {
        return value;
    }

    /** Stores a value as the hardware would: no fields apply, no callback is called. */
    public void set(long newValue) {
        value = newValue & mask;
    }

    /** True when any of these bits is set in the stored value. */
    public boolean has(long bits) {
        return (value & bits) != 0;
    }

    void reset() {
        value = resetValue;
    }

    void state(State s) {
        if (isStored()) {
            value = s.int64(name, value);
        }
    }

    private boolean isStored() {
        return count == 1 && indexedReader == null && indexedWriter == null && writer == null && (reader == null || notified != null);
    }

    long access(long at, int size) {
        long within = within(at);
        if (!fits("read", READ, at, within, size)) {
            return 0;
        }
        long whole = current(at);
        return size == width ? whole & mask : whole >>> (within * 8) & (1L << (size * 8)) - 1;
    }

    void access(long at, int size, long written) {
        long within = within(at);
        if (!fits("write", WRITE, at, within, size)) {
            return;
        }
        if (writeGate != null && !writeGate.getAsBoolean()) {
            map.refuse("write", at, size, name + " is " + gateClosed);
            return;
        }
        long bits = mask;
        long whole = written & mask;
        if (size != width) {
            int shift = (int) within * 8;
            bits = (1L << (size * 8)) - 1 << shift;
            long kept = (access & READ) != 0 ? current(at) : value;
            whole = kept & ~bits | written << shift & bits;
        }
        if (indexedWriter != null) {
            indexedWriter.write(index(at), whole);
        } else if (writer != null) {
            writer.accept(whole);
        } else {
            store(at, size, whole, bits);
        }
    }

    private void store(long at, int size, long whole, long bits) {
        long reserved = whole & bits & ~(writable | readOnlyBits | clearedByOnes);
        if (reserved != 0) {
            map.refuse("write", at, size, String.format(Locale.ROOT, "reserved bits 0x%x of %s", reserved, name));
        }
        long ones = whole & bits & clearedByOnes;
        value = value & ~writable & ~ones | whole & writable;
        if (notified != null) {
            notified.accept(value);
        }
    }

    /** Offset within the register; only a bank pays for a division. */
    private long within(long at) {
        return count == 1 ? at - offset : (at - offset) % stride;
    }

    private int index(long at) {
        return count == 1 ? 0 : (int) ((at - offset) / stride);
    }

    private long current(long at) {
        if (indexedReader != null) {
            return indexedReader.read(index(at));
        }
        return reader != null ? reader.getAsLong() : value;
    }

    private boolean fits(String what, int needed, long at, long within, int size) {
        if ((sizes & size) == 0 || within % size != 0 || within + size > width) {
            map.refuse(what, at, size, name + " is not accessed like that");
            return false;
        }
        if ((access & needed) == 0) {
            map.refuse(what, at, size, name + (needed == READ ? " is write-only" : " is read-only"));
            return false;
        }
        return true;
    }
}
