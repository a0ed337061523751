package org.reprise.block.qcow2.image;

/** Texts that come from an image. */
final class Text {
    private Text() {
    }

    /** The text with control characters as {@code ?}: an image must not write to a terminal. */
    static String printable(String text) {
        StringBuilder s = new StringBuilder(text.length());
        text.codePoints().forEach(c -> s.appendCodePoint(Character.isISOControl(c) ? '?' : c));
        return s.toString();
    }
}
