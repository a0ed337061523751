/* The parts of the demonstration guest. */
#ifndef DEMO_H
#define DEMO_H

#include <stdbool.h>
#include <stdint.h>

/* The board's timebase: ACLINT mtime counts at 10 MHz. */
#define TIMEBASE_HZ 10000000u
#define TICK_HZ 250u

#define SECTOR_BYTES 512u

/* interrupts.c */
typedef void (*interrupt_handler)(void *argument);

void interrupts_start(void);
/* Routes one PLIC source to a handler, which runs with interrupts off. */
void interrupts_route(unsigned source, interrupt_handler handler, void *argument);
uint64_t timer_now(void);
uint32_t timer_ticks(void);
/* Sleeps until done(argument) or until mtime reaches the deadline; says whether it is done. */
bool wait_for(bool (*done)(void *argument), void *argument, uint64_t deadline);

/* input.c */
void input_start(void);
/* The next typed byte, or -1 when none came before mtime reached the deadline. */
int input_next(uint64_t deadline);

/* virtio.c */
bool disk_start(void);
uint64_t disk_sectors(void);
void disk_read(uint64_t sector, void *data, unsigned sectors);
void disk_write(uint64_t sector, const void *data, unsigned sectors);
bool random_start(void);
void random_bytes(void *data, unsigned length);

/* compute.c: each returns a checksum of what it computed. */
uint32_t compute_sieve(void);
uint32_t compute_sort(void);
uint32_t compute_matrix(void);
uint32_t compute_orbit(void);

#endif
