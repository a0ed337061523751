/* What every guest program here stands on: the virt board's console, counters and power switch. */
#ifndef RUNTIME_H
#define RUNTIME_H

#include <stddef.h>
#include <stdint.h>

/* Memory map of the virt board. */
#define TEST_FINISHER 0x00100000u
#define GOLDFISH_RTC 0x00101000u
#define ACLINT 0x02000000u
#define PLIC 0x0c000000u
#define UART 0x10000000u
#define VIRTIO_MMIO 0x10001000u
#define VIRTIO_MMIO_STRIDE 0x1000u
#define VIRTIO_MMIO_SLOTS 8

#define READ_CSR(name) ({ uintptr_t value_; __asm__ volatile("csrr %0, " #name : "=r"(value_) :: "memory"); value_; })
#define WRITE_CSR(name, value) __asm__ volatile("csrw " #name ", %0" :: "rK"((uintptr_t) (value)) : "memory")
#define SET_CSR(name, bits) __asm__ volatile("csrs " #name ", %0" :: "rK"((uintptr_t) (bits)) : "memory")
#define CLEAR_CSR(name, bits) __asm__ volatile("csrc " #name ", %0" :: "rK"((uintptr_t) (bits)) : "memory")

#define MSTATUS_MIE (1u << 3)
#define MIE_MTIE (1u << 7)
#define MIE_MEIE (1u << 11)

static inline uint32_t mmio_read32(uintptr_t address) { return *(volatile uint32_t *) address; }
static inline void mmio_write32(uintptr_t address, uint32_t value) { *(volatile uint32_t *) address = value; }
static inline uint8_t mmio_read8(uintptr_t address) { return *(volatile uint8_t *) address; }
static inline void mmio_write8(uintptr_t address, uint8_t value) { *(volatile uint8_t *) address = value; }

/* Orders what the program wrote to memory against device accesses. */
static inline void fence(void) { __asm__ volatile("fence iorw, iorw" ::: "memory"); }

void *memcpy(void *to, const void *from, size_t length);
void *memset(void *to, int value, size_t length);
void *memmove(void *to, const void *from, size_t length);
int memcmp(const void *a, const void *b, size_t length);
size_t strlen(const char *text);
int strcmp(const char *a, const char *b);

/* Instructions retired, all 64 bits on RV32 as well. */
uint64_t instructions(void);

/* Ends the machine through the test finisher, with exit status 0 or the one given. */
void power_off(void) __attribute__((noreturn));
void fail(const char *message) __attribute__((noreturn));

void put_char(char c);
void put_text(const char *text);
void put_unsigned(uint64_t value);
/* The low digits*4 bits of value. */
void put_hex(uint64_t value, int digits);

/* Places in what trap_entry saves of the interrupted program. */
#define SAVED_A0 8
#define SAVED_A7 15

/* The program's own handler of every trap into M-mode, interrupts included. */
void trap(uintptr_t cause, uintptr_t epc, uintptr_t tval, const uintptr_t *saved);

#endif
