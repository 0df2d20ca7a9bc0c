/* void fpu_clear(void): zeroes the floating-point registers, which belong to the application alone.
 * The only place where the kernel uses the FPU; from the work thread, interrupts off meanwhile. */
    .syntax unified
    .cpu cortex-m33
    .fpu fpv5-sp-d16
    .thumb

#define CPACR           0xE000ED88
#define CPACR_FULL      (0xF << 20)
#define CONTROL_FP_BITS 0xC             /* SFPA, FPCA */

    .section .text.fpu_clear, "ax"
    .global fpu_clear
    .type fpu_clear, %function
fpu_clear:
    mrs     r3, primask
    cpsid   i
    ldr     r2, =CPACR
    ldr     r1, =CPACR_FULL
    str     r1, [r2]
    dsb
    isb
    movs    r0, #0
    .irp n, 0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30,31
    vmov    s\n, r0
    .endr
    vmsr    fpscr, r0
    mrs     r1, control
    bic     r1, r1, #CONTROL_FP_BITS
    msr     control, r1
    isb
    str     r0, [r2]
    dsb
    isb
    msr     primask, r3
    bx      lr
    .size fpu_clear, . - fpu_clear
