/* System clock start; the order of the steps is the reference manual's (RM0456 10.5.4): regulator
 * range and EPOD booster first, then flash wait states, then the PLL, then the switch.
 */
#include "drivers/clock.h"

#include "chip/mmio.h"
#include "chip/stm32u585.h"

/* Every wait ends: the slowest step (PLL lock, 50 us) is some hundred polls at 4 MHz. */
#define CLOCK_POLLS 20000u

#define MSIS_RANGE_4_MHZ  4u
#define PLL_SOURCE_MSIS   1u
#define PLL_N             80u /* 4 MHz * 80 / 2 = 160 MHz; the VCO runs at 320 MHz */
#define PLL_R             2u
#define FLASH_WAIT_STATES 4u
#define VOS_RANGE_1       3u
#define SW_PLL1           3u

static bool wait_for(uint32_t address, uint32_t mask, uint32_t value)
{
    for (uint32_t i = 0; i < CLOCK_POLLS; i++) {
        if ((mmio_read(address) & mask) == value) {
            return true;
        }
    }
    return false;
}

static bool running_from_pll(void)
{
    uint32_t sws = mmio_read(RCC_S + RCC_CFGR1_OFS) & RCC_CFGR1_SWS_Msk;
    return sws == SW_PLL1 << RCC_CFGR1_SWS_Pos;
}

/* MSIS at 4 MHz, whatever range was used before. */
static bool source_start(void)
{
    mmio_set(RCC_S + RCC_CR_OFS, RCC_CR_MSISON_Msk);
    if (!wait_for(RCC_S + RCC_CR_OFS, RCC_CR_MSISRDY_Msk, RCC_CR_MSISRDY_Msk)) {
        return false;
    }
    mmio_modify(RCC_S + RCC_ICSCR1_OFS, RCC_ICSCR1_MSISRANGE_Msk,
                RCC_ICSCR1_MSIRGSEL_Msk | MSIS_RANGE_4_MHZ << RCC_ICSCR1_MSISRANGE_Pos);
    return wait_for(RCC_S + RCC_CR_OFS, RCC_CR_MSISRDY_Msk, RCC_CR_MSISRDY_Msk);
}

/* The booster takes its clock from the PLL's source, so that is chosen first. */
static bool range_1_start(void)
{
    mmio_write(RCC_S + RCC_PLL1CFGR_OFS, PLL_SOURCE_MSIS << RCC_PLL1CFGR_PLL1SRC_Pos);
    mmio_modify(PWR_S + PWR_VOSR_OFS, PWR_VOSR_VOS_Msk,
                VOS_RANGE_1 << PWR_VOSR_VOS_Pos | PWR_VOSR_BOOSTEN_Msk);
    return wait_for(PWR_S + PWR_VOSR_OFS, PWR_VOSR_VOSRDY_Msk, PWR_VOSR_VOSRDY_Msk) &&
           wait_for(PWR_S + PWR_VOSR_OFS, PWR_VOSR_BOOSTRDY_Msk, PWR_VOSR_BOOSTRDY_Msk);
}

/* Prefetch stays off: erratum 2.2.26 (a hang on entry to a low-power mode). */
static bool wait_states_set(void)
{
    mmio_modify(FLASH_R_S + FLASH_ACR_OFS, FLASH_ACR_LATENCY_Msk, FLASH_WAIT_STATES);
    return wait_for(FLASH_R_S + FLASH_ACR_OFS, FLASH_ACR_LATENCY_Msk, FLASH_WAIT_STATES);
}

static bool pll_start(void)
{
    /* M = 1 and reference range 4-8 MHz are field values 0. */
    mmio_write(RCC_S + RCC_PLL1DIVR_OFS,
               (PLL_N - 1) << RCC_PLL1DIVR_PLL1N_Pos | 1u << RCC_PLL1DIVR_PLL1P_Pos |
                   1u << RCC_PLL1DIVR_PLL1Q_Pos | (PLL_R - 1) << RCC_PLL1DIVR_PLL1R_Pos);
    mmio_set(RCC_S + RCC_PLL1CFGR_OFS, RCC_PLL1CFGR_PLL1REN_Msk);
    mmio_set(RCC_S + RCC_CR_OFS, RCC_CR_PLL1ON_Msk);
    return wait_for(RCC_S + RCC_CR_OFS, RCC_CR_PLL1RDY_Msk, RCC_CR_PLL1RDY_Msk);
}

static bool pll_select(void)
{
    mmio_modify(RCC_S + RCC_CFGR1_OFS, RCC_CFGR1_SW_Msk, SW_PLL1);
    return wait_for(RCC_S + RCC_CFGR1_OFS, RCC_CFGR1_SWS_Msk, SW_PLL1 << RCC_CFGR1_SWS_Pos);
}

bool clock_start(void)
{
    if (running_from_pll()) {
        return true;
    }
    mmio_set(RCC_S + RCC_AHB3ENR_OFS, RCC_AHB3ENR_PWREN_Msk);
    (void)mmio_read(RCC_S + RCC_AHB3ENR_OFS); /* the clock needs two bus cycles */
    return source_start() && range_1_start() && wait_states_set() && pll_start() && pll_select();
}
