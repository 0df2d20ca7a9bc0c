/* Registers over calls and over slices of kernel work. */
    .syntax unified
    .cpu cortex-m33
    .fpu fpv5-sp-d16
    .thumb
    .text

/* uint32_t registers_after_call(uint32_t *words): a call with known values in r4-r11; writes r1-r3
 * and r12 as they come back to words[0..3] and returns how many of r4-r11 changed. */
    .global registers_after_call
    .type registers_after_call, %function
registers_after_call:
    push    {r0, r4-r11, lr}
    movs    r4, #4
    movs    r5, #5
    movs    r6, #6
    movs    r7, #7
    mov     r8, #8
    mov     r9, #9
    mov     r10, #10
    mov     r11, #11
    sub     sp, #8
    mov     r0, sp
    mvn     r1, #0
    mov     r2, r1
    mov     r3, r1
    mov     r12, r1
    bl      mvGetMicroseconds
    add     sp, #8
    ldr     r0, [sp]
    stmia   r0!, {r1-r3, r12}
    eor     r4, r4, #4
    eor     r5, r5, #5
    eor     r6, r6, #6
    eor     r7, r7, #7
    eor     r8, r8, #8
    eor     r9, r9, #9
    eor     r10, r10, #10
    eor     r11, r11, #11
    orr     r0, r4, r5
    orr     r0, r0, r6
    orr     r0, r0, r7
    orr     r0, r0, r8
    orr     r0, r0, r9
    orr     r0, r0, r10
    orr     r0, r0, r11
    pop     {r1, r4-r11, pc}
    .size registers_after_call, . - registers_after_call

/* uint32_t registers_fpu(uint32_t loops): fills s0-s31 with their numbers, spins, and returns how
 * many changed. */
    .global registers_fpu
    .type registers_fpu, %function
registers_fpu:
    push    {r4, lr}
    vpush   {s16-s31}
    .irp n, 0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30,31
    mov     r1, #(\n + 100)
    vmov    s\n, r1
    .endr
1:  subs    r0, #1
    bne     1b
    movs    r4, #0
    .irp n, 0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30,31
    vmov    r1, s\n
    cmp     r1, #(\n + 100)
    it      ne
    addne   r4, #1
    .endr
    mov     r0, r4
    vpop    {s16-s31}
    pop     {r4, pc}
    .size registers_fpu, . - registers_fpu

/* Switches tasks the way an RTOS does: EXC_RETURN and r4-r11 on the process stack. */
    .global PendSV_Handler
    .type PendSV_Handler, %function
PendSV_Handler:
    mrs     r0, psp
    stmdb   r0!, {r3-r11, lr}
    bl      tasks_switch
    ldmia   r0!, {r3-r11, lr}
    msr     psp, r0
    bx      lr
    .size PendSV_Handler, . - PendSV_Handler

/* void task_body(uint32_t seed): calls for ever with seed-dependent values in all registers; a
 * difference ends in tasks_broken(). */
    .global task_body
    .type task_body, %function
task_body:
    mov     r4, r0
    add     r5, r0, #1
    add     r6, r0, #2
    add     r7, r0, #3
    add     r8, r0, #4
    add     r9, r0, #5
    add     r10, r0, #6
    sub     sp, #16
1:  mov     r0, sp
    bl      mvGetHClk
    cmp     r0, #0
    bne     2f
    ldr     r1, [sp]
    ldr     r2, =160000000
    cmp     r1, r2
    bne     2f
    add     r0, sp, #8
    bl      mvGetMicroseconds
    cmp     r0, #0
    bne     2f
    bl      mvNoOp
    sub     r0, r5, r4
    cmp     r0, #1
    bne     2f
    sub     r0, r6, r4
    cmp     r0, #2
    bne     2f
    sub     r0, r7, r4
    cmp     r0, #3
    bne     2f
    sub     r0, r8, r4
    cmp     r0, #4
    bne     2f
    sub     r0, r9, r4
    cmp     r0, #5
    bne     2f
    sub     r0, r10, r4
    cmp     r0, #6
    bne     2f
    mov     r0, r4
    mov     r1, sp
    bl      tasks_count
    b       1b
2:  bl      tasks_broken
    b       2b
    .size task_body, . - task_body
