package org.reprise.core.translator;

/** Base of generated classes: each holds the code of several regions, and each instance stands for one of them. */
public abstract class CompiledCode {
    /** Result of {@link #run}: nothing was done, because a register is wider than this code expects. */
    public static final int WIDE = -2;

    /** Which of the class's regions. */
    protected final int which;

    /** For generated classes. */
    protected CompiledCode(int which) {
        this.which = which;
    }

    /**
     * Runs from the region's head until control leaves the region or the budget does not allow another block. On return the guest's
     * registers are in {@link TranslatedCpu#v}; the result is -1 when {@link TranslatedCpu#pc} is set, {@link #WIDE}, else the number of the site at which
     * the interpreter must go on with one instruction. With a budget that is too small for its first blocks it returns -1 at once
     * and touches nothing; the CPU may be null then.
     *
     * @param cpu the CPU
     * @param budget {@link TranslatedCpu#remaining}; what is left is stored there
     */
    public abstract int run(TranslatedCpu cpu, long budget);
}
