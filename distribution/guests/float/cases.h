/*
 * Random cases of every floating-point instruction. The guest program executes the instructions, the host program computes what IEEE 754
 * and the RISC-V manual say they give; both draw the same operands and print the same lines.
 */
#ifndef CASES_H
#define CASES_H

#include <stdbool.h>
#include <stdint.h>

/* What an operand or a result is. WORD: an integer, of which an instruction takes what it is wide. */
enum format { SINGLE, DOUBLE, WORD };

/* fflags and frm, Volume I, "Floating-Point Control and Status Register". */
enum flag { NX = 1, UF = 2, OF = 4, DZ = 8, NV = 16 };
enum mode { RNE, RTZ, RDN, RUP, RMM, MODES };

/* X(function, name, format of the operands, how many, format of the result); X64: of RV64 only. */
#define OPERATIONS_OF(X, X64, s, S) \
    X(fadd_##s, "fadd." #s, S, 2, S) X(fsub_##s, "fsub." #s, S, 2, S) X(fmul_##s, "fmul." #s, S, 2, S) X(fdiv_##s, "fdiv." #s, S, 2, S) \
    X(fsqrt_##s, "fsqrt." #s, S, 1, S) X(fmadd_##s, "fmadd." #s, S, 3, S) X(fmsub_##s, "fmsub." #s, S, 3, S) \
    X(fnmsub_##s, "fnmsub." #s, S, 3, S) X(fnmadd_##s, "fnmadd." #s, S, 3, S) X(fmin_##s, "fmin." #s, S, 2, S) \
    X(fmax_##s, "fmax." #s, S, 2, S) X(feq_##s, "feq." #s, S, 2, WORD) X(flt_##s, "flt." #s, S, 2, WORD) X(fle_##s, "fle." #s, S, 2, WORD) \
    X(fsgnj_##s, "fsgnj." #s, S, 2, S) X(fsgnjn_##s, "fsgnjn." #s, S, 2, S) X(fsgnjx_##s, "fsgnjx." #s, S, 2, S) \
    X(fclass_##s, "fclass." #s, S, 1, WORD) X(fcvt_w_##s, "fcvt.w." #s, S, 1, WORD) X(fcvt_wu_##s, "fcvt.wu." #s, S, 1, WORD) \
    X64(fcvt_l_##s, "fcvt.l." #s, S, 1, WORD) X64(fcvt_lu_##s, "fcvt.lu." #s, S, 1, WORD) X(fcvt_##s##_w, "fcvt." #s ".w", WORD, 1, S) \
    X(fcvt_##s##_wu, "fcvt." #s ".wu", WORD, 1, S) X64(fcvt_##s##_l, "fcvt." #s ".l", WORD, 1, S) \
    X64(fcvt_##s##_lu, "fcvt." #s ".lu", WORD, 1, S)

#define OPERATIONS(X, X64) \
    OPERATIONS_OF(X, X64, s, SINGLE) OPERATIONS_OF(X, X64, d, DOUBLE) X(fcvt_s_d, "fcvt.s.d", DOUBLE, 1, SINGLE) \
    X(fcvt_d_s, "fcvt.d.s", SINGLE, 1, DOUBLE) X(fmv_x_w, "fmv.x.w", SINGLE, 1, WORD) X(fmv_w_x, "fmv.w.x", WORD, 1, SINGLE)

struct operation {
    const char *name;
    enum format operand;
    int operands;
    enum format result;
    /* All 64 bits of the destination register, an integer register's sign-extended. Null: not on this machine. */
    uint64_t (*execute)(const uint64_t *operands);
};

extern const struct operation operations[];
extern const int operation_count;

/* What is run. The words of the guest program are found behind the magic, and changed in its file. */
struct settings {
    char magic[16];
    /* Operations first to first + operations - 1, in the order above. */
    uint32_t first, operations;
    /* Bit m: rounding mode m. */
    uint32_t modes;
    /* Of each operation and mode, cases from to from + count - 1; from is a multiple of 32, because flags accumulate within 32 cases. */
    uint32_t from, count;
    /*
     * 0: one line for all; 1: one for each case, with operands, flags before, result, flags; else one for so many cases, a multiple of 32.
     */
    uint32_t step;
    uint32_t seed;
};

void run_cases(const struct settings *settings);

/* The machine that computes. */
bool set_rounding(enum mode mode, const struct operation *operation); /* false: it cannot */
/* Executes with these flags raised before, or with the present ones when they are negative; returns the flags afterwards. */
uint32_t execute(const struct operation *operation, const uint64_t *operands, int flags, uint64_t *result);
void put_text(const char *text);
void put_unsigned(uint64_t value);
void put_hex(uint64_t value, int digits);

#endif
