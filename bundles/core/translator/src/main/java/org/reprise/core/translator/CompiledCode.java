package org.reprise.core.translator;

/** Base of generated classes: the code of one region. */
public abstract class CompiledCode {
    /** For generated classes. */
    protected CompiledCode() {
    }

    /**
     * Runs from the region's head until control leaves the region or {@link TranslatedCpu#remaining} does not allow another block. On
     * return the guest's registers are in {@link TranslatedCpu#v}; the result is -1 when {@link TranslatedCpu#pc} is set, else the
     * number of the site at which the interpreter must go on with one instruction.
     */
    public abstract int run(TranslatedCpu cpu);
}
