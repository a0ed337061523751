/* Arithmetic of every width and sign, shifts, divisions with their corner cases, bit counting, multiplication of great numbers. */
#include "common.h"

static uint32_t crc(const unsigned char *p, unsigned n)
{
    uint32_t c = ~0u;
    while (n-- > 0) {
        c ^= *p++;
        for (int k = 0; k < 8; k++)
            c = c >> 1 ^ (0xedb88320u & -(c & 1));
    }
    return ~c;
}

static int64_t divide(int64_t a, int64_t b)
{
    return b == 0 ? -1 : b == -1 ? -a : a / b * 31 + a % b;
}

static unsigned count(uint64_t x)
{
    unsigned n = 0;
    for (; x != 0; x &= x - 1)
        n++;
    return n;
}

static void run(void)
{
    static const int64_t values[] = {0, 1, -1, 7, -8, 0x7fffffff, -0x80000000LL, 0x123456789abcdefLL, INT64_MAX, INT64_MIN + 1};
    uint64_t sum = 0;
    for (unsigned i = 0; i < sizeof values / sizeof *values; i++) {
        int64_t a = values[i];
        int64_t b = values[(i * 7 + 3) % (sizeof values / sizeof *values)];
        sum += (uint64_t)a * (uint64_t)b ^ (uint64_t)a << (b & 63) ^ (uint64_t)(a >> (i & 63)) ^ (uint64_t)a >> (i * 5 & 63);
        sum = (sum << 13 | sum >> 51) + (uint32_t)a * (uint32_t)b;
        sum ^= (uint64_t)(int64_t)(int8_t)b << 8 | (uint16_t)a;
        sum += a < b ? 3 : 5;
        sum += (uint64_t)a < (uint64_t)b ? 7 : 11;
        if (i % 3 == 0)
            sum ^= (uint64_t)divide(a, b);
        sum += count((uint64_t)a ^ sum) + (unsigned)__builtin_clzll(sum | 1) + (unsigned)__builtin_ctzll(sum | 1ULL << 63);
        note(sum);
    }
    note(crc((const unsigned char *)values, 24));
    note(__builtin_bswap64(sum));
    note((uint32_t)sum / 10 * 3 + (uint32_t)sum % 10);
}
