package org.reprise.api.replay;

/** The vocabulary of the log (RECORD-REPLAY: events). Codes are those of the log format and never change. */
public enum EventKind {
    /** The machine has run at least to this icount: written when a frame is sealed, so that a cut log replays up to there. */
    INSTRUCTION(0, false),
    /** A bottom half scheduled from outside. source: part, value: number of the bottom half within the part. */
    BH(3, true),
    /** Input bytes for a character port. source: part, data: bytes. */
    CHAR_READ(7, true),
    /** A block request completed. source: drive, value: request number, data: empty or the error text. */
    BLOCK(8, true),
    /** A frame reached a network card. source: network part, value: {@code NetworkFrame.flags}, data: the frame. */
    NET(9, true),
    /** Asked from outside: shut down. value: cause code, source: exit code. */
    SHUTDOWN(10, true),
    /** Asked from outside: reset. value: cause code. */
    RESET_REQUESTED(32, true),
    /** Random bytes from outside. source: part, data: bytes. */
    RANDOM(27, false),
    /** A read of the HOST clock. source: part, value: ns. */
    CLOCK_HOST(28, false),
    /** The idle machine was woken before its deadline: VIRTUAL is warped to value ns. Stands before the event that woke it. */
    CLOCK_WARP(29, true),
    /** Digests of all components. data: 8 bytes each, big-endian, in the manifest's order of components. */
    DIGEST(40, true),
    /** A device was plugged in. source: its part number, data: UTF-8 text that describes it (docs/log-format.md). */
    PLUG(41, true),
    /** A device was unplugged. source: its part number, data: its id in UTF-8. */
    UNPLUG(42, true),
    /** A read of VIRTUAL_RT by the machine itself, for shift=auto. value: ns. */
    CLOCK_VIRTUAL_RT(43, false),
    /** Somebody outside changed registers or memory. data: UTF-8 text that says how (docs/log-format.md). */
    POKE(44, true),
    /** The event behind it happened after the CPU had taken so many traps at this icount, which retired nothing. value: how many. */
    TRAPS(45, true),
    /** The recording ended here. value: cause code + 256 × exit code, or -1 when it was stopped while the machine ran on. */
    END(39, true);

    private final int code;
    private final boolean asynchronous;

    EventKind(int code, boolean asynchronous) {
        this.code = code;
        this.asynchronous = asynchronous;
    }

    /** The code in the log, 0..63. */
    public int code() {
        return code;
    }

    /** True when the event enters at the top of the machine loop: replay must stop exactly at its icount. */
    public boolean asynchronous() {
        return asynchronous;
    }
}
