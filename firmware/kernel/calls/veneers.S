/* The page that applications call (abi/slots.def): SG and a branch in every slot, and nothing else
 * that could be entered. How calls arrive once an application uses tasks: by_fault.c.
 *
 * Behind a veneer, the first instructions hold every non-secure exception off; until then the
 * registers and MSP_S hold nothing but the caller's own. There are two ways in:
 *  - calls that take longer: BASEPRI_S = 0x80 lets the kernel's own interrupts through, the handler
 *    is C, and every register that it may have used is cleared on the way back;
 *  - getters of one constant word: PRIMASK_S for seven instructions and no stack at all.
 */
    .syntax unified
    .cpu cortex-m33
    .thumb

#define VENEERS_BASE 0x0C1FE000

    .section .veneers, "ax"
    .global calls_veneers
calls_veneers:
#define MV_SLOT(offset, name, arguments)  \
    .org    offset                       ;\
    .global name                         ;\
    .type   name, %function              ;\
name:                                    ;\
    sg                                   ;\
    b.w     entry_##name                 ;\
    .size   name, . - name               ;
#define MV_SLOT_EMPTY(offset)             \
    .org    offset                       ;\
    sg                                   ;\
    b.w     entry_empty                  ;
#include "abi/slots.def"
#undef MV_SLOT
#undef MV_SLOT_EMPTY

    .section .isolation.calls, "ax"
    .type enter, %function
enter:                              /* r12: handler, and the veneer that led here */
    cpsie   i
    push    {r0-r3, r12, lr}
    mrs     lr, control_ns          /* on a process stack: there are tasks */
    lsls    lr, lr, #30
    bmi     3f
2:  ldr     r12, [r12]
    blx     r12
    ldr     r1, =calls_again
    ldr     r2, [r1]
    cbnz    r2, 4f
    ldr     lr, [sp, #20]
    add     sp, sp, #24
    movs    r1, #0
    mov     r2, r1
    mov     r3, r1
    mov     r12, r1
    msr     apsr_nzcvq, r1
    msr     basepri, r1
    bxns    lr
3:  push    {r0-r3, r12, lr}
    bl      calls_use_faults
    pop     {r0-r3, r12, lr}
    b       2b
    /* It waits: made again, as a fault, from the place where it was made. The caller's registers
     * are as they were, but for SG's mark in its return address. */
4:  movs    r2, #0
    str     r2, [r1]
    pop     {r0-r3, r12, lr}
    orr     lr, lr, #1
    ldr     r12, [r12, #4]
    bic     r12, r12, #1
    cpsid   i
    push    {r3}
    mov     r3, #0
    msr     apsr_nzcvq, r3
    msr     basepri, r3
    pop     {r3}
    cpsie   i
    bxns    r12
    .size enter, . - enter

    .type calls_unavailable, %function
    .global calls_unavailable
calls_unavailable:
    movs    r0, #0x0A               /* MV_STATUS_UNAVAILABLE */
    bx      lr
    .size calls_unavailable, . - calls_unavailable

    .type entry_mvNoOp, %function
entry_mvNoOp:
    movs    r0, #0
    bxns    lr
    .size entry_mvNoOp, . - entry_mvNoOp

    .balign 4
get_word:
    .word   calls_get_word, 0

/* A getter of a clock. TTAT tells whose memory r0 points to; an answer equal to the one for the
 * application's RAM with its MPU off (calls_getter[0]) needs no further check. A word that begins
 * there may end three bytes behind: those are kept unused (kernel.ld.in). Everything else, the slow
 * way. */
#define GETTER(name, index)               \
    .type   entry_##name, %function      ;\
entry_##name:                            ;\
    cpsid   i                            ;\
    ttat    r1, r0                       ;\
    ldr     r3, =calls_getter + 8 * index ;\
    ldrd    r2, r3, [r3]                 ;\
    cmp     r1, r2                       ;\
    bne     slow_##name                  ;\
    str     r3, [r0]                     ;\
    movs    r0, #0                       ;\
    cpsie   i                            ;\
    bxns    lr                           ;\
slow_##name:                             ;\
    mov     r12, #0x80                   ;\
    msr     basepri, r12                 ;\
    mov     r1, r3                       ;\
    ldr     r12, =get_word               ;\
    b       enter                        ;\
    .size   entry_##name, . - entry_##name ;
    GETTER(mvGetSysClk, 0)
    GETTER(mvGetHClk, 1)
    GETTER(mvGetPClk1, 2)
    GETTER(mvGetPClk2, 3)
    .ltorg

/* A call with a handler in C, call_NAME; calls_unavailable stands in for one that is not there.
 * Those written above have their entry already. */
#define ENTRY(name, handler)              \
    .type   entry_##name, %function      ;\
entry_##name:                            ;\
    cpsid   i                            ;\
    mov     r12, #0x80                   ;\
    msr     basepri, r12                 ;\
    ldr     r12, =1f                     ;\
    b       enter                        ;\
    .balign 4                            ;\
1:  .word   handler, name                ;\
    .size   entry_##name, . - entry_##name ;

#define MV_SLOT(offset, name, arguments)  \
    .weak   call_##name                  ;\
    .thumb_set call_##name, calls_unavailable ;\
    .ifndef entry_##name                 ;\
    ENTRY(name, call_##name)             ;\
    .endif                               ;
#define MV_SLOT_EMPTY(offset)
#include "abi/slots.def"
    .set    empty, 0
ENTRY(empty, calls_unavailable)
    .ltorg

/* Handlers by slot number, for calls that arrive as faults. */
    .section .isolation.calls_table, "a"
    .balign 4
    .global calls_table
calls_table:
#undef MV_SLOT
#undef MV_SLOT_EMPTY
#define MV_SLOT(offset, name, arguments) .word call_##name ;
#define MV_SLOT_EMPTY(offset)            .word calls_unavailable ;
#include "abi/slots.def"
    .global calls_table_end
calls_table_end:
