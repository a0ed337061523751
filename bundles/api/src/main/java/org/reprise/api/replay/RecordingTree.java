package org.reprise.api.replay;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * A recording and its branches.
 *
 * @param name of its folder, without {@code .rr}
 * @param folder where it is
 * @param origin where it comes from, when it is a branch
 * @param begun when its manifest was written, as ISO-8601 says
 * @param end how its log ends, or null when it cannot be read
 * @param problem why it cannot be read, or null
 * @param branches its own branches, by the place they begin
 */
public record RecordingTree(String name, Path folder, Optional<BranchOrigin> origin, String begun, EventJournal.LogEnd end, String problem,
        List<RecordingTree> branches) {
    /** How many branches there are below, those of branches included. */
    public int size() {
        return branches.stream().mapToInt(branch -> 1 + branch.size()).sum();
    }
}
