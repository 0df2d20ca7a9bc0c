/* The clock tree: from oscillators and PLLs to HCLK, PCLK and the kernel clocks (RM0456 11.4).
 *
 * The board carries a 32.768 kHz crystal (LSE) and no HSE crystal, unless the bench fits one.
 */
#include "soc/soc_state.h"

#define R(offset) (soc->rcc.r[(offset) / 4])

#define HSI_HZ   16000000u
#define HSI48_HZ 48000000u
#define LSE_HZ   32768u

static const uint32_t msi_hz[16] = {48000000, 24000000, 16000000, 12000000, 4000000, 2000000,
                                    1330000,  1000000,  3072000,  1536000,  1024000, 768000,
                                    400000,   200000,   133000,   100000};

/* In PLL mode the four generators run at multiples of LSE; each is divided by 1 to 4. */
static uint32_t msi_locked_hz(uint32_t range)
{
    static const uint16_t multiples[4] = {1465, 122, 94, 12};

    return multiples[range / 4] * LSE_HZ / (range % 4 + 1);
}

/* MSIPLLSEL: 0 locks MSIK, 1 MSIS. */
static bool msi_locked(const struct soc *soc, bool msis)
{
    uint32_t cr = R(RCC_CR_OFS);

    return (cr & RCC_CR_MSIPLLEN_Msk) && ((cr & RCC_CR_MSIPLLSEL_Msk) != 0) == msis &&
           (R(RCC_BDCR_OFS) & RCC_BDCR_LSESYSRDY_Msk);
}

static uint32_t msi_range(const struct soc *soc, bool msis)
{
    bool here = (R(RCC_ICSCR1_OFS) & RCC_ICSCR1_MSIRGSEL_Msk) != 0;
    uint32_t reg = here ? R(RCC_ICSCR1_OFS) : R(RCC_CSR_OFS);
    unsigned pos = here ? (msis ? RCC_ICSCR1_MSISRANGE_Pos : RCC_ICSCR1_MSIKRANGE_Pos)
                        : (msis ? RCC_CSR_MSISSRANGE_Pos : RCC_CSR_MSIKSRANGE_Pos);
    uint32_t range = (reg >> pos) & 15u;

    return msi_locked(soc, msis) ? msi_locked_hz(range) : msi_hz[range];
}

static bool cr_bit(const struct soc *soc, uint32_t mask)
{
    return (R(RCC_CR_OFS) & mask) != 0;
}

uint32_t soc_lsi_hz(const struct soc *soc)
{
    return R(RCC_BDCR_OFS) & RCC_BDCR_LSIPREDIV_Msk ? 250u : 32000u;
}

static uint32_t lsi_if_on(const struct soc *soc)
{
    return R(RCC_BDCR_OFS) & RCC_BDCR_LSIRDY_Msk ? soc_lsi_hz(soc) : 0;
}

static uint32_t lse_if_on(const struct soc *soc)
{
    return R(RCC_BDCR_OFS) & RCC_BDCR_LSERDY_Msk ? LSE_HZ : 0;
}

/* LSE for peripherals other than RTC and TAMP needs LSESYSEN. */
static uint32_t lsesys_if_on(const struct soc *soc)
{
    return R(RCC_BDCR_OFS) & RCC_BDCR_LSESYSRDY_Msk ? LSE_HZ : 0;
}

static uint32_t hsi_if_on(const struct soc *soc)
{
    return cr_bit(soc, RCC_CR_HSIRDY_Msk) ? HSI_HZ : 0;
}

static uint32_t msik_if_on(const struct soc *soc)
{
    return cr_bit(soc, RCC_CR_MSIKRDY_Msk) ? soc->rcc.msik_hz : 0;
}

static uint32_t hse_if_on(const struct soc *soc)
{
    return cr_bit(soc, RCC_CR_HSERDY_Msk) ? soc->rcc.hse_hz : 0;
}

/* In Stop a high-speed kernel clock runs only if it is kept (xxKERON) or its peripheral asks for it
 * as an autonomous one (SRDAMR). */
static uint32_t in_stop(const struct soc *soc, uint32_t hz, uint32_t keep, uint32_t autonomous)
{
    bool runs =
        soc->power == POWER_RUN || cr_bit(soc, keep) || (R(RCC_SRDAMR_OFS) & autonomous) != 0;

    return runs ? hz : 0;
}

/* Input clock that PLLxSRC selects, 0 if it does not run. */
static uint32_t pll_source_hz(const struct soc *soc, unsigned pll)
{
    switch (R(RCC_PLL1CFGR_OFS + 4 * pll) & RCC_PLL1CFGR_PLL1SRC_Msk) {
    case 1:
        return cr_bit(soc, RCC_CR_MSISRDY_Msk) ? soc->rcc.msis_hz : 0;
    case 2:
        return hsi_if_on(soc);
    case 3:
        return hse_if_on(soc);
    default:
        return 0;
    }
}

static void pll_update(struct soc *soc, unsigned pll)
{
    uint32_t config = R(RCC_PLL1CFGR_OFS + 4 * pll);
    uint32_t dividers = R(RCC_PLL1DIVR_OFS + 8 * pll);
    uint32_t fraction =
        config & RCC_PLL1CFGR_PLL1FRACEN_Msk ? (R(RCC_PLL1FRACR_OFS + 8 * pll) >> 3) & 0x1FFFu : 0;
    uint32_t reference = pll_source_hz(soc, pll) / (((config >> 8) & 15u) + 1);
    uint64_t vco = ((uint64_t)reference * (((dividers & 0x1FFu) + 1) * 8192u + fraction)) / 8192u;
    uint32_t divider[3] = {((dividers >> 9) & 0x7Fu) + 1, ((dividers >> 16) & 0x7Fu) + 1,
                           ((dividers >> 24) & 0x7Fu) + 1};

    for (unsigned out = 0; out < 3; out++) {
        bool on = cr_bit(soc, RCC_CR_PLL1RDY_Msk << (2 * pll)) &&
                  (config & (RCC_PLL1CFGR_PLL1PEN_Msk << out));

        soc->rcc.pll_hz[pll][out] = on ? (uint32_t)(vco / divider[out]) : 0;
    }
    if (cr_bit(soc, RCC_CR_PLL1ON_Msk << (2 * pll)) && reference != 0 &&
        (reference < 4000000u || reference > 16000000u || vco < 128000000u || vco > 544000000u)) {
        soc_guest_error(soc, RCC_NS + pll, "PLL%u out of range: reference %u Hz, VCO %llu Hz",
                        pll + 1, reference, (unsigned long long)vco);
    }
}

static uint32_t sysclk_hz(const struct soc *soc)
{
    switch ((R(RCC_CFGR1_OFS) & RCC_CFGR1_SWS_Msk) >> RCC_CFGR1_SWS_Pos) {
    case 0:
        return soc->rcc.msis_hz;
    case 1:
        return HSI_HZ;
    case 2:
        return hse_if_on(soc);
    case 3:
        return soc->rcc.pll_hz[0][2];
    default:
        return 0;
    }
}

static uint32_t ahb_divider(uint32_t hpre)
{
    static const uint16_t dividers[8] = {2, 4, 8, 16, 64, 128, 256, 512};

    return hpre & 8u ? dividers[hpre & 7u] : 1u;
}

static uint32_t apb_divider(uint32_t ppre)
{
    return ppre & 4u ? 2u << (ppre & 3u) : 1u;
}

/* Limits of the voltage range, and flash wait states (RM0456 tables 54-55). */
static void check_limits(struct soc *soc)
{
    static const uint32_t range_mhz[4] = {25, 55, 110, 160}; /* by VOS: range 4 ... 1 */
    static const uint8_t step_mhz[4] = {12, 24, 30, 32};
    uint32_t vos = (soc->pwr.vosr & PWR_VOSR_VOS_Msk) >> PWR_VOSR_VOS_Pos;
    uint32_t mhz = (soc->rcc.hclk_hz + 999999u) / 1000000u;
    uint32_t latency = soc->flash.acr & FLASH_ACR_LATENCY_Msk;

    if (mhz > range_mhz[vos]) {
        soc_guest_error(soc, RCC_NS + 0x10 + vos, "HCLK %u MHz in voltage range %u", mhz, 4 - vos);
    }
    if (mhz > 55 && !(soc->pwr.vosr & PWR_VOSR_BOOSTRDY_Msk)) {
        soc_guest_error(soc, RCC_NS + 0x20, "HCLK %u MHz without the EPOD booster", mhz);
    }
    if (mhz > (latency + 1) * step_mhz[vos] + (vos == 0 ? latency : 0)) {
        soc_guest_error(soc, RCC_NS + 0x30, "HCLK %u MHz with %u flash wait states", mhz, latency);
    }
}

/* Recomputes every frequency; keeps timers and the time base exact over the change. */
void soc_rcc_update(struct soc *soc)
{
    struct soc_rcc *rcc = &soc->rcc;
    uint32_t before = rcc->hclk_hz;
    sim_ps time = soc_cpu_time(soc);

    soc_before_clock_change(soc);
    rcc->msis_hz = msi_range(soc, true);
    rcc->msik_hz = msi_range(soc, false);
    for (unsigned pll = 0; pll < 3; pll++) {
        pll_update(soc, pll);
    }
    rcc->sysclk_hz = sysclk_hz(soc);
    if (rcc->sysclk_hz == 0) {
        soc_guest_error(soc, RCC_NS + 0x40, "SYSCLK stopped; the model keeps 4 MHz");
        rcc->sysclk_hz = 4000000u;
    }
    rcc->hclk_hz = rcc->sysclk_hz / ahb_divider(R(RCC_CFGR2_OFS) & 15u);
    rcc->pclk1_hz = rcc->hclk_hz / apb_divider((R(RCC_CFGR2_OFS) >> 4) & 7u);
    rcc->pclk2_hz = rcc->hclk_hz / apb_divider((R(RCC_CFGR2_OFS) >> 8) & 7u);
    rcc->pclk3_hz = rcc->hclk_hz / apb_divider((R(RCC_CFGR3_OFS) >> 4) & 7u);
    check_limits(soc);
    if (rcc->hclk_hz != before) {
        soc->base_ps = time; /* cycles counted so far belong to the old clock */
        soc->base_cycles = cpu_cycles(soc->cpu);
        cpu_break(soc->cpu);
    }
    cpu_set_systick_reference(
        soc->cpu, (R(RCC_CCIPR1_OFS) & RCC_CCIPR1_SYSTICKSEL_Msk) == 0
                      ? 8
                      : rcc->hclk_hz / ((R(RCC_CCIPR1_OFS) & (1u << 22)) ? 32000u : LSE_HZ));
    soc_after_clock_change(soc);
    soc_rtc_follow_clock(soc);
    soc_pwr_clock_changed(soc);
}

/* ---- Kernel clocks ---- */

uint32_t soc_uart_clock_hz(const struct soc *soc, unsigned uart)
{
    static const uint8_t shift[5] = {0, 2, 4, 6, 8};
    uint32_t select =
        uart == SOC_LPUART1 ? R(RCC_CCIPR3_OFS) & 7u : (R(RCC_CCIPR1_OFS) >> shift[uart]) & 3u;

    if (soc->power != POWER_RUN &&
        (select < 2 || !soc_stop_lets(soc, uart == SOC_LPUART1 ? 2 : 1) ||
         (uart == SOC_LPUART1 && !(R(RCC_SRDAMR_OFS) & RCC_SRDAMR_LPUART1AMEN_Msk)))) {
        return 0;
    }
    switch (select) {
    case 0:
        return uart == SOC_LPUART1  ? soc->rcc.pclk3_hz
               : uart == SOC_USART1 ? soc->rcc.pclk2_hz
                                    : soc->rcc.pclk1_hz;
    case 1:
        return soc->rcc.sysclk_hz;
    case 2:
        return hsi_if_on(soc);
    case 3:
        return lsesys_if_on(soc);
    case 4:
        return msik_if_on(soc);
    default:
        return 0;
    }
}

bool soc_stop_lets(const struct soc *soc, unsigned deepest)
{
    return soc->power == POWER_RUN ||
           (soc->power == POWER_STOP && (soc->pwr.cr1 & PWR_CR1_LPMS_Msk) <= deepest);
}

/* 0 PCLK, 1 SYSCLK, 2 HSI16, 3 MSIK: the same for I2C and SPI. */
static uint32_t serial_bus_clock_hz(const struct soc *soc, uint32_t select, uint32_t pclk_hz)
{
    switch (select & 3u) {
    case 0:
        return pclk_hz;
    case 1:
        return soc->rcc.sysclk_hz;
    case 2:
        return hsi_if_on(soc);
    default:
        return msik_if_on(soc);
    }
}

uint32_t soc_i2c_clock_hz(const struct soc *soc, unsigned i2c)
{
    static const uint8_t shift[4] = {RCC_CCIPR1_I2C1SEL_Pos, RCC_CCIPR1_I2C2SEL_Pos,
                                     RCC_CCIPR3_I2C3SEL_Pos, RCC_CCIPR1_I2C4SEL_Pos};
    uint32_t reg = i2c == 2 ? R(RCC_CCIPR3_OFS) : R(RCC_CCIPR1_OFS);

    return serial_bus_clock_hz(soc, reg >> shift[i2c],
                               i2c == 2 ? soc->rcc.pclk3_hz : soc->rcc.pclk1_hz);
}

uint32_t soc_spi_clock_hz(const struct soc *soc, unsigned spi)
{
    static const uint8_t shift[3] = {RCC_CCIPR1_SPI1SEL_Pos, RCC_CCIPR1_SPI2SEL_Pos,
                                     RCC_CCIPR3_SPI3SEL_Pos};
    const uint32_t pclk_hz[3] = {soc->rcc.pclk2_hz, soc->rcc.pclk1_hz, soc->rcc.pclk3_hz};
    uint32_t reg = spi == 2 ? R(RCC_CCIPR3_OFS) : R(RCC_CCIPR1_OFS);

    return serial_bus_clock_hz(soc, reg >> shift[spi], pclk_hz[spi]);
}

uint32_t soc_tim_clock_hz(const struct soc *soc, unsigned tim)
{
    uint32_t pclk = tim < 6 ? soc->rcc.pclk1_hz : soc->rcc.pclk2_hz;

    if (soc->power != POWER_RUN) {
        return 0; /* Stop: no bus clock */
    }
    return pclk == soc->rcc.hclk_hz ? pclk : 2 * pclk;
}

bool soc_lptim_frozen(const struct soc *soc, unsigned lptim)
{
    static const uint8_t apb3_bits[4] = {DBGMCU_APB3FZR_DBG_LPTIM1_STOP_Pos, 0,
                                         DBGMCU_APB3FZR_DBG_LPTIM3_STOP_Pos,
                                         DBGMCU_APB3FZR_DBG_LPTIM4_STOP_Pos};

    return lptim == 1
               ? soc_debug_frozen(soc, DBGMCU_APB1FZR2_OFS, DBGMCU_APB1FZR2_DBG_LPTIM2_STOP_Pos)
               : soc_debug_frozen(soc, DBGMCU_APB3FZR_OFS, apb3_bits[lptim]);
}

uint32_t soc_lptim_clock_hz(const struct soc *soc, unsigned lptim)
{
    uint32_t select = lptim == 1   ? (R(RCC_CCIPR1_OFS) >> RCC_CCIPR1_LPTIM2SEL_Pos) & 3u
                      : lptim == 0 ? (R(RCC_CCIPR3_OFS) >> RCC_CCIPR3_LPTIM1SEL_Pos) & 3u
                                   : (R(RCC_CCIPR3_OFS) >> RCC_CCIPR3_LPTIM34SEL_Pos) & 3u;

    /* LPTIM2 is not in the SmartRun domain. */
    static const uint32_t autonomous[4] = {RCC_SRDAMR_LPTIM1AMEN_Msk, 0, RCC_SRDAMR_LPTIM3AMEN_Msk,
                                           RCC_SRDAMR_LPTIM4AMEN_Msk};

    if (soc_lptim_frozen(soc, lptim)) {
        return 0;
    }
    switch (select) {
    case 0:
        return lptim == 1 ? (soc->power == POWER_RUN ? soc->rcc.pclk1_hz : 0)
                          : in_stop(soc, msik_if_on(soc), RCC_CR_MSIKERON_Msk, autonomous[lptim]);
    case 1:
        return lsi_if_on(soc);
    case 2:
        return in_stop(soc, hsi_if_on(soc), RCC_CR_HSIKERON_Msk, autonomous[lptim]);
    default:
        return lsesys_if_on(soc);
    }
}

uint32_t soc_rng_clock_hz(const struct soc *soc)
{
    uint32_t hsi48 = cr_bit(soc, RCC_CR_HSI48RDY_Msk) ? HSI48_HZ : 0;

    switch ((R(RCC_CCIPR2_OFS) & RCC_CCIPR2_RNGSEL_Msk) >> RCC_CCIPR2_RNGSEL_Pos) {
    case 0:
        return hsi48;
    case 1:
        return hsi48 / 2;
    case 2:
        return hsi_if_on(soc);
    default:
        return 0;
    }
}

uint32_t soc_saes_clock_hz(const struct soc *soc)
{
    uint32_t shsi = soc_osc_ready(soc, OSC_SHSI) ? HSI48_HZ : 0;

    return R(RCC_CCIPR2_OFS) & RCC_CCIPR2_SAESSEL_Msk ? shsi / 2 : shsi;
}

uint32_t soc_octospi_clock_hz(const struct soc *soc)
{
    switch ((R(RCC_CCIPR2_OFS) & RCC_CCIPR2_OCTOSPISEL_Msk) >> RCC_CCIPR2_OCTOSPISEL_Pos) {
    case 0:
        return soc->rcc.sysclk_hz;
    case 1:
        return msik_if_on(soc);
    case 2:
        return soc->rcc.pll_hz[0][1];
    default:
        return soc->rcc.pll_hz[1][1];
    }
}

uint32_t soc_rtc_clock_hz(const struct soc *soc)
{
    if (!(R(RCC_BDCR_OFS) & RCC_BDCR_RTCEN_Msk)) {
        return 0;
    }
    switch ((R(RCC_BDCR_OFS) & RCC_BDCR_RTCSEL_Msk) >> RCC_BDCR_RTCSEL_Pos) {
    case 1:
        return lse_if_on(soc);
    case 2:
        return lsi_if_on(soc);
    case 3:
        return hse_if_on(soc) / 32u;
    default:
        return 0;
    }
}

/* ---- Clock outputs ---- */

uint32_t soc_mco_hz(const struct soc *soc)
{
    uint32_t hsi48 = cr_bit(soc, RCC_CR_HSI48RDY_Msk) ? HSI48_HZ : 0;
    const uint32_t sources[16] = {
        [1] = soc->rcc.sysclk_hz,    [2] = cr_bit(soc, RCC_CR_MSISRDY_Msk) ? soc->rcc.msis_hz : 0,
        [3] = hsi_if_on(soc),        [4] = hse_if_on(soc),
        [5] = soc->rcc.pll_hz[0][2], [6] = lsi_if_on(soc),
        [7] = lsesys_if_on(soc),     [8] = hsi48,
        [9] = msik_if_on(soc),
    };
    uint32_t select = (R(RCC_CFGR1_OFS) & RCC_CFGR1_MCOSEL_Msk) >> RCC_CFGR1_MCOSEL_Pos;
    uint32_t divide = (R(RCC_CFGR1_OFS) & RCC_CFGR1_MCOPRE_Msk) >> RCC_CFGR1_MCOPRE_Pos;

    return sources[select] >> (divide < 4 ? divide : 4);
}

uint32_t soc_lsco_hz(const struct soc *soc)
{
    uint32_t bdcr = R(RCC_BDCR_OFS);

    if (!(bdcr & RCC_BDCR_LSCOEN_Msk)) {
        return 0;
    }
    return bdcr & RCC_BDCR_LSCOSEL_Msk ? lse_if_on(soc) : lsi_if_on(soc);
}
