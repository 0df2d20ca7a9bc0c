/* Two Security states: gateways, faults, cross-world exceptions, limits, priorities, TT. Every
 * scenario prints what a handler or the caller saw; the same text must come from any correct
 * Armv8-M processor. */
#include <stdint.h>

#include "guest.h"

#define REG(a)     (*(volatile uint32_t *)(a))
#define SCS        0xe000e000u
#define SCS_NS     0xe002e000u
#define SHCSR      0xd24u
#define CFSR       0xd28u
#define HFSR       0xd2cu
#define AIRCR      0xd0cu
#define VTOR       0xd08u
#define ICSR       0xd04u
#define SHPR2      0xd1cu
#define SHPR3      0xd20u
#define CCR        0xd14u
#define SFSR       0xde4u
#define NS_MSP_TOP 0x28210000u
#define NS_PSP_TOP 0x28220000u
#define NS_LOG     0x28230000u
#define GATE_BASE  0x101f0000u

#define NS(name) __attribute__((section(".ns." #name), naked, noinline, used))

/* --- the Non-secure side ------------------------------------------------------------------- */

NS(ns_add) void ns_add(void)
{
    __asm__ volatile("adds r0, r0, r1\n bx lr");
}

/* r0 = gateway, r1 = argument: calls it and returns its result. */
NS(ns_call_gate) void ns_call_gate(void)
{
    __asm__ volatile("push {r4, lr}\n mov r4, r0\n mov r0, r1\n blx r4\n pop {r4, pc}");
}

NS(ns_load) void ns_load(void)
{
    __asm__ volatile("ldr r0, [r0]\n bx lr");
}

NS(ns_jump) void ns_jump(void)
{
    __asm__ volatile("bx r0");
}

NS(ns_svc) void ns_svc(void)
{
    __asm__ volatile("push {r4, lr}\n movs r4, #0x44\n movs r0, #7\n svc #5\n add r0, r4\n"
                     "pop {r4, pc}");
}

NS(ns_svc_handler) void ns_svc_handler(void)
{
    __asm__ volatile("ldr r3, =0x28230000\n mrs r2, ipsr\n str r2, [r3]\n str lr, [r3, #4]\n"
                     "mrs r2, msp\n ldr r1, [r2]\n adds r1, #1\n str r1, [r2]\n"
                     "ldr r1, [r2, #28]\n str r1, [r3, #8]\n bx lr\n .ltorg");
}

/* An interrupt handler that notes every register it can see. */
NS(ns_irq_handler) void ns_irq_handler(void)
{
    __asm__ volatile(
        "push {r3}\n ldr r3, =0x28230100\n stmia r3!, {r0-r2}\n pop {r0}\n"
        "stmia r3!, {r0}\n stmia r3!, {r4-r7}\n mov r0, r8\n mov r1, r9\n mov r2, r10\n"
        "stmia r3!, {r0-r2}\n mov r0, r11\n mov r1, r12\n mov r2, lr\n"
        "stmia r3!, {r0-r2}\n mrs r0, xpsr\n mrs r1, control\n stmia r3!, {r0, r1}\n"
        "bx lr\n .ltorg");
}

/* Appends its exception number to the order log. */
NS(ns_order_handler) void ns_order_handler(void)
{
    __asm__ volatile("ldr r3, =0x28230200\n ldr r2, [r3]\n mrs r1, ipsr\n lsls r2, r2, #8\n"
                     "orrs r2, r1\n str r2, [r3]\n bx lr\n .ltorg");
}

NS(ns_bad_return_handler) void ns_bad_return_handler(void)
{
    __asm__ volatile("ldr r0, =0xfffffffd\n bx r0\n .ltorg"); /* claims a Secure frame and ES */
}

NS(ns_pend_irq3) void ns_pend_irq3(void)
{
    __asm__ volatile("push {r4, r5, lr}\n movs r4, #0x55\n movs r5, #0x66\n ldr r0, =0xe000e200\n"
                     "movs r1, #8\n str r1, [r0]\n dsb\n isb\n adds r0, r4, r5\n pop {r4, r5, pc}\n"
                     ".ltorg");
}

/* Counts registers up until a Secure interrupt sets the word at r0. */
NS(ns_wait) void ns_wait(void)
{
    __asm__ volatile("push {r4-r7, lr}\n movs r4, #1\n movs r5, #2\n movs r6, #3\n movs r7, #4\n"
                     "1: ldr r1, [r0]\n cmp r1, #0\n beq 1b\n add r4, r5\n add r4, r6\n"
                     "add r4, r7\n add r0, r1, r4\n pop {r4-r7, pc}");
}

/* Its own SysTick; waits until the handler has logged at r0. */
NS(ns_systick) void ns_systick(void)
{
    __asm__ volatile("ldr r2, =0xe000e010\n ldr r1, =500\n str r1, [r2, #4]\n str r1, [r2, #8]\n"
                     "movs r1, #7\n str r1, [r2]\n 1: ldr r1, [r0]\n cmp r1, #0\n beq 1b\n"
                     "movs r1, #0\n str r1, [r2]\n movs r0, #1\n bx lr\n .ltorg");
}

NS(ns_overflow) void ns_overflow(void)
{
    __asm__ volatile("mov r1, sp\n msr msplim, r1\n push {r0, r1}\n nop\n bx lr");
}

NS(ns_unprivileged_read) void ns_unprivileged_read(void)
{
    __asm__ volatile("mrs r2, control\n orr r1, r2, #1\n msr control, r1\n isb\n ldr r0, [r0]\n"
                     "bx lr");
}

extern uint32_t stack_top[];
__attribute__((section(".ns.vectors"), used, aligned(512))) static void *const ns_vectors[] = {
    (void *)NS_MSP_TOP,
    ns_add,
    ns_add,
    ns_order_handler,
    ns_order_handler,
    ns_order_handler,
    ns_order_handler,
    0,
    0,
    0,
    0,
    ns_svc_handler,
    0,
    0,
    ns_order_handler,
    ns_order_handler,
    /* interrupts 0.. */
    ns_order_handler,
    ns_irq_handler,
    ns_bad_return_handler,
    0,
    ns_order_handler,
    ns_order_handler,
    ns_order_handler,
    ns_order_handler,
};

/* --- gateways ------------------------------------------------------------------------------ */

__attribute__((section(".gate"), naked, used)) static void gates(void)
{
    __asm__ volatile(".global gate_square\n .thumb_func\n gate_square:\n sg\n b.w secure_square\n"
                     ".global gate_order\n .thumb_func\n gate_order:\n sg\n b.w secure_pend\n"
                     ".global gate_not\n .thumb_func\n gate_not:\n nop.w\n b.w secure_square\n");
}
extern char gate_square[], gate_not[], gate_order[];

__attribute__((naked, used)) void secure_square(void)
{
    __asm__ volatile("mul r0, r0, r0\n mrs r1, control\n adds r0, #1\n bxns lr");
}

/* Raises the Secure interrupt 4 and the Non-secure ones 0 and 5 while being called. */
__attribute__((naked, used)) void secure_pend(void)
{
    __asm__ volatile("ldr r0, =0xe000e200\n movs r1, #0x31\n str r1, [r0]\n dsb\n isb\n bxns lr\n"
                     ".ltorg");
}

/* --- the Secure side ----------------------------------------------------------------------- */

uint32_t call_ns(uint32_t target, uint32_t a, uint32_t b);
__asm__(".text\n .thumb_func\n .global call_ns\n call_ns:\n push {r4-r11, lr}\n mov r3, r0\n"
        "bic r3, r3, #1\n mov r0, r1\n mov r1, r2\n blxns r3\n pop {r4-r11, pc}\n");

/* Fault handler: prints the syndrome, then returns to call_ns's caller by replacing the frame. */
static volatile uint32_t resume_ns; /* Non-secure address to continue at */
static volatile uint32_t skip;      /* bytes to skip in Secure code */

struct frame {
    uint32_t r0, r1, r2, r3, r12, lr, pc, xpsr;
};

__attribute__((used)) void fault_report(uint32_t exc_return, struct frame *msp)
{
    uint32_t ipsr, psp;
    __asm__ volatile("mrs %0, ipsr" : "=r"(ipsr));
    struct frame *frame = msp;
    REG(SCS + CCR) &= ~0x18u; /* this code is not written for the traps */
    guest_hex("  fault", ipsr);
    guest_hex("  exc_return", exc_return);
    guest_hex("  cfsr s", REG(SCS + CFSR));
    guest_hex("  cfsr ns", REG(SCS_NS + CFSR));
    guest_hex("  hfsr", REG(SCS + HFSR));
    guest_hex("  sfsr", REG(SCS + SFSR) & ~0x40u);
    static unsigned faults;
    if (++faults > 40)
        guest_exit(98);
    REG(SCS + CFSR) = 0xffffffff;
    REG(SCS_NS + CFSR) = 0xffffffff;
    REG(SCS + HFSR) = 0xffffffff;
    REG(SCS + SFSR) = 0xff;
    if (!(exc_return & 0x40u)) {
        __asm__ volatile("mrs %0, msp_ns" : "=r"(frame));
        if (exc_return & 8u) {
            uint32_t control;
            __asm__ volatile("mrs %0, control_ns" : "=r"(control));
            if (control & 2u)
                __asm__ volatile("mrs %0, psp_ns" : "=r"(frame));
        }
    } else if (exc_return & 4u) {
        __asm__ volatile("mrs %0, psp" : "=r"(psp));
        frame = (struct frame *)psp;
    }
    guest_hex("  pc", frame->pc);
    guest_hex("  xpsr", frame->xpsr & 0xff0001ffu);
    if (!(exc_return & 0x40u)) {
        frame->r0 = 0xdead;
        frame->pc = resume_ns;
        frame->xpsr = (frame->xpsr & ~0x0600fc00u) | 0x01000000u;
    } else {
        frame->pc += skip;
    }
}

__attribute__((naked)) void fault_handler(void)
{
    __asm__ volatile("mov r0, lr\n mrs r1, msp\n push {r4, lr}\n bl fault_report\n pop {r4, pc}");
}

static volatile uint32_t order;
__attribute__((naked)) static void secure_order_handler(void)
{
    __asm__ volatile("ldr r3, =0x28230200\n ldr r2, [r3]\n mrs r1, ipsr\n orr r1, r1, #0x80\n"
                     "lsls r2, r2, #8\n orrs r2, r1\n str r2, [r3]\n bx lr\n .ltorg");
}

static volatile uint32_t seen[8];
__attribute__((naked)) static void secure_irq3_handler(void)
{
    __asm__ volatile("ldr r3, =seen_address\n ldr r3, [r3]\n str lr, [r3]\n str r4, [r3, #4]\n"
                     "mrs r2, msp_ns\n ldr r1, [r2, #28]\n str r1, [r3, #8]\n"
                     "mrs r1, control_ns\n str r1, [r3, #12]\n movs r4, #1\n ldr r4, [r3, #4]\n"
                     "bx lr\n .ltorg");
}
volatile uint32_t *const seen_address = seen;

static uint32_t vectors[64] __attribute__((aligned(512)));

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
    const uint32_t *old = (const uint32_t *)0x10000000;
    for (unsigned i = 0; i < 16; i++)
        vectors[i] = old[i];
    vectors[16 + 3] = (uint32_t)secure_irq3_handler;
    vectors[16 + 4] = (uint32_t)secure_order_handler;
    vectors[16 + 6] = (uint32_t)secure_order_handler;
    REG(SCS + VTOR) = (uint32_t)vectors;
    REG(SCS_NS + VTOR) = 0x00200000 + ((uint32_t)ns_vectors & 0xfffff);
    sau_region(0, 0x00200000, 0x002fffff, 0);
    sau_region(1, 0x28200000, 0x283fffff, 0);
    sau_region(2, GATE_BASE, GATE_BASE + 0xfff, 1);
    sau_region(3, 0x40000000, 0x4fffffff, 0);
    REG(SCS + 0xdd0) = 1;
    REG(0x50080014) = 1; /* the code region of the IDAU may hold gateways */
    open_mpc(0x58007000, REG(0x58007010) / 2 + 1, REG(0x58007010));
    open_mpc(0x58009000, 0, REG(0x58009010));
    REG(SCS + SHCSR) |= 0x000f0000;
    __asm__ volatile("dsb\n isb");
    __asm__ volatile("msr msp_ns, %0" ::"r"(NS_MSP_TOP));
    __asm__ volatile("msr psp_ns, %0" ::"r"(NS_PSP_TOP));
}

static uint32_t ns_return_address(void)
{
    return (uint32_t)ns_add + 1; /* the "bx lr" of ns_add: lr must hold FNC_RETURN */
}

static void scenario(const char *name)
{
    guest_print(name);
    guest_print("\n");
}

#define TT(instruction, address)                                                                   \
    ({                                                                                             \
        uint32_t result_;                                                                          \
        __asm__ volatile(instruction " %0, %1" : "=r"(result_) : "r"(address));                    \
        result_;                                                                                   \
    })

static void calls(void)
{
    scenario("calls");
    guest_hex("add", call_ns((uint32_t)ns_add, 40, 2));
    guest_hex("gate", call_ns((uint32_t)ns_call_gate, (uint32_t)gate_square | 1u, 12));
    uint32_t sp;
    __asm__ volatile("mov %0, sp" : "=r"(sp));
    guest_hex("sp aligned", sp & 7u);
}

static void secure_faults(void)
{
    resume_ns = ns_return_address();
    scenario("load of secure memory");
    guest_hex("result", call_ns((uint32_t)ns_load, 0x38000000, 0));
    scenario("load of secure code alias");
    guest_hex("result", call_ns((uint32_t)ns_load, 0x10000000, 0));
    scenario("jump to secure memory");
    guest_hex("result", call_ns((uint32_t)ns_jump, (uint32_t)secure_square | 1u, 0));
    scenario("jump to callable memory without SG");
    guest_hex("result", call_ns((uint32_t)ns_jump, (uint32_t)gate_not | 1u, 0));
    scenario("load of nothing");
    guest_hex("result", call_ns((uint32_t)ns_load, 0x28c00000, 0));
}

static void ns_exceptions(void)
{
    scenario("non-secure SVC");
    guest_hex("result", call_ns((uint32_t)ns_svc, 0, 0));
    guest_hex("ipsr", REG(NS_LOG));
    guest_hex("exc_return", REG(NS_LOG + 4));
    guest_hex("stacked xpsr", REG(NS_LOG + 8) & 0xff0001ffu);
}

static void cross_interrupts(void)
{
    scenario("non-secure interrupt of secure code");
    REG(SCS + 0x380) = 0x2 | 0x4 | 0x1 | 0x20; /* ITNS: 0, 1, 2 and 5 */
    REG(SCS + 0x100) = 0xff;
    uint32_t sum;
    __asm__ volatile("push {r4-r11}\n movw r4, #0x4444\n movw r5, #0x5555\n movw r6, #0x6666\n"
                     "movw r7, #0x7777\n movw r8, #0x8888\n movw r9, #0x9999\n movw r10, #0xaaaa\n"
                     "movw r11, #0xbbbb\n movw r12, #0xcccc\n ldr r0, =0xe000e200\n movs r1, #2\n"
                     "cmp r1, r1\n str r1, [r0]\n dsb\n isb\n it ne\n movne r4, #0\n"
                     "add r4, r4, r5\n add r4, r4, r6\n add r4, r4, r7\n add r4, r4, r8\n"
                     "add r4, r4, r9\n add r4, r4, r10\n add r4, r4, r11\n add r4, r4, r12\n"
                     "mov r0, r4\n pop {r4-r11}\n mov %0, r0"
                     : "=r"(sum)::"r0", "r1", "r2", "r3", "r12", "cc", "memory");
    guest_hex("sum", sum);
    for (unsigned i = 0; i < 16; i++)
        guest_hex("register", REG(NS_LOG + 0x100 + 4 * i));
    uint32_t sp;
    __asm__ volatile("mov %0, sp" : "=r"(sp));
    scenario("non-secure software cannot pend a secure interrupt");
    guest_hex("result", call_ns((uint32_t)ns_pend_irq3, 0, 0));
    guest_hex("exc_return", seen[0]);
}

static void set_priority(unsigned irq, uint32_t priority)
{
    *(volatile uint8_t *)(SCS + 0x400 + irq) = (uint8_t)priority;
}

static uint32_t order_of(uint32_t pris)
{
    REG(SCS + AIRCR) = 0x05fa0000u | pris << 14;
    REG(NS_LOG + 0x200) = 0;
    __asm__ volatile("cpsid i");
    REG(SCS + 0x200) = 0x71; /* 0 and 5 Non-secure, 4 and 6 Secure */
    __asm__ volatile("cpsie i\n dsb\n isb");
    return REG(NS_LOG + 0x200);
}

static void priorities(void)
{
    scenario("priorities");
    set_priority(0, 0x20);
    set_priority(5, 0x00);
    set_priority(4, 0x40);
    set_priority(6, 0xa0);
    guest_hex("without PRIS", order_of(0));
    guest_hex("with PRIS", order_of(1));
    set_priority(6, 0x40);
    guest_hex("equal", order_of(1));
    REG(NS_LOG + 0x200) = 0;
    call_ns((uint32_t)ns_call_gate, (uint32_t)gate_order | 1u, 0);
    guest_hex("from gate", REG(NS_LOG + 0x200));
    REG(SCS_NS + 0xd20) = 0x20000000;
    REG(NS_LOG + 0x200) = 0;
    __asm__ volatile("msr basepri, %0" ::"r"(0x80));
    REG(SCS + 0x200) = 0x31;
    __asm__ volatile("dsb\n isb");
    guest_hex("basepri", REG(NS_LOG + 0x200));
    __asm__ volatile("msr basepri, %0" ::"r"(0));
    __asm__ volatile("dsb\n isb");
    guest_hex("basepri off", REG(NS_LOG + 0x200));
    REG(NS_LOG + 0x200) = 0;
    __asm__ volatile("msr primask_ns, %0" ::"r"(1));
    REG(SCS + 0x200) = 0x31;
    __asm__ volatile("dsb\n isb");
    guest_hex("primask_ns with PRIS", REG(NS_LOG + 0x200));
    __asm__ volatile("msr primask_ns, %0" ::"r"(0));
    __asm__ volatile("dsb\n isb");
    guest_hex("primask_ns off", REG(NS_LOG + 0x200));
    REG(SCS + AIRCR) = 0x05fa0000u;
}

static void bad_returns(void)
{
    scenario("non-secure handler returns as if secure");
    resume_ns = ns_return_address();
    skip = 0;
    REG(SCS + 0x200) = 4;
    __asm__ volatile("dsb\n isb");
    guest_print("back\n");
}

static void limits(void)
{
    scenario("non-secure stack limit");
    resume_ns = ns_return_address();
    REG(SCS_NS + SHCSR) |= 0x70000;
    REG(NS_LOG + 0x200) = 0;
    uint32_t zero = 0;
    skip = 2;
    scenario("secure stack limit");
    uint32_t limit;
    __asm__ volatile("mov %0, sp\n sub %0, %0, #0x100\n msr msplim, %0" : "=r"(limit));
    __asm__ volatile("mov r3, sp\n sub r2, %0, #8\n mov sp, r2\n mov sp, r3" ::"r"(limit)
                     : "r2", "r3", "memory");
    __asm__ volatile("msr msplim, %0" ::"r"(zero));
    guest_print("back\n");
}

static void usage_faults(void)
{
    scenario("divide by zero");
    REG(SCS + CCR) |= 0x10;
    skip = 4;
    __asm__ volatile("movs r0, #0\n udiv r0, r0, r0" ::: "r0");
    scenario("unaligned");
    REG(SCS + CCR) |= 8;
    __asm__ volatile("dsb\n isb");
    __asm__ volatile("ldr r0, =0x38000001\n ldr.w r0, [r0]" ::: "r0");
    scenario("unaligned LDRD");
    __asm__ volatile("ldr r0, =0x38000001\n ldrd r0, r1, [r0]" ::: "r0", "r1");
    scenario("undefined");
    __asm__ volatile("udf.w #1");
    skip = 2;
    __asm__ volatile("udf #1");
    scenario("coprocessor");
    skip = 4;
    __asm__ volatile(".short 0xee00, 0x0710");
    scenario("execute device memory");
    REG(SCS + SHCSR) &= ~0x40000u; /* UsageFault off: escalates */
    scenario("escalated");
    __asm__ volatile("udf.w #2");
    REG(SCS + SHCSR) |= 0x40000u;
    scenario("bus fault");
    __asm__ volatile("ldr r0, =0x3a000000\n ldr.w r0, [r0]" ::: "r0");
}

static void test_target(void)
{
    static const uint32_t addresses[] = {0x00200000, 0x00100000, 0x10000000, 0x101f0010,
                                         0x28200000, 0x28000000, 0x38100000, 0x40000000,
                                         0x50000000, 0xe000e000, 0x80000000};
    scenario("TT");
    REG(SCS + 0xd98) = 0; /* MPU_S region 0: read only */
    REG(SCS + 0xd9c) = 0x38100000 | 3u << 1;
    REG(SCS + 0xda0) = 0x3811ffe0 | 1u;
    REG(SCS + 0xd94) = 5;
    REG(SCS_NS + 0xd98) = 2; /* MPU_NS region 2: privileged only */
    REG(SCS_NS + 0xd9c) = 0x28200000;
    REG(SCS_NS + 0xda0) = 0x2820ffe0 | 1u;
    REG(SCS_NS + 0xd94) = 1;
    __asm__ volatile("dsb\n isb");
    for (unsigned i = 0; i < sizeof addresses / sizeof *addresses; i++) {
        guest_hex("address", addresses[i]);
        guest_hex(" tt", TT("tt", addresses[i]));
        guest_hex(" ttt", TT("ttt", addresses[i]));
        guest_hex(" tta", TT("tta", addresses[i]));
        guest_hex(" ttat", TT("ttat", addresses[i]));
    }
    scenario("MPU");
    skip = 4;
    __asm__ volatile("ldr r0, =0x38100000\n str.w r0, [r0]" ::: "r0");
    REG(SCS + 0xd94) = 0;
    REG(SCS_NS + 0xd94) = 0;
}

static volatile uint32_t ticks;
__attribute__((used)) void tick(uint32_t exc_return)
{
    ticks++;
    seen[0] = exc_return;
    REG(0x28230400) = 0x1000;
}
__attribute__((naked)) void systick_handler(void)
{
    __asm__ volatile("mov r0, lr\n push {r4, lr}\n movs r4, #99\n bl tick\n pop {r4, pc}");
}

static void floating(void)
{
    scenario("floating point across worlds");
    uint32_t value = 0x3fc00000; /* 1.5 */
    __asm__ volatile(".fpu fpv5-sp-d16\n vmov s0, %0\n vmov s15, %0\n vmov s16, %0" ::"r"(value));
    REG(SCS + 0xd8c) = 0xc00;
    REG(SCS_NS + 0xd88) = 0xf00000;
    REG(SCS + 0x200) = 2;
    __asm__ volatile("dsb\n isb");
    uint32_t r;
    __asm__ volatile("vmov %0, s0" : "=r"(r));
    guest_hex("s0", r);
    guest_hex("fpccr", REG(SCS + 0xf34));
    for (unsigned i = 13; i < 16; i++)
        guest_hex("register", REG(NS_LOG + 0x100 + 4 * i));
}

static void systick(void)
{
    scenario("systick");
    REG(SCS + 0x14) = 999;
    REG(SCS + 0x18) = 0;
    REG(SCS + 0x10) = 7;
    while (ticks < 3)
        ;
    REG(SCS + 0x10) = 0;
    guest_hex("ticks", ticks >= 3);
    REG(0x28230400) = 0;
    REG(SCS + 0x10) = 7;
    guest_hex("result", call_ns((uint32_t)ns_wait, 0x28230400, 0));
    REG(SCS + 0x10) = 0;
    scenario("non-secure systick");
    REG(NS_LOG + 0x200) = 0;
    guest_hex("result", call_ns((uint32_t)ns_systick, NS_LOG + 0x200, 0));
    guest_hex("order", REG(NS_LOG + 0x200) & 0xff);
}

int main(void)
{
    set_up();
    calls();
    secure_faults();
    ns_exceptions();
    cross_interrupts();
    priorities();
    bad_returns();
    limits();
    usage_faults();
    test_target();
    systick();
    floating();
    return 0;
}
