/* Vector table and reset handler. Nothing may run before the stack limit is set.
 *
 * The seals above the two stacks are words that no exception or function return can accept, so an
 * application cannot unwind a stack that it did not fill (Armv8-M B3.20).
 */
    .syntax unified
    .cpu cortex-m33
    .thumb

#define STACK_SEAL   0xFEF5EDA5
#define STACK_UNUSED 0x57ACC0DE

    .section .vectors, "a"
    .balign 1024
    .global start_vectors
start_vectors:
    .word call_stack_top
    .word start_reset
    .word fault_nmi
    .word fault_hard
    .word fault_memory
    .word fault_bus
    .word fault_usage
    .word fault_secure
    .word fault_unexpected
    .word fault_unexpected
    .word fault_unexpected
    .word fault_unexpected      /* SVCall: nothing in the kernel makes one */
    .word fault_unexpected      /* DebugMonitor */
    .word fault_unexpected
    .word work_pendsv
    .word fault_unexpected      /* SysTick_S: not used */
    /* External interrupts, 0 to 124: those of the application come here only during a slice of
     * kernel work, see work/. */
    .set irq, 0
    .rept 125
    .if irq == 8
    .word fault_gtzc
    .elseif irq == 48
    .word time_irq
    .elseif irq == 66
    .word net_lpuart_irq
    .else
    .word work_hand_back
    .endif
    .set irq, irq + 1
    .endr

    .section .text.start_reset, "ax"
    .global start_reset
    .type start_reset, %function
start_reset:
    cpsid   i
    ldr     r0, =call_stack_limit
    msr     msplim, r0
    ldr     r1, =call_stack_top
    msr     msp, r1
    ldr     r0, =STACK_SEAL
    strd    r0, r0, [r1]
    ldr     r1, =work_stack_top
    strd    r0, r0, [r1]
    movs    r0, #0
    msr     psplim, r0
    msr     psp, r1
    ldr     r0, =work_stack_limit
    msr     psplim, r0
    ldr     r0, =start_vectors
    ldr     r1, =0xE000ED08
    str     r0, [r1]
    dsb

    ldr     r0, =data_start
    ldr     r1, =data_end
    ldr     r2, =data_load
1:  cmp     r0, r1
    bhs     2f
    ldr     r3, [r2], #4
    str     r3, [r0], #4
    b       1b
2:  ldr     r0, =bss_start
    ldr     r1, =bss_end
    movs    r2, #0
3:  cmp     r0, r1
    bhs     4f
    str     r2, [r0], #4
    b       3b
4:  /* Stacks are filled with a pattern, so that a debugger can tell how deep they went. */
    ldr     r0, =call_stack_limit
    mov     r1, sp
    ldr     r2, =STACK_UNUSED
5:  cmp     r0, r1
    bhs     6f
    str     r2, [r0], #4
    b       5b
6:  ldr     r0, =work_stack_limit
    ldr     r1, =work_stack_top
7:  cmp     r0, r1
    bhs     8f
    str     r2, [r0], #4
    b       7b
8:  bl      start_kernel
    /* The rest of the kernel's life is the work thread: secure thread mode on PSP_S. */
    movs    r0, #2
    msr     control, r0
    isb
    cpsie   i
    bl      work_main
    b       .
    .size start_reset, . - start_reset
