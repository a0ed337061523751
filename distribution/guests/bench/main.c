#include "bench.h"

/* Kernels that take traps on purpose have a handler of their own. */
__attribute__((weak)) void trap(uintptr_t cause, uintptr_t epc, uintptr_t tval, const uintptr_t *saved) {
    (void) saved;
    put_text("\nmcause ");
    put_hex(cause, 16);
    put_text(" mepc ");
    put_hex(epc, 16);
    put_text(" mtval ");
    put_hex(tval, 16);
    fail("unexpected trap");
}

void main(void) {
    uint64_t before = instructions();
    uint32_t checksum = kernel();
    uint64_t spent = instructions() - before;
    put_text(NAME " checksum ");
    put_hex(checksum, 8);
    put_text(" instret ");
    put_unsigned(spent);
    put_text("\n");
}
