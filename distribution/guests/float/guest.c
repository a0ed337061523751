/* Executes the cases on the machine that it runs on. */
#include "runtime.h"
#include "cases.h"

/* 10,000 cases of everything, if nobody has changed the words in the file. */
volatile struct settings settings __attribute__((used, section(".data"))) = {
    {'r', 'e', 'p', 'r', 'i', 's', 'e', '-', 's', 'e', 't', 't', 'i', 'n', 'g', 's'}, 0, 1000, 31, 0, 10000, 0, 1};

static double number(uint64_t bits) {
    double d;
    __builtin_memcpy(&d, &bits, sizeof d);
    return d;
}

static uint64_t bits(double d) {
    uint64_t b;
    __builtin_memcpy(&b, &d, sizeof b);
    return b;
}

/* Single-precision instructions, too, take and give whole registers here: the upper half is part of the result. */
#define FLOAT_1(f, text) static uint64_t f(const uint64_t *x) { \
    double d; __asm__ volatile(text " %0, %1" : "=f"(d) : "f"(number(x[0]))); return bits(d); }
#define FLOAT_2(f, text) static uint64_t f(const uint64_t *x) { \
    double d; __asm__ volatile(text " %0, %1, %2" : "=f"(d) : "f"(number(x[0])), "f"(number(x[1]))); return bits(d); }
#define FLOAT_3(f, text) static uint64_t f(const uint64_t *x) { \
    double d; __asm__ volatile(text " %0, %1, %2, %3" : "=f"(d) : "f"(number(x[0])), "f"(number(x[1])), "f"(number(x[2]))); \
    return bits(d); }
#define INTEGER_1(f, text) static uint64_t f(const uint64_t *x) { \
    intptr_t r; __asm__ volatile(text " %0, %1" : "=r"(r) : "f"(number(x[0]))); return (uint64_t) (int64_t) r; }
/* Conversions take the dynamic rounding mode only when told so. */
#define ROUNDED_1(f, text) static uint64_t f(const uint64_t *x) { \
    intptr_t r; __asm__ volatile(text " %0, %1, dyn" : "=r"(r) : "f"(number(x[0]))); return (uint64_t) (int64_t) r; }
#define INTEGER_2(f, text) static uint64_t f(const uint64_t *x) { \
    intptr_t r; __asm__ volatile(text " %0, %1, %2" : "=r"(r) : "f"(number(x[0])), "f"(number(x[1]))); return (uint64_t) (int64_t) r; }
#define FROM_INTEGER(f, text) static uint64_t f(const uint64_t *x) { \
    double d; __asm__ volatile(text " %0, %1" : "=f"(d) : "r"((uintptr_t) x[0])); return bits(d); }

#define BOTH(s) \
    FLOAT_2(fadd_##s, "fadd." #s) FLOAT_2(fsub_##s, "fsub." #s) FLOAT_2(fmul_##s, "fmul." #s) FLOAT_2(fdiv_##s, "fdiv." #s) \
    FLOAT_1(fsqrt_##s, "fsqrt." #s) FLOAT_3(fmadd_##s, "fmadd." #s) FLOAT_3(fmsub_##s, "fmsub." #s) FLOAT_3(fnmsub_##s, "fnmsub." #s) \
    FLOAT_3(fnmadd_##s, "fnmadd." #s) FLOAT_2(fmin_##s, "fmin." #s) FLOAT_2(fmax_##s, "fmax." #s) INTEGER_2(feq_##s, "feq." #s) \
    INTEGER_2(flt_##s, "flt." #s) INTEGER_2(fle_##s, "fle." #s) FLOAT_2(fsgnj_##s, "fsgnj." #s) FLOAT_2(fsgnjn_##s, "fsgnjn." #s) \
    FLOAT_2(fsgnjx_##s, "fsgnjx." #s) INTEGER_1(fclass_##s, "fclass." #s) ROUNDED_1(fcvt_w_##s, "fcvt.w." #s) \
    ROUNDED_1(fcvt_wu_##s, "fcvt.wu." #s) FROM_INTEGER(fcvt_##s##_w, "fcvt." #s ".w") FROM_INTEGER(fcvt_##s##_wu, "fcvt." #s ".wu")

BOTH(s)
BOTH(d)
FLOAT_1(fcvt_s_d, "fcvt.s.d")
FLOAT_1(fcvt_d_s, "fcvt.d.s")
INTEGER_1(fmv_x_w, "fmv.x.w")
FROM_INTEGER(fmv_w_x, "fmv.w.x")

#define HERE(f, name, operand, operands, result) {name, operand, operands, result, f},
#if __riscv_xlen == 64
#define LONG(s) \
    ROUNDED_1(fcvt_l_##s, "fcvt.l." #s) ROUNDED_1(fcvt_lu_##s, "fcvt.lu." #s) FROM_INTEGER(fcvt_##s##_l, "fcvt." #s ".l") \
    FROM_INTEGER(fcvt_##s##_lu, "fcvt." #s ".lu")
LONG(s)
LONG(d)
#define HERE_64 HERE
#else
#define HERE_64(f, name, operand, operands, result) {name, operand, operands, result, 0},
#endif

const struct operation operations[] = {OPERATIONS(HERE, HERE_64)};
const int operation_count = sizeof operations / sizeof *operations;

bool set_rounding(enum mode mode, const struct operation *operation) {
    (void) operation;
    WRITE_CSR(frm, mode);
    return true;
}

uint32_t execute(const struct operation *operation, const uint64_t *operands, int flags, uint64_t *result) {
    if (flags >= 0) {
        WRITE_CSR(fflags, flags);
    }
    *result = operation->execute(operands);
    return READ_CSR(fflags);
}

void trap(uintptr_t cause, uintptr_t epc, uintptr_t tval, const uintptr_t *saved) {
    (void) saved;
    put_text("\nmcause ");
    put_hex(cause, 16);
    put_text(" mepc ");
    put_hex(epc, 16);
    put_text(" mtval ");
    put_hex(tval, 16);
    fail("unexpected trap");
}

void main(void) {
    struct settings s = settings;
    if (s.from % 32 != 0 || (s.step > 1 && s.step % 32 != 0)) {
        fail("settings: from and step are multiples of 32, or step is 0 or 1");
    }
    run_cases(&s);
    put_text("done\n");
}
