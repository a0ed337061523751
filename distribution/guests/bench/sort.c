/* Quicksort with a comparison through a pointer, then heapsort of 64-bit keys. */
#include "bench.h"

#ifdef STEADY
#define ROUNDS 120
#else
#define ROUNDS 12
#endif
#define COUNT 65536

static uint64_t values[COUNT];

static int ascending(uint64_t a, uint64_t b) {
    return a < b ? -1 : a > b;
}

static int by_low_half(uint64_t a, uint64_t b) {
    return ascending(a << 32 | a >> 32, b << 32 | b >> 32);
}

static void swap(uint64_t *a, uint64_t *b) {
    uint64_t kept = *a;
    *a = *b;
    *b = kept;
}

static void quicksort(uint64_t *first, uint64_t *last, int (*compare)(uint64_t, uint64_t)) {
    while (last - first > 12) {
        uint64_t pivot = first[(last - first) / 2];
        uint64_t *up = first, *down = last;
        while (up <= down) {
            while (compare(*up, pivot) < 0) {
                up++;
            }
            while (compare(*down, pivot) > 0) {
                down--;
            }
            if (up <= down) {
                swap(up++, down--);
            }
        }
        /* The shorter part by recursion, so that the stack stays shallow. */
        if (down - first < last - up) {
            quicksort(first, down, compare);
            first = up;
        } else {
            quicksort(up, last, compare);
            last = down;
        }
    }
    for (uint64_t *at = first + 1; at <= last; at++) {
        uint64_t value = *at, *hole = at;
        while (hole > first && compare(hole[-1], value) > 0) {
            *hole = hole[-1];
            hole--;
        }
        *hole = value;
    }
}

static void sift_down(uint64_t *heap, uint32_t root, uint32_t count) {
    uint64_t value = heap[root];
    for (uint32_t child; (child = 2 * root + 1) < count; root = child) {
        if (child + 1 < count && heap[child] < heap[child + 1]) {
            child++;
        }
        if (value >= heap[child]) {
            break;
        }
        heap[root] = heap[child];
    }
    heap[root] = value;
}

static void heapsort(uint64_t *heap, uint32_t count) {
    for (uint32_t i = count / 2; i-- > 0;) {
        sift_down(heap, i, count);
    }
    for (uint32_t last = count - 1; last > 0; last--) {
        swap(&heap[0], &heap[last]);
        sift_down(heap, 0, last);
    }
}

static uint32_t checked(uint32_t sum, int (*compare)(uint64_t, uint64_t)) {
    for (int i = 1; i < COUNT; i++) {
        if (compare(values[i - 1], values[i]) > 0) {
            fail("two values are out of order");
        }
        sum = fold(sum, (uint32_t) (values[i] ^ values[i] >> 32));
    }
    return sum;
}

uint32_t kernel(void) {
    uint32_t seed = 77, sum = 0;
    for (int round = 0; round < ROUNDS; round++) {
        round_begins(round, ROUNDS);
        for (int i = 0; i < COUNT; i++) {
            uint64_t high = pseudo_random(&seed);
            values[i] = high << 32 | pseudo_random(&seed);
        }
        quicksort(values, values + COUNT - 1, by_low_half);
        sum = checked(sum, by_low_half);
        heapsort(values, COUNT);
        sum = checked(sum, ascending);
    }
    return sum;
}
