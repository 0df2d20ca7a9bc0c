// An application that faults, one kind a command: see tests/board/README.md.
#include "app.h"

#include "mv_syscalls.h"

#define VECTOR_COUNT 160u
#define INITIAL      0x08000000u
#define REGION       0x20050000u
#define READ_ONLY    (3u << 1)
#define READ_WRITE   (1u << 1)
#define PRIVILEGED   (0u << 1)
#define NO_EXECUTE   1u

struct fault {
    void (*prepare)(void);
    void (*code)(void);
    const char *at;
};

uint32_t vectors[VECTOR_COUNT] __attribute__((aligned(1024)));
static volatile uint32_t taken;

static void any_interrupt(void)
{
    taken++;
}

static void none(void)
{
}

static void barrier(void)
{
    __asm volatile("dsb\n isb" ::: "memory");
}

static void trap_unaligned(void)
{
    REG(SCB_CCR) |= 1u << 3;
    barrier();
}

static void trap_divide(void)
{
    REG(SCB_CCR) |= 1u << 4;
    barrier();
}

// Enough for the call of the code, not for more.
static void limit_stack(void)
{
    uint32_t sp;
    __asm volatile("mov %0, sp" : "=r"(sp));
    __asm volatile("msr msplim, %0" ::"r"((sp - 56) & ~7u));
}

static void limit_task(void)
{
    __asm volatile("msr psp, %0\n"
                   "msr psplim, %1\n"
                   "msr control, %2\n isb" ::"r"(0x20030000u),
                   "r"(0x20030000u - 64u), "r"(2)
                   : "memory");
}

static void region(uint32_t number, uint32_t first, uint32_t last, uint32_t access)
{
    REG(MPU_RNR) = number;
    REG(MPU_RBAR) = first | access;
    REG(MPU_RLAR) = (last & ~31u) | 1u;
}

static void protect(uint32_t access)
{
    region(0, REGION, REGION + 0xFFFu, access);
    REG(MPU_CTRL) = 5;
    barrier();
}

static void protect_execute(void)
{
    protect(READ_WRITE | NO_EXECUTE);
}

static void protect_write(void)
{
    protect(READ_ONLY);
}

static void unprivilege(void)
{
    __asm volatile("msr control, %0\n isb" ::"r"(1) : "memory");
}

// The rest of what an unprivileged task needs, and one page that it may not read.
static void protect_read(void)
{
    region(0, 0x08000000u, 0x080FFFFFu, READ_ONLY);
    region(1, 0x20000000u, REGION - 1, READ_WRITE);
    region(2, REGION, REGION + 0xFFFu, PRIVILEGED);
    region(3, REGION + 0x1000u, 0x2007FFFFu, READ_WRITE);
    REG(MPU_CTRL) = 5;
    barrier();
    unprivilege();
}

static void protect_all(void)
{
    region(0, 0x08000000u, 0x080FFFFFu, READ_ONLY);
    region(1, 0x20000000u, 0x2007FFFFu, READ_WRITE);
    REG(MPU_CTRL) = 1;
    barrier();
}

static void protect_twice(void)
{
    region(1, REGION, REGION + 0x1FFu, READ_WRITE);
    protect(READ_WRITE);
}

void protect_in_handler(void);

void protect_in_handler(void)
{
    region(0, REGION, REGION + 0xFFFu, PRIVILEGED);
    region(1, REGION, REGION + 0xFFFu, PRIVILEGED); // two regions: no access at all
    REG(MPU_CTRL) = 5;
    barrier();
}

static void protect_later(void)
{
    vectors[16 + IRQ_HIGH] = (uint32_t)(uintptr_t)protect_in_handler;
}

static void use_fpu(void)
{
    REG(SCB_CPACR) |= 0xFu << 20;
    barrier();
}

static void handlers(uint32_t enable, void (*memory)(void), void (*usage)(void))
{
    vectors[4] = (uint32_t)(uintptr_t)memory | 1u;
    vectors[6] = (uint32_t)(uintptr_t)usage | 1u;
    REG(SCB_SHCSR) = enable;
    barrier();
}

static void own_usage(void)
{
    handlers(1u << 18, none, skip_usage);
}

static void own_memory(void)
{
    protect_twice();
    handlers(1u << 16, skip_memory, none);
}

static void own_usage_faulty(void)
{
    handlers(1u << 18, none, undefined);
}

static void own_memory_faulty(void)
{
    protect_twice();
    handlers(1u << 16, undefined, none);
}

static void own_both_faulty(void)
{
    protect_twice();
    handlers(1u << 16 | 1u << 18, undefined, undefined);
}

#define FAULT(name, preparation, end, words) {preparation, fault_##name, fault_##name##_at},
static const struct fault faults[] = {
#include "faults.def"
};
#undef FAULT

static uint32_t fault(uint32_t number)
{
    const struct fault *chosen = &faults[number];
    mailbox->detail[0] = (uint32_t)(uintptr_t)chosen->at & ~1u;
    mailbox->result = 0;
    chosen->prepare();
    run_fault((uint32_t)(uintptr_t)chosen->code | 1u);
    REG(MPU_CTRL) = 0;
    REG(SCB_SHCSR) = 0;
    return mailbox->result == 77 ? 0 : 1;
}

static uint32_t ping(void)
{
    uint64_t now = 0;
    taken = 0;
    REG(0xE000E204u) = 1u << (IRQ_LOW - 32);
    barrier();
    return taken == 1 && mvGetMicroseconds(&now) == MV_STATUS_OKAY && now != 0 ? 0 : 1;
}

int main(void)
{
    uint8_t reason = 0xFF;
    for (uint32_t i = 0; i < VECTOR_COUNT; i++) {
        vectors[i] = i < 2 ? REG(INITIAL + 4 * i) : (uint32_t)(uintptr_t)any_interrupt;
    }
    REG(SCB_VTOR) = (uint32_t)(uintptr_t)vectors;
    REG(0xE000E104u) = 1u << (IRQ_LOW - 32) | 1u << (IRQ_HIGH - 32);
    *(volatile uint8_t *)(0xE000E400u + IRQ_LOW) = 0x80;
    *(volatile uint8_t *)(0xE000E400u + IRQ_HIGH) = 0x40;
    *(volatile uint8_t *)0xE000ED1Fu = 0xC0; // SVCall below both
    (void)mvGetWakeReason((enum MvWakeReason *)&reason);
    mailbox->wake_reason = reason;
    mailbox->state = MAILBOX_READY;
    for (;;) {
        uint32_t number = mailbox->command;
        if (number != 0) {
            mailbox->command = 0;
            mailbox->result = number == MAILBOX_PING ? ping() : fault(number - 1);
            mailbox->state = MAILBOX_DONE;
        }
        __asm volatile("wfi");
    }
}
