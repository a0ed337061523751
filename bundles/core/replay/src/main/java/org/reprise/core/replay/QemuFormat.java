package org.reprise.core.replay;

/** Constants of the layout that QEMU 7.1 to 10.2 writes; docs/log-format.md is its description. All numbers are big-endian. */
final class QemuFormat {
    static final int VERSION = 0x00e0_200c;
    /** Version words of other layouts of the same program differ in the low bits only. */
    static final int FAMILY = 0xffff_f000;
    static final int HEADER_BYTES = 12;
    /** No array is longer than this. */
    static final int MAX_ARRAY_BYTES = LogFormat.MAX_EVENT_BYTES;
    /** Most instructions between two events that one INSTRUCTION counts. */
    static final int MAX_DELTA = Integer.MAX_VALUE;

    static final int INSTRUCTION = 0;
    static final int ASYNC_BH = 3;
    static final int ASYNC_BH_ONESHOT = 4;
    static final int ASYNC_INPUT = 5;
    static final int ASYNC_CHAR_READ = 7;
    static final int ASYNC_BLOCK = 8;
    static final int ASYNC_NET = 9;
    static final int SHUTDOWN = 10;
    static final int CHAR_WRITE = 22;
    static final int CHAR_READ_ALL = 23;
    static final int CHAR_READ_ALL_ERROR = 24;
    static final int AUDIO_OUT = 25;
    static final int AUDIO_IN = 26;
    static final int RANDOM = 27;
    static final int CLOCK_HOST = 28;
    static final int CLOCK_VIRTUAL_RT = 29;
    static final int CP_CLOCK_WARP_ACCOUNT = 31;
    static final int CP_RESET_REQUESTED = 32;
    static final int END = 39;

    /** Names by id; null: no event has it. */
    private static final String[] NAMES = {"INSTRUCTION", "INTERRUPT", "EXCEPTION", "ASYNC_BH", "ASYNC_BH_ONESHOT", "ASYNC_INPUT",
        "ASYNC_INPUT_SYNC", "ASYNC_CHAR_READ", "ASYNC_BLOCK", "ASYNC_NET", "SHUTDOWN_NONE", "SHUTDOWN_HOST_ERROR", "SHUTDOWN_HOST_QMP_QUIT",
        "SHUTDOWN_HOST_QMP_SYSTEM_RESET", "SHUTDOWN_HOST_SIGNAL", "SHUTDOWN_HOST_UI", "SHUTDOWN_GUEST_SHUTDOWN", "SHUTDOWN_GUEST_RESET",
        "SHUTDOWN_GUEST_PANIC", "SHUTDOWN_SUBSYSTEM_RESET", "SHUTDOWN_SNAPSHOT_LOAD", null, "CHAR_WRITE", "CHAR_READ_ALL",
        "CHAR_READ_ALL_ERROR", "AUDIO_OUT", "AUDIO_IN", "RANDOM", "CLOCK_HOST", "CLOCK_VIRTUAL_RT", "CP_CLOCK_WARP_START",
        "CP_CLOCK_WARP_ACCOUNT", "CP_RESET_REQUESTED", "CP_SUSPEND_REQUESTED", "CP_CLOCK_VIRTUAL", "CP_CLOCK_HOST", "CP_CLOCK_VIRTUAL_RT",
        "CP_INIT", "CP_RESET", "END"};

    private QemuFormat() {
    }

    /** The event's name, or null when there is none of that id. */
    static String name(int id) {
        return id < NAMES.length ? NAMES[id] : null;
    }
}
