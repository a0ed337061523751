package org.reprise.debug.gdb.internal;

/** Answers that mean the same to every packet ("Standard Replies"). */
final class Replies {
    static final String OK = "OK";
    /** The packet is not known. */
    static final String UNKNOWN = "";
    /** What was asked cannot be done. */
    static final String ERROR = "E01";
    /** Linux's EFAULT, as gdb prints it for memory that cannot be reached. */
    static final String NO_MEMORY = "E0e";
    private static final int LONGEST_TEXT = 400;

    private Replies() {
    }

    /** An error that gdb shows with its text; not in answer to reading, where gdb takes text for digits. */
    static String error(String text) {
        // outside binary packets gdb knows no escapes
        return "E." + printable(text).replaceAll("[#$}*]", "?");
    }

    /** Text that may hold what a client sent, not too long and without control characters. */
    static String printable(String text) {
        StringBuilder s = new StringBuilder();
        for (int i = 0; i < text.length() && i < LONGEST_TEXT; i++) {
            char c = text.charAt(i);
            s.append(c < ' ' ? ' ' : c > '~' ? '?' : c);
        }
        return s.toString();
    }
}
