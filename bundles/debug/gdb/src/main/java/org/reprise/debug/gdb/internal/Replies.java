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
        StringBuilder s = new StringBuilder("E.");
        for (int i = 0; i < text.length() && i < LONGEST_TEXT; i++) {
            char c = text.charAt(i);
            // outside binary packets gdb knows no escapes
            s.append(c < ' ' ? ' ' : c > '~' || c == '#' || c == '$' || c == '}' || c == '*' ? '?' : c);
        }
        return s.toString();
    }
}
