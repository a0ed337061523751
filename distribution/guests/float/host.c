/*
 * Computes the cases with the host's arithmetic (x86-64, SSE), which rounds and raises flags as IEEE 754 demands and detects tininess after
 * rounding as RISC-V does. What IEEE leaves open is done as the manual says, Volume I, chapters "F" and "D": NaN results are the canonical
 * NaN; minimum, maximum, classes, signs and conversions to integers are made of bits. Ties away from zero no host instruction knows:
 * arithmetic in this mode is left out.
 *
 * Usage: host FIRST OPERATIONS MODES FROM COUNT STEP SEED      (struct settings)
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <xmmintrin.h>
#include "cases.h"

#define BOX 0xffffffff00000000u
#define NAN_S 0x7fc00000u
#define NAN_D 0x7ff8000000000000u
#define SIGN_S 0x80000000u
#define SIGN_D 0x8000000000000000u

static enum mode rounding;
static uint32_t raised;

static unsigned host_mode(void) {
    static const unsigned modes[] = {_MM_ROUND_NEAREST, _MM_ROUND_TOWARD_ZERO, _MM_ROUND_DOWN, _MM_ROUND_UP};
    return rounding == RMM ? _MM_ROUND_NEAREST : modes[rounding];
}

static void take_flags(void) {
    unsigned csr = _mm_getcsr();
    raised |= (csr & _MM_EXCEPT_INEXACT ? NX : 0) | (csr & _MM_EXCEPT_UNDERFLOW ? UF : 0) | (csr & _MM_EXCEPT_OVERFLOW ? OF : 0)
        | (csr & _MM_EXCEPT_DIV_ZERO ? DZ : 0) | (csr & _MM_EXCEPT_INVALID ? NV : 0);
}

static uint32_t unbox(uint64_t x) {
    return (x & BOX) == BOX ? (uint32_t) x : NAN_S;
}

static float single(uint64_t x) {
    uint32_t b = unbox(x);
    float f;
    memcpy(&f, &b, sizeof f);
    return f;
}

static double number(uint64_t x) {
    double d;
    memcpy(&d, &x, sizeof d);
    return d;
}

static bool nan_s(uint32_t b) { return (b & ~SIGN_S) > 0x7f800000u; }
static bool nan_d(uint64_t b) { return (b & ~SIGN_D) > 0x7ff0000000000000u; }
static bool signaling_s(uint32_t b) { return nan_s(b) && (b & 0x400000u) == 0; }
static bool signaling_d(uint64_t b) { return nan_d(b) && (b & 0x8000000000000u) == 0; }

static uint64_t result_s(float f) {
    uint32_t b;
    memcpy(&b, &f, sizeof b);
    return BOX | (nan_s(b) ? NAN_S : b);
}

static uint64_t result_d(double d) {
    uint64_t b;
    memcpy(&b, &d, sizeof b);
    return nan_d(b) ? NAN_D : b;
}

/* The empty statements, of the operands (__VA_ARGS__) and of the result, keep the compiler from moving arithmetic over a change of MXCSR. */
#define COMPUTE(T, expression, ...) ({ \
    _mm_setcsr(_MM_MASK_MASK | host_mode()); \
    __asm__ volatile("" : __VA_ARGS__); \
    T r_ = (expression); \
    __asm__ volatile("" : "+x"(r_)); \
    take_flags(); \
    _mm_setcsr(_MM_MASK_MASK); \
    r_; })

#define ARITHMETIC(s, T, value, root, fused) \
    static uint64_t fadd_##s(const uint64_t *x) { \
        T a = value(x[0]), b = value(x[1]); return result_##s(COMPUTE(T, a + b, "+x"(a), "+x"(b))); } \
    static uint64_t fsub_##s(const uint64_t *x) { \
        T a = value(x[0]), b = value(x[1]); return result_##s(COMPUTE(T, a - b, "+x"(a), "+x"(b))); } \
    static uint64_t fmul_##s(const uint64_t *x) { \
        T a = value(x[0]), b = value(x[1]); return result_##s(COMPUTE(T, a * b, "+x"(a), "+x"(b))); } \
    static uint64_t fdiv_##s(const uint64_t *x) { \
        T a = value(x[0]), b = value(x[1]); return result_##s(COMPUTE(T, a / b, "+x"(a), "+x"(b))); } \
    static uint64_t fsqrt_##s(const uint64_t *x) { T a = value(x[0]); return result_##s(COMPUTE(T, root(a), "+x"(a))); } \
    static uint64_t multiply_add_##s(T a, T b, T c) { \
        /* infinity times zero is invalid even when a quiet NaN is added */ \
        if ((isinf(a) && b == 0) || (a == 0 && isinf(b))) { \
            raised |= NV; \
        } \
        return result_##s(COMPUTE(T, fused(a, b, c), "+x"(a), "+x"(b), "+x"(c))); } \
    static uint64_t fmadd_##s(const uint64_t *x) { return multiply_add_##s(value(x[0]), value(x[1]), value(x[2])); } \
    static uint64_t fmsub_##s(const uint64_t *x) { return multiply_add_##s(value(x[0]), value(x[1]), -value(x[2])); } \
    static uint64_t fnmsub_##s(const uint64_t *x) { return multiply_add_##s(-value(x[0]), value(x[1]), value(x[2])); } \
    static uint64_t fnmadd_##s(const uint64_t *x) { return multiply_add_##s(-value(x[0]), value(x[1]), -value(x[2])); } \
    static uint64_t feq_##s(const uint64_t *x) { \
        T a = value(x[0]), b = value(x[1]); return COMPUTE(T, a == b ? 1 : 0, "+x"(a), "+x"(b)) != 0; } \
    static uint64_t flt_##s(const uint64_t *x) { \
        T a = value(x[0]), b = value(x[1]); return COMPUTE(T, a < b ? 1 : 0, "+x"(a), "+x"(b)) != 0; } \
    static uint64_t fle_##s(const uint64_t *x) { \
        T a = value(x[0]), b = value(x[1]); return COMPUTE(T, a <= b ? 1 : 0, "+x"(a), "+x"(b)) != 0; }

ARITHMETIC(s, float, single, sqrtf, fmaf)
ARITHMETIC(d, double, number, sqrt, fma)

static uint64_t fcvt_s_d(const uint64_t *x) { double a = number(x[0]); return result_s(COMPUTE(float, (float) a, "+x"(a))); }
static uint64_t fcvt_d_s(const uint64_t *x) { float a = single(x[0]); return result_d(COMPUTE(double, (double) a, "+x"(a))); }

#define FROM_INTEGER(s, T, suffix, I) \
    static uint64_t fcvt_##s##_##suffix(const uint64_t *x) { I a = (I) x[0]; return result_##s(COMPUTE(T, (T) a, "+r"(a))); }
#define FROM_INTEGERS(s, T) \
    FROM_INTEGER(s, T, w, int32_t) FROM_INTEGER(s, T, wu, uint32_t) FROM_INTEGER(s, T, l, int64_t) FROM_INTEGER(s, T, lu, uint64_t)
FROM_INTEGERS(s, float)
FROM_INTEGERS(d, double)

/* The value rounded to an integer, as the mode says; exact in a double, because all numbers beyond 2^52 are integers. */
static double integral(double a) {
    switch (rounding) {
        case RTZ: return trunc(a);
        case RDN: return floor(a);
        case RUP: return ceil(a);
        case RMM: return round(a);
        default: break;
    }
    double whole = floor(a), rest = a - whole;
    return rest > 0.5 || (rest == 0.5 && fmod(whole, 2) != 0) ? whole + 1 : whole;
}

/* Volume I, table "Domains of float-to-integer conversions and behavior for invalid inputs". */
static uint64_t to_integer(double a, double least, double beyond, uint64_t min, uint64_t max) {
    if (isnan(a)) {
        raised |= NV;
        return max;
    }
    double r = integral(a);
    if (r < least || r >= beyond) {
        raised |= NV;
        return r < least ? min : max;
    }
    raised |= r != a ? NX : 0;
    return r < 0 ? (uint64_t) (int64_t) r : (uint64_t) r;
}

static double widened(uint64_t x) { return single(x); }

/* 32-bit results, unsigned ones as well, are sign-extended. */
#define TO_INTEGERS(s, value) \
    static uint64_t fcvt_w_##s(const uint64_t *x) { return to_integer(value(x[0]), -0x1p31, 0x1p31, 0xffffffff80000000u, 0x7fffffff); } \
    static uint64_t fcvt_wu_##s(const uint64_t *x) { \
        return (uint64_t) (int64_t) (int32_t) to_integer(value(x[0]), 0, 0x1p32, 0, 0xffffffffu); } \
    static uint64_t fcvt_l_##s(const uint64_t *x) { return to_integer(value(x[0]), -0x1p63, 0x1p63, SIGN_D, ~SIGN_D); } \
    static uint64_t fcvt_lu_##s(const uint64_t *x) { return to_integer(value(x[0]), 0, 0x1p64, 0, ~(uint64_t) 0); }
TO_INTEGERS(s, widened)
TO_INTEGERS(d, number)

#define FROM_BITS(s, B, read, box, sign, infinity, least_normal, canonical) \
    /* Whether a is below b, -0 below +0; neither is a NaN. */ \
    static bool below_##s(B a, B b) { return (a & sign) != (b & sign) ? (a & sign) != 0 : (a & sign) != 0 ? a > b : a < b; } \
    static B least_##s(B a, B b, bool most) { \
        if (signaling_##s(a) || signaling_##s(b)) { \
            raised |= NV; \
        } \
        if (nan_##s(a)) { \
            return nan_##s(b) ? canonical : b; \
        } \
        return nan_##s(b) || below_##s(a, b) != most ? a : b; \
    } \
    static uint64_t fmin_##s(const uint64_t *x) { return box(least_##s(read(x[0]), read(x[1]), false)); } \
    static uint64_t fmax_##s(const uint64_t *x) { return box(least_##s(read(x[0]), read(x[1]), true)); } \
    static uint64_t fsgnj_##s(const uint64_t *x) { return box((read(x[0]) & ~sign) | (read(x[1]) & sign)); } \
    static uint64_t fsgnjn_##s(const uint64_t *x) { return box((read(x[0]) & ~sign) | (~read(x[1]) & sign)); } \
    static uint64_t fsgnjx_##s(const uint64_t *x) { return box(read(x[0]) ^ (read(x[1]) & sign)); } \
    static uint64_t fclass_##s(const uint64_t *x) { \
        B a = read(x[0]), m = a & ~sign; \
        if (nan_##s(a)) { \
            return signaling_##s(a) ? 1 << 8 : 1 << 9; \
        } \
        int distance = m == infinity ? 3 : m >= least_normal ? 2 : m != 0 ? 1 : 0; \
        return (a & sign) != 0 ? 1u << (3 - distance) : 1u << (4 + distance); \
    }
#define BOXED(a) (BOX | (a))
#define PLAIN(a) (a)
FROM_BITS(s, uint32_t, unbox, BOXED, SIGN_S, 0x7f800000u, 0x800000u, NAN_S)
FROM_BITS(d, uint64_t, PLAIN, PLAIN, SIGN_D, 0x7ff0000000000000u, 0x10000000000000u, NAN_D)

/* Moves take no account of boxes. */
static uint64_t fmv_x_w(const uint64_t *x) { return (uint64_t) (int64_t) (int32_t) x[0]; }
static uint64_t fmv_w_x(const uint64_t *x) { return BOX | (uint32_t) x[0]; }

#define HERE(f, name, operand, operands, result) {name, operand, operands, result, f},
const struct operation operations[] = {OPERATIONS(HERE, HERE)};
const int operation_count = sizeof operations / sizeof *operations;

bool set_rounding(enum mode mode, const struct operation *o) {
    rounding = mode;
    return mode != RMM || o->result == WORD || strncmp(o->name, "fmin", 4) == 0 || strncmp(o->name, "fmax", 4) == 0
        || strncmp(o->name, "fsgnj", 5) == 0 || strncmp(o->name, "fmv", 3) == 0;
}

uint32_t execute(const struct operation *operation, const uint64_t *operands, int flags, uint64_t *result) {
    raised = flags >= 0 ? (uint32_t) flags : raised;
    *result = operation->execute(operands);
    return raised;
}

void put_text(const char *text) { fputs(text, stdout); }
void put_unsigned(uint64_t value) { printf("%llu", (unsigned long long) value); }
void put_hex(uint64_t value, int digits) { printf("%0*llx", digits, (unsigned long long) value); }

int main(int count, char **arguments) {
    struct settings s = {"", 0, 1000, 31, 0, 10000, 0, 1};
    uint32_t *const words[] = {&s.first, &s.operations, &s.modes, &s.from, &s.count, &s.step, &s.seed};
    if (count != 8) {
        fputs("usage: host FIRST OPERATIONS MODES FROM COUNT STEP SEED\n", stderr);
        return 2;
    }
    for (int i = 0; i < 7; i++) {
        char *end;
        *words[i] = (uint32_t) strtoul(arguments[i + 1], &end, 0);
        if (*end != 0 || end == arguments[i + 1]) {
            fprintf(stderr, "host: '%s' is not a number\n", arguments[i + 1]);
            return 2;
        }
    }
    if (s.from % 32 != 0 || (s.step > 1 && s.step % 32 != 0)) {
        fputs("host: FROM and STEP are multiples of 32, or STEP is 0 or 1\n", stderr);
        return 2;
    }
    run_cases(&s);
    puts("done");
    return 0;
}
