/* Devices that interrupt or end the machine by themselves: alarm clock, watchdog, reset switch. */
#include "demo.h"
#include "runtime.h"

/* Goldfish RTC. */
#define RTC_IRQ 11
#define RTC_TIME_LOW (GOLDFISH_RTC + 0x00)
#define RTC_TIME_HIGH (GOLDFISH_RTC + 0x04)
#define RTC_ALARM_LOW (GOLDFISH_RTC + 0x08)
#define RTC_ALARM_HIGH (GOLDFISH_RTC + 0x0c)
#define RTC_IRQ_ENABLED (GOLDFISH_RTC + 0x10)
#define RTC_CLEAR_INTERRUPT (GOLDFISH_RTC + 0x1c)

/* ARM SP805, where the feature file of a board with a watchdog puts it. */
#define WATCHDOG 0x10010000u
#define WATCHDOG_IRQ 12
#define WATCHDOG_LOAD (WATCHDOG + 0x000)
#define WATCHDOG_CONTROL (WATCHDOG + 0x008)
#define WATCHDOG_CLEAR (WATCHDOG + 0x00c)
#define CONTROL_INTERRUPT 1u
#define CONTROL_RESET 2u

#define FINISHER_RESET 0x7777u

static volatile uint32_t alarms, barks;

static void alarm_rang(void *unused) {
    (void) unused;
    alarms++;
    mmio_write32(RTC_CLEAR_INTERRUPT, 1);
}

static bool has_rung(void *seen) {
    return alarms != *(const uint32_t *) seen;
}

uint64_t clock_nanoseconds(void) {
    uint32_t low = mmio_read32(RTC_TIME_LOW);
    return (uint64_t) mmio_read32(RTC_TIME_HIGH) << 32 | low;
}

bool alarm_in(uint64_t nanoseconds) {
    uint32_t seen = alarms;
    interrupts_route(RTC_IRQ, alarm_rang, NULL);
    mmio_write32(RTC_IRQ_ENABLED, 1);
    uint64_t at = clock_nanoseconds() + nanoseconds;
    mmio_write32(RTC_ALARM_HIGH, (uint32_t) (at >> 32));
    mmio_write32(RTC_ALARM_LOW, (uint32_t) at);
    bool rung = wait_for(has_rung, &seen, timer_now() + (uint64_t) 10 * TIMEBASE_HZ);
    mmio_write32(RTC_IRQ_ENABLED, 0);
    return rung;
}

static void watchdog_barked(void *unused) {
    (void) unused;
    barks++;
    mmio_write32(WATCHDOG_CLEAR, 1);
}

static bool barked_enough(void *count) {
    return barks >= *(const uint32_t *) count;
}

bool watchdog_present(void) {
    return device_answers(WATCHDOG_LOAD);
}

void watchdog_feed(uint32_t ticks, uint32_t times) {
    barks = 0;
    interrupts_route(WATCHDOG_IRQ, watchdog_barked, NULL);
    mmio_write32(WATCHDOG_LOAD, ticks);
    mmio_write32(WATCHDOG_CONTROL, CONTROL_INTERRUPT | CONTROL_RESET);
    if (!wait_for(barked_enough, &times, timer_now() + (uint64_t) 10 * TIMEBASE_HZ)) {
        fail("the watchdog did not bark");
    }
    mmio_write32(WATCHDOG_CONTROL, 0);
}

void watchdog_bite(uint32_t ticks) {
    /* The interrupt stays pending and is not taken: nobody feeds the dog. */
    CLEAR_CSR(mie, MIE_MEIE);
    mmio_write32(WATCHDOG_LOAD, ticks);
    mmio_write32(WATCHDOG_CONTROL, CONTROL_INTERRUPT | CONTROL_RESET);
    for (;;) {
        __asm__ volatile("wfi");
    }
}

void machine_reset(void) {
    mmio_write32(TEST_FINISHER, FINISHER_RESET);
    for (;;) {
        __asm__ volatile("wfi");
    }
}
