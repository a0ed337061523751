/*
 * A Linux program without a C library that keeps disks and networks busy: what busybox has for it starts a process for each request,
 * which would measure the CPU. Everything that comes back is compared with what it must be; the exit status tells.
 *
 *   iowork randread|randwrite DEVICE REQUESTS PROCESSES   4 KiB each, past the page cache; each 4 KiB block begins with its number
 *   iowork get|put ADDRESS PORT BYTES                     one HTTP request with a long answer, or a long body
 *   iowork requests ADDRESS PORT REQUESTS                 short HTTP requests, a connection each
 *   iowork ping ADDRESS REQUESTS OUTSTANDING              ICMP echo, so many on their way
 */
typedef unsigned char u8;
typedef unsigned short u16;
typedef unsigned int u32;
typedef unsigned long u64;

/* System calls of the generic table (include/uapi/asm-generic/unistd.h). */
enum {
    OPENAT = 56, CLOSE = 57, LSEEK = 62, READ = 63, WRITE = 64, PREAD = 67, PWRITE = 68, PPOLL = 73, EXIT = 94, SOCKET = 198, CONNECT = 203,
    SENDTO = 206, RECVFROM = 207, CLONE = 220, WAIT4 = 260
};
enum { O_RDWR = 2, O_DIRECT = 040000, SEEK_END = 2, AT_FDCWD = -100, SIGCHLD = 17, AF_INET = 2, SOCK_STREAM = 1, SOCK_RAW = 3, ICMP = 1, POLLIN = 1 };
enum { BLOCK = 4096, CHUNK = 1 << 16, ECHO_BYTES = 64, ECHO_SECONDS = 10 };

struct address { u16 family, port; u32 host; u8 zero[8]; };
struct poll { int file; short events, happened; };
struct time { long seconds, nanos; };

static u8 buffer[CHUNK] __attribute__((aligned(BLOCK)));

static long call(long number, long a, long b, long c, long d, long e, long f)
{
    register long a0 __asm__("a0") = a, a1 __asm__("a1") = b, a2 __asm__("a2") = c, a3 __asm__("a3") = d, a4 __asm__("a4") = e,
                  a5 __asm__("a5") = f, a7 __asm__("a7") = number;
    __asm__ volatile("ecall" : "+r"(a0) : "r"(a1), "r"(a2), "r"(a3), "r"(a4), "r"(a5), "r"(a7) : "memory");
    return a0;
}

static u64 length(const char *s)
{
    u64 n = 0;
    while (s[n]) {
        n++;
    }
    return n;
}

static void say(const char *s)
{
    call(WRITE, 2, (long)s, length(s), 0, 0, 0);
}

__attribute__((noreturn)) static void leave(int status)
{
    for (;;) {
        call(EXIT, status, 0, 0, 0, 0, 0);
    }
}

__attribute__((noreturn)) static void fail(const char *what)
{
    say("iowork: ");
    say(what);
    say("\n");
    leave(1);
}

static long good(long result, const char *what)
{
    if (result < 0) {
        fail(what);
    }
    return result;
}

static u64 number(const char *s)
{
    u64 n = 0;
    for (; *s >= '0' && *s <= '9'; s++) {
        n = n * 10 + (u64)(*s - '0');
    }
    if (*s) {
        fail("not a number");
    }
    return n;
}

/* Dotted IPv4 address, in network order. */
static u32 host(const char *s)
{
    u32 all = 0, part = 0;
    int shift = 0;
    for (; *s; s++) {
        if (*s == '.') {
            all |= part << shift;
            shift += 8;
            part = 0;
        } else {
            part = part * 10 + (u32)(*s - '0');
        }
    }
    return all | part << shift;
}

static u16 swap(u64 port)
{
    return (u16)(port << 8 | port >> 8);
}

static int equal(const char *a, const char *b)
{
    while (*a && *a == *b) {
        a++;
        b++;
    }
    return *a == *b;
}

/* Disks. */

static void random_blocks(long disk, int write, u64 blocks, u64 requests, u64 seed)
{
    u64 x = seed * 0x9e3779b97f4a7c15 + 1;
    u64 *first = (u64 *)buffer;
    for (u64 i = 0; i < requests; i++) {
        x ^= x << 13;
        x ^= x >> 7;
        x ^= x << 17;
        u64 block = x % blocks;
        *first = block;
        long done = write ? call(PWRITE, disk, (long)buffer, BLOCK, block * BLOCK, 0, 0)
            : call(PREAD, disk, (long)buffer, BLOCK, block * BLOCK, 0, 0);
        if (done != BLOCK) {
            fail("a request failed");
        }
        if (*first != block) {
            fail("a block is not what it should be");
        }
        if (!write) {
            *first = ~0ul;
        }
    }
}

static void random_requests(int write, const char *device, u64 requests, u64 processes)
{
    long disk = good(call(OPENAT, AT_FDCWD, (long)device, O_RDWR | O_DIRECT, 0, 0, 0), "cannot open the device");
    u64 blocks = (u64)good(call(LSEEK, disk, 0, SEEK_END, 0, 0, 0), "cannot seek") / BLOCK;
    for (u64 i = 0; i < processes; i++) {
        if (good(call(CLONE, SIGCHLD, 0, 0, 0, 0, 0), "cannot fork") == 0) {
            random_blocks(disk, write, blocks, requests / processes, i + 1);
            leave(0);
        }
    }
    for (u64 i = 0; i < processes; i++) {
        int status = 0;
        good(call(WAIT4, -1, (long)&status, 0, 0, 0, 0), "cannot wait");
        if (status) {
            leave(1);
        }
    }
}

/* TCP. */

static long connected(u32 to, u64 port)
{
    struct address a = {AF_INET, swap(port), to, {0}};
    long s = good(call(SOCKET, AF_INET, SOCK_STREAM, 0, 0, 0, 0), "no socket");
    good(call(CONNECT, s, (long)&a, sizeof a, 0, 0, 0), "cannot connect");
    return s;
}

static void all(long to, const void *bytes, u64 n)
{
    for (u64 done = 0; done < n;) {
        done += (u64)good(call(WRITE, to, (long)bytes + (long)done, (long)(n - done), 0, 0, 0), "cannot write");
    }
}

static char *text(char *to, const char *s)
{
    while (*s) {
        *to++ = *s++;
    }
    return to;
}

static void request(long to, const char *method, const char *path, u64 size)
{
    char line[256], digits[24];
    char *d = digits + sizeof digits;
    *--d = 0;
    do {
        *--d = (char)('0' + size % 10);
        size /= 10;
    } while (size);
    char *end = text(text(text(line, method), " "), path);
    if (equal(method, "PUT")) {
        end = text(text(text(end, " HTTP/1.1\r\nHost: host\r\nConnection: close\r\nContent-Length: "), d), "\r\n\r\n");
    } else {
        end = text(text(end, d), " HTTP/1.1\r\nHost: host\r\nConnection: close\r\n\r\n");
    }
    all(to, line, (u64)(end - line));
}

/* Reads an answer to its end. Returns the bytes of its body, which begins behind the first empty line. */
static u64 answer(long from)
{
    u64 total = 0, body = 0;
    int head = 1, line = 0;
    for (;;) {
        long n = good(call(READ, from, (long)buffer, CHUNK, 0, 0, 0), "cannot read");
        if (n == 0) {
            return body;
        }
        if (total == 0 && (n < 12 || buffer[9] != '2')) {
            fail("the server does not say 2xx");
        }
        total += (u64)n;
        long at = 0;
        for (; head && at < n; at++) {
            if (buffer[at] == '\n') {
                head = line > 0;
                line = 0;
            } else if (buffer[at] != '\r') {
                line++;
            }
        }
        body += (u64)(n - at);
    }
}

static void transfer(int put, u32 to, u64 port, u64 bytes)
{
    long s = connected(to, port);
    if (put) {
        request(s, "PUT", "/sink", bytes);
        for (u64 left = bytes; left > 0;) {
            u64 n = left < CHUNK ? left : CHUNK;
            all(s, buffer, n);
            left -= n;
        }
        answer(s);
    } else {
        request(s, "GET", "/bytes/", bytes);
        if (answer(s) != bytes) {
            fail("the answer is not as long as it should be");
        }
    }
    call(CLOSE, s, 0, 0, 0, 0, 0);
}

/* ICMP. */

static u16 checksum(const u8 *b, int n)
{
    u32 sum = 0;
    for (int i = 0; i < n; i += 2) {
        sum += (u32)b[i] << 8 | b[i + 1];
    }
    sum = (sum & 0xffff) + (sum >> 16);
    sum = (sum & 0xffff) + (sum >> 16);
    return (u16)~sum;
}

static void echo(long s, struct address *a, u32 sequence)
{
    static u8 b[ECHO_BYTES] = {8, 0, 0, 0, 0x10, 0x57};
    b[2] = 0;
    b[3] = 0;
    b[6] = (u8)(sequence >> 8);
    b[7] = (u8)sequence;
    u16 sum = checksum(b, ECHO_BYTES);
    b[2] = (u8)(sum >> 8);
    b[3] = (u8)sum;
    good(call(SENDTO, s, (long)b, ECHO_BYTES, 0, (long)a, sizeof *a), "cannot send");
}

static void ping(u32 to, u64 requests, u64 outstanding)
{
    struct address a = {AF_INET, 0, to, {0}};
    long s = good(call(SOCKET, AF_INET, SOCK_RAW, ICMP, 0, 0, 0), "no socket for ICMP");
    u64 sent = 0, got = 0;
    while (got < requests) {
        for (; sent < requests && sent - got < outstanding; sent++) {
            echo(s, &a, (u32)sent);
        }
        struct poll p = {(int)s, POLLIN, 0};
        struct time patience = {ECHO_SECONDS, 0};
        if (good(call(PPOLL, (long)&p, 1, (long)&patience, 0, 0, 0), "cannot wait") == 0) {
            fail("an echo is lost");
        }
        long n = good(call(RECVFROM, s, (long)buffer, CHUNK, 0, 0, 0), "cannot receive");
        /* behind the IPv4 header: an answer of ours */
        if (n == 20 + ECHO_BYTES && buffer[20] == 0 && buffer[24] == 0x10 && buffer[25] == 0x57) {
            got++;
        }
    }
}

__attribute__((noreturn, used)) static void run(long *stack)
{
    char **words = (char **)(stack + 1);
    if (*stack != 5) {
        fail("wrong number of words; its source says what there is");
    }
    const char *what = words[1];
    if (equal(what, "randread") || equal(what, "randwrite")) {
        random_requests(equal(what, "randwrite"), words[2], number(words[3]), number(words[4]));
    } else if (equal(what, "get") || equal(what, "put")) {
        transfer(equal(what, "put"), host(words[2]), number(words[3]), number(words[4]));
    } else if (equal(what, "requests")) {
        for (u64 left = number(words[4]); left > 0; left--) {
            transfer(0, host(words[2]), number(words[3]), 100);
        }
    } else if (equal(what, "ping")) {
        ping(host(words[2]), number(words[3]), number(words[4]));
    } else {
        fail("unknown word; its source says what there is");
    }
    leave(0);
}

__asm__(".globl _start\n_start:\n    mv a0, sp\n    andi sp, sp, -16\n    tail run\n");
