#include "runtime.h"

#define UART_THR 0
#define UART_LSR 5
#define LSR_THRE 0x20

#define FINISHER_PASS 0x5555u
#define FINISHER_FAIL 0x3333u

void *memcpy(void *to, const void *from, size_t length) {
    unsigned char *t = to;
    const unsigned char *f = from;
    if ((((uintptr_t) t | (uintptr_t) f) & (sizeof(uintptr_t) - 1)) == 0) {
        for (; length >= sizeof(uintptr_t); length -= sizeof(uintptr_t)) {
            *(uintptr_t *) t = *(const uintptr_t *) f;
            t += sizeof(uintptr_t);
            f += sizeof(uintptr_t);
        }
    }
    while (length-- > 0) {
        *t++ = *f++;
    }
    return to;
}

void *memset(void *to, int value, size_t length) {
    unsigned char *t = to;
    while (length-- > 0) {
        *t++ = (unsigned char) value;
    }
    return to;
}

void *memmove(void *to, const void *from, size_t length) {
    unsigned char *t = to;
    const unsigned char *f = from;
    if (t <= f) {
        return memcpy(to, from, length);
    }
    while (length-- > 0) {
        t[length] = f[length];
    }
    return to;
}

int memcmp(const void *a, const void *b, size_t length) {
    const unsigned char *x = a;
    const unsigned char *y = b;
    for (size_t i = 0; i < length; i++) {
        if (x[i] != y[i]) {
            return x[i] - y[i];
        }
    }
    return 0;
}

size_t strlen(const char *text) {
    size_t length = 0;
    while (text[length] != 0) {
        length++;
    }
    return length;
}

int strcmp(const char *a, const char *b) {
    while (*a != 0 && *a == *b) {
        a++;
        b++;
    }
    return (unsigned char) *a - (unsigned char) *b;
}

uint64_t instructions(void) {
#if __riscv_xlen == 64
    return READ_CSR(instret);
#else
    uint32_t high, low;
    do {
        high = READ_CSR(instreth);
        low = READ_CSR(instret);
    } while (high != READ_CSR(instreth));
    return (uint64_t) high << 32 | low;
#endif
}

static void finish(uint32_t code) {
    mmio_write32(TEST_FINISHER, code);
    for (;;) {
        __asm__ volatile("wfi");
    }
}

void power_off(void) {
    finish(FINISHER_PASS);
    __builtin_unreachable();
}

void fail(const char *message) {
    put_text("\nfailed: ");
    put_text(message);
    put_text("\n");
    finish(1u << 16 | FINISHER_FAIL);
    __builtin_unreachable();
}

void put_char(char c) {
    if (c == '\n') {
        put_char('\r');
    }
    while ((mmio_read8(UART + UART_LSR) & LSR_THRE) == 0) {
    }
    mmio_write8(UART + UART_THR, (uint8_t) c);
}

void put_text(const char *text) {
    while (*text != 0) {
        put_char(*text++);
    }
}

void put_unsigned(uint64_t value) {
    char digits[20];
    int n = 0;
    do {
        digits[n++] = (char) ('0' + value % 10);
        value /= 10;
    } while (value != 0);
    while (n > 0) {
        put_char(digits[--n]);
    }
}

void put_hex(uint64_t value, int digits) {
    while (digits-- > 0) {
        put_char("0123456789abcdef"[value >> (4 * digits) & 15]);
    }
}
