package org.reprise.core.translator;

/**
 * Base of generated classes: each holds the code of several regions, a method for each. The methods are virtual ones, because that is the call with
 * the fewest places in memory to look at: the object, which the class's regions share, the class's table, the method, its code. Where code is flat,
 * waiting for these is what costs.
 */
public abstract class CompiledCode {
    /** Regions in one class at most. */
    static final int REGIONS = 16;
    /** Result of {@link #run}: nothing was done, because a register is wider than this code expects. */
    public static final int WIDE = -2;

    /** For generated classes. */
    protected CompiledCode() {
    }

    /**
     * Runs from the region's head until control leaves the region or the budget does not allow another block. On return the guest's
     * registers are in {@link TranslatedCpu#v}; the result is -1 when {@link TranslatedCpu#pc} is set, {@link #WIDE}, else the number of the site at which
     * the interpreter must go on with one instruction. With a budget that is too small for its first blocks it returns -1 at once
     * and touches nothing; the CPU may be null then.
     *
     * @param which number of the region in this class
     * @param cpu the CPU
     * @param budget {@link TranslatedCpu#remaining}; what is left is stored there
     */
    final int run(int which, TranslatedCpu cpu, long budget) {
        return switch (which) {
            case 0 -> region0(cpu, budget);
            case 1 -> region1(cpu, budget);
            case 2 -> region2(cpu, budget);
            case 3 -> region3(cpu, budget);
            case 4 -> region4(cpu, budget);
            case 5 -> region5(cpu, budget);
            case 6 -> region6(cpu, budget);
            case 7 -> region7(cpu, budget);
            case 8 -> region8(cpu, budget);
            case 9 -> region9(cpu, budget);
            case 10 -> region10(cpu, budget);
            case 11 -> region11(cpu, budget);
            case 12 -> region12(cpu, budget);
            case 13 -> region13(cpu, budget);
            case 14 -> region14(cpu, budget);
            default -> region15(cpu, budget);
        };
    }

    /** Region number 0, see {@link #run}; generated classes have as many of these as they have regions. */
    protected int region0(TranslatedCpu cpu, long budget) {
        throw new IllegalStateException();
    }

    /** Region number 1, see {@link #run}; generated classes have as many of these as they have regions. */
    protected int region1(TranslatedCpu cpu, long budget) {
        throw new IllegalStateException();
    }

    /** Region number 2, see {@link #run}; generated classes have as many of these as they have regions. */
    protected int region2(TranslatedCpu cpu, long budget) {
        throw new IllegalStateException();
    }

    /** Region number 3, see {@link #run}; generated classes have as many of these as they have regions. */
    protected int region3(TranslatedCpu cpu, long budget) {
        throw new IllegalStateException();
    }

    /** Region number 4, see {@link #run}; generated classes have as many of these as they have regions. */
    protected int region4(TranslatedCpu cpu, long budget) {
        throw new IllegalStateException();
    }

    /** Region number 5, see {@link #run}; generated classes have as many of these as they have regions. */
    protected int region5(TranslatedCpu cpu, long budget) {
        throw new IllegalStateException();
    }

    /** Region number 6, see {@link #run}; generated classes have as many of these as they have regions. */
    protected int region6(TranslatedCpu cpu, long budget) {
        throw new IllegalStateException();
    }

    /** Region number 7, see {@link #run}; generated classes have as many of these as they have regions. */
    protected int region7(TranslatedCpu cpu, long budget) {
        throw new IllegalStateException();
    }

    /** Region number 8, see {@link #run}; generated classes have as many of these as they have regions. */
    protected int region8(TranslatedCpu cpu, long budget) {
        throw new IllegalStateException();
    }

    /** Region number 9, see {@link #run}; generated classes have as many of these as they have regions. */
    protected int region9(TranslatedCpu cpu, long budget) {
        throw new IllegalStateException();
    }

    /** Region number 10, see {@link #run}; generated classes have as many of these as they have regions. */
    protected int region10(TranslatedCpu cpu, long budget) {
        throw new IllegalStateException();
    }

    /** Region number 11, see {@link #run}; generated classes have as many of these as they have regions. */
    protected int region11(TranslatedCpu cpu, long budget) {
        throw new IllegalStateException();
    }

    /** Region number 12, see {@link #run}; generated classes have as many of these as they have regions. */
    protected int region12(TranslatedCpu cpu, long budget) {
        throw new IllegalStateException();
    }

    /** Region number 13, see {@link #run}; generated classes have as many of these as they have regions. */
    protected int region13(TranslatedCpu cpu, long budget) {
        throw new IllegalStateException();
    }

    /** Region number 14, see {@link #run}; generated classes have as many of these as they have regions. */
    protected int region14(TranslatedCpu cpu, long budget) {
        throw new IllegalStateException();
    }

    /** Region number 15, see {@link #run}; generated classes have as many of these as they have regions. */
    protected int region15(TranslatedCpu cpu, long budget) {
        throw new IllegalStateException();
    }
}
