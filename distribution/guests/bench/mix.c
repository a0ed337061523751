/* A mix of small everyday jobs: linked lists, integer matrices, a state machine over text, cyclic redundancy checks. */
#include "bench.h"

#ifdef STEADY
#define ROUNDS 26000
#else
#define ROUNDS 2600
#endif
#define NODES 96
#define MATRIX 20
#define TEXT 600

struct node {
    struct node *next;
    uint16_t key;
    uint16_t place;
};

static struct node nodes[NODES];
static int16_t left[MATRIX][MATRIX], right[MATRIX][MATRIX];
static int32_t product[MATRIX][MATRIX];
static char text[TEXT + 1];

static uint16_t crc16(uint16_t crc, uint16_t value) {
    for (int bit = 0; bit < 16; bit++) {
        uint16_t carry = (crc ^ value) & 1;
        crc >>= 1;
        value >>= 1;
        if (carry) {
            crc ^= 0xa001;
        }
    }
    return crc;
}

static struct node *reverse(struct node *list) {
    struct node *reversed = NULL;
    while (list != NULL) {
        struct node *next = list->next;
        list->next = reversed;
        reversed = list;
        list = next;
    }
    return reversed;
}

static int by_key(const struct node *a, const struct node *b) {
    return a->key != b->key ? a->key - b->key : a->place - b->place;
}

static int by_place(const struct node *a, const struct node *b) {
    return a->place - b->place;
}

/* Bottom-up merge sort: runs of 1, 2, 4 … until one run is all. */
static struct node *sort(struct node *list, int (*compare)(const struct node *, const struct node *)) {
    for (int run = 1;; run *= 2) {
        struct node *rest = list, **tail = &list;
        int merges = 0;
        while (rest != NULL) {
            struct node *a = rest, *b = rest;
            int a_left = 0, b_left = run;
            merges++;
            while (a_left < run && b != NULL) {
                b = b->next;
                a_left++;
            }
            while (a_left > 0 || (b_left > 0 && b != NULL)) {
                struct node *taken;
                if (a_left > 0 && (b_left == 0 || b == NULL || compare(a, b) <= 0)) {
                    taken = a;
                    a = a->next;
                    a_left--;
                } else {
                    taken = b;
                    b = b->next;
                    b_left--;
                }
                *tail = taken;
                tail = &taken->next;
            }
            rest = b;
        }
        *tail = NULL;
        if (merges <= 1) {
            return list;
        }
    }
}

static uint16_t lists(uint16_t crc, uint32_t *seed) {
    struct node *list = NULL;
    for (int i = 0; i < NODES; i++) {
        nodes[i] = (struct node) {list, (uint16_t) (pseudo_random(seed) & 0xff), (uint16_t) i};
        list = &nodes[i];
    }
    list = sort(list, by_key);
    for (int wanted = 0; wanted < 16; wanted++) {
        const struct node *at = list;
        while (at != NULL && at->key != wanted * 16) {
            at = at->next;
        }
        crc = crc16(crc, at != NULL ? at->place : 0xffff);
    }
    list = sort(reverse(list), by_place);
    return crc16(crc, list->key);
}

static uint16_t matrices(uint16_t crc, uint32_t *seed) {
    for (int i = 0; i < MATRIX; i++) {
        for (int j = 0; j < MATRIX; j++) {
            uint32_t random = pseudo_random(seed);
            left[i][j] = (int16_t) (random & 0xff);
            right[i][j] = (int16_t) (random >> 16);
        }
    }
    for (int i = 0; i < MATRIX; i++) {
        for (int j = 0; j < MATRIX; j++) {
            int32_t sum = 0;
            for (int k = 0; k < MATRIX; k++) {
                sum += left[i][k] * right[k][j];
            }
            product[i][j] = sum;
        }
    }
    for (int i = 0; i < MATRIX; i++) {
        crc = crc16(crc, (uint16_t) (product[i][i] >> 3));
    }
    return crc;
}

enum state { START, SIGN, INTEGER, FRACTION, EXPONENT_MARK, EXPONENT, INVALID, STATES };

/* Classifies comma-separated words as integers, decimals, scientific numbers or none of them. */
static uint16_t machine(uint16_t crc, uint32_t *seed) {
    static const char alphabet[] = "0123456789012345678901234567890123456789,,,,,,,,++--....eeEx,,,";
    uint32_t ended[STATES] = {0};
    enum state state = START;
    for (int i = 0; i < TEXT; i++) {
        text[i] = alphabet[pseudo_random(seed) >> 8 & 63];
    }
    for (const char *at = text; *at != 0; at++) {
        char c = *at;
        if (c == ',') {
            ended[state]++;
            state = START;
            continue;
        }
        int digit = c >= '0' && c <= '9';
        switch (state) {
            case START:
                state = digit ? INTEGER : c == '+' || c == '-' ? SIGN : c == '.' ? FRACTION : INVALID;
                break;
            case SIGN:
                state = digit ? INTEGER : c == '.' ? FRACTION : INVALID;
                break;
            case INTEGER:
                state = digit ? INTEGER : c == '.' ? FRACTION : c == 'e' || c == 'E' ? EXPONENT_MARK : INVALID;
                break;
            case FRACTION:
                state = digit ? FRACTION : c == 'e' || c == 'E' ? EXPONENT_MARK : INVALID;
                break;
            case EXPONENT_MARK:
                state = digit || c == '+' || c == '-' ? EXPONENT : INVALID;
                break;
            case EXPONENT:
                state = digit ? EXPONENT : INVALID;
                break;
            default:
                break;
        }
    }
    for (int i = 0; i < STATES; i++) {
        crc = crc16(crc, (uint16_t) ended[i]);
    }
    return crc;
}

uint32_t kernel(void) {
    uint32_t seed = 0x5eed, sum = 0;
    for (int round = 0; round < ROUNDS; round++) {
        round_begins(round, ROUNDS);
        uint16_t crc = lists((uint16_t) round, &seed);
        crc = matrices(crc, &seed);
        crc = machine(crc, &seed);
        sum = fold(sum, crc);
    }
    return sum;
}
