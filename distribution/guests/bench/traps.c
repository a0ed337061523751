/* System calls: a program in U-mode asks M-mode for small services by ecall. */
#include "bench.h"

#ifndef ROUNDS
#define ROUNDS 3000000
#endif
#define MSTATUS_MPP ((uintptr_t) 3 << 11)
#define CAUSE_ECALL_FROM_USER 8u

enum service { ADD_UP, HISTOGRAM, EXIT };

static uint32_t total, histogram[16], calls;

void trap(uintptr_t cause, uintptr_t epc, uintptr_t tval, const uintptr_t *saved) {
    (void) tval;
    if (cause != CAUSE_ECALL_FROM_USER) {
        fail("unexpected trap");
    }
    WRITE_CSR(mepc, epc + 4);
    calls++;
    uintptr_t argument = saved[SAVED_A0];
    switch ((enum service) saved[SAVED_A7]) {
        case ADD_UP:
            total = fold(total, (uint32_t) argument);
            break;
        case HISTOGRAM:
            histogram[argument % 16]++;
            break;
        case EXIT:
            /* Go on after the ecall in M-mode. */
            SET_CSR(mstatus, MSTATUS_MPP);
            break;
    }
}

static void ask(enum service service, uintptr_t argument) {
    register uintptr_t a0 __asm__("a0") = argument;
    register uintptr_t a7 __asm__("a7") = service;
    __asm__ volatile("ecall" :: "r"(a0), "r"(a7) : "memory");
}

uint32_t kernel(void) {
    uint32_t seed = 2026;
    /* One PMP entry that opens all of memory (NAPOT, RWX). */
    WRITE_CSR(pmpaddr0, ~(uintptr_t) 0 >> 10);
    WRITE_CSR(pmpcfg0, 0x1f);
    WRITE_CSR(mcounteren, 7);
    CLEAR_CSR(mstatus, MSTATUS_MPP);
    __asm__ volatile("la t0, 1f\n"
                     "csrw mepc, t0\n"
                     "mret\n"
                     "1:" ::: "t0", "memory");
    for (int round = 0; round < ROUNDS; round++) {
        uint32_t value = pseudo_random(&seed);
        for (int i = 0; i < 6; i++) {
            value = fold(value, (uint32_t) i);
        }
        ask(round & 1 ? ADD_UP : HISTOGRAM, value);
    }
    ask(EXIT, 0);
    uint32_t sum = fold(total, calls);
    for (int i = 0; i < 16; i++) {
        sum = fold(sum, histogram[i]);
    }
    return sum;
}
