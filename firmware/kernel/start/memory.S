/* memcpy, memmove and memset: newlib-nano's go byte by byte, which is too slow for calls that hold
 * the application's interrupts off and for everything that moves packets. Single words may be
 * unaligned (normal memory, CCR.UNALIGN_TRP = 0), several at once not: buffers that lie alike to a
 * word's border are copied 32 words at a time.
 */
    .syntax unified
    .cpu cortex-m33
    .thumb

    /* void *memcpy(void *to, const void *from, size_t size) */
    .section .text.memcpy, "ax"
    .global memcpy
    .type memcpy, %function
memcpy:
    mov     r12, r0
    cmp     r2, #32
    bhs     7f
1:  subs    r2, #4                  /* words, aligned or not */
    blo     3f
2:  ldr     r3, [r1], #4
    subs    r2, #4
    str     r3, [r12], #4
    bhs     2b
3:  adds    r2, #4
    beq     6f
5:  ldrb    r3, [r1], #1
    subs    r2, #1
    strb    r3, [r12], #1
    bne     5b
6:  bx      lr
7:  push    {r4-r10}
    eor     r3, r1, r0
    lsls    r3, r3, #30
    bne     11f
8:  lsls    r3, r1, #30             /* up to the next word's border */
    beq     9f
    ldrb    r3, [r1], #1
    subs    r2, #1
    strb    r3, [r12], #1
    b       8b
9:  subs    r2, #128
    blo     13f
10: ldmia   r1!, {r3-r10}
    stmia   r12!, {r3-r10}
    ldmia   r1!, {r3-r10}
    stmia   r12!, {r3-r10}
    ldmia   r1!, {r3-r10}
    stmia   r12!, {r3-r10}
    subs    r2, #128
    ldmia   r1!, {r3-r10}
    stmia   r12!, {r3-r10}
    bhs     10b
13: adds    r2, #96
    blo     15f
14: ldmia   r1!, {r3-r10}
    subs    r2, #32
    stmia   r12!, {r3-r10}
    bhs     14b
15: adds    r2, #32
    pop     {r4-r10}
    b       1b
11: subs    r2, #32
12: ldr     r3, [r1], #4
    ldr     r4, [r1], #4
    ldr     r5, [r1], #4
    ldr     r6, [r1], #4
    str     r3, [r12], #4
    str     r4, [r12], #4
    str     r5, [r12], #4
    str     r6, [r12], #4
    ldr     r3, [r1], #4
    ldr     r4, [r1], #4
    ldr     r5, [r1], #4
    ldr     r6, [r1], #4
    str     r3, [r12], #4
    str     r4, [r12], #4
    str     r5, [r12], #4
    str     r6, [r12], #4
    subs    r2, #32
    bhs     12b
    b       15b
    .size memcpy, . - memcpy

    /* void *memmove(void *to, const void *from, size_t size) */
    .section .text.memmove, "ax"
    .global memmove
    .type memmove, %function
memmove:
    subs    r3, r0, r1
    cmp     r3, r2
    bhs     memcpy                  /* ascending is right */
    push    {r4-r6}
    adds    r1, r1, r2
    add     r12, r0, r2
    orr     r3, r1, r12
    orr     r3, r3, r2
    lsls    r3, r3, #30
    bne     4f
    subs    r2, #16
    blo     2f
1:  ldmdb   r1!, {r3-r6}
    subs    r2, #16
    stmdb   r12!, {r3-r6}
    bhs     1b
2:  adds    r2, #16
    beq     5f
3:  ldr     r3, [r1, #-4]!
    subs    r2, #4
    str     r3, [r12, #-4]!
    bne     3b
    b       5f
4:  ldrb    r3, [r1, #-1]!
    subs    r2, #1
    strb    r3, [r12, #-1]!
    bne     4b
5:  pop     {r4-r6}
    bx      lr
    .size memmove, . - memmove

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
2:  adds    r2, #12
    blo     4f
3:  str     r1, [r12], #4
    subs    r2, #4
    bhs     3b
4:  adds    r2, #4
    beq     6f
5:  strb    r1, [r12], #1
    subs    r2, #1
    bne     5b
6:  bx      lr
    .size memset, . - memset
