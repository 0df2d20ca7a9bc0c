/* RCC registers: oscillators with their start-up times, clock switch, enables and resets of the
 * peripherals, backup-domain control, reset flags (RM0456 chapter 11).
 */
#include "soc/soc_state.h"

#include <assert.h>
#include <string.h>

#define R(offset) (soc->rcc.r[(offset) / 4])

/* Start-up times: datasheet tables 83-87, typical or maximum as the note to the chip has them. */
static const struct {
    uint32_t reg;
    uint32_t on, ready;
    uint32_t start_ns;
    uint32_t interrupt; /* bit in CIER/CIFR, 31: none */
} oscillators[OSC_COUNT] = {
    [OSC_MSIS] = {RCC_CR_OFS, RCC_CR_MSISON_Msk, RCC_CR_MSISRDY_Msk, 5000, 2},
    [OSC_MSIK] = {RCC_CR_OFS, RCC_CR_MSIKON_Msk, RCC_CR_MSIKRDY_Msk, 5000, 11},
    [OSC_HSI] = {RCC_CR_OFS, RCC_CR_HSION_Msk, RCC_CR_HSIRDY_Msk, 2500, 3},
    [OSC_HSI48] = {RCC_CR_OFS, RCC_CR_HSI48ON_Msk, RCC_CR_HSI48RDY_Msk, 6000, 5},
    [OSC_SHSI] = {RCC_CR_OFS, RCC_CR_SHSION_Msk, RCC_CR_SHSIRDY_Msk, 6000, 12},
    [OSC_HSE] = {RCC_CR_OFS, RCC_CR_HSEON_Msk, RCC_CR_HSERDY_Msk, 2000000, 4},
    [OSC_PLL1] = {RCC_CR_OFS, RCC_CR_PLL1ON_Msk, RCC_CR_PLL1RDY_Msk, 50000, 6},
    [OSC_PLL2] = {RCC_CR_OFS, RCC_CR_PLL2ON_Msk, RCC_CR_PLL2RDY_Msk, 50000, 7},
    [OSC_PLL3] = {RCC_CR_OFS, RCC_CR_PLL3ON_Msk, RCC_CR_PLL3RDY_Msk, 50000, 8},
    [OSC_LSI] = {RCC_BDCR_OFS, RCC_BDCR_LSION_Msk, RCC_BDCR_LSIRDY_Msk, 260000, 0},
    [OSC_LSE] = {RCC_BDCR_OFS, RCC_BDCR_LSEON_Msk, RCC_BDCR_LSERDY_Msk, 250000000, 1},
    [OSC_LSESYS] = {RCC_BDCR_OFS, RCC_BDCR_LSESYSEN_Msk, RCC_BDCR_LSESYSRDY_Msk, 61036, 31},
};

bool soc_osc_ready(const struct soc *soc, enum soc_osc osc)
{
    return (R(oscillators[osc].reg) & oscillators[osc].ready) != 0;
}

static void update_irq(struct soc *soc)
{
    uint32_t active = R(RCC_CIFR_OFS) & R(RCC_CIER_OFS);
    uint32_t secure = soc->tzen ? soc_rcc_secure_mask(soc, RCC_CIFR_OFS) : 0;

    soc_irq(soc, IRQ_RCC, (active & ~secure) != 0);
    soc_irq(soc, IRQ_RCC_S, (active & secure) != 0);
}

/* SW takes effect as soon as the source that it names is ready. */
static void try_switch(struct soc *soc)
{
    static const enum soc_osc by_sw[4] = {OSC_MSIS, OSC_HSI, OSC_HSE, OSC_PLL1};
    uint32_t sw = R(RCC_CFGR1_OFS) & RCC_CFGR1_SW_Msk;

    if (soc_osc_ready(soc, by_sw[sw])) {
        if (sw == 3 && soc->rcc.pll_hz[0][2] == 0) {
            soc_guest_error(soc, RCC_NS + 0x50, "SYSCLK switched to PLL1 with its R output off");
        }
        R(RCC_CFGR1_OFS) = (R(RCC_CFGR1_OFS) & ~RCC_CFGR1_SWS_Msk) | sw << RCC_CFGR1_SWS_Pos;
    }
}

static bool pll_source_ready(const struct soc *soc, unsigned pll)
{
    static const enum soc_osc by_src[4] = {OSC_COUNT, OSC_MSIS, OSC_HSI, OSC_HSE};
    uint32_t source = R(RCC_PLL1CFGR_OFS + 4 * pll) & 3u;

    return source != 0 && soc_osc_ready(soc, by_src[source]);
}

static void ready_fire(void *context)
{
    struct soc_event *event = context;
    struct soc *soc = event->soc;
    unsigned osc = event->instance;

    if (osc >= OSC_PLL1 && osc <= OSC_PLL3 && !pll_source_ready(soc, osc - OSC_PLL1)) {
        soc_guest_error(soc, RCC_NS + 0x60 + osc, "PLL%u on without a running source",
                        osc - OSC_PLL1 + 1);
        return;
    }
    R(oscillators[osc].reg) |= oscillators[osc].ready;
    if (oscillators[osc].interrupt < 31) {
        R(RCC_CIFR_OFS) |= (1u << oscillators[osc].interrupt) & R(RCC_CIER_OFS);
    }
    soc_rcc_update(soc);
    try_switch(soc);
    soc_rcc_update(soc);
    update_irq(soc);
}

/* Crystals that are not there or broken never start. */
static bool can_start(const struct soc *soc, unsigned osc)
{
    return !(osc == OSC_HSE && (soc->rcc.hse_hz == 0 || soc->rcc.hse_failed)) &&
           !(osc == OSC_LSE && soc->rcc.lse_failed);
}

/* Follows a change of ON bits: starts the missing ones, drops RDY of those switched off. */
static void oscillators_follow(struct soc *soc)
{
    for (unsigned i = 0; i < OSC_COUNT; i++) {
        uint32_t reg = R(oscillators[i].reg);

        if (!(reg & oscillators[i].on)) {
            sched_cancel(soc->sched, &soc->rcc.ready[i].event);
            R(oscillators[i].reg) &= ~oscillators[i].ready;
        } else if (!(reg & oscillators[i].ready) && soc->rcc.ready[i].event.due == SIM_NEVER) {
            if (can_start(soc, i)) {
                soc_after(soc, &soc->rcc.ready[i], oscillators[i].start_ns * UINT64_C(1000));
            } else {
                soc_guest_error(soc, RCC_NS + 0x70 + i, "%s: no crystal that works, never ready",
                                i == OSC_HSE ? "HSE" : "LSE");
            }
        }
    }
}

void soc_rcc_oscillator_init(struct soc *soc)
{
    for (unsigned i = 0; i < OSC_COUNT; i++) {
        soc_event_init(&soc->rcc.ready[i], soc, i, ready_fire);
    }
}

void soc_rcc_force_lsi(struct soc *soc)
{
    R(RCC_BDCR_OFS) |= RCC_BDCR_LSION_Msk;
    oscillators_follow(soc);
}

/* Leaves what the failed HSE fed: SYSCLK goes to MSIS or HSI16 (STOPWUCK), its PLLs stop. */
void soc_rcc_switch_safe(struct soc *soc)
{
    uint32_t sws = (R(RCC_CFGR1_OFS) & RCC_CFGR1_SWS_Msk) >> RCC_CFGR1_SWS_Pos;
    uint32_t safe = R(RCC_CFGR1_OFS) & RCC_CFGR1_STOPWUCK_Msk ? 1 : 0;
    bool pll1 = (R(RCC_PLL1CFGR_OFS) & 3u) == 3u;

    R(RCC_CR_OFS) &= ~RCC_CR_HSEON_Msk;
    for (unsigned pll = 0; pll < 3; pll++) {
        if ((R(RCC_PLL1CFGR_OFS + 4 * pll) & 3u) == 3u) {
            R(RCC_CR_OFS) &= ~(RCC_CR_PLL1ON_Msk << (2 * pll));
        }
    }
    if (sws == 2 || (sws == 3 && pll1)) {
        R(RCC_CR_OFS) |=
            safe ? RCC_CR_HSION_Msk | RCC_CR_HSIRDY_Msk : RCC_CR_MSISON_Msk | RCC_CR_MSISRDY_Msk;
        R(RCC_CFGR1_OFS) = (R(RCC_CFGR1_OFS) & ~(RCC_CFGR1_SW_Msk | RCC_CFGR1_SWS_Msk)) | safe |
                           safe << RCC_CFGR1_SWS_Pos;
    }
    soc_rcc_follow(soc);
}

void soc_rcc_follow(struct soc *soc)
{
    oscillators_follow(soc);
    soc_rcc_update(soc);
    update_irq(soc);
}

/* After Stop: MSIS (at most 24 MHz) or HSI16, PLLs off. */
void soc_rcc_after_stop(struct soc *soc)
{
    uint32_t source = R(RCC_CFGR1_OFS) & RCC_CFGR1_STOPWUCK_Msk ? 1 : 0;

    R(RCC_CR_OFS) &= ~(RCC_CR_PLL1ON_Msk | RCC_CR_PLL2ON_Msk | RCC_CR_PLL3ON_Msk |
                       RCC_CR_HSEON_Msk | RCC_CR_HSI48ON_Msk);
    R(RCC_CR_OFS) |=
        source ? RCC_CR_HSION_Msk | RCC_CR_HSIRDY_Msk : RCC_CR_MSISON_Msk | RCC_CR_MSISRDY_Msk;
    R(RCC_CFGR1_OFS) = (R(RCC_CFGR1_OFS) & ~(RCC_CFGR1_SW_Msk | RCC_CFGR1_SWS_Msk)) | source |
                       source << RCC_CFGR1_SWS_Pos;
    if ((R(RCC_ICSCR1_OFS) & RCC_ICSCR1_MSIRGSEL_Msk) &&
        R(RCC_ICSCR1_OFS) >> RCC_ICSCR1_MSISRANGE_Pos == 0) {
        R(RCC_ICSCR1_OFS) |= 1u << RCC_ICSCR1_MSISRANGE_Pos;
    }
    oscillators_follow(soc);
    soc_rcc_update(soc);
}

/* ---- Register writes ---- */

static void write_cr(struct soc *soc, uint32_t value)
{
    uint32_t writable = 0;
    uint32_t keep = 0;
    uint32_t sws = (R(RCC_CFGR1_OFS) & RCC_CFGR1_SWS_Msk) >> RCC_CFGR1_SWS_Pos;
    static const uint32_t in_use[4] = {RCC_CR_MSISON_Msk, RCC_CR_HSION_Msk, RCC_CR_HSEON_Msk,
                                       RCC_CR_PLL1ON_Msk};

    for (unsigned i = 0; i < OSC_COUNT; i++) {
        writable |= oscillators[i].reg == RCC_CR_OFS ? oscillators[i].on : 0;
    }
    writable |= RCC_CR_MSIKERON_Msk | RCC_CR_MSIPLLEN_Msk | RCC_CR_MSIPLLSEL_Msk |
                RCC_CR_MSIPLLFAST_Msk | RCC_CR_HSIKERON_Msk | RCC_CR_HSEBYP_Msk | RCC_CR_CSSON_Msk |
                RCC_CR_HSEEXT_Msk;
    keep = in_use[sws];
    if (sws == 3) { /* the source of the PLL in use cannot be stopped either */
        static const uint8_t source[4] = {0, 0, 1, 2};

        keep |= in_use[source[R(RCC_PLL1CFGR_OFS) & 3u]];
    }
    if (~value & R(RCC_CR_OFS) & keep) {
        soc_guest_error(soc, RCC_NS + 0x80, "RCC_CR: a clock in use cannot be stopped");
    }
    value |= R(RCC_CR_OFS) & (keep | RCC_CR_CSSON_Msk); /* CSSON is set-only */
    R(RCC_CR_OFS) = (R(RCC_CR_OFS) & ~writable) | (value & writable);
    oscillators_follow(soc);
}

static void write_cfgr1(struct soc *soc, uint32_t value)
{
    R(RCC_CFGR1_OFS) = (R(RCC_CFGR1_OFS) & RCC_CFGR1_SWS_Msk) | (value & 0x7F000033u);
    try_switch(soc);
}

/* Divider fields are writable only while the PLL is off. */
static void write_pll(struct soc *soc, uint32_t offset, uint32_t value)
{
    unsigned pll = offset <= RCC_PLL3CFGR_OFS ? (offset - RCC_PLL1CFGR_OFS) / 4
                                              : (offset - RCC_PLL1DIVR_OFS) / 8;
    bool off = !(R(RCC_CR_OFS) & (3u << (24 + 2 * pll)));

    if (offset <= RCC_PLL3CFGR_OFS) {
        uint32_t always = 0x00070010u; /* output enables, FRACEN */
        uint32_t mask = off ? 0x0007FF1Fu : always;

        R(offset) = (R(offset) & ~mask) | (value & mask);
    } else if (offset == RCC_PLL1FRACR_OFS || offset == RCC_PLL2FRACR_OFS ||
               offset == RCC_PLL3FRACR_OFS) {
        R(offset) = value & 0xFFF8u;
    } else if (off) {
        R(offset) = value & 0x7F7FFFFFu;
    } else {
        soc_guest_error(soc, RCC_NS + offset, "PLL%u dividers written while it is on", pll + 1);
    }
}

static void write_icscr1(struct soc *soc, uint32_t value)
{
    uint32_t mask = RCC_ICSCR1_MSIBIAS_Msk | RCC_ICSCR1_MSIRGSEL_Msk | RCC_ICSCR1_MSIKRANGE_Msk |
                    RCC_ICSCR1_MSISRANGE_Msk;

    value |= R(RCC_ICSCR1_OFS) & RCC_ICSCR1_MSIRGSEL_Msk; /* writing 0 has no effect */
    R(RCC_ICSCR1_OFS) = (R(RCC_ICSCR1_OFS) & ~mask) | (value & mask);
}

void soc_backup_domain_reset(struct soc *soc)
{
    R(RCC_BDCR_OFS) &= RCC_BDCR_BDRST_Msk;
    for (unsigned i = 0; i < soc_block_count; i++) {
        if (soc_blocks[i].backup_domain) {
            soc_blocks[i].reset(soc, &soc_blocks[i]);
        }
    }
    soc->pwr.bdcr1 = 0;
    oscillators_follow(soc);
}

static void write_bdcr(struct soc *soc, uint32_t value)
{
    uint32_t writable = 0x170090BDu | RCC_BDCR_RTCSEL_Msk | RCC_BDCR_BDRST_Msk;
    bool reset = (value & RCC_BDCR_BDRST_Msk) && !(R(RCC_BDCR_OFS) & RCC_BDCR_BDRST_Msk);

    if (!soc_backup_writable(soc)) {
        soc_guest_error(soc, RCC_NS + RCC_BDCR_OFS, "RCC_BDCR written while PWR_DBPR.DBP = 0");
        return;
    }
    if ((R(RCC_BDCR_OFS) & RCC_BDCR_LSECSSON_Msk) && !(R(RCC_BDCR_OFS) & RCC_BDCR_LSECSSD_Msk)) {
        value |= RCC_BDCR_LSECSSON_Msk; /* set-only until it has found a failure */
    }
    if ((R(RCC_BDCR_OFS) & RCC_BDCR_RTCSEL_Msk) && !(R(RCC_BDCR_OFS) & RCC_BDCR_LSECSSD_Msk)) {
        writable &= ~RCC_BDCR_RTCSEL_Msk; /* write-once */
    }
    if (soc->iwdg.running) {
        writable &= ~RCC_BDCR_LSION_Msk; /* the watchdog keeps LSI on, except over BDRST */
    }
    R(RCC_BDCR_OFS) = (R(RCC_BDCR_OFS) & ~writable) | (value & writable);
    if (reset) {
        soc_backup_domain_reset(soc);
    }
    oscillators_follow(soc);
}

static void write_csr(struct soc *soc, uint32_t value)
{
    R(RCC_CSR_OFS) = (R(RCC_CSR_OFS) & ~0xFF00u) | (value & 0xFF00u);
    if (value & RCC_CSR_RMVF_Msk) {
        R(RCC_CSR_OFS) &= ~0xFE000000u;
    }
}

/* A peripheral is reset when its xxRST bit is set, and held so. */
static void write_reset(struct soc *soc, uint32_t offset, uint32_t value)
{
    uint32_t enable = offset - RCC_AHB1RSTR_OFS + RCC_AHB1ENR_OFS;

    R(offset) = value;
    for (unsigned i = 0; i < soc_block_count; i++) {
        const struct soc_block *block = &soc_blocks[i];

        if (block->clock_reg == enable && ((value >> block->clock_bit) & 1u) &&
            !block->backup_domain && block->rule != RULE_SECURE && block->reset != flash_reset &&
            block->reset != tzsc_reset && block->reset != mpcbb_reset) {
            block->reset(soc, block);
        }
    }
}

static void write_register(struct soc *soc, const struct soc_block *block, uint32_t offset,
                           uint32_t value, struct soc_access access)
{
    if (offset >= RCC_AHB1RSTR_OFS && offset <= RCC_APB3RSTR_OFS) {
        write_reset(soc, offset, value);
        return;
    }
    if (offset >= RCC_PLL1CFGR_OFS && offset <= RCC_PLL3FRACR_OFS) {
        write_pll(soc, offset, value);
        return;
    }
    switch (offset) {
    case RCC_CR_OFS:
        write_cr(soc, value);
        break;
    case RCC_CFGR1_OFS:
        write_cfgr1(soc, value);
        break;
    case RCC_ICSCR1_OFS:
        write_icscr1(soc, value);
        break;
    case RCC_CIFR_OFS:
    case RCC_CRRCR_OFS:
        break;
    case RCC_CICR_OFS:
        R(RCC_CIFR_OFS) &= ~value;
        break;
    case RCC_BDCR_OFS:
        write_bdcr(soc, value);
        break;
    case RCC_CSR_OFS:
        write_csr(soc, value);
        break;
    case RCC_PRIVCFGR_OFS:
        if (!access.unprivileged) {
            uint32_t mask = access.nonsecure && soc->tzen ? RCC_PRIVCFGR_NSPRIV_Msk : 3u;

            R(offset) = (R(offset) & ~mask) | (value & mask);
        }
        break;
    case RCC_ICSCR2_OFS:
    case RCC_ICSCR3_OFS:
    case RCC_CFGR2_OFS:
    case RCC_CFGR3_OFS:
    case RCC_CIER_OFS:
    case RCC_CCIPR1_OFS:
    case RCC_CCIPR2_OFS:
    case RCC_CCIPR3_OFS:
    case RCC_SRDAMR_OFS:
        R(offset) = value;
        break;
    default:
        if (offset >= RCC_AHB1ENR_OFS && offset <= RCC_APB3SMENR_OFS) {
            R(offset) = value;
            if (offset <= RCC_APB3ENR_OFS) {
                cpu_tlb_flush(soc->cpu); /* SRAM clocks */
            }
        } else {
            soc_stored_write(soc, block, offset, value);
        }
        break;
    }
}

/* Bits of a register that this access does not reach. */
static uint32_t hidden_bits(struct soc *soc, uint32_t offset, struct soc_access access)
{
    uint32_t secure = soc->tzen ? soc_rcc_secure_mask(soc, offset) : 0;
    uint32_t hidden = soc->tzen && access.nonsecure ? secure : 0;

    if (access.unprivileged) {
        hidden |= R(RCC_PRIVCFGR_OFS) & RCC_PRIVCFGR_SPRIV_Msk ? secure : 0;
        hidden |= R(RCC_PRIVCFGR_OFS) & RCC_PRIVCFGR_NSPRIV_Msk ? ~secure : 0;
    }
    return hidden;
}

READER(rcc)
{
    if (offset >= RCC_WORDS * 4) {
        return soc_stored_read(soc, block, offset);
    }
    if (offset == RCC_SECCFGR_OFS || offset == RCC_PRIVCFGR_OFS) {
        return R(offset);
    }
    return R(offset) & ~hidden_bits(soc, offset, access);
}

WRITER(rcc)
{
    uint32_t hidden;

    if (offset >= RCC_WORDS * 4) {
        soc_stored_write(soc, block, offset, value);
        return;
    }
    if (offset == RCC_SECCFGR_OFS) {
        if (!soc->tzen) {
            return;
        }
        if (access.nonsecure) {
            soc_ilac(soc, ILAC_RCC);
        } else if (!(access.unprivileged && (R(RCC_PRIVCFGR_OFS) & RCC_PRIVCFGR_SPRIV_Msk))) {
            R(offset) = value & 0x1FFFu;
            update_irq(soc);
        }
        return;
    }
    value &= soc_rcc_implemented(offset);
    hidden = hidden_bits(soc, offset, access);
    if (hidden & (value ^ R(offset))) {
        soc_guest_error(soc, RCC_NS + 0x1000 + offset,
                        "%s write to protected bits of RCC register 0x%03x (0x%08x)",
                        access.nonsecure ? "non-secure" : "unprivileged", offset,
                        hidden & (value ^ R(offset)));
    }
    /* Write-one registers have nothing to preserve. */
    value &= ~hidden;
    if (offset != RCC_CICR_OFS) {
        value |= R(offset) & hidden;
    }
    if (offset == RCC_CSR_OFS && (hidden & RCC_CSR_RMVF_Msk)) {
        value &= ~RCC_CSR_RMVF_Msk;
    }
    write_register(soc, block, offset, value, access);
    soc_rcc_update(soc);
    try_switch(soc);
    soc_rcc_update(soc);
    update_irq(soc);
}

RESETTER(rcc)
{
    uint32_t bdcr = R(RCC_BDCR_OFS), csr = R(RCC_CSR_OFS);

    (void)block;
    for (unsigned i = 0; i < OSC_COUNT; i++) {
        if (oscillators[i].reg == RCC_CR_OFS) {
            sched_cancel(soc->sched, &soc->rcc.ready[i].event);
        }
    }
    soc_before_clock_change(soc);
    memset(soc->rcc.r, 0, sizeof soc->rcc.r);
    R(RCC_CR_OFS) = 0x00000035u;
    R(RCC_ICSCR1_OFS) = 0x44000000u;
    R(RCC_ICSCR2_OFS) = 0x00084210u;
    R(RCC_ICSCR3_OFS) = 0x00100000u;
    for (unsigned pll = 0; pll < 3; pll++) {
        R(RCC_PLL1DIVR_OFS + 8 * pll) = 0x01010280u;
    }
    R(RCC_AHB1ENR_OFS) = 0xD0000100u;
    R(RCC_AHB2ENR1_OFS) = 0xC0000000u;
    R(RCC_AHB3ENR_OFS) = 0x80000000u;
    for (uint32_t offset = RCC_AHB1SMENR_OFS; offset <= RCC_APB3SMENR_OFS; offset += 4) {
        R(offset) = 0xFFFFFFFFu;
    }
    R(RCC_BDCR_OFS) = bdcr;
    R(RCC_CSR_OFS) = (csr & 0xFE000000u) | 0x4400u;
    soc_rcc_update(soc);
    update_irq(soc);
}
