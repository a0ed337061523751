/* The parts of the demonstration guest. */
#ifndef DEMO_H
#define DEMO_H

#include <stdbool.h>
#include <stdint.h>

/* The board's timebase: ACLINT mtime counts at 10 MHz. */
#define TIMEBASE_HZ 10000000u
#define TICK_HZ 250u

#define SECTOR_BYTES 512u
#define FRAME_BYTES 1514u
/* Odd, so that what is typed is cut at other places than it came. */
#define CONSOLE_BYTES 7u

/* interrupts.c */
typedef void (*interrupt_handler)(void *argument);

void interrupts_start(void);
/* Routes one PLIC source to a handler, which runs with interrupts off. */
void interrupts_route(unsigned source, interrupt_handler handler, void *argument);
uint64_t timer_now(void);
uint32_t timer_ticks(void);
/* Sleeps until done(argument) or until mtime reaches the deadline; says whether it is done. */
bool wait_for(bool (*done)(void *argument), void *argument, uint64_t deadline);
/* True when a 32-bit read there does not fault. */
bool device_answers(uintptr_t address);

/* input.c */
void input_start(void);
/* The next typed byte, or -1 when none came before mtime reached the deadline. */
int input_next(uint64_t deadline);

/* virtio.c */
bool disk_start(void);
uint64_t disk_sectors(void);
void disk_read(uint64_t sector, void *data, unsigned sectors);
void disk_write(uint64_t sector, const void *data, unsigned sectors);
/* Starts two reads at once; says in used[] which ended first and in ended[] when, by mtime. */
void disk_read_two(const uint64_t sector[2], uint8_t *const data[2], unsigned sectors, uint32_t used[2], uint64_t ended[2]);
bool random_start(void);
void random_bytes(void *data, unsigned length);
bool network_start(void);
void network_address(uint8_t address[6]);
void network_send(const void *frame, unsigned length);
/* The length of the next frame, or -1 when none came before mtime reached the deadline. */
int network_receive(uint8_t frame[FRAME_BYTES], uint64_t deadline);
bool console_start(void);
void console_write(const void *text, unsigned length);
/* How many bytes were typed at the virtio console, or -1 when none were before mtime reached the deadline. */
int console_read(uint8_t bytes[CONSOLE_BYTES], uint64_t deadline);

/* devices.c */
uint64_t clock_nanoseconds(void);
/* Sleeps until the alarm clock rings; false when it does not within ten seconds. */
bool alarm_in(uint64_t nanoseconds);
bool watchdog_present(void);
/* Arms the watchdog, answers its interrupt so many times, and stops it. */
void watchdog_feed(uint32_t ticks, uint32_t times);
/* Arms the watchdog and sleeps until it resets the machine. */
void watchdog_bite(uint32_t ticks) __attribute__((noreturn));
void machine_reset(void) __attribute__((noreturn));

/* compute.c: each returns a checksum of what it computed. */
uint32_t compute_sieve(void);
uint32_t compute_sort(void);
uint32_t compute_matrix(void);
uint32_t compute_orbit(void);

#endif
