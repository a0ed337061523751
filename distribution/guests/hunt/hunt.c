/*
 * A program with a bug that depends on when an interrupt comes: docs/bug-hunt.md finds it.
 *
 * The timer's interrupt puts requests into a ring, the main program takes them out; both count how many wait.
 */
#include <stdbool.h>
#include "runtime.h"

#define MTIMECMP (ACLINT + 0x4000)
#define MTIME (ACLINT + 0xbff8)
#define CAUSE_TIMER (((uintptr_t) 1 << (__riscv_xlen - 1)) | 7)
#define REQUESTS 1000u
#define PLACES 16u

static volatile uint32_t ring[PLACES];
static volatile uint32_t put, taken;
/* put - taken, so that nobody has to subtract. */
volatile uint32_t waiting;

static void arm_timer(void) {
    /* Requests come at irregular times: what the host's clock says now decides. */
    uint32_t later = 250 + (mmio_read32(GOLDFISH_RTC) >> 4 & 255);
    *(volatile uint64_t *) MTIMECMP = *(volatile uint64_t *) MTIME + later;
}

void trap(uintptr_t cause, uintptr_t epc, uintptr_t tval, const uintptr_t *saved) {
    (void) epc, (void) tval, (void) saved;
    if (cause != CAUSE_TIMER) {
        fail("an unexpected trap");
    }
    if (waiting < PLACES) {
        ring[put % PLACES] = put;
        put++;
        waiting++;
    }
    arm_timer();
}

static void check(void) {
    CLEAR_CSR(mstatus, MSTATUS_MIE);
    if (put - taken != waiting) {
        put_text("hunt: ");
        put_unsigned(put - taken);
        put_text(" requests are in the ring, but ");
        put_unsigned(waiting);
        put_text(" are counted\n");
        fail("the ring is corrupt");
    }
    SET_CSR(mstatus, MSTATUS_MIE);
}

static uint32_t work(uint32_t request) {
    uint32_t sum = request;
    for (int i = 0; i < 750; i++) {
        sum = (sum ^ sum >> 7) * 2654435761u;
    }
    return sum;
}

void main(void) {
    uint32_t sum = 0;
    arm_timer();
    SET_CSR(mie, MIE_MTIE);
    SET_CSR(mstatus, MSTATUS_MIE);
    while (taken < REQUESTS) {
        if (waiting > 0) {
            uint32_t request = ring[taken % PLACES];
            taken++;
            waiting--;
            check();
            sum += work(request);
        }
    }
    put_text("hunt: all requests are done, checksum ");
    put_hex(sum, 8);
    put_text("\n");
    power_off();
}
