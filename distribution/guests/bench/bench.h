/* A benchmark program is one kernel: main() counts its instructions, prints its checksum and powers off. */
#ifndef BENCH_H
#define BENCH_H

#include "runtime.h"

/* What the kernel computed; the same on every correct machine. ROUNDS in each kernel scales its length. */
uint32_t kernel(void);

static inline uint32_t pseudo_random(uint32_t *state) {
    /* Marsaglia's xorshift32. */
    uint32_t x = *state;
    x ^= x << 13;
    x ^= x >> 17;
    x ^= x << 5;
    return *state = x;
}

/*
 * Called at the beginning of each round. In the long programs that measure steady state it prints a mark when three tenths of the rounds
 * are done: what reads the console takes the time between this mark and the result.
 */
static inline void round_begins(int round, int rounds) {
#ifdef STEADY
    if (round == rounds / 10 * 3) {
        put_text("steady instret ");
        put_unsigned(instructions());
        put_text("\n");
    }
#else
    (void) round;
    (void) rounds;
#endif
}

static inline uint32_t fold(uint32_t sum, uint32_t value) {
    return (sum << 5 | sum >> 27) ^ value * 0x9e3779b1u;
}

#endif
