#include "cases.h"

#define BOX 0xffffffff00000000u

static const char *const mode_names[] = {"rne", "rtz", "rdn", "rup", "rmm"};

/* Fraction bits, largest exponent field, bias. */
static const struct layout { int fraction, top, bias; } layouts[] = {{23, 255, 127}, {52, 2047, 1023}};

static uint64_t next(uint64_t *state) {
    /* Marsaglia's xorshift64. */
    uint64_t x = *state;
    x ^= x << 13;
    x ^= x >> 7;
    x ^= x << 17;
    return *state = x;
}

/* The state for one case, so that a run can begin at any. */
static uint64_t state_of(uint32_t seed, uint32_t line, uint32_t number) {
    uint64_t x = ((uint64_t) line << 32 | number) * 0x9e3779b97f4a7c15u + seed;
    x = (x ^ x >> 32) * 0xd6e8feb86659fd93u;
    x ^= x >> 29;
    return x != 0 ? x : 1;
}

static uint64_t draw_integer(uint64_t r, uint32_t shape) {
    static const uint64_t limits[] = {0, 0x7fffffff, 0x80000000, 0xffffffff, 0x7fffffffffffffff, 0x8000000000000000,
        0x1000000, 0x20000000000000};
    uint32_t k = shape >> 3 & 63;
    uint32_t more = shape >> 9;
    switch (shape & 7) {
        case 0: return r;
        case 1: return r & 0xffffffff;
        case 2: return r >> k;
        case 3: return (uint64_t) ((int64_t) r >> k);
        case 4: return ((uint64_t) 1 << k) + (more & 7) - 4;
        case 5: return (more & 7) - 4 - ((uint64_t) 1 << k);
        /* random bits, then a half */
        case 6: return (r >> 1 >> k << k << 1 | (uint64_t) 1 << k) >> (more & 31);
        default: return limits[more & 7] + (more >> 3 & 7) - 4;
    }
}

static uint64_t high_product(uint64_t a, uint64_t b) {
    uint64_t al = a & 0xffffffff, ah = a >> 32, bl = b & 0xffffffff, bh = b >> 32;
    uint64_t middle = ah * bl + (al * bl >> 32);
    return ah * bh + (middle >> 32) + ((al * bh + (middle & 0xffffffff)) >> 32);
}

static int field(const struct layout *l, uint64_t x) {
    return (int) (x >> l->fraction) & l->top;
}

/* Minus the product of two numbers, cut off: what is left when it is added is the rest. */
static uint64_t minus_product(const struct layout *l, const uint64_t *x, uint64_t ulps) {
    uint64_t one = (uint64_t) 1 << l->fraction;
    int lift = 63 - l->fraction;
    uint64_t p = high_product((x[0] & (one - 1)) | one, ((x[1] & (one - 1)) | one) << lift);
    int e = field(l, x[0]) + field(l, x[1]) - l->bias;
    int up = (p >> l->fraction) != 0;
    p = up ? p : p << 1;
    e += up;
    if (e <= 0 || e >= l->top) {
        return p & (one - 1);
    }
    int place = l->fraction == 23 ? 31 : 63;
    uint64_t sign = (~(x[0] ^ x[1]) >> place & 1) << place;
    return (sign | (uint64_t) e << l->fraction | (p & (one - 1))) + ulps;
}

/* A small number, most often very small. */
static uint64_t units(uint32_t k) {
    return (uint64_t) (int64_t) (((int) (k & 15) - 8) >> (k >> 4 & 3));
}

/* A number of a format, in one of sixteen shapes. @param at which operand it is; those before it are in x */
static uint64_t draw_float(enum format format, uint64_t r, uint32_t shape, int at, const uint64_t *x) {
    static const unsigned char powers[] = {7, 15, 30, 31, 32, 62, 63, 64};
    const struct layout *l = &layouts[format];
    uint64_t one = (uint64_t) 1 << l->fraction;
    uint64_t mask = one - 1;
    uint64_t fraction = r & mask;
    uint64_t sign = r >> 63;
    uint32_t k = shape >> 4;
    int e = (int) (r >> 52) & l->top;
    /* the exponent that others are near to: of the first operand, or of the first two operands' product */
    int near = at == 0 ? l->bias : at == 1 ? field(l, x[0]) : field(l, x[0]) + field(l, x[1]) - l->bias;
    switch (shape & 15) {
        case 0:
            break;
        case 1:
            /* a few units from a power of two */
            fraction = units(k);
            break;
        case 2: case 3:
            e = l->bias - 8 + (int) (k & 15);
            break;
        case 4: case 5:
            e = near - (l->fraction + 4) + (int) (k & 127) % (2 * l->fraction + 8);
            break;
        case 6: {
            /* one bit, all but one, ones above it, ones below it */
            uint64_t bit = (uint64_t) 1 << (k & 63);
            fraction = (k & 128 ? bit - 1 : bit) ^ (k & 64 ? ~(uint64_t) 0 : 0);
            e = k & 256 ? e : l->bias - 4 + (int) (k >> 9 & 7);
            break;
        }
        case 7: {
            /* few bits and a half of the last */
            uint32_t n = (k & 63) % (uint32_t) l->fraction;
            fraction = (fraction >> n >> 1 << 1 | 1) << n;
            e = k & 64 ? near : l->bias;
            break;
        }
        case 8: {
            const uint64_t infinity = (uint64_t) l->top << l->fraction;
            const uint64_t table[] = {0, infinity, infinity | one >> 1, infinity | 1, infinity | fraction, 1, mask, one, infinity - 1,
                (uint64_t) l->bias << l->fraction, 0, infinity, infinity | fraction >> 1 | 1, ((uint64_t) l->bias << l->fraction) + 1,
                ((uint64_t) l->bias << l->fraction) - 1, (uint64_t) 1 << 63};
            uint64_t v = table[k & 15];
            if ((k & 15) == 15 && format == SINGLE) {
                /* not boxed: reads as the canonical NaN */
                return r;
            }
            e = field(l, v);
            fraction = v & mask;
            break;
        }
        case 9:
            e = 0;
            fraction >>= k & 63;
            break;
        case 10:
            e = k & 1 ? l->top - 1 - (int) (k >> 1 & 3) : (int) (k >> 1 & 3);
            break;
        case 11:
            /* at limits of integers and a few units to both sides */
            fraction = (k >> 3 & 15) - 8;
            e = l->bias + powers[k & 7] - (fraction & 8 ? 1 : 0);
            break;
        case 12: {
            /* integers and halves */
            e = l->bias - 2 + (int) ((k & 63) % (uint32_t) (l->fraction + 4));
            int n = l->fraction - 1 - (e - l->bias);
            fraction = n <= 0 ? fraction : n > l->fraction ? 0 : fraction >> n << n;
            break;
        }
        case 13:
            if (at > 0) {
                uint64_t y = x[at - 1] + (k & 7) - 4;
                e = field(l, y);
                fraction = y & mask;
            }
            break;
        case 14: {
            /* with the first operand, product or quotient at either end of the range */
            int end = k & 64 ? l->top : 0;
            if (k & 256) {
                /* close: what rounds up to the smallest normal number, or to infinity */
                fraction = units(k >> 9);
                end += (int) (k & 3) - 2;
            } else {
                end += (int) (k & 31) - 16;
            }
            e = k & 128 ? end + l->bias - near : near + l->bias - end;
            break;
        }
        default:
            if (at == 2) {
                uint64_t y = minus_product(l, x, (k & 15) < 8 ? 0 : (k & 7) - 4);
                e = field(l, y);
                fraction = y & mask;
                sign = (y >> (format == SINGLE ? 31 : 63) & 1) ^ ((k >> 4 & 7) == 0);
            }
            break;
    }
    e = e < 0 ? 0 : e > l->top ? l->top - 1 : e;
    uint64_t bits = (uint64_t) e << l->fraction | (fraction & mask);
    return format == SINGLE ? BOX | sign << 31 | bits : sign << 63 | bits;
}

/* A normal number that is far from both ends of the range: host arithmetic may have made it, if NX was raised before. */
static bool ordinary(enum format format, uint64_t result) {
    const struct layout *l = &layouts[format];
    int e = field(l, result);
    return e > l->fraction + 2 && e < l->top - 1;
}

static void put_line(uint32_t index, enum mode mode, uint32_t number) {
    put_unsigned(index);
    put_text(" ");
    put_text(operations[index].name);
    put_text(" ");
    put_text(mode_names[mode]);
    put_text(" ");
    put_unsigned(number);
    put_text(" ");
}

static void run_line(const struct settings *s, uint32_t index, enum mode mode) {
    const struct operation *o = &operations[index];
    uint64_t hash = 0;
    uint32_t host = 0;
    uint32_t flags = 0;
    uint32_t begun = s->from;
    for (uint32_t i = s->from; i - s->from < s->count; i++) {
        uint64_t state = state_of(s->seed, index * MODES + mode, i);
        uint64_t x[3] = {0, 0, 0};
        uint64_t shapes = next(&state);
        for (int at = 0; at < o->operands; at++) {
            uint32_t shape = (uint32_t) (shapes >> (20 * at)) & 0xfffff;
            x[at] = o->operand == WORD ? draw_integer(next(&state), shape) : draw_float(o->operand, next(&state), shape, at, x);
        }
        /* 32 cases with no flag raised before, 32 with NX, 32 with none, 32 in which flags accumulate */
        uint32_t phase = i >> 5 & 3;
        bool keep = phase == 3 && (i & 31) != 0;
        uint32_t before = keep ? flags : phase == 1 ? NX : 0;
        uint64_t result;
        flags = execute(o, x, keep ? -1 : (int) before, &result);
        host += (before & NX) != 0 && mode == RNE && o->result != WORD && ordinary(o->result, result);
        if (s->step == 1) {
            put_line(index, mode, i);
            for (int at = 0; at < o->operands; at++) {
                put_hex(x[at], 16);
                put_text(" ");
            }
            put_text("flags ");
            put_hex(before, 2);
            put_text(" gives ");
            put_hex(result, 16);
            put_text(" flags ");
            put_hex(flags, 2);
            put_text("\n");
            continue;
        }
        hash = (hash ^ result) * 0x9e3779b97f4a7c15u;
        hash = (hash << 31 | hash >> 33) + flags;
        if (i + 1 - s->from == s->count || (s->step != 0 && i + 1 - begun == s->step)) {
            put_line(index, mode, s->step == 0 ? s->count : begun);
            put_hex(hash, 16);
            put_text(" ");
            put_unsigned(host);
            put_text("\n");
            begun = i + 1;
            hash = 0;
            host = 0;
        }
    }
}

void run_cases(const struct settings *s) {
    uint32_t end = s->first + s->operations;
    for (uint32_t index = s->first; index < end && index < (uint32_t) operation_count; index++) {
        for (int mode = 0; mode < MODES; mode++) {
            if ((s->modes >> mode & 1) != 0 && operations[index].execute != 0 && set_rounding((enum mode) mode, &operations[index])) {
                run_line(s, index, (enum mode) mode);
            }
        }
    }
}
