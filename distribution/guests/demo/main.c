/*
 * A guest that meets the outside in every way the board offers: host clock, entropy, disk, typed input, timer.
 * All that it sees and computes goes into one running hash, so two runs agree in their last line
 * only if they agreed in everything before.
 */
#include "demo.h"
#include "runtime.h"
#include "sha256.h"

#define FIRST_INPUT_SECONDS 2u
#define NEXT_INPUT_SECONDS 60u
#define LINE 80u
#define DISK_BATCH 16u
#define DISK_REWRITES 4u
#define DISK_PAIRS 8u
#define ALARM_NANOSECONDS 5000000u
#define NETWORK_FRAMES 24u
#define NETWORK_SECONDS 10u
#define WATCHDOG_TICKS 4000u
#define WATCHDOG_MEALS 3u

static uint8_t running[SHA256_BYTES];
static bool has_disk, has_random;

static void put_bytes(const uint8_t *bytes, unsigned count) {
    for (unsigned i = 0; i < count; i++) {
        put_hex(bytes[i], 2);
    }
}

static void mix(const void *data, unsigned length) {
    struct sha256 hash;
    sha256_start(&hash);
    sha256_update(&hash, running, sizeof running);
    sha256_update(&hash, data, length);
    sha256_end(&hash, running);
}

static void put_padded(uint64_t value, uint64_t least) {
    for (; least > 1 && value < least; least /= 10) {
        put_char('0');
    }
    put_unsigned(value);
}

/* Gregorian calendar from days since 1970-01-01, counted in years that begin in March. */
static void put_date(uint64_t days) {
    days += 719468;
    uint64_t era = days / 146097;
    uint32_t day = (uint32_t) (days % 146097);
    uint32_t year = (day - day / 1460 + day / 36524 - day / 146096) / 365;
    day -= 365 * year + year / 4 - year / 100;
    uint32_t month = (5 * day + 2) / 153;
    day -= (153 * month + 2) / 5;
    month = month < 10 ? month + 3 : month - 9;
    put_unsigned(era * 400 + year + (month <= 2));
    put_char('-');
    put_padded(month, 10);
    put_char('-');
    put_padded(day + 1, 10);
}

static void show_time(void) {
    uint64_t nanoseconds = clock_nanoseconds();
    uint64_t seconds = nanoseconds / 1000000000;
    uint32_t of_day = (uint32_t) (seconds % 86400);
    put_text("time     ");
    put_date(seconds / 86400);
    put_char(' ');
    put_padded(of_day / 3600, 10);
    put_char(':');
    put_padded(of_day / 60 % 60, 10);
    put_char(':');
    put_padded(of_day % 60, 10);
    put_char('.');
    put_padded(nanoseconds % 1000000000, 100000000);
    put_text(" UTC, ");
    put_unsigned(timer_ticks());
    put_text(" timer interrupts\n");
    mix(&nanoseconds, sizeof nanoseconds);
}

static void show_random(void) {
    uint8_t bytes[32];
    put_text("random   ");
    if (!has_random) {
        put_text("no entropy device\n");
        return;
    }
    random_bytes(bytes, sizeof bytes);
    put_bytes(bytes, sizeof bytes);
    put_text("\n");
    mix(bytes, sizeof bytes);
}

/* Reads the whole disk, then writes the running hash over a stretch of it and reads that back. */
static void exercise_disk(void) {
    static uint8_t data[DISK_BATCH * SECTOR_BYTES], check[DISK_BATCH * SECTOR_BYTES];
    put_text("disk     ");
    if (!has_disk) {
        put_text("no disk\n");
        return;
    }
    uint64_t sectors = disk_sectors();
    put_unsigned(sectors);
    put_text(" sectors");
    if (sectors < DISK_BATCH) {
        put_text(", too few to exercise\n");
        return;
    }
    struct sha256 hash;
    uint8_t digest[SHA256_BYTES];
    sha256_start(&hash);
    uint64_t whole = sectors - sectors % DISK_BATCH;
    for (uint64_t sector = 0; sector < whole; sector += DISK_BATCH) {
        disk_read(sector, data, DISK_BATCH);
        sha256_update(&hash, data, sizeof data);
    }
    sha256_end(&hash, digest);
    put_text(", sha256 ");
    put_bytes(digest, 8);
    mix(digest, sizeof digest);
    for (unsigned round = 0; round < DISK_REWRITES; round++) {
        uint64_t sector = (uint64_t) round * DISK_BATCH % whole;
        for (unsigned at = 0; at < sizeof data; at += sizeof running) {
            mix(&at, sizeof at);
            memcpy(data + at, running, sizeof running);
        }
        disk_write(sector, data, DISK_BATCH);
        memset(check, 0, sizeof check);
        disk_read(sector, check, DISK_BATCH);
        if (memcmp(data, check, sizeof data) != 0) {
            fail("the disk did not return what was written");
        }
    }
    put_text(", ");
    put_unsigned((uint64_t) DISK_REWRITES * DISK_BATCH);
    put_text(" rewritten and read back\n");
}

/* Two reads in flight again and again: which ends first and when goes into the hash. */
static void read_pairs(void) {
    static uint8_t first[4 * SECTOR_BYTES], second[4 * SECTOR_BYTES];
    uint8_t *const data[2] = {first, second};
    put_text("pairs    ");
    if (!has_disk || disk_sectors() < 4 * DISK_PAIRS + 4) {
        put_text("no disk, or too few sectors\n");
        return;
    }
    for (unsigned pair = 0; pair < DISK_PAIRS; pair++) {
        uint64_t sector[2] = {(uint64_t) 4 * pair, (uint64_t) 4 * (DISK_PAIRS - pair)};
        uint32_t used[2];
        uint64_t ended[2];
        disk_read_two(sector, data, 4, used, ended);
        mix(used, sizeof used);
        mix(ended, sizeof ended);
        mix(first, sizeof first);
        mix(second, sizeof second);
    }
    put_unsigned(DISK_PAIRS);
    put_text(" pairs of reads in flight\n");
}

static void ring_alarm(void) {
    put_text("alarm    ");
    uint64_t before = clock_nanoseconds();
    if (!alarm_in(ALARM_NANOSECONDS)) {
        put_text("did not ring\n");
        return;
    }
    uint64_t late = clock_nanoseconds() - before - ALARM_NANOSECONDS;
    put_text("rang, ");
    put_unsigned(late / 1000);
    put_text(" us late\n");
    mix(&late, sizeof late);
}

static void feed_watchdog(void) {
    put_text("watchdog ");
    if (!watchdog_present()) {
        put_text("none\n");
        return;
    }
    watchdog_feed(WATCHDOG_TICKS, WATCHDOG_MEALS);
    uint64_t now = timer_now();
    mix(&now, sizeof now);
    put_unsigned(WATCHDOG_MEALS);
    put_text(" interrupts answered\n");
}

static void starve_watchdog(void) {
    put_text("bite     ");
    if (!watchdog_present()) {
        put_text("no watchdog\n");
        return;
    }
    put_text("waiting for the watchdog to reset the machine\n");
    watchdog_bite(WATCHDOG_TICKS);
}

/* Asks whoever is on the network for frames; which come, and when, goes into the hash. */
static void exercise_network(void) {
    static uint8_t frame[FRAME_BYTES];
    put_text("net      ");
    if (!network_start()) {
        put_text("no network card\n");
        return;
    }
    /* Broadcast, of the type for local experiments (IEEE 802, 9.2.3): "send me so many". */
    memset(frame, 0xff, 6);
    network_address(frame + 6);
    frame[12] = 0x88;
    frame[13] = 0xb5;
    memset(frame + 14, 0, 46);
    frame[14] = NETWORK_FRAMES;
    network_send(frame, 60);
    unsigned frames = 0, bytes = 0;
    while (frames < NETWORK_FRAMES) {
        int length = network_receive(frame, timer_now() + (uint64_t) NETWORK_SECONDS * TIMEBASE_HZ);
        if (length < 0) {
            break;
        }
        uint64_t now = timer_now();
        mix(&now, sizeof now);
        mix(frame, (unsigned) length);
        frames++;
        bytes += (unsigned) length;
    }
    put_unsigned(frames);
    put_text(" frames, ");
    put_unsigned(bytes);
    put_text(" bytes\n");
}

/* Reads a line from the virtio console and says it again there. */
static void exercise_console(void) {
    static const char prompt[] = "\nvirtio> ";
    static uint8_t line[256];
    put_text("console  ");
    if (!console_start()) {
        put_text("no virtio console\n");
        return;
    }
    console_write(prompt, sizeof prompt - 1);
    unsigned length = 0;
    while (length + CONSOLE_BYTES <= sizeof line && (length == 0 || line[length - 1] != '\n')) {
        int more = console_read(line + length, timer_now() + (uint64_t) NEXT_INPUT_SECONDS * TIMEBASE_HZ);
        if (more < 0) {
            break;
        }
        uint64_t now = timer_now();
        mix(&now, sizeof now);
        length += (unsigned) more;
    }
    mix(line, length);
    if (length > 0) {
        console_write(line, length);
    }
    put_unsigned(length);
    put_text(" bytes typed at the virtio console\n");
}

static void compute_one(const char *name, uint32_t (*work)(void)) {
    uint64_t before = instructions();
    uint32_t result = work();
    uint64_t spent = instructions() - before;
    put_text(name);
    put_hex(result, 8);
    put_text(", ");
    put_unsigned(spent);
    put_text(" instructions\n");
    mix(&result, sizeof result);
}

static void compute(void) {
    compute_one("sieve    ", compute_sieve);
    compute_one("sort     ", compute_sort);
    compute_one("matrix   ", compute_matrix);
    compute_one("orbit    ", compute_orbit);
}

static void show_hash(void) {
    put_text("hash     ");
    put_bytes(running, sizeof running);
    put_text("\n");
}

static void help(void) {
    put_text("time     the host's clock and the timer interrupts so far\n"
             "random   32 bytes from the entropy device\n"
             "disk     read, write and read back the disk\n"
             "compute  integer and floating point work\n"
             "pairs    reads with two requests in flight\n"
             "alarm    sleep until the alarm clock rings\n"
             "net      ask for frames from the network\n"
             "console  read a line from the virtio console\n"
             "watchdog arm the watchdog, answer its interrupts, stop it\n"
             "bite     arm the watchdog and let it reset the machine\n"
             "reset    reset the machine\n"
             "hash     the hash of all that was seen so far\n"
             "quit     power off\n");
}

/* Reads one line with echo, backspace and ^U; says whether one came before the seconds were over. */
static bool read_line(char line[LINE], unsigned first_seconds) {
    unsigned length = 0;
    uint64_t deadline = timer_now() + (uint64_t) first_seconds * TIMEBASE_HZ;
    for (;;) {
        int c = input_next(deadline);
        if (c < 0) {
            return false;
        }
        deadline = timer_now() + (uint64_t) NEXT_INPUT_SECONDS * TIMEBASE_HZ;
        if (c == '\r' || c == '\n') {
            put_text("\n");
            line[length] = 0;
            mix(line, length);
            return true;
        }
        if (c == '\b' || c == 0x7f || c == ('U' & 0x1f)) {
            for (unsigned erase = c == ('U' & 0x1f) ? length : length > 0; erase > 0; erase--) {
                put_text("\b \b");
                length--;
            }
        } else if (c >= ' ' && c < 0x7f && length < LINE - 1) {
            line[length++] = (char) c;
            put_char((char) c);
        }
    }
}

static bool run(const char *command) {
    static const struct {
        const char *name;
        void (*action)(void);
    } commands[] = {
        {"help", help}, {"time", show_time}, {"random", show_random}, {"disk", exercise_disk},
        {"compute", compute}, {"pairs", read_pairs}, {"alarm", ring_alarm}, {"watchdog", feed_watchdog}, {"bite", starve_watchdog},
        {"net", exercise_network}, {"console", exercise_console}, {"reset", machine_reset}, {"hash", show_hash}, {"", NULL},
    };
    if (strcmp(command, "quit") == 0) {
        return false;
    }
    for (unsigned i = 0; i < sizeof commands / sizeof commands[0]; i++) {
        if (strcmp(command, commands[i].name) == 0) {
            if (commands[i].action != NULL) {
                commands[i].action();
            }
            return true;
        }
    }
    put_text("no command '");
    put_text(command);
    put_text("': type help\n");
    return true;
}

void main(void) {
    put_text("\nReprise demonstration guest, RV");
    put_unsigned(__riscv_xlen);
    put_text("\n");
    interrupts_start();
    input_start();
    has_disk = disk_start();
    has_random = random_start();
    show_time();
    show_random();
    exercise_disk();
    compute();
    show_time();
    show_hash();
    put_text("Type help, or nothing for ");
    put_unsigned(FIRST_INPUT_SECONDS);
    put_text(" seconds to power off.\n");
    char line[LINE];
    unsigned patience = FIRST_INPUT_SECONDS;
    do {
        put_text("demo> ");
        if (!read_line(line, patience)) {
            put_text("\n");
            break;
        }
        patience = NEXT_INPUT_SECONDS;
    } while (run(line));
    show_hash();
    put_text("power off\n");
}
