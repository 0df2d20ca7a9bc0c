/* Calls the generated functions in random order and prints digests; before that, and every 16
 * rounds, it configures what is to be compared: MPU, limits, priorities, vectors, lazy stacking. */
#include "../../simcpu/guest/guest.h"
#include "world.h"

#ifndef ROUNDS
#define ROUNDS 2000u
#endif
#define FUNCTIONS  48u
#define NS_MSP_TOP 0x28210000u
#define NS_PSP_TOP 0x28220000u
#define S_PSP_TOP  0x381e0000u
#define GATE_BASE  0x101f0000u

extern const uint32_t s_functions[FUNCTIONS], ns_functions[FUNCTIONS];
uint32_t vectors[32] __attribute__((aligned(256)));
uint32_t vectors_other[32] __attribute__((aligned(256)));

static uint32_t seed = SEED;
static uint32_t next(void)
{
    seed ^= seed << 13;
    seed ^= seed >> 17;
    seed ^= seed << 5;
    return seed;
}

/* --- protection ------------------------------------------------------------------------------ */

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

enum { RW_PRIVILEGED, RW_ANY, RO_PRIVILEGED, RO_ANY };

static void mpu_region(uint32_t scs, uint32_t n, uint32_t base, uint32_t limit, uint32_t access,
                       uint32_t never_execute)
{
    REG(scs + 0xd98) = n;
    REG(scs + 0xd9c) = base | access << 1 | never_execute;
    REG(scs + 0xda0) = (limit & ~31u) | 1u;
}

/* Code and data that any code may use, and the zone: blocks with permissions of chance, some of
 * which overlap (which is a fault). */
static void protect(uint32_t scs, uint32_t zone, uint32_t code, uint32_t data, uint32_t stacks)
{
    REG(scs + 0xd94) = 0;
    for (uint32_t block = 0; block < 8; block++) {
        uint32_t base = zone + block * ZONE_BLOCK, choice = next();
        uint32_t beyond = (choice & 0x700u) == 0 && block < 7 ? 0x40u : 0;
        REG(base) = 0x47703000u | (choice >> 12 & 0xffu) | 0x400u; /* adds r4, #n; bx lr */
        mpu_region(scs, 4 + block, base, base + ZONE_BLOCK - 1 + beyond, choice & 3u,
                   choice >> 2 & 1u);
        if ((choice & 0x3800u) == 0)
            REG(scs + 0xda0) = 0; /* no region: the default map, for privileged code */
    }
    mpu_region(scs, 0, code, code + 0x1fffff - (code & 0x200000u) / 2, RO_ANY, 0);
    mpu_region(scs, 1, data, zone - 1, RW_ANY, 1);
    mpu_region(scs, 2, stacks, stacks + 0x2ffff, RW_ANY, 1);
    REG(scs + 0xdc0) = 0x44;
    __asm__ volatile("dsb\n isb" ::: "memory");
    if (FEATURES & USE_MPU)
        REG(scs + 0xd94) = 5u | (next() & 2u); /* PRIVDEFENA, ENABLE; HFNMIENA by chance */
    __asm__ volatile("dsb\n isb" ::: "memory");
}

static void set_up(void)
{
    vectors[0] = vectors_other[0] = 0x38200000;
    for (unsigned i = 1; i < 32; i++) {
        vectors[i] = (uint32_t)s_entry;
        vectors_other[i] = (uint32_t)s_entry_other;
    }
    REG(SCS + 0xd08) = (uint32_t)vectors;
    REG(SCS_NS + 0xd08) = (uint32_t)ns_vectors;
    sau_region(0, 0x00200000, 0x002fffff, 0);
    sau_region(1, 0x28200000, 0x283fffff, 0);
    sau_region(2, GATE_BASE, GATE_BASE + 0xfff, 1);
    REG(SCS + 0xdd0) = 1;
    REG(0x50080014) = 1;              /* the code region of the IDAU may hold gateways */
    open_mpc(0x58007000, 0x40, 0x7f); /* blocks of 32 KiB; the registers are not read, so that */
    open_mpc(0x58009000, 0, 0x3f);    /* traces agree with a board that has none */
    REG(SCS + 0x380) = 0x5555;        /* ITNS: even interrupts are Non-secure */
    REG(SCS + 0x100) = 0xffff;
    uint32_t msp = NS_MSP_TOP, psp = NS_PSP_TOP, s_psp = S_PSP_TOP, control = 2;
    uint32_t msplim = 0x38110000, msplim_ns = 0x28200000;
    __asm__ volatile("msr msp_ns, %0\n msr psp_ns, %1\n msr control_ns, %2\n msr psp, %3\n"
                     "msr msplim, %4\n msr msplim_ns, %5\n dsb\n isb" ::"r"(msp),
                     "r"(psp), "r"(control), "r"(s_psp), "r"(msplim), "r"(msplim_ns));
}

/* --- what changes every few rounds ------------------------------------------------------------ */

/* Synchronous exceptions stay above the interrupts. Some fault handlers are off: HardFault. */
static void set_priorities(void)
{
    for (unsigned i = 0; i < 16; i++) {
        uint32_t priority = 0x40u + (next() & 0xa0u);
        *(volatile uint8_t *)(SCS + 0x400 + i) = (uint8_t)priority;
    }
    REG(SCS + 0xd1c) = 0x20000000u; /* SVCall */
    REG(SCS_NS + 0xd1c) = 0x20000000u;
    REG(SCS + 0xd18) = next() & 0x00202020u;            /* SecureFault at 0 */
    REG(SCS_NS + 0xd18) = 0x200000u | (next() & 0x20u); /* UsageFault, MemManage */
    uint32_t off = FEATURES & USE_DISABLED_FAULTS && (next() & 0x700u) == 0 ? next() & 0x70000u : 0;
    REG(SCS + 0xd24) = (REG(SCS + 0xd24) & ~0xf0000u) | (0xf0000u & ~off);
    off = FEATURES & USE_DISABLED_FAULTS && (next() & 0x700u) == 0 ? next() & 0x50000u : 0;
    REG(SCS_NS + 0xd24) = (REG(SCS_NS + 0xd24) & ~0x70000u) | (0x70000u & ~off);
}

/* AIRCR: PRIS and BFHFNMINS. */
static void set_targets(void)
{
    uint32_t keep = next() & 1u << 14;
    if (FEATURES & USE_BFHFNMINS && (next() & 0x300u) == 0)
        keep |= 1u << 13;
    REG(SCS + 0xd0c) = 0x05fa0000u | keep;
    STATE_S[NO_BUSFAULT] = keep >> 13 & 1u;
    STATE_S[NO_REFUSAL] = STATE_NS[NO_REFUSAL] = keep >> 14 & 1u;
}

/* Floating point: lazy or eager, whose registers, and sometimes none for the Non-secure state. */
static void set_floating_point(void)
{
    uint32_t off = FEATURES & USE_NO_FP && (next() & 0x700u) == 0;
    uint32_t fpccr = REG(SCS + 0xf34) & ~0x34000000u;
    REG(SCS + 0xf34) = fpccr | (next() & 0x14000000u); /* CLRONRET, TS */
    uint32_t lazy = off ? 0x40000000u : next() & 0x40000000u;
    REG(SCS + 0xf34) = (REG(SCS + 0xf34) & ~0x40000000u) | lazy;
    STATE_S[NO_TOUCH] = STATE_NS[NO_TOUCH] = off;
    REG(SCS + 0xd8c) = off && next() & 0x100u ? 0 : 0xc00;                    /* NSACR */
    REG(SCS_NS + 0xd88) = !off ? 0xf00000u : next() & 0x100u ? 0x500000u : 0; /* CPACR */
}

static void reconfigure(void)
{
    set_priorities();
    set_targets();
    set_floating_point();
    if (FEATURES & USE_VECTORS) {
        REG(SCS + 0xd08) = (uint32_t)(next() & 0x100u ? vectors : vectors_other);
        REG(SCS_NS + 0xd08) = (uint32_t)(next() & 0x100u ? ns_vectors : ns_vectors_other);
    }
    protect(SCS, ZONE_S, 0x10000000, 0x38170000, 0x381b0000);
    protect(SCS_NS, ZONE_NS, 0x00200000, 0x28230000, 0x28200000);
}

/* Runs a function on the process stack, Secure and privileged. */
uint32_t call_function(uint32_t target);
__asm__(".text\n .thumb_func\n .global call_function\n call_function:\n push {r4-r11, lr}\n"
        "mrs r1, control\n orr r1, #2\n msr control, r1\n isb\n"
        "blx r0\n"
        "mrs r1, control\n bic r1, #2\n msr control, r1\n isb\n pop {r4-r11, pc}\n");

static void print_digest(unsigned round)
{
    uint32_t sum = digest, control = REG(SCS + 0xd94);
    REG(SCS + 0xd94) = 0;
    __asm__ volatile("dsb\n isb" ::: "memory");
    for (unsigned i = 0; i < 16; i++) {
        MIX(sum, STATE_S[i]);
        MIX(sum, STATE_NS[i]);
    }
    for (uint32_t i = 0; i < 512; i += 4) {
        MIX(sum, REG(0x38180000u - 256 + i));
        MIX(sum, REG(0x28240000u - 256 + i));
    }
    for (uint32_t i = 0; i < 8 * ZONE_BLOCK; i += 4) {
        MIX(sum, REG(ZONE_S + i));
        MIX(sum, REG(ZONE_NS + i));
    }
    MIX(sum, STATE_NS[HANDLER_DIGEST]);
    REG(SCS + 0xd94) = control;
    __asm__ volatile("dsb\n isb" ::: "memory");
    guest_hex("round", round);
    guest_hex(" digest", sum);
    guest_hex(" exceptions", handled);
    guest_hex(" exceptions ns", STATE_NS[HANDLER_COUNT]);
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
