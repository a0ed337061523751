/* Loops over megabytes: fill, copy, sum, read-modify-write at several strides and widths, transpose. */
#include "bench.h"

#ifdef STEADY
#define ROUNDS 90
#else
#define ROUNDS 9
#endif
#define WORDS (512 * 1024)
#define SIDE 1024

static uint64_t a[WORDS], b[WORDS];

static void fill(uint64_t seed) {
    for (int i = 0; i < WORDS; i++) {
        a[i] = seed += 0x9e3779b97f4a7c15u;
    }
}

static void copy(void) {
    for (int i = 0; i < WORDS; i += 4) {
        uint64_t w = a[i], x = a[i + 1], y = a[i + 2], z = a[i + 3];
        b[i] = w;
        b[i + 1] = x;
        b[i + 2] = y;
        b[i + 3] = z;
    }
}

static void add_bytes(void) {
    uint8_t *bytes = (uint8_t *) b;
    for (int i = 0; i < WORDS * 8; i++) {
        bytes[i] = (uint8_t) (bytes[i] + i);
    }
}

static void add_halves(int stride) {
    uint16_t *halves = (uint16_t *) b;
    for (int start = 0; start < stride; start++) {
        for (int i = start; i < WORDS * 4; i += stride) {
            halves[i] = (uint16_t) (halves[i] * 3 + start);
        }
    }
}

static void transpose(void) {
    uint32_t (*from)[SIDE] = (uint32_t (*)[SIDE]) b;
    uint32_t (*to)[SIDE] = (uint32_t (*)[SIDE]) a;
    for (int i = 0; i < SIDE; i++) {
        for (int j = 0; j < SIDE; j++) {
            to[j][i] = from[i][j];
        }
    }
}

static uint32_t add_up(void) {
    uint64_t sum = 0;
    for (int i = 0; i < WORDS; i++) {
        sum = (sum ^ a[i]) + (sum >> 7);
    }
    return (uint32_t) (sum ^ sum >> 32);
}

uint32_t kernel(void) {
    uint32_t sum = 0;
    for (int round = 0; round < ROUNDS; round++) {
        round_begins(round, ROUNDS);
        fill((uint64_t) round + sum);
        copy();
        add_bytes();
        add_halves(64);
        transpose();
        sum = fold(sum, add_up());
    }
    return sum;
}
