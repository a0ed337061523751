package org.reprise.cpu.riscv;

import java.util.ArrayList;
import java.util.List;

/**
 * The rules of address translation, memory protection and interrupts, written down from the manual's Volume II as plainly as it says them,
 * apart from the product: sections "Virtual Address Translation Process", "Physical Memory Protection", "Machine Interrupt Registers" and
 * "Machine Trap Delegation Registers".
 */
final class PrivilegeModel {
    static final int LOAD = 0;
    static final int STORE = 1;
    static final int FETCH = 2;
    private static final int[] PAGE_FAULT = {13, 15, 12};
    private static final int[] ACCESS_FAULT = {5, 7, 1};

    private PrivilegeModel() {
    }

    /** Physical memory that page tables lie in. */
    interface Memory {
        long read(long address, int bytes);

        boolean there(long address, int bytes);
    }

    /**
     * How an access ends.
     *
     * @param cause of the exception, or -1
     * @param physical address when there is none
     * @param leaf address of the entry to be changed, or -1
     * @param entry what it becomes
     */
    record Outcome(int cause, long physical, long leaf, long entry) {
    }

    /** @param levels 2 for Sv32, 3 for Sv39, 4 for Sv48 @param privilege 0 or 1 */
    static Outcome translate(Memory memory, long root, int levels, long va, int access, int privilege, boolean sum, boolean mxr) {
        boolean narrow = levels == 2;
        int bits = narrow ? 10 : 9;
        int size = narrow ? 4 : 8;
        int width = narrow ? 32 : 12 + 9 * levels;
        if (!narrow) {
            // bits above the width must equal the highest of it
            long above = va >> width - 1;
            if (above != 0 && above != -1) {
                return new Outcome(PAGE_FAULT[access], 0, -1, 0);
            }
        }
        long a = root;
        for (int i = levels - 1; i >= 0; i--) {
            long vpn = va >>> 12 + bits * i & (1 << bits) - 1;
            long at = a + vpn * size;
            if (!memory.there(at, size)) {
                return new Outcome(ACCESS_FAULT[access], 0, -1, 0);
            }
            long pte = memory.read(at, size);
            boolean v = (pte & 1) != 0;
            boolean r = (pte & 2) != 0;
            boolean w = (pte & 4) != 0;
            boolean x = (pte & 8) != 0;
            boolean u = (pte & 16) != 0;
            long ppn = narrow ? pte >>> 10 & 0x3fffffL : pte >>> 10 & 0xfffffffffffL;
            boolean reserved = !narrow && pte >>> 54 != 0;
            if (!v || !r && w || reserved) {
                return new Outcome(PAGE_FAULT[access], 0, -1, 0);
            }
            if (!r && !x) {
                // D, A and U of a pointer are reserved
                if ((pte & 0xd0) != 0 || i == 0) {
                    return new Outcome(PAGE_FAULT[access], 0, -1, 0);
                }
                a = ppn << 12;
                continue;
            }
            boolean right = access == LOAD ? r || mxr && x : access == STORE ? w : x;
            boolean mode = privilege == 0 ? u : !u || sum && access != FETCH;
            boolean aligned = (ppn & (1L << bits * i) - 1) == 0;
            if (!right || !mode || !aligned) {
                return new Outcome(PAGE_FAULT[access], 0, -1, 0);
            }
            long next = pte | 0x40 | (access == STORE ? 0x80 : 0);
            long offset = va & (1L << 12 + bits * i) - 1;
            return new Outcome(-1, (ppn << 12 & -1L << 12 + bits * i) | offset, next == pte ? -1 : at, next);
        }
        throw new AssertionError();
    }

    /** Whether an access is allowed; matching is asked of every byte. @param need R 1, W 2, X 4 */
    static boolean allowed(int[] config, long[] address, int xlen, long at, int size, int privilege, int need) {
        for (int i = 0; i < config.length; i++) {
            int matched = 0;
            for (int b = 0; b < size; b++) {
                if (matches(config, address, i, at + b)) {
                    matched++;
                }
            }
            if (matched > 0) {
                if (matched < size) {
                    return false;
                }
                return privilege == 3 && (config[i] & 0x80) == 0 || (config[i] & need) == need;
            }
        }
        return privilege == 3;
    }


    private static boolean matches(int[] config, long[] address, int i, long byteAddress) {
        long word = byteAddress >>> 2;
        switch (config[i] >>> 3 & 3) {
            case 1:
                return word >= (i == 0 ? 0 : address[i - 1]) && word < address[i];
            case 2:
                return word == address[i];
            case 3:
                long ones = address[i] ^ address[i] + 1;
                return ((word ^ address[i]) & ~ones) == 0;
            default:
                return false;
        }
    }

    /** The interrupt taken, and where: number and 16 when in S mode; -1 for none. */
    static int interrupt(long pending, long enabled, long delegated, int privilege, boolean mie, boolean sie) {
        List<Integer> order = new ArrayList<>(List.of(11, 3, 7, 9, 1, 5));
        boolean machine = privilege < 3 || mie;
        boolean supervisor = privilege < 1 || privilege == 1 && sie;
        for (int n : order) {
            if (machine && (pending & enabled & ~delegated & 1 << n) != 0) {
                return n;
            }
        }
        for (int n : order) {
            if (supervisor && (pending & enabled & delegated & 1 << n) != 0) {
                return n + 16;
            }
        }
        return -1;
    }
}
