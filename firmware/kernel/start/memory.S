/* memcpy and memset by words: newlib-nano's go byte by byte, which is too slow for calls that hold
 * the application's interrupts off and for everything that moves packets. Word accesses may be
 * unaligned (normal memory, CCR.UNALIGN_TRP = 0). */
    .syntax unified
    .cpu cortex-m33
    .thumb

    /* void *memcpy(void *to, const void *from, size_t size) */
    .section .text.memcpy, "ax"
    .global memcpy
    .type memcpy, %function
memcpy:
    mov     r12, r0
    subs    r2, #32
    blo     2f
    push    {r4-r5}
1:  ldr     r3, [r1], #4
    ldr     r4, [r1], #4
    ldr     r5, [r1], #4
    str     r3, [r12], #4
    ldr     r3, [r1], #4
    str     r4, [r12], #4
    str     r5, [r12], #4
    str     r3, [r12], #4
    ldr     r3, [r1], #4
    ldr     r4, [r1], #4
    ldr     r5, [r1], #4
    str     r3, [r12], #4
    ldr     r3, [r1], #4
    str     r4, [r12], #4
    str     r5, [r12], #4
    str     r3, [r12], #4
    subs    r2, #32
    bhs     1b
    pop     {r4-r5}
2:  adds    r2, #28
    blo     4f
3:  ldr     r3, [r1], #4
    str     r3, [r12], #4
    subs    r2, #4
    bhs     3b
4:  adds    r2, #4
    beq     6f
5:  ldrb    r3, [r1], #1
    strb    r3, [r12], #1
    subs    r2, #1
    bne     5b
6:  bx      lr
    .size memcpy, . - memcpy

    /* void *memset(void *to, int value, size_t size) */
    .section .text.memset, "ax"
    .global memset
    .type memset, %function
memset:
    mov     r12, r0
    uxtb    r1, r1
    orr     r1, r1, r1, lsl #8
    orr     r1, r1, r1, lsl #16
    subs    r2, #16
    blo     2f
1:  str     r1, [r12], #4
    str     r1, [r12], #4
    str     r1, [r12], #4
    str     r1, [r12], #4
    subs    r2, #16
    bhs     1b
2:  adds    r2, #16
    beq     4f
3:  strb    r1, [r12], #1
    subs    r2, #1
    bne     3b
4:  bx      lr
    .size memset, . - memset
