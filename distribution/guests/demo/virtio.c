/* Virtio 1.1 over MMIO (section 4.2), modern and legacy: block device, entropy device, network card and console. */
#include "demo.h"
#include "runtime.h"

#define MAGIC_VALUE 0x000
#define VERSION 0x004
#define DEVICE_ID 0x008
#define DEVICE_FEATURES 0x010
#define DEVICE_FEATURES_SEL 0x014
#define DRIVER_FEATURES 0x020
#define DRIVER_FEATURES_SEL 0x024
#define GUEST_PAGE_SIZE 0x028
#define QUEUE_SEL 0x030
#define QUEUE_NUM_MAX 0x034
#define QUEUE_NUM 0x038
#define QUEUE_ALIGN 0x03c
#define QUEUE_PFN 0x040
#define QUEUE_READY 0x044
#define QUEUE_NOTIFY 0x050
#define INTERRUPT_STATUS 0x060
#define INTERRUPT_ACK 0x064
#define STATUS 0x070
#define QUEUE_DESC 0x080
#define QUEUE_DRIVER 0x090
#define QUEUE_DEVICE 0x0a0
#define CONFIG 0x100

#define MAGIC 0x74726976u
#define LEGACY 1u
#define ID_NETWORK 1u
#define ID_BLOCK 2u
#define ID_CONSOLE 3u
#define ID_ENTROPY 4u
#define STATUS_ACKNOWLEDGE 1u
#define STATUS_DRIVER 2u
#define STATUS_DRIVER_OK 4u
#define STATUS_FEATURES_OK 8u
/* VIRTIO_F_VERSION_1, bit 32, as seen through the second window of features. */
#define FEATURE_HIGH_VERSION_1 1u

#define DESC_NEXT 1u
#define DESC_WRITE 2u

#define BLOCK_IN 0u
#define BLOCK_OUT 1u
#define BLOCK_OK 0u

/* Network header without and with num_buffers, which legacy devices have only when they merge buffers. */
#define NETWORK_HEADER_LEGACY 10u
#define NETWORK_HEADER 12u

#define RECEIVE 0u
#define TRANSMIT 1u

#define PAGE 4096u
#define QUEUE 8u
#define FIRST_IRQ 1u

struct descriptor {
    uint64_t address;
    uint32_t length;
    uint16_t flags;
    uint16_t next;
};

/* The legacy layout: descriptors and available ring in one page, used ring at the next. Modern devices take it as well. */
struct queue {
    struct descriptor descriptors[QUEUE];
    volatile uint16_t available_flags;
    volatile uint16_t available_index;
    volatile uint16_t available_ring[QUEUE];
    volatile uint16_t used_flags __attribute__((aligned(PAGE)));
    volatile uint16_t used_index;
    volatile struct {
        uint32_t id;
        uint32_t length;
    } used_ring[QUEUE];
} __attribute__((aligned(PAGE)));

struct device {
    uintptr_t base;
    struct queue *queue;
    unsigned queues;
    uint16_t seen[2];
    bool legacy;
};

static struct queue disk_queue[1], entropy_queue[1], network_queue[2], console_queue[2];
static struct device disk = {.queue = disk_queue, .queues = 1};
static struct device entropy = {.queue = entropy_queue, .queues = 1};
static struct device network = {.queue = network_queue, .queues = 2};
static struct device console = {.queue = console_queue, .queues = 2};

static void interrupted(void *argument) {
    const struct device *device = argument;
    mmio_write32(device->base + INTERRUPT_ACK, mmio_read32(device->base + INTERRUPT_STATUS));
}

static void write_address(uintptr_t reg, const volatile void *address) {
    mmio_write32(reg, (uint32_t) (uintptr_t) address);
    mmio_write32(reg + 4, (uint32_t) ((uint64_t) (uintptr_t) address >> 32));
}

static void negotiate_modern(struct device *device) {
    uintptr_t base = device->base;
    mmio_write32(base + DEVICE_FEATURES_SEL, 1);
    if ((mmio_read32(base + DEVICE_FEATURES) & FEATURE_HIGH_VERSION_1) == 0) {
        fail("a modern virtio device without VIRTIO_F_VERSION_1");
    }
    mmio_write32(base + DRIVER_FEATURES_SEL, 0);
    mmio_write32(base + DRIVER_FEATURES, 0);
    mmio_write32(base + DRIVER_FEATURES_SEL, 1);
    mmio_write32(base + DRIVER_FEATURES, FEATURE_HIGH_VERSION_1);
    uint32_t status = STATUS_ACKNOWLEDGE | STATUS_DRIVER | STATUS_FEATURES_OK;
    mmio_write32(base + STATUS, status);
    if ((mmio_read32(base + STATUS) & STATUS_FEATURES_OK) == 0) {
        fail("a virtio device refused its features");
    }
}

static void set_up_queue(const struct device *device, unsigned index) {
    uintptr_t base = device->base;
    struct queue *queue = &device->queue[index];
    mmio_write32(base + QUEUE_SEL, index);
    if (mmio_read32(base + QUEUE_NUM_MAX) < QUEUE) {
        fail("a virtio queue that is too short");
    }
    mmio_write32(base + QUEUE_NUM, QUEUE);
    if (device->legacy) {
        mmio_write32(base + QUEUE_ALIGN, PAGE);
        mmio_write32(base + QUEUE_PFN, (uint32_t) ((uintptr_t) queue / PAGE));
    } else {
        write_address(base + QUEUE_DESC, queue->descriptors);
        write_address(base + QUEUE_DRIVER, &queue->available_flags);
        write_address(base + QUEUE_DEVICE, &queue->used_flags);
        mmio_write32(base + QUEUE_READY, 1);
    }
}

static bool start(struct device *device, uint32_t wanted) {
    for (unsigned slot = 0; slot < VIRTIO_MMIO_SLOTS; slot++) {
        uintptr_t base = VIRTIO_MMIO + slot * VIRTIO_MMIO_STRIDE;
        if (mmio_read32(base + MAGIC_VALUE) != MAGIC || mmio_read32(base + DEVICE_ID) != wanted) {
            continue;
        }
        device->legacy = mmio_read32(base + VERSION) == LEGACY;
        device->base = base;
        mmio_write32(base + STATUS, 0);
        mmio_write32(base + STATUS, STATUS_ACKNOWLEDGE);
        mmio_write32(base + STATUS, STATUS_ACKNOWLEDGE | STATUS_DRIVER);
        if (device->legacy) {
            mmio_write32(base + DRIVER_FEATURES_SEL, 0);
            mmio_write32(base + DRIVER_FEATURES, 0);
            mmio_write32(base + GUEST_PAGE_SIZE, PAGE);
        } else {
            negotiate_modern(device);
        }
        for (unsigned i = 0; i < device->queues; i++) {
            set_up_queue(device, i);
        }
        interrupts_route(FIRST_IRQ + slot, interrupted, device);
        mmio_write32(base + STATUS, mmio_read32(base + STATUS) | STATUS_DRIVER_OK);
        return true;
    }
    return false;
}

static bool is_used(void *argument) {
    const struct device *device = argument;
    return device->queue[0].used_index != device->seen[0];
}

static bool is_second_used(void *argument) {
    const struct device *device = argument;
    return device->queue[1].used_index != device->seen[1];
}

/* Gives the device the chain that starts at descriptor 0 of a queue. */
static void offer(struct device *device, unsigned index) {
    struct queue *queue = &device->queue[index];
    queue->available_ring[queue->available_index % QUEUE] = 0;
    fence();
    queue->available_index++;
    fence();
    mmio_write32(device->base + QUEUE_NOTIFY, index);
}

/* Sleeps until a chain comes back; says the bytes that the device wrote, or -1 when none came before mtime reached the deadline. */
static int64_t await(struct device *device, unsigned index, uint64_t deadline) {
    if (!wait_for(index == 0 ? is_used : is_second_used, device, deadline)) {
        return -1;
    }
    fence();
    return device->queue[index].used_ring[device->seen[index]++ % QUEUE].length;
}

/* Sends a chain, sleeps until it comes back, and returns the bytes the device wrote. */
static uint32_t transfer(struct device *device, unsigned index) {
    offer(device, index);
    return (uint32_t) await(device, index, UINT64_MAX);
}

static void describe(struct queue *queue, unsigned index, const volatile void *data, uint32_t length, uint16_t flags) {
    struct descriptor *descriptor = &queue->descriptors[index];
    descriptor->address = (uintptr_t) data;
    descriptor->length = length;
    descriptor->flags = flags;
    descriptor->next = (uint16_t) (index + 1);
}

bool disk_start(void) {
    return start(&disk, ID_BLOCK);
}

uint64_t disk_sectors(void) {
    return (uint64_t) mmio_read32(disk.base + CONFIG + 4) << 32 | mmio_read32(disk.base + CONFIG);
}

static void disk_transfer(uint32_t type, uint64_t sector, const void *data, unsigned sectors) {
    struct {
        uint32_t type;
        uint32_t reserved;
        uint64_t sector;
    } header = {type, 0, sector};
    volatile uint8_t status = 0xff;
    describe(disk.queue, 0, &header, sizeof header, DESC_NEXT);
    describe(disk.queue, 1, data, sectors * SECTOR_BYTES, type == BLOCK_IN ? DESC_NEXT | DESC_WRITE : DESC_NEXT);
    describe(disk.queue, 2, &status, sizeof status, DESC_WRITE);
    transfer(&disk, 0);
    if (status != BLOCK_OK) {
        fail("the disk reported an error");
    }
}

void disk_read(uint64_t sector, void *data, unsigned sectors) {
    disk_transfer(BLOCK_IN, sector, data, sectors);
}

void disk_write(uint64_t sector, const void *data, unsigned sectors) {
    disk_transfer(BLOCK_OUT, sector, data, sectors);
}

void disk_read_two(const uint64_t sector[2], uint8_t *const data[2], unsigned sectors, uint32_t used[2], uint64_t ended[2]) {
    struct queue *queue = disk.queue;
    struct {
        uint32_t type;
        uint32_t reserved;
        uint64_t sector;
    } header[2];
    volatile uint8_t status[2] = {0xff, 0xff};
    for (unsigned i = 0; i < 2; i++) {
        unsigned first = 3 * i;
        header[i].type = BLOCK_IN;
        header[i].reserved = 0;
        header[i].sector = sector[i];
        describe(queue, first, &header[i], sizeof header[i], DESC_NEXT);
        describe(queue, first + 1, data[i], sectors * SECTOR_BYTES, DESC_NEXT | DESC_WRITE);
        describe(queue, first + 2, &status[i], sizeof status[i], DESC_WRITE);
        queue->available_ring[(uint16_t) (queue->available_index + i) % QUEUE] = (uint16_t) first;
    }
    fence();
    queue->available_index = (uint16_t) (queue->available_index + 2);
    fence();
    mmio_write32(disk.base + QUEUE_NOTIFY, 0);
    for (unsigned i = 0; i < 2; i++) {
        wait_for(is_used, &disk, UINT64_MAX);
        fence();
        used[i] = queue->used_ring[disk.seen[0] % QUEUE].id;
        ended[i] = timer_now();
        disk.seen[0]++;
    }
    if (status[0] != BLOCK_OK || status[1] != BLOCK_OK) {
        fail("the disk reported an error");
    }
}

bool random_start(void) {
    return start(&entropy, ID_ENTROPY);
}

void random_bytes(void *data, unsigned length) {
    uint8_t *to = data;
    while (length > 0) {
        describe(entropy.queue, 0, to, length, DESC_WRITE);
        uint32_t written = transfer(&entropy, 0);
        if (written == 0 || written > length) {
            fail("the entropy device returned a wrong length");
        }
        to += written;
        length -= written;
    }
}

static uint8_t network_in[NETWORK_HEADER + FRAME_BYTES];

static unsigned network_header(void) {
    return network.legacy ? NETWORK_HEADER_LEGACY : NETWORK_HEADER;
}

static void network_offer(void) {
    describe(&network.queue[RECEIVE], 0, network_in, network_header() + FRAME_BYTES, DESC_WRITE);
    offer(&network, RECEIVE);
}

bool network_start(void) {
    if (network.base != 0) {
        return true;
    }
    if (!start(&network, ID_NETWORK)) {
        return false;
    }
    network_offer();
    return true;
}

void network_address(uint8_t address[6]) {
    for (unsigned i = 0; i < 6; i++) {
        address[i] = *(volatile uint8_t *) (network.base + CONFIG + i);
    }
}

void network_send(const void *frame, unsigned length) {
    static const uint8_t header[NETWORK_HEADER];
    describe(&network.queue[TRANSMIT], 0, header, network_header(), DESC_NEXT);
    describe(&network.queue[TRANSMIT], 1, frame, length, 0);
    transfer(&network, TRANSMIT);
}

int network_receive(uint8_t frame[FRAME_BYTES], uint64_t deadline) {
    int64_t length = await(&network, RECEIVE, deadline);
    if (length < 0) {
        return -1;
    }
    unsigned header = network_header();
    if (length < header || length > header + FRAME_BYTES) {
        fail("the network card returned a wrong length");
    }
    memcpy(frame, network_in + header, (unsigned) length - header);
    network_offer();
    return (int) (length - header);
}

static uint8_t console_in[CONSOLE_BYTES];

static void console_offer(void) {
    describe(&console.queue[RECEIVE], 0, console_in, sizeof console_in, DESC_WRITE);
    offer(&console, RECEIVE);
}

bool console_start(void) {
    if (console.base != 0) {
        return true;
    }
    if (!start(&console, ID_CONSOLE)) {
        return false;
    }
    console_offer();
    return true;
}

void console_write(const void *text, unsigned length) {
    describe(&console.queue[TRANSMIT], 0, text, length, 0);
    transfer(&console, TRANSMIT);
}

int console_read(uint8_t bytes[CONSOLE_BYTES], uint64_t deadline) {
    int64_t length = await(&console, RECEIVE, deadline);
    if (length < 0) {
        return -1;
    }
    if (length == 0 || length > CONSOLE_BYTES) {
        fail("the console returned a wrong length");
    }
    memcpy(bytes, console_in, (unsigned) length);
    console_offer();
    return (int) length;
}
