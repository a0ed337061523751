package org.reprise.tools.decodetable;

import java.util.List;

/** The features that a line needs set ({@code value}) among those it looks at ({@code mask}); one bit per declared feature. */
record Condition(long mask, long value) {

    /** Whether one set of features can meet both, given the groups of features of which at most one is ever set. */
    boolean compatible(Condition other, List<Long> exclusiveGroups) {
        if (((value ^ other.value) & mask & other.mask) != 0) {
            return false;
        }
        long needed = value | other.value;
        return exclusiveGroups.stream().allMatch(group -> Long.bitCount(needed & group) <= 1);
    }
}
