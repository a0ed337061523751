package org.reprise.core.translator;

import java.util.ArrayList;
import java.util.List;

/**
 * A guest operation too rare or too big for IR, written in Java: a static method {@code long name(TranslatedCpu cpu, long a, long b, long c)}
 * in the CPU bundle. It declares what it does; translated code keeps nothing in registers that the helper must see.
 */
public final class Helper {
    /** The helper may call {@link TranslatedCpu#raise} or access guest memory; it must not have changed anything before it does. */
    public static final int FAULTS = 1;
    /**
     * The helper looks at the program counter, the icount or guest register slots, or changes what translated code depends on: it may only
     * stand in the last instruction of a block, followed by {@link BlockBuilder#exit} or {@link BlockBuilder#exitSet}.
     */
    public static final int SYSTEM = 2;

    /** What a helper is called through by the interpreter. */
    @FunctionalInterface
    public interface Function {
        /** Calls it. */
        long call(TranslatedCpu cpu, long a, long b, long c);
    }

    /** The helpers of one architecture; numbers are given in the order of registration. */
    public static final class Table {
        private final List<Helper> helpers = new ArrayList<>();

        /**
         * Registers a helper.
         *
         * @param owner class that has the static method, visible to the lookup given to {@link Frontend#lookup}
         * @param method its name
         * @param function the same method, for the interpreter
         * @param flags FAULTS, SYSTEM or 0
         */
        public Helper add(Class<?> owner, String method, Function function, int flags) {
            Helper h = new Helper(helpers.size(), owner.getName().replace('.', '/'), method, function, flags);
            helpers.add(h);
            return h;
        }

        Helper[] toArray() {
            return helpers.toArray(Helper[]::new);
        }
    }

    final int number;
    final String owner;
    final String method;
    final Function function;
    final int flags;

    private Helper(int number, String owner, String method, Function function, int flags) {
        this.number = number;
        this.owner = owner;
        this.method = method;
        this.function = function;
        this.flags = flags;
    }

    boolean faults() {
        return (flags & FAULTS) != 0;
    }

    boolean system() {
        return (flags & SYSTEM) != 0;
    }

    @Override
    public String toString() {
        return method;
    }
}
