/* Work for the processor alone: its results never depend on the outside. */
#include "demo.h"
#include "runtime.h"

#define SIEVE_LIMIT 1000000u
#define SIEVE_ROUNDS 2
#define SORT_COUNT 65536u
#define SORT_ROUNDS 2
#define MATRIX 48
#define MATRIX_ROUNDS 8
#define ORBIT_STEPS 200000u

static uint32_t next_pseudo_random(uint32_t *state) {
    /* Marsaglia's xorshift32. */
    uint32_t x = *state;
    x ^= x << 13;
    x ^= x >> 17;
    x ^= x << 5;
    return *state = x;
}

static uint32_t fold(uint32_t sum, uint32_t value) {
    return (sum << 5 | sum >> 27) ^ value * 0x9e3779b1u;
}

uint32_t compute_sieve(void) {
    static uint8_t composite[SIEVE_LIMIT + 1];
    uint32_t sum = 0;
    for (int round = 0; round < SIEVE_ROUNDS; round++) {
        memset(composite, 0, sizeof composite);
        uint32_t count = 0, last = 0;
        for (uint32_t i = 2; i <= SIEVE_LIMIT; i++) {
            if (composite[i]) {
                continue;
            }
            count++;
            last = i;
            for (uint64_t j = (uint64_t) i * i; j <= SIEVE_LIMIT; j += i) {
                composite[j] = 1;
            }
        }
        if (count != 78498) {
            fail("the sieve miscounted the primes below a million");
        }
        sum = fold(fold(sum, count), last);
    }
    return sum;
}

static void sift_down(uint32_t *heap, uint32_t root, uint32_t count) {
    uint32_t value = heap[root];
    for (uint32_t child; (child = 2 * root + 1) < count; root = child) {
        if (child + 1 < count && heap[child] < heap[child + 1]) {
            child++;
        }
        if (value >= heap[child]) {
            break;
        }
        heap[root] = heap[child];
    }
    heap[root] = value;
}

uint32_t compute_sort(void) {
    static uint32_t values[SORT_COUNT];
    uint32_t sum = 0, state = 1;
    for (int round = 0; round < SORT_ROUNDS; round++) {
        for (uint32_t i = 0; i < SORT_COUNT; i++) {
            values[i] = next_pseudo_random(&state);
        }
        for (uint32_t i = SORT_COUNT / 2; i-- > 0;) {
            sift_down(values, i, SORT_COUNT);
        }
        for (uint32_t last = SORT_COUNT - 1; last > 0; last--) {
            uint32_t largest = values[0];
            values[0] = values[last];
            values[last] = largest;
            sift_down(values, 0, last);
        }
        for (uint32_t i = 1; i < SORT_COUNT; i++) {
            if (values[i - 1] > values[i]) {
                fail("the sort left two values out of order");
            }
            sum = fold(sum, values[i]);
        }
    }
    return sum;
}

uint32_t compute_matrix(void) {
    static double a[MATRIX][MATRIX], b[MATRIX][MATRIX], c[MATRIX][MATRIX];
    for (int i = 0; i < MATRIX; i++) {
        for (int j = 0; j < MATRIX; j++) {
            a[i][j] = 1.0 / (i + j + 1);
            b[i][j] = (i - j) / 7.0;
        }
    }
    for (int round = 0; round < MATRIX_ROUNDS; round++) {
        for (int i = 0; i < MATRIX; i++) {
            for (int j = 0; j < MATRIX; j++) {
                double sum = 0;
                for (int k = 0; k < MATRIX; k++) {
                    sum += a[i][k] * b[k][j];
                }
                c[i][j] = sum / MATRIX;
            }
        }
        memcpy(b, c, sizeof b);
    }
    uint32_t sum = 0;
    for (int i = 0; i < MATRIX; i++) {
        uint64_t bits;
        memcpy(&bits, &c[i][i], sizeof bits);
        sum = fold(fold(sum, (uint32_t) bits), (uint32_t) (bits >> 32));
    }
    return sum;
}

/* Two bodies in single precision: multiply, divide and square root; the accrued exception flags are part of the result. */
uint32_t compute_orbit(void) {
    float x = 1, y = 0, vx = 0, vy = 1;
    const float step = 0.001f;
    uint32_t sum = 0;
    for (uint32_t i = 0; i < ORBIT_STEPS; i++) {
        float square = x * x + y * y;
        float pull = 1 / (square * __builtin_sqrtf(square));
        vx -= step * pull * x;
        vy -= step * pull * y;
        x += step * vx;
        y += step * vy;
        if (i % 1000 == 0) {
            uint32_t bits[2];
            memcpy(&bits[0], &x, sizeof x);
            memcpy(&bits[1], &y, sizeof y);
            sum = fold(fold(sum, bits[0]), bits[1]);
        }
    }
    return fold(sum, (uint32_t) READ_CSR(fflags));
}
