/* A small bare-metal program for the whole chip: it runs from secure flash and leaves what it saw
 * in SRAM for the test to check. Freestanding; no library, no start-up code. */
#include <stdint.h>

#include "chip/stm32u585.h"
#include "guest.h"

#define REG(address) (*(volatile uint32_t *)(uintptr_t)(address))
#define ICSR_PENDING REG(0xE000ED04u)
#define NVIC_ISER(n) REG(0xE000E100u + 4u * (n))
#define AIRCR        REG(0xE000ED0Cu)
#define SCR          REG(0xE000ED10u)
#define REPORT       ((volatile struct guest_report *)GUEST_REPORT)

void reset_handler(void);
void tim6_handler(void);
void gtzc_handler(void);
void fault_handler(void);

/* Vectors up to the highest interrupt used (TIM6, 49). */
__attribute__((section(".vectors"), used)) static const uintptr_t vectors[16 + 50] = {
    [0] = GUEST_STACK,
    [1] = (uintptr_t)reset_handler,
    [2] = (uintptr_t)fault_handler,
    [3] = (uintptr_t)fault_handler,
    [16 + IRQ_GTZC] = (uintptr_t)gtzc_handler,
    [16 + IRQ_TIM6] = (uintptr_t)tim6_handler,
};

void fault_handler(void)
{
    REPORT->faults++;
    for (;;) {
    }
}

void tim6_handler(void)
{
    REG(TIM6_S + TIM_SR_OFS) = 0;
    REPORT->ticks++;
}

void gtzc_handler(void)
{
    REPORT->illegal = REG(GTZC_TZIC1_S + GTZC_TZIC_SR4_OFS);
    REG(GTZC_TZIC1_S + GTZC_TZIC_FCR4_OFS) = 0xFFFFFFFFu;
}

static void enable(uint32_t reg, uint32_t bits)
{
    REG(RCC_S + reg) |= bits;
    (void)REG(RCC_S + reg);
}

static void clock_160_mhz(void)
{
    enable(RCC_AHB3ENR_OFS, RCC_AHB3ENR_PWREN_Msk);
    REG(RCC_S + RCC_PLL1CFGR_OFS) = 1u | RCC_PLL1CFGR_PLL1REN_Msk;
    REG(PWR_S + PWR_VOSR_OFS) = PWR_VOSR_VOS_Msk | PWR_VOSR_BOOSTEN_Msk;
    while ((REG(PWR_S + PWR_VOSR_OFS) & 0xC000u) != 0xC000u) {
    }
    REG(FLASH_R_S + FLASH_ACR_OFS) = 4;
    REG(RCC_S + RCC_PLL1DIVR_OFS) = 79u | 1u << 9 | 1u << 16 | 1u << 24;
    REG(RCC_S + RCC_CR_OFS) |= RCC_CR_PLL1ON_Msk;
    while (!(REG(RCC_S + RCC_CR_OFS) & RCC_CR_PLL1RDY_Msk)) {
    }
    REG(RCC_S + RCC_CFGR1_OFS) = 3;
    while ((REG(RCC_S + RCC_CFGR1_OFS) & RCC_CFGR1_SWS_Msk) != 3u << RCC_CFGR1_SWS_Pos) {
    }
}

/* Ten interrupts of 1 ms, slept through. */
static void sleep_through_ticks(void)
{
    enable(RCC_APB1ENR1_OFS, RCC_APB1ENR1_TIM6EN_Msk | RCC_APB1ENR1_TIM2EN_Msk);
    REG(TIM2_S + TIM_CR1_OFS) = 1; /* free-running at 160 MHz */
    REG(TIM6_S + TIM_PSC_OFS) = 159;
    REG(TIM6_S + TIM_ARR_OFS) = 999;
    REG(TIM6_S + TIM_EGR_OFS) = 1;
    REG(TIM6_S + TIM_SR_OFS) = 0;
    REG(TIM6_S + TIM_DIER_OFS) = 1;
    REG(TIM6_S + TIM_CR1_OFS) = 1;
    NVIC_ISER(IRQ_TIM6 / 32) = 1u << (IRQ_TIM6 % 32);
    while (REPORT->ticks < 10) {
        __asm volatile("wfi");
    }
    REPORT->slept_cycles = REG(TIM2_S + TIM_CNT_OFS);
    REG(TIM6_S + TIM_CR1_OFS) = 0;
}

/* Erases and programs a page of the bank that this code runs from. */
static void write_own_bank(void)
{
    uint32_t start;

    REG(FLASH_R_S + FLASH_SECKEYR_OFS) = 0x45670123u;
    REG(FLASH_R_S + FLASH_SECKEYR_OFS) = 0xCDEF89ABu;
    start = REG(TIM2_S + TIM_CNT_OFS);
    REG(FLASH_R_S + FLASH_SECCR_OFS) = FLASH_SECCR_PER_Msk | 100u << FLASH_SECCR_PNB_Pos |
                                       FLASH_SECCR_BKER_Msk | FLASH_SECCR_STRT_Msk;
    while (REG(FLASH_R_S + FLASH_SECSR_OFS) & FLASH_SECSR_BSY_Msk) {
        REPORT->erase_polls++;
    }
    REPORT->erase_cycles = REG(TIM2_S + TIM_CNT_OFS) - start;
    REG(FLASH_R_S + FLASH_SECCR_OFS) = FLASH_SECCR_PG_Msk;
    for (uint32_t i = 0; i < 4; i++) {
        REG(GUEST_PAGE + 4 * i) = 0x11111111u * (i + 1);
    }
    while (REG(FLASH_R_S + FLASH_SECSR_OFS) & FLASH_SECSR_BSY_Msk) {
    }
    REPORT->flash_word = REG(GUEST_PAGE + 8);
    REPORT->flash_status = REG(FLASH_R_S + FLASH_SECSR_OFS);
}

/* A secure access to a block that has become non-secure: zeros and an event. */
static void touch_nonsecure_block(void)
{
    enable(RCC_AHB1ENR_OFS, RCC_AHB1ENR_GTZC1EN_Msk);
    REG(0x30010000u) = 0x77u;
    REG(GTZC_TZIC1_S + GTZC_TZIC_IER4_OFS) = 1u << 24;
    NVIC_ISER(0) = 1u << IRQ_GTZC;
    REG(GTZC_MPCBB1_S + GTZC_MPCBB_SECCFGR_OFS + 16) = 0; /* blocks 128..159 */
    __asm volatile("dsb\n isb");
    REPORT->raz = REG(0x30010000u);
    __asm volatile("dsb\n isb");
}

/* Code in SRAM, rewritten between two calls. */
static void run_from_sram(void)
{
    volatile uint16_t *code = (volatile uint16_t *)0x30020000u;
    uint32_t (*call)(void) = (uint32_t(*)(void))0x30020001u;

    code[0] = 0x2011; /* movs r0, #17 */
    code[1] = 0x4770; /* bx lr */
    __asm volatile("dsb\n isb");
    REPORT->sram_first = call();
    code[0] = 0x2022; /* movs r0, #34 */
    __asm volatile("dsb\n isb");
    REPORT->sram_second = call();
}

void reset_handler(void)
{
    if (REPORT->magic == GUEST_MAGIC) { /* second boot, after the software reset */
        REPORT->reset_flags = REG(RCC_S + RCC_CSR_OFS);
        REPORT->done = 1;
        for (;;) {
            __asm volatile("wfi");
        }
    }
    for (uint32_t i = 0; i < sizeof(struct guest_report) / 4; i++) {
        ((volatile uint32_t *)GUEST_REPORT)[i] = 0;
    }
    REPORT->magic = GUEST_MAGIC;
    clock_160_mhz();
    sleep_through_ticks();
    write_own_bank();
    touch_nonsecure_block();
    run_from_sram();
    REG(RCC_S + RCC_CSR_OFS) |= RCC_CSR_RMVF_Msk;
    AIRCR = 0x05FA0004u;
    for (;;) {
    }
}
