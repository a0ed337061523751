# Entry of a bare-metal program in M-mode on the virt board: hart 0 runs main, the others sleep.
#if __riscv_xlen == 64
#define STORE sd
#define LOAD ld
#define WORD 8
#else
#define STORE sw
#define LOAD lw
#define WORD 4
#endif

# For debuggers, which find the interrupted program by it.
    .cfi_sections .debug_frame

    # A name of its own for the symbol table: the linker would take that of a temporary file.
    .file "runtime/start.S"
    .section .entry, "ax"
    .globl _start
_start:
    .cfi_startproc
    .cfi_undefined ra
    csrr t0, mhartid
    bnez t0, park
    .option push
    .option norelax
    la gp, __global_pointer$
    .option pop
    la sp, stack_top
    la t0, trap_entry
    csrw mtvec, t0
    # mstatus.FS = initial, so that floating point instructions do not trap
    li t0, 0x2000
    csrs mstatus, t0
    fscsr x0
    la t0, bss_start
    la t1, bss_end
1:  bgeu t0, t1, 2f
    STORE x0, 0(t0)
    addi t0, t0, WORD
    j 1b
2:  call main
    call power_off

park:
    csrw mie, x0
    wfi
    j park
    .cfi_endproc

# Saves what the C calling convention lets trap() clobber. Floating point registers are not saved:
# trap() and all that it calls are integer code.
    .text
    .balign 4
    .globl trap_entry
trap_entry:
    .cfi_startproc
    .cfi_signal_frame
    # Column 64 of the psABI is for this; it is what CSR mepc (DWARF register 4096 + 0x341) holds: val_expression bregx 4929, 0
    .cfi_return_column 64
    .cfi_escape 0x16, 64, 4, 0x92, 0xc1, 0x26, 0
    addi sp, sp, -16*WORD
    .cfi_adjust_cfa_offset 16*WORD
    STORE ra, 0*WORD(sp)
    .cfi_rel_offset ra, 0*WORD
    STORE t0, 1*WORD(sp)
    .cfi_rel_offset t0, 1*WORD
    STORE t1, 2*WORD(sp)
    .cfi_rel_offset t1, 2*WORD
    STORE t2, 3*WORD(sp)
    .cfi_rel_offset t2, 3*WORD
    STORE t3, 4*WORD(sp)
    .cfi_rel_offset t3, 4*WORD
    STORE t4, 5*WORD(sp)
    .cfi_rel_offset t4, 5*WORD
    STORE t5, 6*WORD(sp)
    .cfi_rel_offset t5, 6*WORD
    STORE t6, 7*WORD(sp)
    .cfi_rel_offset t6, 7*WORD
    STORE a0, 8*WORD(sp)
    .cfi_rel_offset a0, 8*WORD
    STORE a1, 9*WORD(sp)
    .cfi_rel_offset a1, 9*WORD
    STORE a2, 10*WORD(sp)
    .cfi_rel_offset a2, 10*WORD
    STORE a3, 11*WORD(sp)
    .cfi_rel_offset a3, 11*WORD
    STORE a4, 12*WORD(sp)
    .cfi_rel_offset a4, 12*WORD
    STORE a5, 13*WORD(sp)
    .cfi_rel_offset a5, 13*WORD
    STORE a6, 14*WORD(sp)
    .cfi_rel_offset a6, 14*WORD
    STORE a7, 15*WORD(sp)
    .cfi_rel_offset a7, 15*WORD
    csrr a0, mcause
    csrr a1, mepc
    csrr a2, mtval
    mv a3, sp
    call trap
    LOAD ra, 0*WORD(sp)
    LOAD t0, 1*WORD(sp)
    LOAD t1, 2*WORD(sp)
    LOAD t2, 3*WORD(sp)
    LOAD t3, 4*WORD(sp)
    LOAD t4, 5*WORD(sp)
    LOAD t5, 6*WORD(sp)
    LOAD t6, 7*WORD(sp)
    LOAD a0, 8*WORD(sp)
    LOAD a1, 9*WORD(sp)
    LOAD a2, 10*WORD(sp)
    LOAD a3, 11*WORD(sp)
    LOAD a4, 12*WORD(sp)
    LOAD a5, 13*WORD(sp)
    LOAD a6, 14*WORD(sp)
    LOAD a7, 15*WORD(sp)
    addi sp, sp, 16*WORD
    mret
    .cfi_endproc
