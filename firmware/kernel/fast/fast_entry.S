/* The trampoline of fast interrupts. It saves every register that the application's handler may
 * change, hands it none of the kernel's, and expects nothing of it: fast_abort() may end it
 * anywhere. */
    .syntax unified
    .cpu cortex-m33
    .thumb

    .section .isolation.fast, "ax"
    .global fast_entry
    .type fast_entry, %function
fast_entry:
    push    {r4-r12, lr}
    mrs     r0, ipsr
    subs    r0, #16
    mov     r1, lr
    bl      fast_enter              /* (irq, exc_return) */
    cbz     r0, 1f
    ldr     r1, =fast_stack
    sub     r2, sp, #8              /* BLXNS will push two words */
    str     r2, [r1]
    movs    r1, #0
    mov     r2, r1
    mov     r3, r1
    mov     r4, r1
    mov     r5, r1
    mov     r6, r1
    mov     r7, r1
    mov     r8, r1
    mov     r9, r1
    mov     r10, r1
    mov     r11, r1
    mov     r12, r1
    msr     apsr_nzcvq, r1
    blxns   r0
    ldr     r0, [sp, #36]           /* EXC_RETURN */
    bl      fast_leave
1:  pop     {r4-r12, lr}
    bx      lr
    .ltorg
    .size fast_entry, . - fast_entry
