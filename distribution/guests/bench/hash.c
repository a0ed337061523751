/* SHA-256 over a buffer that changes with each digest. */
#include "bench.h"
#include "sha256.h"

#ifdef STEADY
#define ROUNDS 3000
#else
#define ROUNDS 300
#endif
#define BUFFER 32768

uint32_t kernel(void) {
    static uint8_t buffer[BUFFER];
    static const uint8_t abc[] = {0xba, 0x78, 0x16, 0xbf};
    uint8_t digest[SHA256_BYTES];
    struct sha256 hash;
    sha256_start(&hash);
    sha256_update(&hash, "abc", 3);
    sha256_end(&hash, digest);
    if (memcmp(digest, abc, sizeof abc) != 0) {
        fail("SHA-256 of the standard's example is wrong");
    }
    uint32_t sum = 0;
    for (int round = 0; round < ROUNDS; round++) {
        round_begins(round, ROUNDS);
        sha256_start(&hash);
        sha256_update(&hash, buffer, sizeof buffer);
        sha256_end(&hash, digest);
        memcpy(buffer + (round % (BUFFER / SHA256_BYTES)) * SHA256_BYTES, digest, sizeof digest);
        sum = fold(sum, (uint32_t) digest[0] << 24 | (uint32_t) digest[1] << 16 | (uint32_t) digest[2] << 8 | digest[3]);
    }
    return sum;
}
