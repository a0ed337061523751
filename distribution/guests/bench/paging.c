/*
 * S-mode under Sv39 (privileged specification, section "Sv39"): scattered physical pages, demand paging with fewer frames
 * than pages, and two address spaces that are switched with and without a full sfence.vma.
 */
#include "bench.h"

#ifdef STEADY
#define ROUNDS 240
#else
#define ROUNDS 24
#endif
#define PAGE 4096u
/* Pages of the demand-paged window, and the frames that may hold them at one time. */
#define PAGES 1024u
#define FRAMES 768u
#define TOUCHES 700000u

#define WINDOW 0x2000000000u
#define PTE_V 0x01u
#define PTE_R 0x02u
#define PTE_W 0x04u
#define PTE_X 0x08u
#define PTE_A 0x40u
#define PTE_D 0x80u
/* A and D are set beforehand: whether hardware or a trap sets them is the implementation's choice. */
#define LEAF (PTE_V | PTE_A | PTE_D)
#define SATP_SV39 ((uint64_t) 8 << 60)
#define SATP_ASID(id) ((uint64_t) (id) << 44)

#define MSTATUS_MPP_SUPERVISOR ((uintptr_t) 1 << 11)
#define CAUSE_LOAD_PAGE_FAULT 13u
#define CAUSE_STORE_PAGE_FAULT 15u

typedef uint64_t table[512] __attribute__((aligned(4096)));

/* Two spaces that share device and DRAM gigapages, each with a window of its own. */
static table roots[2], middles[2], leaves[2][PAGES / 512];
static uint8_t frames[FRAMES][PAGE] __attribute__((aligned(4096)));
static uint64_t *owner[FRAMES];
static uint32_t next_frame, faults;
static int current;

static uint64_t pointer(const void *to) {
    return (uint64_t) (uintptr_t) to >> 12 << 10 | PTE_V;
}

static uint64_t *entry(int space, uint32_t page) {
    return &leaves[space][page / 512][page % 512];
}

/* Gives the page a frame, taking the oldest one from its owner. */
static __attribute__((interrupt("supervisor"), aligned(4))) void supervisor_trap(void) {
    uintptr_t cause = READ_CSR(scause), address = READ_CSR(stval);
    if ((cause != CAUSE_LOAD_PAGE_FAULT && cause != CAUSE_STORE_PAGE_FAULT)
        || address < WINDOW || address >= WINDOW + PAGES * PAGE) {
        fail("unexpected trap in S-mode");
    }
    uint32_t page = (uint32_t) ((address - WINDOW) / PAGE);
    /* Frames are handed out out of order, so that neighbours in the window are not neighbours in memory. */
    uint32_t frame = next_frame * 5 % FRAMES;
    next_frame = (next_frame + 1) % FRAMES;
    if (owner[frame] != NULL) {
        uint64_t *old = owner[frame];
        *old = 0;
        /* The owner may be of either space: all addresses, all spaces. */
        __asm__ volatile("sfence.vma" ::: "memory");
    }
    uint64_t *words = (uint64_t *) frames[frame];
    for (uint32_t i = 0; i < PAGE / 8; i += 64) {
        words[i] = page * 3u + i;
    }
    owner[frame] = entry(current, page);
    *owner[frame] = pointer(frames[frame]) | PTE_R | PTE_W | LEAF;
    __asm__ volatile("sfence.vma %0, zero" :: "r"(address) : "memory");
    faults++;
}

static void switch_to(int space) {
    current = space;
    WRITE_CSR(satp, SATP_SV39 | SATP_ASID(space + 1) | (uint64_t) (uintptr_t) roots[space] >> 12);
}

static void enter_supervisor(void) {
    for (int space = 0; space < 2; space++) {
        /* Devices, then DRAM, as gigapages at their own addresses. */
        roots[space][0] = PTE_R | PTE_W | LEAF;
        roots[space][2] = (uint64_t) 0x80000000u >> 12 << 10 | PTE_R | PTE_W | PTE_X | LEAF;
        roots[space][WINDOW >> 30] = pointer(middles[space]);
        for (uint32_t i = 0; i < PAGES / 512; i++) {
            middles[space][i] = pointer(leaves[space][i]);
        }
    }
    /* One PMP entry that opens all of memory (NAPOT, RWX). */
    WRITE_CSR(pmpaddr0, ~(uintptr_t) 0 >> 10);
    WRITE_CSR(pmpcfg0, 0x1f);
    WRITE_CSR(mcounteren, 7);
    WRITE_CSR(medeleg, 1u << CAUSE_LOAD_PAGE_FAULT | 1u << CAUSE_STORE_PAGE_FAULT);
    WRITE_CSR(stvec, supervisor_trap);
    SET_CSR(mstatus, MSTATUS_MPP_SUPERVISOR);
    switch_to(0);
    __asm__ volatile("sfence.vma\n"
                     "la t0, 1f\n"
                     "csrw mepc, t0\n"
                     "mret\n"
                     "1:" ::: "t0", "memory");
}

static uint32_t touch(uint32_t *seed) {
    volatile uint64_t *window = (volatile uint64_t *) (uintptr_t) WINDOW;
    uint32_t sum = 0;
    for (uint32_t i = 0; i < TOUCHES; i++) {
        uint32_t random = pseudo_random(seed);
        /* Mostly within a set of pages that moves slowly, now and then anywhere. */
        uint32_t page = random & 0xff800000 ? (random % 192 + i / 4096) % PAGES : random % PAGES;
        uint32_t word = page * (PAGE / 8) + (random >> 8 & 7) * 64;
        uint64_t value = window[word];
        window[word] = value * 3 + i;
        sum = fold(sum, (uint32_t) value);
    }
    return sum;
}

uint32_t kernel(void) {
    uint32_t seed = 31, sum = 0;
    enter_supervisor();
    for (int round = 0; round < ROUNDS; round++) {
        round_begins(round, ROUNDS);
        sum = fold(sum, touch(&seed));
        switch_to(round & 1);
        if (round % 4 == 3) {
            __asm__ volatile("sfence.vma" ::: "memory");
        }
    }
    if (faults < PAGES) {
        fail("demand paging took too few faults");
    }
    return fold(sum, faults);
}
