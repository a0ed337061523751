package org.reprise.core.translator;

/** The builder was asked for code beyond the page: the block ends before this instruction. */
final class FetchBeyondPage extends RuntimeException {
    private static final long serialVersionUID = 1L;
    static final FetchBeyondPage INSTANCE = new FetchBeyondPage();

    private FetchBeyondPage() {
        super(null, null, false, false);
    }
}
