/* Changing hands between the application (background) and the work thread. Only here are registers
 * of one exchanged for the other's.
 *
 * Hardware has stacked r0-r3, r12, lr, pc and xPSR on the stack that was in use: the application's
 * own, or PSP_S. The rest is moved here: r4-r11 of the application with its EXC_RETURN into
 * work_background, the thread's r4-r11 onto PSP_S. Nothing here touches the FPU: EXC_RETURN.FType
 * and FPCCR.LSPACT remember the application's floating-point state, which stays in the registers.
 */
    .syntax unified
    .cpu cortex-m33
    .thumb

#define EXC_RETURN_WORK 0xFFFFFFFD /* secure thread, PSP_S, no floating-point frame */
#define STAY            0
#define TO_WORK         1
#define TO_BACKGROUND   2
#define EXC_RETURN_UNWIND 0xFFFFFFB1 /* a non-secure handler */
#define TAKE_OVER       3
#define UNWIND          4

    .section .isolation.work_pendsv, "ax"
    .global work_pendsv
    .type work_pendsv, %function
work_pendsv:
    mov     r0, lr
    push    {r3, lr}
    bl      work_decide             /* (exc_return) */
    pop     {r3, lr}
    cmp     r0, #TO_WORK
    beq     1f
    cmp     r0, #TO_BACKGROUND
    beq     2f
    cmp     r0, #TAKE_OVER
    beq     work_take_over
    bhi     3f
    bx      lr                      /* STAY */
1:  ldr     r1, =work_background
    stmia   r1, {r4-r11, lr}
    b       enter_work
2:  mrs     r1, psp
    stmdb   r1!, {r4-r11}
    ldr     r2, =work_stack_pointer
    str     r1, [r2]
    ldr     r1, =work_background
    ldmia   r1, {r4-r11, lr}
    bx      lr
3:  mrs     r1, psp                 /* UNWIND: the thread waits for the fault that ends it */
    stmdb   r1!, {r4-r11}
    ldr     r2, =work_stack_pointer
    str     r1, [r2]
    ldr     lr, =EXC_RETURN_UNWIND
    bx      lr
    .size work_pendsv, . - work_pendsv

    /* Also the way out of a fault handler, or of a call that is given up: the background's frames
     * on MSP_S are dropped. */
    .global work_take_over
    .type work_take_over, %function
work_take_over:
    bl      work_took_over
    ldr     r0, =call_stack_top
    msr     msp, r0
enter_work:
    ldr     r2, =work_stack_pointer
    ldr     r1, [r2]
    ldmia   r1!, {r4-r11}
    msr     psp, r1
    ldr     lr, =EXC_RETURN_WORK
    bx      lr
    .size work_take_over, . - work_take_over

    /* An interrupt of the application that was targeted to Secure during a slice. It cannot change
     * its own target while it is active, so it is switched off until PendSV_S has given all of them
     * back. */
    .global work_hand_back
    .type work_hand_back, %function
work_hand_back:
    mrs     r0, ipsr
    subs    r0, #16
    and     r1, r0, #31
    lsrs    r0, r0, #5
    movs    r2, #1
    lsls    r2, r1                  /* bit of the interrupt */
    ldr     r1, =fast_mask
    ldr     r1, [r1, r0, lsl #2]
    tst     r1, r2
    bne     fast_entry
    ldr     r1, =0xE000E180         /* NVIC_ICER */
    str     r2, [r1, r0, lsl #2]
    ldr     r1, =work_handed_back
    ldr     r3, [r1, r0, lsl #2]
    orrs    r3, r2
    str     r3, [r1, r0, lsl #2]
    ldr     r1, =0xE000ED04         /* ICSR.PENDSVSET */
    mov     r2, #0x10000000
    str     r2, [r1]
    bx      lr
    .size work_hand_back, . - work_hand_back
