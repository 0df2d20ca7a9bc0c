/* Exception handlers of the Non-secure state: they mix all that they can see into a digest and let
 * the interrupted code go on. Built without floating point in C. */
#include "world.h"

#define NONSECURE __attribute__((section(".ns.handlers"), noinline, used))

/* Lets the code that was interrupted by a fault go on; returns the EXC_RETURN to use. */
INLINE uint32_t go_on(uint32_t exc_return, struct frame *frame, uint32_t status, uint32_t value)
{
    volatile uint32_t *state = STATE_NS;
    if (status & INVPC && state[GOOD_RETURN])
        return mend_return(state, frame);
    if (!frame)
        return exc_return;
    if (status & (MS_STKERR | STKOF) && state[ARMED]) {
        frame = rescue(state, exc_return, 18, value);
        __asm__ volatile("msr psplim, %1\n msr psp, %0" ::"r"(frame), "r"(0));
    } else if (status & IACCVIOL) {
        frame->pc = frame->lr & ~1u;
    } else if (status && !(status & INVPC)) {
        frame->pc += 4;
    }
    return exc_return;
}

NONSECURE uint32_t ns_handle(uint32_t exc_return, struct frame *msp, uint32_t others)
{
    volatile uint32_t *state = STATE_NS;
    uint32_t ipsr, control, psp, mixed = state[HANDLER_DIGEST], answer = exc_return;
    uint32_t unknown =
        CFSR & (INVPC | NOCP | MUNSTKERR); /* a refused return left the registers so */
    struct frame *frame = 0;
    __asm__ volatile("mrs %0, ipsr\n mrs %1, control\n mrs %2, psp"
                     : "=r"(ipsr), "=r"(control), "=r"(psp));
    MIX(mixed, ipsr);
    MIX(mixed, exc_return);
    MIX(mixed, control);
    MIX(mixed, psp);
    if (!unknown)
        MIX(mixed, others);
    MIX(mixed, REG(SCS + 0xf34)); /* FPCCR */
    MIX(mixed, REG(SCS + 0xd04)); /* ICSR */
    if (!(exc_return & 0x40u)) {
        frame = exc_return & 4u ? (struct frame *)psp : msp;
        MIX(mixed, frame->r[0]);
        MIX(mixed, frame->r12);
        if (ipsr < 16 && ipsr != 2) /* interrupts: at the store that pends or at the ISB after it */
            MIX(mixed, frame->pc);
        MIX(mixed, frame->xpsr);
    }
    if (ipsr >= 3 && ipsr <= 6) {
        uint32_t status = CFSR;
        MIX(mixed, status);
        if (ipsr == 3) /* else it may be the Secure HardFault's, which QEMU does not hide */
            MIX(mixed, HFSR);
        if (status & MMARVALID)
            MIX(mixed, MMFAR);
        if (status & BFARVALID)
            MIX(mixed, BFAR);
        CFSR = 0xffffffff;
        HFSR = 0xffffffff;
        answer = go_on(exc_return, frame, status, mixed);
    } else if (ipsr == 11 && frame) {
        frame->r[0] ^= mixed;
        if (*(uint16_t *)((frame->pc & ~1u) - 2) == SVC_PRIVILEGED)
            __asm__ volatile("msr control, %0" ::"r"(control & ~1u));
    }
    if (mixed & 0x100u && !state[NO_TOUCH])
        TOUCH_FP(mixed);
    state[HANDLER_DIGEST] = mixed;
    state[HANDLER_COUNT]++;
    if ((mixed & 0x600u) == 0 && !unknown)
        PEND(1u << (mixed >> 16 & 15u));
    if (answer != exc_return || (ipsr >= 3 && ipsr <= 6))
        return answer;
    return spoil_return(state, exc_return, frame, mixed, 0);
}

NONSECURE __attribute__((naked)) void ns_entry(void)
{
    HANDLER_ENTRY("ns_handle", LEAVE_BY_POP);
}

NONSECURE __attribute__((naked)) void ns_entry_other(void)
{
    __asm__ volatile("add.w r12, r12, #77\n");
    HANDLER_ENTRY("ns_handle", LEAVE_BY_BX);
}

#define NS_MSP_TOP 0x28210000u
__attribute__((section(".ns.vectors"), aligned(128), used)) void *const ns_vectors[32] = {
    (void *)NS_MSP_TOP, [1 ... 15] = ns_entry, [16 ... 31] = ns_entry};
__attribute__((section(".ns.vectors"), aligned(128), used)) void *const ns_vectors_other[32] = {
    (void *)NS_MSP_TOP, [1 ... 15] = ns_entry_other, [16 ... 31] = ns_entry_other};
