package org.reprise.ui.shell;

import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.reprise.api.machine.ExitCode;
import org.reprise.api.machine.MachineException;

/**
 * Which events are printed.
 *
 * @param kinds names of kinds; empty: all
 * @param from first icount
 * @param to last icount
 */
public record EventFilter(Set<String> kinds, long from, long to) {
    /** Everything. */
    public static final EventFilter ALL = new EventFilter(Set.of(), 0, Long.MAX_VALUE);

    /**
     * The filter of three options.
     *
     * @param kinds names, each possibly a list with commas, in any case; empty: all
     * @param from an icount, or null or empty: from the beginning
     * @param to an icount, or null or empty: to the end
     * @throws MachineException USAGE naming option and value
     */
    public static EventFilter of(List<String> kinds, String from, String to) {
        Set<String> names = new LinkedHashSet<>();
        kinds.stream().flatMap(k -> Arrays.stream(k.split(","))).map(String::strip).filter(k -> !k.isEmpty())
            .forEach(k -> names.add(k.toUpperCase(Locale.ROOT)));
        return new EventFilter(names, icount("--from", from, 0), icount("--to", to, Long.MAX_VALUE));
    }

    private static long icount(String option, String text, long none) {
        if (text == null || text.isEmpty()) {
            return none;
        }
        String digits = text.replace(",", "").replace("_", "");
        if (!digits.matches("\\d{1,18}")) {
            throw new MachineException(ExitCode.USAGE, option + " " + text + ": give an icount, a number of instructions");
        }
        return Long.parseLong(digits);
    }

    /** @throws MachineException USAGE when a kind of this filter is none of those */
    public void check(List<String> known) {
        for (String kind : kinds) {
            if (!known.contains(kind)) {
                throw new MachineException(ExitCode.USAGE, "--kind " + kind + ": there is no such kind of event; there are "
                    + String.join(", ", known));
            }
        }
    }

    boolean accepts(String kind, long icount) {
        return icount >= from && icount <= to && (kinds.isEmpty() || kinds.contains(kind));
    }
}
