/* Calls the generated functions in random order and prints digests; the exception handlers of both
 * Security states mix what they can see into them. Built without floating point in C. */
#include <stdint.h>

#include "../../simcpu/guest/guest.h"

#ifndef ROUNDS
#define ROUNDS 2000u
#endif
#define FUNCTIONS   48u
#define REG(a)      (*(volatile uint32_t *)(a))
#define SCS         0xe000e000u
#define SCS_NS      0xe002e000u
#define STATE_S     ((volatile uint32_t *)0x38190000)
#define STATE_NS    ((volatile uint32_t *)0x28250000)
#define NS_STATE    ((volatile uint32_t *)0x28250100) /* the Non-secure handlers' digest */
#define NS_MSP_TOP  0x28210000u
#define NS_PSP_TOP  0x28220000u
#define GATE_BASE   0x101f0000u
#define NONSECURE   __attribute__((section(".ns.handlers"), noinline, used))
#define NONSECURE_I __attribute__((section(".ns.handlers"), always_inline)) static inline

struct frame {
    uint32_t r[4], r12, lr, pc, xpsr;
};

extern const uint32_t s_functions[FUNCTIONS], ns_functions[FUNCTIONS];
static uint32_t digest = 1, handled;

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

#define HANDLER_ENTRY(name, target)                                                                \
    __asm__ volatile("mov r0, lr\n mrs r1, msp\n eor r2, r4, r5\n eor r2, r2, r6, ror #3\n"        \
                     "eor r2, r2, r7, ror #7\n eor r2, r2, r8, ror #11\n eor r2, r2, r9\n"         \
                     "eor r2, r2, r10, ror #5\n eor r2, r2, r11\n eor r2, r2, r12\n"               \
                     "push {r4, lr}\n bl " target "\n pop {r4, pc}")

/* --- Non-secure handlers --------------------------------------------------------------------- */

NONSECURE void ns_handle(uint32_t exc_return, struct frame *msp, uint32_t others)
{
    volatile uint32_t *state = NS_STATE;
    uint32_t ipsr, control, psp, mixed = state[0];
    __asm__ volatile("mrs %0, ipsr\n mrs %1, control\n mrs %2, psp"
                     : "=r"(ipsr), "=r"(control), "=r"(psp));
    MIX(mixed, ipsr);
    MIX(mixed, exc_return);
    MIX(mixed, control);
    MIX(mixed, others);
    MIX(mixed, REG(SCS + 0xf34)); /* FPCCR */
    MIX(mixed, REG(SCS + 0xd04)); /* ICSR */
    if (!(exc_return & 0x40u)) {
        struct frame *frame = exc_return & 4u ? (struct frame *)psp : msp;
        MIX(mixed, frame->r[0]);
        MIX(mixed, frame->r12);
        if (ipsr < 16) /* a pended interrupt may be taken at the store or at the ISB after it */
            MIX(mixed, frame->pc);
        MIX(mixed, frame->xpsr);
        if (ipsr == 6)
            frame->pc += 4;
        else if (ipsr == 11)
            frame->r[0] ^= mixed;
    }
    if (ipsr == 6) {
        MIX(mixed, REG(SCS + 0xd28));
        REG(SCS + 0xd28) = 0xffffffff;
    }
    if (mixed & 0x100u)
        TOUCH_FP(mixed);
    state[0] = mixed;
    state[1]++;
    if ((mixed & 0x600u) == 0)
        PEND(1u << (mixed >> 16 & 15u));
}

NONSECURE __attribute__((naked)) void ns_entry(void)
{
    HANDLER_ENTRY(ns_entry, "ns_handle");
}

__attribute__((section(".ns.vectors"), used)) void *const ns_vectors[32] = {
    (void *)NS_MSP_TOP, [1 ... 15] = ns_entry, [16 ... 31] = ns_entry};

/* --- Secure handlers ------------------------------------------------------------------------- */

static struct frame *interrupted(uint32_t exc_return, struct frame *msp)
{
    uint32_t pointer;
    if (exc_return & 0x40u)
        return msp;
    if (exc_return & 8u) /* Non-secure thread mode runs on its process stack */
        __asm__ volatile("mrs %0, psp_ns" : "=r"(pointer));
    else
        __asm__ volatile("mrs %0, msp_ns" : "=r"(pointer));
    return (struct frame *)pointer;
}

__attribute__((used)) void s_handle(uint32_t exc_return, struct frame *msp, uint32_t others)
{
    uint32_t ipsr, control;
    struct frame *frame = interrupted(exc_return, msp);
    __asm__ volatile("mrs %0, ipsr\n mrs %1, control" : "=r"(ipsr), "=r"(control));
    MIX(digest, ipsr);
    MIX(digest, exc_return);
    MIX(digest, control);
    MIX(digest, others);
    /* FPCCR; QEMU gets BFRDY and SFRDY wrong with PRIS: it squashes those exceptions' priority. */
    MIX(digest, REG(SCS + 0xf34) & ~0xc0u);
    MIX(digest, REG(SCS_NS + 0xf34) & ~0xc0u);
    MIX(digest, REG(SCS + 0xd04));
    MIX(digest, frame->r[1]);
    MIX(digest, frame->r12);
    if (ipsr < 16)
        MIX(digest, frame->pc);
    MIX(digest, frame->xpsr);
    handled++;
    if (ipsr == 6 || ipsr == 7) {
        MIX(digest, REG(SCS + 0xd28));
        MIX(digest, REG(SCS + 0xde4) & ~0x40u); /* QEMU does not set SFARVALID */
        REG(SCS + 0xd28) = 0xffffffff;
        REG(SCS + 0xde4) = 0xff;
        frame->pc += 4;
    } else if (ipsr == 11) {
        frame->r[0] ^= digest;
    } else if (ipsr < 16) {
        guest_hex("unexpected exception", ipsr);
        guest_hex("pc", frame->pc);
        guest_hex("cfsr", REG(SCS + 0xd28));
        guest_hex("hfsr", REG(SCS + 0xd2c));
        guest_hex("sfsr", REG(SCS + 0xde4));
        guest_exit(99);
    }
    if (digest & 0x100u)
        TOUCH_FP(digest);
    if ((digest & 0x600u) == 0)
        PEND(1u << (digest >> 16 & 15u));
}

__attribute__((naked, used)) static void s_entry(void)
{
    HANDLER_ENTRY(s_entry, "s_handle");
}

static uint32_t vectors[32] __attribute__((aligned(256)));

/* --- the run --------------------------------------------------------------------------------- */

static void sau_region(unsigned n, uint32_t base, uint32_t limit, uint32_t nsc)
{
    REG(SCS + 0xdd8) = n;
    REG(SCS + 0xddc) = base;
    REG(SCS + 0xde0) = (limit & ~31u) | nsc << 1 | 1u;
}

static void open_mpc(uint32_t base, uint32_t first, uint32_t last)
{
    for (uint32_t i = first; i <= last; i++) {
        REG(base + 0x18) = i;
        REG(base + 0x1c) = 0xffffffff;
    }
}

static void set_up(void)
{
    vectors[0] = 0x38200000;
    for (unsigned i = 1; i < 32; i++)
        vectors[i] = (uint32_t)s_entry;
    REG(SCS + 0xd08) = (uint32_t)vectors;
    REG(SCS_NS + 0xd08) = (uint32_t)ns_vectors;
    sau_region(0, 0x00200000, 0x002fffff, 0);
    sau_region(1, 0x28200000, 0x283fffff, 0);
    sau_region(2, GATE_BASE, GATE_BASE + 0xfff, 1);
    REG(SCS + 0xdd0) = 1;
    REG(0x50080014) = 1; /* the code region of the IDAU may hold gateways */
    open_mpc(0x58007000, REG(0x58007010) / 2 + 1, REG(0x58007010));
    open_mpc(0x58009000, 0, REG(0x58009010));
    REG(SCS + 0xd24) |= 0x000f0000;    /* SHCSR: configurable faults */
    REG(SCS_NS + 0xd24) |= 0x00040000; /* UsageFault */
    REG(SCS + 0xd8c) = 0xc00;          /* NSACR */
    REG(SCS_NS + 0xd88) = 0xf00000;    /* CPACR */
    REG(SCS + 0x380) = 0x5555;         /* ITNS: even interrupts are Non-secure */
    REG(SCS + 0x100) = 0xffff;
    uint32_t msp = NS_MSP_TOP, psp = NS_PSP_TOP, control = 2;
    __asm__ volatile("msr msp_ns, %0\n msr psp_ns, %1\n msr control_ns, %2\n dsb\n isb" ::"r"(msp),
                     "r"(psp), "r"(control));
}

static uint32_t seed = SEED;
static uint32_t next(void)
{
    seed ^= seed << 13;
    seed ^= seed >> 17;
    seed ^= seed << 5;
    return seed;
}

/* New priorities, PRIS and lazy stacking for the next rounds. Synchronous exceptions stay above the
 * interrupts, and SecureFault clear of what QEMU gets wrong with PRIS. */
static void reconfigure(void)
{
    for (unsigned i = 0; i < 16; i++) {
        uint32_t priority = 0x40u + (next() & 0xa0u);
        *(volatile uint8_t *)(SCS + 0x400 + i) = (uint8_t)priority;
    }
    REG(SCS + 0xd1c) = 0x20000000u; /* SVCall */
    REG(SCS_NS + 0xd1c) = 0x20000000u;
    REG(SCS_NS + 0xd18) = 0x20u << 16; /* UsageFault */
    REG(SCS + 0xd0c) = 0x05fa0000u | (next() & 1u) << 14;
    uint32_t fpccr = REG(SCS + 0xf34) & ~0x34000000u;
    REG(SCS + 0xf34) = fpccr | (next() & 0x14000000u); /* CLRONRET, TS */
    uint32_t lazy = next() & 0x40000000u;
    REG(SCS + 0xf34) = (REG(SCS + 0xf34) & ~0x40000000u) | lazy;
}

uint32_t call_function(uint32_t target);
__asm__(".text\n .thumb_func\n .global call_function\n call_function:\n push {r4-r11, lr}\n"
        "blx r0\n pop {r4-r11, pc}\n");

static void print_digest(unsigned round)
{
    uint32_t sum = digest;
    for (unsigned i = 0; i < 16; i++) {
        MIX(sum, STATE_S[i]);
        MIX(sum, STATE_NS[i]);
    }
    for (uint32_t i = 0; i < 512; i += 4) {
        MIX(sum, REG(0x38180000u - 256 + i));
        MIX(sum, REG(0x28240000u - 256 + i));
    }
    MIX(sum, NS_STATE[0]);
    guest_hex("round", round);
    guest_hex(" digest", sum);
    guest_hex(" exceptions", handled);
    guest_hex(" exceptions ns", NS_STATE[1]);
}

int main(void)
{
    set_up();
    for (unsigned i = 0; i < 16; i++) {
        STATE_S[i] = next();
        STATE_NS[i] = next();
    }
    for (unsigned round = 0; round < ROUNDS; round++) {
        if (round % 16 == 0)
            reconfigure();
        STATE_S[round % 12] ^= next();
        call_function(s_functions[next() % FUNCTIONS] | 1u);
        MIX(digest, STATE_S[12]);
        if (round % (ROUNDS / 50) == 0)
            print_digest(round);
    }
    print_digest(ROUNDS);
    return 0;
}
