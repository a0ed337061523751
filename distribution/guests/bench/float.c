/* Floating point in both precisions: escape times, bodies under gravity, matrices with fused multiply-add, conversions. */
#include "bench.h"

#ifdef STEADY
#define ROUNDS 150
#else
#define ROUNDS 15
#endif
#define PICTURE 96
#define ITERATIONS 200
#define BODIES 5
#define BODY_STEPS 6000
#define MATRIX 80
#define CONVERSIONS 200000

static uint32_t fold_double(uint32_t sum, double value) {
    uint64_t bits;
    memcpy(&bits, &value, sizeof bits);
    return fold(fold(sum, (uint32_t) bits), (uint32_t) (bits >> 32));
}

static uint32_t mandelbrot(void) {
    uint32_t sum = 0;
    for (int row = 0; row < PICTURE; row++) {
        for (int column = 0; column < PICTURE; column++) {
            double cx = -2.0 + 2.5 * column / PICTURE, cy = -1.25 + 2.5 * row / PICTURE, x = 0, y = 0;
            uint32_t n = 0;
            while (n < ITERATIONS && x * x + y * y <= 4.0) {
                double next = x * x - y * y + cx;
                y = 2 * x * y + cy;
                x = next;
                n++;
            }
            sum = fold(sum, n);
        }
    }
    return sum;
}

static uint32_t bodies(void) {
    double position[BODIES][3], velocity[BODIES][3], mass[BODIES];
    for (int i = 0; i < BODIES; i++) {
        mass[i] = i == 0 ? 40.0 : 0.01 * i;
        for (int k = 0; k < 3; k++) {
            position[i][k] = i * (k == 0 ? 1.5 : 0.1 * k);
            velocity[i][k] = k == 1 && i > 0 ? 5.0 / i : 0.0;
        }
    }
    for (int step = 0; step < BODY_STEPS; step++) {
        for (int i = 0; i < BODIES; i++) {
            for (int j = i + 1; j < BODIES; j++) {
                double d[3], square = 0.001;
                for (int k = 0; k < 3; k++) {
                    d[k] = position[i][k] - position[j][k];
                    square += d[k] * d[k];
                }
                double pull = 0.001 / (square * __builtin_sqrt(square));
                for (int k = 0; k < 3; k++) {
                    velocity[i][k] -= d[k] * mass[j] * pull;
                    velocity[j][k] += d[k] * mass[i] * pull;
                }
            }
        }
        for (int i = 0; i < BODIES; i++) {
            for (int k = 0; k < 3; k++) {
                position[i][k] += 0.001 * velocity[i][k];
            }
        }
    }
    uint32_t sum = 0;
    for (int i = 0; i < BODIES; i++) {
        sum = fold_double(sum, position[i][0] + position[i][1] * position[i][2]);
    }
    return sum;
}

static uint32_t matrices(void) {
    static float a[MATRIX][MATRIX], b[MATRIX][MATRIX], c[MATRIX][MATRIX];
    for (int i = 0; i < MATRIX; i++) {
        for (int j = 0; j < MATRIX; j++) {
            a[i][j] = 1.0f / (float) (i + j + 1);
            b[i][j] = (float) (i - j) * 0.125f;
        }
    }
    for (int i = 0; i < MATRIX; i++) {
        for (int j = 0; j < MATRIX; j++) {
            float sum = 0;
            for (int k = 0; k < MATRIX; k++) {
                sum = __builtin_fmaf(a[i][k], b[k][j], sum);
            }
            c[i][j] = sum;
        }
    }
    uint32_t sum = 0;
    for (int i = 0; i < MATRIX; i++) {
        sum = fold_double(sum, (double) c[i][MATRIX - 1 - i]);
    }
    return sum;
}

static uint32_t conversions(uint32_t *seed) {
    uint32_t sum = 0;
    double low = 0, high = 0;
    for (int i = 0; i < CONVERSIONS; i++) {
        int32_t integer = (int32_t) pseudo_random(seed);
        double wide = (double) integer / 65536.0;
        float narrow = (float) wide;
        low = wide < low ? wide : low;
        high = wide > high ? wide : high;
        sum = fold(sum, (uint32_t) (int32_t) (narrow * 3.0f) ^ (uint32_t) (int64_t) (wide * wide));
    }
    return fold_double(fold_double(sum, low), high);
}

uint32_t kernel(void) {
    uint32_t sum = 0, seed = 1234;
    for (int round = 0; round < ROUNDS; round++) {
        round_begins(round, ROUNDS);
        sum = fold(sum, mandelbrot());
        sum = fold(sum, bodies());
        sum = fold(sum, matrices());
        sum = fold(sum, conversions(&seed));
    }
    return sum;
}
