package org.reprise.tools.fuzz;

import java.io.IOException;

/**
 * Something that is fuzzed: takes any bytes and ends, in bounded time and memory, without a throwable. What it throws is a finding;
 * refusals that are documented are caught in here. The same bytes do the same each time, unless the target says otherwise.
 */
@FunctionalInterface
interface Target {
    void run(Input in) throws IOException;
}
