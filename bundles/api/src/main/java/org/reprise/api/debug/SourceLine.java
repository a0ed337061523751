package org.reprise.api.debug;

/**
 * A line of a guest's source.
 *
 * @param file as the compiler was told it, with its folder unless that is where it was started; {@code /} separates
 * @param line from 1
 */
public record SourceLine(String file, int line) {
    @Override
    public String toString() {
        return file + ":" + line;
    }
}
