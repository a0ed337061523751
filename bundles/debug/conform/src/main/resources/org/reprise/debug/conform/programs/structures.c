/* Pointers, recursion, jump tables, calls through pointers, bit fields, structures by value, strings, sorting, atomic operations. */
#include "common.h"

struct node {
    struct node *left, *right;
    short key;
    unsigned kind : 3, weight : 11;
    signed char tag;
};

struct pair {
    long first;
    char text[12];
    uint16_t last;
};

static struct node nodes[12];
static unsigned used;

static struct node *insert(struct node *root, int key)
{
    if (root == 0) {
        struct node *n = &nodes[used];
        n->key = (short)key;
        n->kind = used & 7;
        n->weight = used * 97;
        n->tag = (signed char)-key;
        used++;
        return n;
    }
    if (key < root->key)
        root->left = insert(root->left, key);
    else
        root->right = insert(root->right, key);
    return root;
}

static long walk(const struct node *n, int depth)
{
    return n == 0 ? depth : walk(n->left, depth + 1) * 3 + walk(n->right, depth + 1) + n->key * n->tag + n->kind + n->weight;
}

static long add(long a, long b) { return a + b; }
static long subtract(long a, long b) { return a - b; }
static long mix(long a, long b) { return a ^ b << 1; }
static long (*const operations[])(long, long) = {add, subtract, mix};

static struct pair swapped(struct pair p, int by)
{
    struct pair q = p;
    q.first += by;
    q.text[by & 7] ^= 0x20;
    q.last = (uint16_t)(p.last * 3);
    return q;
}

static int dispatch(int op, int x)
{
    switch (op) {
    case 0: return x + 1;
    case 1: return x * 3;
    case 2: return x - 7;
    case 3: return x ^ 0x55;
    case 4: return x << 2;
    case 5: return -x;
    case 6: return x >> 1;
    default: return x;
    }
}

static void run(void)
{
    static const signed char keys[] = {50, 20, 80, -10, 30, 70, 90, 25, 35, 0, 60, -128};
    struct node *root = 0;
    for (unsigned i = 0; i < sizeof keys; i++)
        root = insert(root, keys[i]);
    note((uint64_t)walk(root, 0));

    short order[12];
    for (unsigned i = 0; i < 12; i++)
        order[i] = keys[i];
    for (unsigned i = 1; i < 12; i++)
        for (unsigned k = i; k > 0 && order[k - 1] > order[k]; k--) {
            short t = order[k];
            order[k] = order[k - 1];
            order[k - 1] = t;
        }
    note((uint64_t)(uint16_t)order[0] << 32 | (uint16_t)order[11]);

    struct pair p = {7, "conformance", 41};
    long x = 5;
    for (int i = 0; i < 9; i++) {
        x = operations[i % 3](x, dispatch(i, (int)x));
        p = swapped(p, i);
    }
    note((uint64_t)x);
    note((uint64_t)p.first << 16 | p.last);

#if __GCC_ATOMIC_INT_LOCK_FREE == 2
    static int counter = 3;
    int expected = 3;
    note((uint64_t)__atomic_fetch_add(&counter, 5, __ATOMIC_SEQ_CST));
    note((uint64_t)__atomic_exchange_n(&counter, -1, __ATOMIC_ACQ_REL));
    note((uint64_t)__atomic_compare_exchange_n(&counter, &expected, 9, 0, __ATOMIC_SEQ_CST, __ATOMIC_RELAXED));
    note((uint64_t)__atomic_fetch_and(&counter, 0x0f0f, __ATOMIC_SEQ_CST));
    note((uint64_t)__atomic_or_fetch(&counter, 0x30, __ATOMIC_SEQ_CST));
    note((uint64_t)counter);
#endif
}
