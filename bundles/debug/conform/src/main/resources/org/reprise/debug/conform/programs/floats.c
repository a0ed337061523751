/* Single and double precision: arithmetic, comparisons, conversions, special values; with or without the hardware for it. */
#include "common.h"

static uint64_t bits(double d)
{
    union { double d; uint64_t u; } u = {d};
    return u.u;
}

static uint32_t single(float f)
{
    union { float f; uint32_t u; } u = {f};
    return u.u;
}

static double root(double x)
{
    double r = x > 1 ? x : 1;
    for (int i = 0; i < 4; i++)
        r = (r + x / r) / 2;
    return r;
}

static void run(void)
{
    static const volatile double values[] = {1.5, -0.1, 3e300, 1e-310};
    static const volatile float singles[] = {2.5f, -1e-40f, 3e38f};
    double sum = 0;
    for (int i = 0; i < 4; i++) {
        double a = values[i], b = values[(i + 1) & 3];
        sum = sum * 0.5 + a * b;
        note(bits(a + b) ^ bits(a - b) << 1);
        note(bits(a / b));
        note((uint64_t)(a < b) | (uint64_t)(a <= b) << 1 | (uint64_t)(a == a) << 2);
    }
    note(bits(sum));
    note(bits(root(2)));
    for (int i = 0; i < 3; i++) {
        float a = singles[i], b = singles[(i + 1) % 3];
        note((uint64_t)single(a * b) << 32 | single(a + b));
        note(bits((double)a));
    }
    note((uint64_t)(int64_t)values[0] + (uint64_t)(int32_t)singles[0] + (uint32_t)values[0]);
    note(bits((double)(int64_t)-123456789012345LL));
    note(single((float)4000000000u));
}
