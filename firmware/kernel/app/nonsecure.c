/* Tearing down what an application leaves behind: see nonsecure.h. */
#include "kernel/app/nonsecure.h"

#include <stddef.h>

#include "chip/core.h"
#include "chip/mmio.h"
#include "chip/stm32u585.h"
#include "kernel/calls/periph.h"
#include "kernel/fast/fast.h"
#include "kernel/isolation/fault.h"
#include "kernel/isolation/isolation.h"
#include "kernel/isolation/sau.h"
#include "kernel/work/targets.h"
#include "kernel/work/work.h"
#include "layout.h"

void fpu_clear(void); /* fpu_clear.S */

#define ALL_PORT_CLOCKS 0x1FFu /* RCC_AHB2ENR1.GPIOAEN .. GPIOIEN */

static void interrupts_off(void)
{
    fast_reset();
    for (uint32_t i = 0; i < ISOLATION_IRQ_WORDS; i++) {
        mmio_write(NVIC_ICER + 4 * i, isolation_app_irqs[i]);
        mmio_write(NVIC_ITNS + 4 * i, isolation_app_irqs[i]);
        mmio_write(NVIC_ICPR + 4 * i, isolation_app_irqs[i]);
    }
    for (uint32_t irq = 0; irq < IRQ_COUNT; irq++) {
        if (isolation_irq_is_apps(irq)) {
            *(volatile uint8_t *)(uintptr_t)(NVIC_IPR + irq) = 0;
        }
    }
}

static void system_registers(void)
{
    mmio_write(SYST_CSR_NS, 0);
    mmio_write(SYST_RVR_NS, 0);
    mmio_write(SYST_CVR_NS, 0);
    mmio_write(SCB_ICSR_NS, ICSR_PENDSVCLR | ICSR_PENDSTCLR);
    mmio_write(SCB_SHCSR_NS, 0); /* also ends system exceptions that were active */
    mmio_write(SCB_SHPR1_NS, 0);
    mmio_write(SCB_SHPR2_NS, 0);
    mmio_write(SCB_SHPR3_NS, 0);
    mmio_write(SCB_SCR_NS, 0);
    mmio_write(SCB_CCR_NS, 0x201u);
    mmio_write(SCB_CPACR_NS, 0);
    mmio_write(SCB_CFSR_NS, ~0u);
    mmio_write(MPU_CTRL_NS, 0);
    for (uint32_t i = 0; i < MPU_REGIONS; i++) {
        mmio_write(MPU_RNR_NS, i);
        mmio_write(MPU_RLAR_NS, 0);
    }
    /* A frame that waits for its floating-point registers is on a stack that is no more. */
    mmio_write(FPU_FPCCR_NS, FPCCR_RESET);
    mmio_write(FPU_FPCAR_NS, 0);
    mmio_write(FPU_FPDSCR_NS, 0);
    core_set_control_ns(0);
    core_set_primask_ns(0);
    core_set_faultmask_ns(0);
    core_set_basepri_ns(0);
    core_set_msplim_ns(0);
    core_set_psplim_ns(0);
    core_set_psp_ns(0);
}

/* The debug units are not banked: what the application left there would go on. */
static void debug_units(void)
{
    fault_breakpoints_off();
    for (uint32_t i = 0; i < DWT_COMPARATORS; i++) {
        mmio_write(DWT_FUNCTION0 + 16 * i, 0);
    }
    mmio_clear(DEBUG_DEMCR, DEMCR_MONITOR | DEMCR_TRCENA);
}

static void peripherals_reset(void)
{
    static const uint16_t resets[] = {
        RCC_AHB1RSTR_OFS,  RCC_AHB2RSTR1_OFS, RCC_AHB2RSTR2_OFS, RCC_AHB3RSTR_OFS,
        RCC_APB1RSTR1_OFS, RCC_APB1RSTR2_OFS, RCC_APB2RSTR_OFS,  RCC_APB3RSTR_OFS,
    };
    for (uint32_t i = 0; i < sizeof resets / sizeof *resets; i++) {
        uint32_t reset = RCC_S + resets[i], enable = reset + RCC_AHB1ENR_OFS - RCC_AHB1RSTR_OFS;
        uint32_t bits = periph_rcc_writable(resets[i]);
        mmio_set(reset, bits);
        (void)mmio_read(reset);
        mmio_write(reset, 0); /* also what the application itself holds there */
        mmio_clear(enable, periph_rcc_writable(resets[i] + RCC_AHB1ENR_OFS - RCC_AHB1RSTR_OFS));
    }
}

/* Clocks that only the application used: sources back to their reset state. */
static void clocks_reset(void)
{
    static const uint16_t selections[] = {RCC_CCIPR1_OFS, RCC_CCIPR2_OFS, RCC_CCIPR3_OFS,
                                          RCC_SRDAMR_OFS};
    for (uint32_t i = 0; i < sizeof selections / sizeof *selections; i++) {
        mmio_clear(RCC_S + selections[i], periph_rcc_writable(selections[i]));
    }
    mmio_clear(RCC_S + RCC_CR_OFS, periph_rcc_writable(RCC_CR_OFS) & ~RCC_CR_MSIKON_Msk);
    mmio_set(RCC_S + RCC_CR_OFS, RCC_CR_MSIKON_Msk); /* on after reset */
}

/* Pins of the application back to analogue; SWD and JTAG pins keep their function. */
static void pins_reset(void)
{
    mmio_clear(RCC_S + RCC_AHB2RSTR1_OFS, ALL_PORT_CLOCKS); /* same bits */
    mmio_set(RCC_S + RCC_AHB2ENR1_OFS, ALL_PORT_CLOCKS);
    (void)mmio_read(RCC_S + RCC_AHB2ENR1_OFS);
    isolation_pins(); /* a port that the application has reset is all secure */
    static const uint16_t debug_pins[ISOLATION_PORTS] = {0xE000u, 0x0018u};
    for (uint32_t port = 0; port < ISOLATION_PORTS; port++) {
        uint32_t base = GPIOA_S + port * (GPIOB_S - GPIOA_S);
        uint32_t keep = isolation_kernel_pins[port] | debug_pins[port], wide = 0;
        for (uint32_t pin = 0; pin < 16; pin++) {
            wide |= (keep >> pin & 1u) != 0 ? 3u << (2 * pin) : 0;
        }
        mmio_set(base + GPIO_MODER_OFS, ~wide);
        mmio_clear(base + GPIO_PUPDR_OFS, ~wide);
        mmio_clear(base + GPIO_OSPEEDR_OFS, ~wide);
        mmio_clear(base + GPIO_OTYPER_OFS, ~keep & 0xFFFFu);
        mmio_write(base + GPIO_BSRR_OFS, (~keep & 0xFFFFu) << 16);
    }
}

static void lines_reset(void)
{
    mmio_write(EXTI_S + EXTI_IMR1_OFS, 0);
    mmio_write(EXTI_S + EXTI_EMR1_OFS, 0);
    mmio_write(EXTI_S + EXTI_RTSR1_OFS, 0);
    mmio_write(EXTI_S + EXTI_FTSR1_OFS, 0);
    mmio_write(EXTI_S + EXTI_RPR1_OFS, ~0u);
    mmio_write(EXTI_S + EXTI_FPR1_OFS, ~0u);
}

void nonsecure_reset(void)
{
    interrupts_off();
    pins_reset();
    lines_reset();
    peripherals_reset();
    clocks_reset();
    system_registers();
    debug_units();
    fpu_clear();
    interrupts_off(); /* what a peripheral raised on its way down */
    core_barrier();
}

/* Much memory: four words at a time. */
static void clear(uint32_t base, uint32_t size)
{
    __asm volatile("movs r3, #0\n mov r4, r3\n mov r5, r3\n mov r6, r3\n"
                   "1: stmia %0!, {r3-r6}\n subs %1, #16\n bne 1b\n"
                   : "+r"(base), "+r"(size)::"r3", "r4", "r5", "r6", "cc", "memory");
}

/* Handlers that the last application was in when it crashed are still active. */
static void unwind_interrupts(void)
{
    for (uint32_t i = 0; i < ISOLATION_IRQ_WORDS; i++) {
        uint32_t active = mmio_read(NVIC_IABR + 4 * i) & isolation_app_irqs[i];
        for (; active != 0; active &= active - 1) {
            work_unwind(16 + 32 * i + (uint32_t)__builtin_ctz(active));
        }
    }
}

bool nonsecure_clear(void)
{
    unwind_interrupts();
    if (targets_exception_active()) {
        return false;
    }
    clear(LAYOUT_APP_RAM_BASE, LAYOUT_APP_RAM_SIZE);
    clear(SAU_SRAM4_BASE, SAU_SRAM4_SIZE);
    mmio_write(SCB_VTOR_NS, LAYOUT_APP_FLASH_BASE);
    /* SYSCFG_CNSLCKR lets an application freeze these two until reset. */
    return mmio_read(SCB_VTOR_NS) == LAYOUT_APP_FLASH_BASE && mmio_read(MPU_CTRL_NS) == 0;
}
