// Returns that were never called for, stacks and vector tables elsewhere, the processor's
// registers.
#include "app.h"

static volatile uint32_t value;

__attribute__((naked)) static void return_with_value(void)
{
    __asm volatile("ldr r0, =value\n ldr lr, [r0]\n bx lr\n" ::: "r0");
}

static void install(uint32_t irq, uint32_t vector)
{
    vectors[16 + irq] = vector;
    REG(NVIC_ISER + irq / 32 * 4) = 1u << irq % 32;
}

static void pend(uint32_t irq)
{
    REG(NVIC_ISPR + irq / 32 * 4) = 1u << irq % 32;
    __asm volatile("dsb\n isb" ::: "memory");
}

// An interrupt handler that returns with a forged EXC_RETURN.
uint32_t attack_exc_return(uint32_t argument)
{
    value = argument;
    install(44, (uint32_t)(uintptr_t)return_with_value);
    pend(44);
    return found(1, argument, 0, 0);
}

uint32_t attack_exc_return_from_thread(uint32_t argument)
{
    jump(argument);
    return found(1, argument, 0, 0);
}

static void forged_return(void)
{
    jump(0xFEFFFFFFu);
}

uint32_t attack_fnc_return_on_process_stack(uint32_t argument)
{
    run_on_process_stack(0x20030000u, forged_return);
    return found(1, argument, 0, 0);
}

// The stack pointer elsewhere when an interrupt of ours comes.
uint32_t attack_main_stack_at(uint32_t argument)
{
    REG(NVIC_ISER + IRQ_USED / 32 * 4) = 1u << IRQ_USED % 32;
    __asm volatile("mov r4, sp\n"
                   "msr msp, %0\n"
                   "str %2, [%1]\n"
                   "dsb\n isb\n"
                   "ldr r0, =3000000\n"
                   "1: subs r0, #1\n"
                   "bne 1b\n"
                   "mov sp, r4\n" ::"r"(argument),
                   "r"(NVIC_ISPR + IRQ_USED / 32 * 4), "r"(1u << IRQ_USED % 32)
                   : "r0", "r4", "cc", "memory");
    return found(1, argument, 0, 0);
}

uint32_t attack_process_stack_at(uint32_t argument)
{
    REG(NVIC_ISER + IRQ_USED / 32 * 4) = 1u << IRQ_USED % 32;
    __asm volatile("msr psp, %0\n"
                   "mrs r4, control\n"
                   "orr r0, r4, #2\n"
                   "msr control, r0\n isb\n"
                   "str %2, [%1]\n"
                   "dsb\n isb\n"
                   "ldr r0, =3000000\n"
                   "1: subs r0, #1\n"
                   "bne 1b\n"
                   "msr control, r4\n isb\n" ::"r"(argument),
                   "r"(NVIC_ISPR + IRQ_USED / 32 * 4), "r"(1u << IRQ_USED % 32)
                   : "r0", "r4", "cc", "memory");
    return found(1, argument, 0, 0);
}

// Limits of our own stacks that leave the kernel no room on them.
uint32_t attack_stack_limits(uint32_t argument)
{
    __asm volatile("msr msplim, %0\n msr psplim, %0\n" ::"r"(argument) : "memory");
    in_interrupt(0);
    spin(3000000);
    return found(1, argument, 0, 0);
}

uint32_t attack_vector_table_at(uint32_t argument)
{
    REG(SCB_VTOR) = argument;
    __asm volatile("dsb\n isb" ::: "memory");
    in_interrupt(0);
    spin(3000000);
    return found(1, argument, REG(SCB_VTOR), 0);
}

uint32_t attack_vector_to(uint32_t argument)
{
    install(44, argument);
    pend(44);
    spin(1000000);
    return found(1, argument, 0, 0);
}

// A fast handler's address is read by the kernel: it must be ours, whatever table it stands in.
uint32_t attack_fast_vector_to(uint32_t argument)
{
    vectors[16 + 44] = argument;
    enum MvStatus status = mvSetFastInterrupt(44);
    if (status != MV_STATUS_INVALIDVECTOR) {
        return found(1, argument, status, 0);
    }
    REG(SCB_VTOR) = 0x20080000u - 4 * (16 + 44) - 0x180u;
    status = mvSetFastInterrupt(100);
    REG(SCB_VTOR) = (uint32_t)(uintptr_t)vectors;
    return status == MV_STATUS_OKAY ? found(2, argument, status, 0) : 0;
}

uint32_t attack_fast_exc_return(uint32_t argument)
{
    value = argument;
    vectors[16 + 44] = (uint32_t)(uintptr_t)return_with_value;
    if (mvSetFastInterrupt(44) != MV_STATUS_OKAY || mvEnableFastInterrupt(44) != MV_STATUS_OKAY) {
        return found(1, 0, 0, 0);
    }
    REG(NVIC_ISPR + 4) = 1u << 44 % 32; // not ours any more: ignored, so a timer
    (void)mvPeriphPoke32(0x46020C9Cu, 1u << 2, 1u << 2);
    REG(TIM4_NS + TIM_DIER_OFS) = 1;
    vectors[16 + IRQ_TIM4] = (uint32_t)(uintptr_t)return_with_value;
    (void)mvSetFastInterrupt(IRQ_TIM4);
    (void)mvEnableFastInterrupt(IRQ_TIM4);
    REG(TIM4_NS + TIM_EGR_OFS) = 1;
    spin(100000);
    return found(2, argument, 0, 0);
}

void recurse(void);

uint32_t attack_recursion(uint32_t argument)
{
    (void)argument;
    recurse();
    return found(1, 0, 0, 0);
}

// ---- Registers of the processor ----

uint32_t attack_reset_request(uint32_t argument)
{
    REG(SCB_AIRCR) = 0x05FA0000u | argument;
    __asm volatile("dsb\n isb" ::: "memory");
    spin(100000);
    return 0;
}

uint32_t attack_aircr(uint32_t argument)
{
    (void)argument;
    REG(SCB_AIRCR) = 0x05FA0000u | 0x2000u; // BFHFNMINS
    REG(SCB_AIRCR) = 0x05FA0000u | 0x4000u; // PRIS
    REG(SCB_AIRCR) = 0x05FA0000u | 0x0008u; // SYSRESETREQS
    REG(SCB_AIRCR) = 0x05FA0000u;
    return (REG(SCB_AIRCR) & 0x6008u) == 0 ? 0 : found(1, REG(SCB_AIRCR), 0, 0);
}

static uint32_t all_ignored(const uint32_t *registers, uint32_t count)
{
    static const uint32_t patterns[] = {0xFFFFFFFFu, 0, 0xA77AC4EDu};
    for (uint32_t i = 0; i < count; i++) {
        for (uint32_t k = 0; k < 3; k++) {
            REG(registers[i]) = patterns[k];
            if (REG(registers[i]) != 0) {
                return found(1, registers[i], REG(registers[i]), k);
            }
        }
    }
    return 0;
}

uint32_t attack_sau(uint32_t argument)
{
    static const uint32_t registers[] = {SAU_CTRL,      SAU_CTRL + 4,  SAU_CTRL + 8, SAU_CTRL + 12,
                                         SAU_CTRL + 16, SAU_CTRL + 20, SAU_CTRL + 24};
    (void)argument;
    return all_ignored(registers, sizeof registers / sizeof *registers);
}

// What only Secure code may see: its view of our bank, NSACR, DAUTHCTRL, the target registers.
uint32_t attack_system_registers(uint32_t argument)
{
    static const uint32_t registers[] = {SCB_VTOR + NS_ALIAS,  SCB_SHCSR + NS_ALIAS,
                                         MPU_CTRL + NS_ALIAS,  MPU_RBAR + NS_ALIAS,
                                         SYST_CSR + NS_ALIAS,  SCB_ICSR + NS_ALIAS,
                                         FPU_FPCCR + NS_ALIAS, SCB_CFSR + NS_ALIAS,
                                         SAU_CTRL + NS_ALIAS,  NVIC_ITNS,
                                         NVIC_ITNS + 4,        NVIC_ITNS + 8,
                                         NVIC_ITNS + 12,       0xE000EE04u};
    (void)argument;
    REG(SCB_NSACR) = 0;
    REG(SCB_HFSR) = ~0u;
    REG(SCB_SHCSR) = 1u << 19 | 1u << 20 | 1u << 21 | 1u << 17; // SecureFault, BusFault
    if ((REG(SCB_SHCSR) & (1u << 19 | 1u << 17)) != 0) {
        return found(2, REG(SCB_SHCSR), 0, 0);
    }
    REG(SCB_SHCSR) = 0;
    return all_ignored(registers, sizeof registers / sizeof *registers);
}

// Interrupts of the kernel: enable, pend, change priority, by all ways there are.
uint32_t attack_secure_interrupts(uint32_t argument)
{
    static const uint8_t kernels[] = {3, 7, 8, 10, 48, 66, 73, 76, 94};
    (void)argument;
    for (uint32_t i = 0; i < sizeof kernels; i++) {
        uint32_t word = kernels[i] / 32u * 4, bit = 1u << kernels[i] % 32;
        REG(NVIC_ICER + word) = bit;
        REG(NVIC_ISER + word) = bit;
        REG(NVIC_ISPR + word) = bit;
        REG(NVIC_ICPR + word) = bit;
        REG8(NVIC_IPR + kernels[i]) = 0xFF;
        REG(NVIC_STIR) = kernels[i];
        if ((REG(NVIC_ISER + word) & bit) != 0 || (REG(NVIC_ISPR + word) & bit) != 0 ||
            REG8(NVIC_IPR + kernels[i]) != 0) {
            return found(1, kernels[i], REG(NVIC_ISER + word), REG(NVIC_ISPR + word));
        }
    }
    REG(SCB_SHPR1) = 0xFFFFFFFFu; // of ours only
    REG(SCB_SHPR1) = 0;
    return 0;
}

uint32_t attack_nmi(uint32_t argument)
{
    REG(SCB_ICSR) = argument;
    __asm volatile("dsb\n isb" ::: "memory");
    spin(1000);
    return 0;
}

// ---- Debug units, which the application shares ----

#define DEMCR 0xE000EDFCu
#define FPB   0xE0002000u
#define DWT   0xE0001000u

// Breakpoints on the kernel's own code.
uint32_t attack_fpb(uint32_t argument)
{
    static const uint32_t places[] = {0x0C1FE010u, 0x0C110400u, 0x0C112000u, 0x0C114000u};
    uint64_t now;
    REG(DEMCR) |= argument;
    for (uint32_t i = 0; i < 4; i++) {
        REG(FPB + 8 + 4 * i) = places[i] | 1u;
    }
    REG(FPB) = 3;
    (void)mvGetMicroseconds(&now);
    wait_us(30000);
    REG(FPB) = 2;
    REG(DEMCR) = 0;
    return 0;
}

uint32_t attack_fpb_at(uint32_t argument)
{
    uint8_t id[34];
    REG(FPB + 8) = (argument & ~1u) | 1u;
    REG(FPB) = 3;
    (void)mvGetDeviceId(id, sizeof id);
    wait_us(50000);
    return found(1, argument, REG(FPB), REG(FPB + 8));
}

// The frame of the interrupted thread is where it was; INVPC stays set.
__attribute__((naked)) static void usage_handler(void)
{
    __asm volatile("ldr lr, =0xFFFFFFB8\n bx lr\n");
}

// An invalid return that our own handler takes leaves its status behind: a later fault of the
// kernel must not pass for ours because of that.
uint32_t attack_fpb_with_stale_status(uint32_t argument)
{
    vectors[6] = (uint32_t)(uintptr_t)usage_handler;
    REG(SCB_SHCSR) = 1u << 18;
    value = 0xFFFFFFBAu; // a reserved bit
    install(44, (uint32_t)(uintptr_t)return_with_value);
    pend(44);
    if ((REG(SCB_CFSR) & 1u << 18) == 0) {
        return found(2, REG(SCB_CFSR), 0, 0);
    }
    return attack_fpb_at(argument);
}

// Comparators outlive a reset of the chip: one on the boot code, and the watchdog.
uint32_t attack_fpb_over_reset(uint32_t argument)
{
    REG(FPB + 8) = (argument & ~1u) | 1u;
    REG(FPB) = 3;
    return attack_watchdog(1);
}

// Watchpoints on the kernel's data, and counters that would tell what it does.
uint32_t attack_dwt(uint32_t argument)
{
    REG(DEMCR) |= 1u << 24 | argument;
    for (uint32_t i = 0; i < 4; i++) {
        REG(DWT + 0x20 + 16 * i) = i < 2 ? 0x30080000u + 0x1100u * i : 0x0C112000u;
        REG(DWT + 0x28 + 16 * i) = i < 2 ? 0x416u : 0x412u;
    }
    wait_us(30000);
    for (uint32_t i = 0; i < 4; i++) {
        uint32_t function = REG(DWT + 0x28 + 16 * i);
        REG(DWT + 0x28 + 16 * i) = 0;
        if ((function & 1u << 24) != 0) {
            return found(1, i, function, 0);
        }
    }
    REG(DEMCR) = 0;
    return 0;
}

// DHCSR (halt), DAUTHCTRL, DSCSR (bank selection), DCRSR: a debugger's registers.
uint32_t attack_halt(uint32_t argument)
{
    (void)argument;
    REG(0xE000EDF0u) = 0xA05F0003u;
    REG(0xE000EE04u) = 0xFu;
    REG(0xE000EE08u) = 0x00010000u | 0x2u;
    REG(0xE000EDF4u) = 0x00010011u;
    REG(0xE000EDF8u) = 0xA77AC4EDu;
    REG(DEMCR) = 0x01FF07F1u; // vector catch, SDME, MON_PEND without MON_EN
    wait_us(2000);
    bool halted = (REG(0xE000EDF0u) & 1u) != 0;
    REG(DEMCR) = 0;
    return halted ? found(1, REG(0xE000EDF0u), REG(0xE000EE04u), 0) : 0;
}

static volatile uint32_t monitored;

static void monitor(void)
{
    if (monitored++ > 50) {
        REG(DEMCR) = 0;
    }
}

// Single steps of our own monitor must end at the border.
uint32_t attack_monitor(uint32_t argument)
{
    uint64_t now;
    (void)argument;
    vectors[12] = (uint32_t)(uintptr_t)monitor;
    REG(DEMCR) = 1u << 16;
    REG(DEMCR) = 1u << 16 | 1u << 18;
    (void)mvGetMicroseconds(&now);
    (void)mvNoOp();
    REG(DEMCR) = 1u << 16 | 1u << 17; // pend it
    spin(1000);
    REG(DEMCR) = 0;
    return 0;
}

uint32_t attack_dbgmcu(uint32_t argument)
{
    (void)argument;
    for (uint32_t offset = 4; offset < 0x30; offset += 4) {
        REG(0xE0044000u + offset) = 0xFFFFFFFFu; // stop timers, keep clocks, …
    }
    wait_us(5000);
    for (uint32_t offset = 4; offset < 0x30; offset += 4) {
        REG(0xE0044000u + offset) = 0;
    }
    return 0;
}

// Our protection unit lets nothing of ours run: faults are the kernel's from then on.
uint32_t attack_own_mpu(uint32_t argument)
{
    REG(MPU_RNR) = 0;
    REG(MPU_RBAR) = 0x08000000u | 3u << 1 | argument;
    REG(MPU_RLAR) = 0x080FFFE0u | 1u;
    REG(MPU_CTRL) = 1;
    __asm volatile("dsb\n isb" ::: "memory");
    in_interrupt(0);
    spin(100000);
    return found(1, argument, 0, 0);
}

// Lazy floating-point state that is to be written into secure memory.
uint32_t attack_lazy_fpu(uint32_t argument)
{
    REG(SCB_CPACR) |= 0xFu << 20;
    __asm volatile("dsb\n isb" ::: "memory");
    REG(FPU_FPCCR) = 0xC0000001u; // LSPACT: a frame waits …
    REG(FPU_FPCAR) = argument;    // … there
    touch_fpu(0xA77AC4EDu);
    spin(1000);
    return found(1, argument, REG(FPU_FPCAR), 0);
}
