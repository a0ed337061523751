/*
 * A logger of measurements with a bug that shows rarely: docs/tour-bug-hunt.md finds it.
 *
 * An alarm clock, which keeps the host's time, rings for each measurement. Whatever happens is noted in a trace, a ring of the
 * last things that happened, as one would like to have it after a crash: by the main program and by the interrupts of the
 * timer and of the clock.
 */
#include <stdbool.h>
#include "runtime.h"

/* ACLINT MTIMER of hart 0, which counts at 10 MHz. */
#define MTIMECMP (ACLINT + 0x4000)
#define MTIME (ACLINT + 0xbff8)
#define TICK 10000u

/* PLIC context 0 is hart 0 in M-mode. */
#define PLIC_PRIORITY(source) (PLIC + 4 * (source))
#define PLIC_ENABLE (PLIC + 0x2000)
#define PLIC_THRESHOLD (PLIC + 0x200000)
#define PLIC_CLAIM (PLIC + 0x200004)

/* Goldfish RTC. */
#define RTC_IRQ 11
#define RTC_TIME_LOW (GOLDFISH_RTC + 0x00)
#define RTC_TIME_HIGH (GOLDFISH_RTC + 0x04)
#define RTC_ALARM_LOW (GOLDFISH_RTC + 0x08)
#define RTC_ALARM_HIGH (GOLDFISH_RTC + 0x0c)
#define RTC_IRQ_ENABLED (GOLDFISH_RTC + 0x10)
#define RTC_CLEAR_INTERRUPT (GOLDFISH_RTC + 0x1c)
#define PAUSE 2000000u

#define CAUSE_INTERRUPT ((uintptr_t) 1 << (__riscv_xlen - 1))
#define CAUSE_TIMER (CAUSE_INTERRUPT | 7)
#define CAUSE_EXTERNAL (CAUSE_INTERRUPT | 11)

#define MEASUREMENTS 64u
#define ROUNDS 2000u
#define REPORT_EVERY 16u
#define NOTES 16u

struct meter {
    const char *name;
    uint64_t value;
};

static struct meter known[] = {{"measurements", 0}, {"largest", 0}};
#define measurements known[0]
#define largest known[1]

/* The meters in the order in which they are reported. */
static struct meter *meters[2];
static uint64_t trace[NOTES];
static uint64_t *volatile next_note = trace;
static volatile uint32_t ticks, rung;

static __attribute__((noinline)) void note(char what, uint64_t value) {
    *next_note++ = (uint64_t) what << 56 | value;
    if (next_note >= trace + NOTES) {
        next_note = trace;
    }
}

/* ---- interrupts ---- */

static void tick(void) {
    *(volatile uint64_t *) MTIMECMP += TICK;
    ticks++;
    note('T', ticks);
}

static void alarm(void) {
    uint32_t source = mmio_read32(PLIC_CLAIM);
    mmio_write32(RTC_CLEAR_INTERRUPT, 1);
    rung++;
    note('A', rung);
    fence();
    mmio_write32(PLIC_CLAIM, source);
}

void trap(uintptr_t cause, uintptr_t epc, uintptr_t tval, const uintptr_t *saved) {
    (void) epc, (void) tval, (void) saved;
    if (cause == CAUSE_TIMER) {
        tick();
    } else if (cause == CAUSE_EXTERNAL) {
        alarm();
    } else {
        fail("an exception");
    }
}

static void interrupts_on(void) {
    mmio_write32(PLIC_PRIORITY(RTC_IRQ), 1);
    mmio_write32(PLIC_ENABLE, 1u << RTC_IRQ);
    mmio_write32(PLIC_THRESHOLD, 0);
    mmio_write32(RTC_IRQ_ENABLED, 1);
    *(volatile uint64_t *) MTIMECMP = *(volatile uint64_t *) MTIME + TICK;
    SET_CSR(mie, MIE_MTIE | MIE_MEIE);
    SET_CSR(mstatus, MSTATUS_MIE);
}

/* ---- the main program ---- */

static void await_alarm(void) {
    uint64_t at = mmio_read32(RTC_TIME_LOW);
    at |= (uint64_t) mmio_read32(RTC_TIME_HIGH) << 32;
    at += PAUSE;
    uint32_t before = rung;
    mmio_write32(RTC_ALARM_HIGH, at >> 32);
    mmio_write32(RTC_ALARM_LOW, at);
    /* The alarm may ring between the two, and a tick ends the sleep then. */
    while (rung == before) {
        __asm__ volatile("wfi");
    }
}

static void measure(uint32_t sum) {
    for (uint32_t round = 0; round < ROUNDS; round++) {
        for (uint32_t i = sum % 16; i < 20; i++) {
            sum = (sum ^ sum >> 7) * 2654435761u;
        }
        note('M', round);
    }
    measurements.value++;
    if (largest.value < sum) {
        largest.value = sum;
    }
}

static void report(void) {
    for (uint32_t i = 0; i < 2; i++) {
        struct meter *meter = meters[i];
        if (meter < known || meter >= known + 2) {
            put_text("hunt: meters[");
            put_unsigned(i);
            put_text("] is ");
            put_hex((uintptr_t) meter, 16);
            fail("the table of meters is damaged");
        }
        put_text(i == 0 ? "hunt: " : ", ");
        put_text(meter->name);
        put_text(" ");
        put_unsigned(meter->value);
    }
    put_text("\n");
}

void main(void) {
    put_text("hunt: the logger is up\n");
    meters[0] = &measurements;
    meters[1] = &largest;
    interrupts_on();
    while (measurements.value < MEASUREMENTS) {
        await_alarm();
        measure(mmio_read32(RTC_TIME_LOW));
        if (measurements.value % REPORT_EVERY == 0) {
            report();
        }
    }
    power_off();
}
