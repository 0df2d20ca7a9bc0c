/* Entry of every fault that reaches the kernel. Saves what the hardware did not, so that the report
 * shows all registers, and leaves either back into what was interrupted or to the work thread. */
    .syntax unified
    .cpu cortex-m33
    .thumb

#define TAKE_OVER       1           /* enum fault_way */
#define FAST_ENDS       2
#define EXC_RETURN_FAST 0xFFFFFFB1  /* non-secure handler: what the trampoline has called */

    .macro fault name, kind
    .section .isolation.fault, "ax"
    .global \name
    .type \name, %function
\name:
    movs    r2, #\kind
    b       fault_common
    .size \name, . - \name
    .endm

    /* Numbers as in enum fault_kind. */
    fault   fault_nmi, 0
    fault   fault_hard, 1
    fault   fault_memory, 2
    fault   fault_bus, 3
    fault   fault_usage, 4
    fault   fault_not_a_call, 5
    fault   fault_gtzc, 6
    fault   fault_unexpected, 7

    /* A SecureFault may be a call: see calls/by_fault.c. */
    .global fault_secure
    .type fault_secure, %function
fault_secure:
    mov     r0, lr
    push    {r3, lr}
    bl      calls_by_fault
    pop     {r3, lr}
    cmp     r0, #0
    beq     fault_not_a_call
    bx      lr
    .size fault_secure, . - fault_secure

    .type fault_common, %function
fault_common:
    mov     r0, lr                  /* EXC_RETURN */
    mov     r1, sp                  /* the frame, if it lies on MSP_S */
    push    {r4-r11}
    mov     r3, sp
    push    {r0, lr}
    bl      fault_handle            /* (exc_return, frame, kind, &r4) */
    pop     {r1, lr}
    cmp     r0, #TAKE_OVER
    beq     work_take_over
    pop     {r4-r11}
    cmp     r0, #FAST_ENDS
    it      eq
    ldreq   lr, =EXC_RETURN_FAST
    bx      lr
    .ltorg
    .size fault_common, . - fault_common

    /* void fault_probe_write(uint32_t address, uint32_t value): a store that may fault. The handler
     * continues at fault_probe_end. */
    .global fault_probe_write
    .global fault_probe_end
    .type fault_probe_write, %function
fault_probe_write:
    push    {r4, lr}
    ldr     r4, =fault_expected
    movs    r2, #1
    str     r2, [r4]
    dsb
    str     r1, [r0]
    dsb
    isb
fault_probe_end:
    nop
    ldr     r4, =fault_expected
    movs    r2, #0
    str     r2, [r4]
    pop     {r4, pc}
    .size fault_probe_write, . - fault_probe_write
