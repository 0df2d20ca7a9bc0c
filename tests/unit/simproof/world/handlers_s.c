/* Exception handlers of the Secure state: they mix all that they can see of both states into a
 * digest and let the interrupted code go on. Built without floating point in C. */
#include "../../simcpu/guest/guest.h"
#include "world.h"

#define SFSR REG(SCS + 0xde4)

uint32_t digest = 1, handled;

static struct frame *interrupted(uint32_t exc_return, struct frame *msp)
{
    uint32_t pointer;
    if (exc_return & 0x40u) {
        if (!(exc_return & 4u))
            return msp;
        __asm__ volatile("mrs %0, psp" : "=r"(pointer));
        return (struct frame *)(pointer + (exc_return & 0x20u ? 0 : 40)); /* callee registers */
    }
    if (exc_return & 8u) /* Non-secure thread mode runs on its process stack */
        __asm__ volatile("mrs %0, psp_ns" : "=r"(pointer));
    else
        __asm__ volatile("mrs %0, msp_ns" : "=r"(pointer));
    return (struct frame *)pointer;
}

static void rescue_thread(uint32_t exc_return)
{
    struct frame *frame;
    if (exc_return & 0x40u) {
        frame = rescue(STATE_S, exc_return, REG(SCS + 0xf34) & FPCCR_TS ? 34 : 18, digest);
        __asm__ volatile("msr psplim, %1\n msr psp, %0" ::"r"(frame), "r"(0));
    } else {
        frame = rescue(STATE_NS, exc_return, 18, digest);
        __asm__ volatile("msr psplim_ns, %1\n msr psp_ns, %0" ::"r"(frame), "r"(0));
    }
}

/* Fault status of both states, cleared; *sfsr apart. */
static uint32_t take_status(uint32_t *sfsr)
{
    uint32_t status = CFSR, other = REG(SCS_NS + 0xd28);
    *sfsr = SFSR & ~0x40u; /* QEMU does not set SFARVALID */
    MIX(digest, status);
    MIX(digest, other);
    MIX(digest, *sfsr);
    MIX(digest, HFSR);
    if (status & MMARVALID)
        MIX(digest, MMFAR);
    if (status & BFARVALID)
        MIX(digest, BFAR);
    if (other & MMARVALID)
        MIX(digest, REG(SCS_NS + 0xd34));
    CFSR = 0xffffffff;
    HFSR = 0xffffffff;
    SFSR = 0xff;
    return status;
}

/* Lets the code that was interrupted by a fault go on; returns the EXC_RETURN to use. */
static uint32_t go_on(uint32_t exc_return, struct frame *frame, uint32_t ipsr)
{
    uint32_t sfsr, other = REG(SCS_NS + 0xd28), status = take_status(&sfsr);
    volatile uint32_t *state = exc_return & 0x40u ? STATE_S : STATE_NS;
    if (ipsr == 3 &&
        !(exc_return & 0x40u)) { /* escalated: the Non-secure status is ours to clear */
        status |= other;
        REG(SCS_NS + 0xd28) = 0xffffffff;
    }
    if (status & INVPC || sfsr & (INVER | INVIS)) {
        state = STATE_S[GOOD_RETURN] ? STATE_S : STATE_NS;
        if (state[GOOD_RETURN]) /* whether callee registers are stacked is as it is now */
            return (mend_return(state, frame) & ~0x20u) | (exc_return & 0x20u) | 1u;
        return exc_return;
    }
    if (status & (MS_STKERR | STKOF) && state[ARMED]) {
        rescue_thread(exc_return);
        return exc_return | 0x20u; /* the new frame is without callee registers */
    }
    if (status & IACCVIOL || sfsr & (INVEP | INVTRAN))
        frame->pc = frame->lr & ~1u;
    else if (status || sfsr)
        frame->pc += 4;
    return exc_return;
}

static void supervisor_call(struct frame *frame)
{
    uint32_t control;
    frame->r[0] ^= digest;
    if (*(uint16_t *)((frame->pc & ~1u) - 2) != SVC_PRIVILEGED)
        return;
    __asm__ volatile("mrs %0, control" : "=r"(control));
    __asm__ volatile("msr control, %0" ::"r"(control & ~1u));
}

static uint32_t refused(void)
{
    return ((CFSR | REG(SCS_NS + 0xd28)) & (INVPC | NOCP | MUNSTKERR)) | (SFSR & (INVER | INVIS));
}

static void see(uint32_t ipsr, uint32_t exc_return, const struct frame *frame, uint32_t others,
                uint32_t unknown)
{
    uint32_t control;
    __asm__ volatile("mrs %0, control" : "=r"(control));
    MIX(digest, ipsr);
    MIX(digest, exc_return);
    MIX(digest, control);
    if (!unknown)
        MIX(digest, others);
    /* FPCCR; QEMU gets BFRDY and SFRDY wrong with PRIS: it squashes those exceptions' priority. */
    MIX(digest, REG(SCS + 0xf34) & ~0xc0u);
    MIX(digest, REG(SCS_NS + 0xf34) & ~0xc0u);
    MIX(digest, REG(SCS + 0xd04));
    MIX(digest, frame->r[1]);
    MIX(digest, frame->r12);
    if (ipsr < 16 && ipsr != 2)
        MIX(digest, frame->pc);
    MIX(digest, frame->xpsr);
    handled++;
}

__attribute__((used)) uint32_t s_handle(uint32_t exc_return, struct frame *msp, uint32_t others)
{
    uint32_t ipsr, answer = exc_return;
    uint32_t unknown = refused(); /* what a refused return leaves in the registers */
    struct frame *frame = exc_return & 0x20u || exc_return & 4u || !(exc_return & 0x40u)
                              ? interrupted(exc_return, msp)
                              : (struct frame *)((uint32_t)msp + 40); /* callee registers */
    __asm__ volatile("mrs %0, ipsr" : "=r"(ipsr));
    see(ipsr, exc_return, frame, others, unknown);
    if (ipsr >= 3 && ipsr <= 7) {
        answer = go_on(exc_return, frame, ipsr);
    } else if (ipsr == 11) {
        supervisor_call(frame);
    } else if (ipsr < 16 && ipsr != 2) {
        guest_hex("unexpected exception", ipsr);
        guest_hex("pc", frame->pc);
        guest_exit(99);
    }
    if (digest & 0x100u && !STATE_S[NO_TOUCH])
        TOUCH_FP(digest);
    if ((digest & 0x600u) == 0 && !unknown)
        PEND(1u << (digest >> 16 & 15u));
    if (answer != exc_return || (ipsr >= 3 && ipsr <= 7))
        return answer;
    return spoil_return(STATE_S, exc_return, frame, digest, 1);
}

__attribute__((naked)) void s_entry(void)
{
    HANDLER_ENTRY("s_handle", LEAVE_BY_POP);
}

__attribute__((naked)) void s_entry_other(void)
{
    __asm__ volatile("add.w r12, r12, #55\n");
    HANDLER_ENTRY("s_handle", LEAVE_BY_BX);
}
