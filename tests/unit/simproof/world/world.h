/* Addresses and helpers that the two-world programs' driver and handlers share; generate.py knows
 * the same addresses. What is inline here becomes code of either Security state. */
#ifndef SIMPROOF_WORLD_H
#define SIMPROOF_WORLD_H

#include <stdint.h>

/* What a program uses besides the generated code. The last two make programs that may not come to
 * an end: good for traces (tests/nightly/traces.sh --all), not for end states. */
#define USE_MPU             0x01u
#define USE_DISABLED_FAULTS 0x02u
#define USE_BFHFNMINS       0x04u
#define USE_VECTORS         0x10u
#define USE_NO_FP           0x08u
#define USE_SPOILED_RETURNS 0x20u
#ifndef FEATURES
#define FEATURES (USE_MPU | USE_DISABLED_FAULTS | USE_BFHFNMINS | USE_VECTORS)
#endif

#define REG(a) (*(volatile uint32_t *)(a))
#define SCS    0xe000e000u
#define SCS_NS 0xe002e000u
#define CPACR  REG(SCS + 0xd88)
#define CFSR   REG(SCS + 0xd28)
#define HFSR   REG(SCS + 0xd2c)
#define MMFAR  REG(SCS + 0xd34)
#define BFAR   REG(SCS + 0xd38)

/* Data of each state: registers of the generated functions, then what is told to the handlers. */
#define STATE_S  ((volatile uint32_t *)0x38190000)
#define STATE_NS ((volatile uint32_t *)0x28250000)
enum {
    ARMED = 64,     /* a stacking error is expected; go on as the next three say */
    ARMED_SP,       /* stack pointer */
    ARMED_PC,       /* where to go on */
    NO_BUSFAULT,    /* BusFault goes to the other state, which could not skip the instruction */
    NO_TOUCH,       /* handlers leave floating point alone */
    NO_REFUSAL,     /* PRIS: QEMU escalates a SecureFault that interrupts a handler */
    GOOD_RETURN,    /* the right EXC_RETURN after a handler tried a wrong one; 0: none */
    GOOD_XPSR,      /* and the right stacked xPSR, or 0 */
    HANDLER_DIGEST, /* of the Non-secure handlers */
    HANDLER_COUNT,
};

/* Eight blocks of 256 bytes, each with its MPU region; the first 32 bytes of each are code. */
#define ZONE_S     0x381a0000u
#define ZONE_NS    0x28260000u
#define ZONE_BLOCK 0x100u

#define MS_STKERR (3u << 3)  /* MMFSR: MUNSTKERR, MSTKERR */
#define MUNSTKERR (1u << 3)  /* MMFSR */
#define IACCVIOL  (1u << 0)  /* MMFSR */
#define MMARVALID (1u << 7)  /* MMFSR */
#define BFARVALID (1u << 15) /* BFSR */
#define INVPC     (1u << 18) /* UFSR */
#define NOCP      (1u << 19) /* UFSR */
#define STKOF     (1u << 20) /* UFSR */
#define INVER     (1u << 2)  /* SFSR */
#define INVIS     (1u << 1)  /* SFSR */
#define INVEP     (1u << 0)  /* SFSR */
#define INVTRAN   (1u << 4)  /* SFSR */

#define FPCCR_TS (1u << 26)

#define SVC_PRIVILEGED 0xdff0u /* SVC #0xf0: make the thread privileged again */

struct frame {
    uint32_t r[4], r12, lr, pc, xpsr;
};

#define MIX(digest, value) ((digest) = ((digest) << 5 | (digest) >> 27) * 0x9e3779b1u + (value))

/* Floating point in a handler: forces a lazy context to be stacked. */
#define TOUCH_FP(value)                                                                            \
    __asm__ volatile(".fpu fpv5-sp-d16\n vmov s1, %0\n vadd.f32 s17, s1, s1\n vmov %0, s17"        \
                     : "+r"(value))

/* Nested interrupts; the barrier fixes where they are taken. */
#define PEND(mask)                                                                                 \
    do {                                                                                           \
        __asm__ volatile("" ::: "memory");                                                         \
        REG(SCS + 0x200) = (mask);                                                                 \
        __asm__ volatile("dsb\n isb" ::: "memory");                                                \
    } while (0)

/* Calls target(EXC_RETURN, MSP, mixture of r4-r12), which answers with the EXC_RETURN to use. */
#define HANDLER_ENTRY(target, leave)                                                               \
    __asm__ volatile("mov r0, lr\n mrs r1, msp\n eor r2, r4, r5\n eor r2, r2, r6, ror #3\n"        \
                     "eor r2, r2, r7, ror #7\n eor r2, r2, r8, ror #11\n eor r2, r2, r9\n"         \
                     "eor r2, r2, r10, ror #5\n eor r2, r2, r11\n eor r2, r2, r12\n"               \
                     "push {r4, lr}\n bl " target "\n " leave)
#define LEAVE_BY_POP "str r0, [sp, #4]\n pop {r4, pc}"
#define LEAVE_BY_BX  "pop {r4, lr}\n mov lr, r0\n bx lr"

#define INLINE static inline __attribute__((always_inline))

/* After a stacking error: a frame as if the thread had been interrupted at ARMED_PC, with
 * `fp_words` of floating point if EXC_RETURN says that there are any. The caller sets the stack
 * pointer and takes the limit away. */
INLINE struct frame *rescue(volatile uint32_t *state, uint32_t exc_return, uint32_t fp_words,
                            uint32_t value)
{
    uint32_t words = exc_return & 0x10u ? 8 : 8 + fp_words;
    volatile uint32_t *to = (volatile uint32_t *)(state[ARMED_SP] & ~7u) - words;
    for (uint32_t i = 0; i < 6; i++)
        to[i] = value + i;
    for (uint32_t i = 8; i < words; i++)
        to[i] = 0;
    to[6] = state[ARMED_PC];
    to[7] = 0x01000000;
    state[ARMED] = 0;
    return (struct frame *)to;
}

/* Now and then a wrong EXC_RETURN, or an xPSR that does not fit; what is right is kept. */
INLINE uint32_t spoil_return(volatile uint32_t *state, uint32_t exc_return, struct frame *frame,
                             uint32_t value, uint32_t secure)
{
    uint32_t bad = exc_return;
    uint32_t plain = exc_return & 0x20u;

    if (!(FEATURES & USE_SPOILED_RETURNS) || value & 0x7000u || state[NO_REFUSAL])
        return exc_return;
    switch (value >> 15 & 3u) {
    case 0: /* the wrong Security state of the exception */
        bad = exc_return ^ 1u;
        break;
    case 1: /* callee registers that are not there */
        if (!secure || !plain || !(exc_return & 0x40u))
            return exc_return;
        bad = exc_return & ~0x20u;
        break;
    case 2: /* thread mode with a handler's xPSR */
        if (!plain || exc_return & 0xcu || !frame)
            return exc_return;
        state[GOOD_XPSR] = 0;
        bad = exc_return | 8u;
        break;
    default: /* a handler's xPSR in thread mode */
        if (!plain || !(exc_return & 8u) || !frame)
            return exc_return;
        state[GOOD_XPSR] = frame->xpsr;
        frame->xpsr |= 16u + (value >> 17 & 15u);
        break;
    }
    state[GOOD_RETURN] = exc_return;
    return bad;
}

INLINE uint32_t mend_return(volatile uint32_t *state, struct frame *frame)
{
    uint32_t good = state[GOOD_RETURN];
    if (state[GOOD_XPSR] && frame)
        frame->xpsr = state[GOOD_XPSR];
    state[GOOD_RETURN] = state[GOOD_XPSR] = 0;
    return good;
}

uint32_t ns_handle(uint32_t exc_return, struct frame *msp, uint32_t others);
uint32_t s_handle(uint32_t exc_return, struct frame *msp, uint32_t others);
void s_entry(void);
void s_entry_other(void);
extern void *const ns_vectors[32];
extern void *const ns_vectors_other[32];
extern uint32_t digest, handled;

#endif
