/* Typed bytes: taken from the NS16550A by interrupt, handed out in order. */
#include "demo.h"
#include "runtime.h"

#define UART_IRQ 10
#define UART_RBR 0
#define UART_IER 1
#define UART_FCR 2
#define UART_MCR 4
#define UART_LSR 5
#define IER_RECEIVED 0x01
#define FCR_FIFO 0x01
#define MCR_DTR_RTS_OUT2 0x0b
#define LSR_DATA_READY 0x01

#define RING 256u

static volatile uint8_t ring[RING];
static volatile uint32_t filled;
static uint32_t taken;

static void received(void *unused) {
    (void) unused;
    while ((mmio_read8(UART + UART_LSR) & LSR_DATA_READY) != 0) {
        uint8_t byte = mmio_read8(UART + UART_RBR);
        if (filled - taken < RING) {
            ring[filled % RING] = byte;
            filled++;
        }
    }
}

static bool is_there(void *unused) {
    (void) unused;
    return filled != taken;
}

void input_start(void) {
    mmio_write8(UART + UART_FCR, FCR_FIFO);
    mmio_write8(UART + UART_MCR, MCR_DTR_RTS_OUT2);
    interrupts_route(UART_IRQ, received, NULL);
    mmio_write8(UART + UART_IER, IER_RECEIVED);
}

int input_next(uint64_t deadline) {
    if (!wait_for(is_there, NULL, deadline)) {
        return -1;
    }
    uint8_t byte = ring[taken % RING];
    taken++;
    return byte;
}
