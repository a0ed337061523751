/* Follows pointers through one random cycle of cache lines: in 16 KiB, in 512 KiB and in 8 MiB. */
#include "bench.h"

#ifdef STEADY
#define ROUNDS 110
#else
#define ROUNDS 11
#endif
#define LINES (128 * 1024)
#define STEPS 1500000

struct line {
    struct line *next;
    uint64_t payload;
    uint64_t padding[6];
};

static struct line lines[LINES];
static uint32_t order[LINES];

/* Sattolo's algorithm: a permutation that is a single cycle. */
static void shuffle(uint32_t count, uint32_t *seed) {
    for (uint32_t i = 0; i < count; i++) {
        order[i] = i;
    }
    for (uint32_t i = count - 1; i > 0; i--) {
        uint32_t j = pseudo_random(seed) % i;
        uint32_t kept = order[i];
        order[i] = order[j];
        order[j] = kept;
    }
    for (uint32_t i = 0; i < count; i++) {
        lines[i].next = &lines[order[i]];
        lines[i].payload = i;
    }
}

static uint32_t follow(uint32_t steps) {
    struct line *at = lines;
    uint64_t sum = 0;
    while (steps-- > 0) {
        sum = sum * 5 + at->payload++;
        at = at->next;
    }
    return (uint32_t) (sum ^ sum >> 32);
}

uint32_t kernel(void) {
    static const uint32_t counts[] = {256, 8192, LINES};
    uint32_t seed = 99, sum = 0;
    for (int size = 0; size < 3; size++) {
        shuffle(counts[size], &seed);
        for (int round = 0; round < ROUNDS; round++) {
            round_begins(round, ROUNDS);
            sum = fold(sum, follow(STEPS));
        }
    }
    return sum;
}
