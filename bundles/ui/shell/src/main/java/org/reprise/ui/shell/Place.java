package org.reprise.ui.shell;

import java.math.BigDecimal;
import java.math.RoundingMode;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.reprise.api.machine.ExitCode;
import org.reprise.api.machine.MachineException;

/**
 * A place in a recording as users write it.
 *
 * @param kind how it is given
 * @param value an icount; a VIRTUAL time in ns; or, for a part of the recording, an icount, too
 * @param name for NAME, of a mark or a snapshot
 */
record Place(Kind kind, long value, String name) {
    /** What users may write, for messages and help. */
    static final String FORMS = "an icount (1,000,000), a part of the recording ('40%', in quotes), a VIRTUAL time (1.5s, 200ms, 12us, 800ns), or a mark's or"
        + " snapshot's name";
    private static final Pattern TIME = Pattern.compile("(\\d{1,18}(?:\\.\\d{1,18})?)(ns|us|µs|ms|s)");
    private static final Pattern PART = Pattern.compile("(\\d{1,18}(?:\\.\\d{1,18})?)%");
    private static final Map<String, Integer> DIGITS = Map.of("ns", 0, "us", 3, "µs", 3, "ms", 6, "s", 9);

    /** Ways to give a place. */
    enum Kind {
        /** Instructions. */
        ICOUNT,
        /** VIRTUAL. */
        TIME,
        /** A mark or a snapshot. */
        NAME
    }

    /**
     * Reads a place.
     *
     * @param begin first icount of the recording
     * @param end its last one
     * @throws MachineException USAGE for a part that is none, or a number that is too large
     */
    static Place of(String text, long begin, long end) {
        String digits = text.replace(",", "").replace("_", "");
        Matcher time = TIME.matcher(text);
        Matcher part = PART.matcher(text);
        try {
            if (digits.matches("\\d+")) {
                return new Place(Kind.ICOUNT, Long.parseLong(digits), "");
            } else if (part.matches()) {
                BigDecimal percent = new BigDecimal(part.group(1));
                if (percent.compareTo(BigDecimal.valueOf(100)) <= 0) {
                    return new Place(Kind.ICOUNT, begin + percent.multiply(BigDecimal.valueOf(end - begin)).movePointLeft(2).longValue(), "");
                }
            } else if (time.matches()) {
                // at or after: a part of a nanosecond counts as one
                return new Place(Kind.TIME, new BigDecimal(time.group(1)).movePointRight(DIGITS.get(time.group(2))).setScale(0, RoundingMode.CEILING)
                    .longValueExact(), "");
            } else if (!text.isBlank() && !text.startsWith("-") && !text.endsWith("%")) {
                return new Place(Kind.NAME, 0, text);
            }
        } catch (ArithmeticException | NumberFormatException e) {
            throw new MachineException(ExitCode.USAGE, "the place " + text + " is too far: no recording goes there", e);
        }
        throw new MachineException(ExitCode.USAGE, text + " is no place: give " + FORMS);
    }
}
