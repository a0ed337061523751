/* A register machine interpreted with one indirect jump per instruction: Collatz chains, a sieve and recursive Fibonacci numbers. */
#include "bench.h"

#ifdef STEADY
#define ROUNDS 90
#else
#define ROUNDS 9
#endif
#define MEMORY 8192
#define DEPTH 64
#define STACK 4096

enum operation { LOAD_IMMEDIATE, MOVE, ADD, SUBTRACT, MULTIPLY, ADD_IMMEDIATE, AND_IMMEDIATE, SHIFT_RIGHT, LOAD, STORE,
    JUMP, JUMP_ZERO, JUMP_LESS, PUSH, POP, CALL, RETURN, HALT };

struct instruction {
    uint8_t operation;
    uint8_t a;
    uint8_t b;
    int16_t c;
};

/* Branch targets are absolute. Registers are r0…r15. */
static const struct instruction program[] = {
    /* 0: longest Collatz chain below 3000; r1 number, r2 best, r3 value, r4 length, r5 bit, r6 limit, r7 three */
    {LOAD_IMMEDIATE, 1, 0, 1},
    {LOAD_IMMEDIATE, 2, 0, 0},
    {LOAD_IMMEDIATE, 6, 0, 3000},
    {LOAD_IMMEDIATE, 7, 0, 3},
    {LOAD_IMMEDIATE, 9, 0, 2},
    /* 5: next number */
    {MOVE, 3, 1, 0},
    {LOAD_IMMEDIATE, 4, 0, 0},
    /* 7: one step, until the value is below 2 */
    {JUMP_LESS, 3, 9, 16},
    {ADD_IMMEDIATE, 4, 4, 1},
    {AND_IMMEDIATE, 5, 3, 1},
    {JUMP_ZERO, 5, 0, 14},
    {MULTIPLY, 3, 3, 7},
    {ADD_IMMEDIATE, 3, 3, 1},
    {JUMP, 0, 0, 7},
    /* 14: even */
    {SHIFT_RIGHT, 3, 3, 1},
    {JUMP, 0, 0, 7},
    /* 16: end of the chain */
    {JUMP_LESS, 4, 2, 18},
    {MOVE, 2, 4, 0},
    {ADD_IMMEDIATE, 1, 1, 1},
    {JUMP_LESS, 1, 6, 5},
    /* 20: sieve below 8192 in memory; r1 candidate, r3 multiple, r4 mark, r8 count, r6 limit */
    {LOAD_IMMEDIATE, 6, 0, MEMORY},
    {LOAD_IMMEDIATE, 1, 0, 0},
    {LOAD_IMMEDIATE, 4, 0, 0},
    /* 23: clear */
    {STORE, 4, 1, 0},
    {ADD_IMMEDIATE, 1, 1, 1},
    {JUMP_LESS, 1, 6, 23},
    {LOAD_IMMEDIATE, 1, 0, 2},
    {LOAD_IMMEDIATE, 8, 0, 0},
    {LOAD_IMMEDIATE, 4, 0, 1},
    /* 29: next candidate */
    {LOAD, 5, 1, 0},
    {JUMP_ZERO, 5, 0, 32},
    {JUMP, 0, 0, 38},
    {ADD_IMMEDIATE, 8, 8, 1},
    {ADD, 3, 1, 1},
    /* 34: mark multiples */
    {JUMP_LESS, 3, 6, 36},
    {JUMP, 0, 0, 38},
    {STORE, 4, 3, 0},
    {JUMP, 0, 0, 52},
    /* 38: candidate done */
    {ADD_IMMEDIATE, 1, 1, 1},
    {JUMP_LESS, 1, 6, 29},
    /* 40: Fibonacci of 21 by recursion: argument and result in r10 */
    {LOAD_IMMEDIATE, 10, 0, 21},
    {CALL, 0, 0, 43},
    {HALT, 0, 0, 0},
    /* 43: function */
    {JUMP_LESS, 10, 9, 51},
    {PUSH, 10, 0, 0},
    {ADD_IMMEDIATE, 10, 10, -1},
    {CALL, 0, 0, 43},
    {POP, 11, 0, 0},
    {PUSH, 10, 0, 0},
    {JUMP, 0, 0, 54},
    {HALT, 0, 0, 0},
    /* 51: return */
    {RETURN, 0, 0, 0},
    /* 52: the sieve's step */
    {ADD, 3, 3, 1},
    {JUMP, 0, 0, 34},
    /* 54: second call of the function */
    {ADD_IMMEDIATE, 10, 11, -2},
    {CALL, 0, 0, 43},
    {POP, 11, 0, 0},
    {ADD, 10, 10, 11},
    {RETURN, 0, 0, 0},
};

static int64_t memory[MEMORY];
static int64_t r[16];

static void interpret(void) {
    static const void *const actions[] = {
        &&load_immediate, &&move, &&add, &&subtract, &&multiply, &&add_immediate, &&and_immediate, &&shift_right, &&load, &&store,
        &&jump, &&jump_zero, &&jump_less, &&push, &&pop, &&call, &&return_, &&halt,
    };
    static int64_t stack[STACK];
    static const struct instruction *calls[DEPTH];
    int64_t *top = stack;
    const struct instruction **called = calls;
    const struct instruction *at = program;

#define NEXT goto *actions[(++at)->operation]
#define GO(to) do { at = program + (to); goto *actions[at->operation]; } while (0)

    goto *actions[at->operation];
load_immediate:
    r[at->a] = at->c;
    NEXT;
move:
    r[at->a] = r[at->b];
    NEXT;
add:
    r[at->a] = r[at->b] + r[at->c];
    NEXT;
subtract:
    r[at->a] = r[at->b] - r[at->c];
    NEXT;
multiply:
    r[at->a] = r[at->b] * r[at->c];
    NEXT;
add_immediate:
    r[at->a] = r[at->b] + at->c;
    NEXT;
and_immediate:
    r[at->a] = r[at->b] & at->c;
    NEXT;
shift_right:
    r[at->a] = r[at->b] >> at->c;
    NEXT;
load:
    r[at->a] = memory[r[at->b] % MEMORY];
    NEXT;
store:
    memory[r[at->b] % MEMORY] = r[at->a];
    NEXT;
jump:
    GO(at->c);
jump_zero:
    if (r[at->a] == 0) {
        GO(at->c);
    }
    NEXT;
jump_less:
    if (r[at->a] < r[at->b]) {
        GO(at->c);
    }
    NEXT;
push:
    *top++ = r[at->a];
    NEXT;
pop:
    r[at->a] = *--top;
    NEXT;
call:
    *called++ = at;
    GO(at->c);
return_:
    at = *--called;
    NEXT;
halt:
    return;
}

uint32_t kernel(void) {
    uint32_t sum = 0;
    for (int round = 0; round < ROUNDS; round++) {
        round_begins(round, ROUNDS);
        interpret();
        /* The longest chain below 3000 has 216 steps (from 2919), 1028 primes are below 8192, and F(21) is 10946. */
        if (r[2] != 216 || r[8] != 1028 || r[10] != 10946) {
            fail("the interpreted program computed something else");
        }
        sum = fold(fold(fold(sum, (uint32_t) r[2]), (uint32_t) r[8]), (uint32_t) r[10]);
    }
    return sum;
}
