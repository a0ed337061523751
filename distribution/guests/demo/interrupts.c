#include "demo.h"
#include "runtime.h"

/* ACLINT MTIMER of hart 0. */
#define MTIMECMP (ACLINT + 0x4000)
#define MTIME (ACLINT + 0xbff8)

/* PLIC context 0 is hart 0 in M-mode. */
#define PLIC_PRIORITY(source) (PLIC + 4 * (source))
#define PLIC_ENABLE(source) (PLIC + 0x2000 + 4 * ((source) / 32))
#define PLIC_THRESHOLD (PLIC + 0x200000)
#define PLIC_CLAIM (PLIC + 0x200004)
#define PLIC_SOURCES 32

#define CAUSE_INTERRUPT ((uintptr_t) 1 << (__riscv_xlen - 1))
#define CAUSE_TIMER (CAUSE_INTERRUPT | 7)
#define CAUSE_EXTERNAL (CAUSE_INTERRUPT | 11)
#define CAUSE_LOAD_ACCESS_FAULT 5

static struct {
    interrupt_handler handler;
    void *argument;
} routes[PLIC_SOURCES];

static volatile uint32_t ticks;
static volatile bool probing, faulted;
static uint64_t next_tick;

uint64_t timer_now(void) {
    uint32_t high, low;
    do {
        high = mmio_read32(MTIME + 4);
        low = mmio_read32(MTIME);
    } while (high != mmio_read32(MTIME + 4));
    return (uint64_t) high << 32 | low;
}

uint32_t timer_ticks(void) {
    return ticks;
}

static void arm_timer(uint64_t at) {
    /* All ones first, so that no half-written value is in the past. */
    mmio_write32(MTIMECMP + 4, 0xffffffff);
    mmio_write32(MTIMECMP, (uint32_t) at);
    mmio_write32(MTIMECMP + 4, (uint32_t) (at >> 32));
}

static void timer_interrupt(void) {
    ticks++;
    uint64_t now = timer_now();
    do {
        next_tick += TIMEBASE_HZ / TICK_HZ;
    } while (next_tick <= now);
    arm_timer(next_tick);
}

static void external_interrupt(void) {
    uint32_t source;
    while ((source = mmio_read32(PLIC_CLAIM)) != 0) {
        if (source >= PLIC_SOURCES || routes[source].handler == NULL) {
            fail("an interrupt that nobody asked for");
        }
        routes[source].handler(routes[source].argument);
        fence();
        mmio_write32(PLIC_CLAIM, source);
    }
}

void trap(uintptr_t cause, uintptr_t epc, uintptr_t tval, const uintptr_t *saved) {
    (void) saved;
    if (cause == CAUSE_TIMER) {
        timer_interrupt();
    } else if (cause == CAUSE_EXTERNAL) {
        external_interrupt();
    } else if (cause == CAUSE_LOAD_ACCESS_FAULT && probing) {
        faulted = true;
        WRITE_CSR(mepc, epc + 4);
    } else {
        put_text("\nmcause ");
        put_hex(cause, __riscv_xlen / 4);
        put_text(" mepc ");
        put_hex(epc, __riscv_xlen / 4);
        put_text(" mtval ");
        put_hex(tval, __riscv_xlen / 4);
        fail("unexpected trap");
    }
}

bool device_answers(uintptr_t address) {
    uint32_t value;
    faulted = false;
    probing = true;
    /* Not compressed, so that the handler knows the length of what it skips. */
    __asm__ volatile(".option push\n\t.option norvc\n\tlw %0, 0(%1)\n\t.option pop" : "=r"(value) : "r"(address) : "memory");
    probing = false;
    return !faulted;
}

void interrupts_start(void) {
    mmio_write32(PLIC_THRESHOLD, 0);
    next_tick = timer_now() + TIMEBASE_HZ / TICK_HZ;
    arm_timer(next_tick);
    SET_CSR(mie, MIE_MTIE | MIE_MEIE);
    SET_CSR(mstatus, MSTATUS_MIE);
}

void interrupts_route(unsigned source, interrupt_handler handler, void *argument) {
    routes[source].handler = handler;
    routes[source].argument = argument;
    mmio_write32(PLIC_PRIORITY(source), 1);
    mmio_write32(PLIC_ENABLE(source), mmio_read32(PLIC_ENABLE(source)) | 1u << source % 32);
}

bool wait_for(bool (*done)(void *argument), void *argument, uint64_t deadline) {
    bool is_done;
    CLEAR_CSR(mstatus, MSTATUS_MIE);
    /* wfi wakes on a pending interrupt even while they are off, so none can slip between the test and the sleep. */
    while (!(is_done = done(argument)) && timer_now() < deadline) {
        __asm__ volatile("wfi");
        SET_CSR(mstatus, MSTATUS_MIE);
        CLEAR_CSR(mstatus, MSTATUS_MIE);
    }
    SET_CSR(mstatus, MSTATUS_MIE);
    return is_done;
}
