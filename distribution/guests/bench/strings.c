/* Text work byte by byte: building, splitting, counting words in a hash table, searching, changing case, numbers to text and back. */
#include "bench.h"

#ifdef STEADY
#define ROUNDS 900
#else
#define ROUNDS 90
#endif
#define TEXT 65536
#define BUCKETS 1024
#define WORDS 2048

struct word {
    const char *start;
    uint32_t length;
    uint32_t count;
    struct word *next;
};

static char text[TEXT + 1];
static struct word words[WORDS];
static struct word *buckets[BUCKETS];
static uint32_t used;

static void write_text(uint32_t *seed) {
    static const char *const syllables[] = {
        "ka", "to", "mi", "re", "sun", "lo", "ven", "i", "dor", "pa", "ness", "qu", "el", "ta", "gra", "o",
    };
    uint32_t at = 0;
    for (;;) {
        char word[16];
        uint32_t length = 0;
        uint32_t random = pseudo_random(seed);
        for (uint32_t parts = 1 + (random >> 30 & 1) + (random >> 31); parts > 0; parts--) {
            random = pseudo_random(seed);
            const char *syllable = syllables[random >> 9 & (parts == 2 ? 15 : 7)];
            memcpy(word + length, syllable, strlen(syllable));
            length += strlen(syllable);
        }
        word[length++] = random & 0x1f ? ' ' : '\n';
        if (at + length > TEXT) {
            break;
        }
        memcpy(text + at, word, length);
        at += length;
    }
    memset(text + at, ' ', TEXT - at);
    text[TEXT] = 0;
}

static void count_word(const char *start, uint32_t length) {
    uint32_t hash = 5381;
    for (uint32_t i = 0; i < length; i++) {
        hash = hash * 33 + (uint8_t) start[i];
    }
    struct word **bucket = &buckets[hash % BUCKETS];
    for (struct word *at = *bucket; at != NULL; at = at->next) {
        if (at->length == length && memcmp(at->start, start, length) == 0) {
            at->count++;
            return;
        }
    }
    if (used == WORDS) {
        fail("too many different words");
    }
    words[used] = (struct word) {start, length, 1, *bucket};
    *bucket = &words[used++];
}

static void count_words(void) {
    used = 0;
    memset(buckets, 0, sizeof buckets);
    for (const char *at = text; *at != 0;) {
        while (*at == ' ' || *at == '\n') {
            at++;
        }
        const char *start = at;
        while (*at != 0 && *at != ' ' && *at != '\n') {
            at++;
        }
        if (at > start) {
            count_word(start, (uint32_t) (at - start));
        }
    }
}

static uint32_t occurrences(const char *wanted) {
    uint32_t count = 0;
    for (const char *at = text; *at != 0; at++) {
        const char *a = at, *b = wanted;
        while (*b != 0 && *a == *b) {
            a++;
            b++;
        }
        count += *b == 0;
    }
    return count;
}

static void change_case(void) {
    int first = 1;
    for (char *at = text; *at != 0; at++) {
        if (*at >= 'a' && *at <= 'z') {
            if (first) {
                *at = (char) (*at - 'a' + 'A');
            }
            first = 0;
        } else {
            first = 1;
        }
    }
}

static uint32_t numbers(uint32_t *seed) {
    uint32_t sum = 0;
    for (int i = 0; i < 2000; i++) {
        char digits[24];
        uint32_t value = pseudo_random(seed), left = value, length = 0, read = 0;
        do {
            digits[length++] = (char) ('0' + left % 10);
            left /= 10;
        } while (left != 0);
        while (length > 0) {
            read = read * 10 + (uint32_t) (digits[--length] - '0');
        }
        if (read != value) {
            fail("a number changed on its way through text");
        }
        sum = fold(sum, read);
    }
    return sum;
}

uint32_t kernel(void) {
    uint32_t seed = 4711, sum = 0;
    for (int round = 0; round < ROUNDS; round++) {
        round_begins(round, ROUNDS);
        write_text(&seed);
        count_words();
        for (uint32_t i = 0; i < used; i++) {
            sum = fold(sum, words[i].count ^ words[i].length << 16);
        }
        sum = fold(sum, occurrences("ven lo"));
        sum = fold(sum, occurrences("mimi"));
        change_case();
        sum = fold(sum, occurrences("To"));
        sum = fold(sum, numbers(&seed));
    }
    return sum;
}
