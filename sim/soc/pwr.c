/* PWR: voltage range and booster, backup-domain write protection, low-power modes, wake-up flags
 * (RM0456 chapter 10).
 */
#include "soc/soc_state.h"

#include <string.h>

#define VOS_US   30u /* range change; not stated, tens of microseconds */
#define BOOST_US 20u
#define PORT_G   6u

bool soc_backup_writable(const struct soc *soc)
{
    return (soc->pwr.dbpr & PWR_DBPR_DBP_Msk) != 0;
}

static void vos_fire(void *context)
{
    struct soc *soc = ((struct soc_event *)context)->soc;

    soc->pwr.vosr |= PWR_VOSR_VOSRDY_Msk;
}

/* The booster needs its clock: PLL1's source divided by PLL1MBOOST, 4 to 16 MHz. */
static bool boost_clock_runs(const struct soc *soc)
{
    uint32_t config = soc->rcc.r[RCC_PLL1CFGR_OFS / 4];
    uint32_t boost = (config & RCC_PLL1CFGR_PLL1MBOOST_Msk) >> RCC_PLL1CFGR_PLL1MBOOST_Pos;
    uint32_t divider = boost == 0 ? 1 : 2 * boost;
    uint32_t source = 0;

    switch (config & RCC_PLL1CFGR_PLL1SRC_Msk) {
    case 1:
        source = soc_osc_ready(soc, OSC_MSIS) ? soc->rcc.msis_hz : 0;
        break;
    case 2:
        source = soc_osc_ready(soc, OSC_HSI) ? 16000000u : 0;
        break;
    case 3:
        source = soc_osc_ready(soc, OSC_HSE) ? soc->rcc.hse_hz : 0;
        break;
    default:
        break;
    }
    return source / divider >= 4000000u && source / divider <= 16000000u;
}

static void boost_fire(void *context)
{
    struct soc *soc = ((struct soc_event *)context)->soc;

    if (boost_clock_runs(soc)) {
        soc->pwr.vosr |= PWR_VOSR_BOOSTRDY_Msk;
    }
}

void soc_pwr_init(struct soc *soc)
{
    soc_event_init(&soc->pwr.vos_ready, soc, 0, vos_fire);
    soc_event_init(&soc->pwr.boost_ready, soc, 0, boost_fire);
}

/* Starts the booster once it is enabled, in range 1 or 2, and clocked. */
void soc_pwr_clock_changed(struct soc *soc)
{
    struct soc_pwr *pwr = &soc->pwr;

    if ((pwr->vosr & PWR_VOSR_BOOSTEN_Msk) && !(pwr->vosr & PWR_VOSR_BOOSTRDY_Msk) &&
        pwr->boost_ready.event.due == SIM_NEVER) {
        if (boost_clock_runs(soc)) {
            soc_after(soc, &pwr->boost_ready, BOOST_US * SIM_PS_PER_US);
        } else {
            soc_guest_error(soc, PWR_NS + 0x100,
                            "PWR_VOSR.BOOSTEN without an EPOD clock of 4 to 16 MHz (PLL1SRC, "
                            "PLL1MBOOST)");
        }
    }
}

static void write_vosr(struct soc *soc, uint32_t value)
{
    struct soc_pwr *pwr = &soc->pwr;
    uint32_t changed = pwr->vosr ^ value;

    pwr->vosr = (pwr->vosr & ~(PWR_VOSR_VOS_Msk | PWR_VOSR_BOOSTEN_Msk)) |
                (value & (PWR_VOSR_VOS_Msk | PWR_VOSR_BOOSTEN_Msk));
    if (changed & PWR_VOSR_VOS_Msk) {
        pwr->vosr &= ~PWR_VOSR_VOSRDY_Msk;
        soc_after(soc, &pwr->vos_ready, VOS_US * SIM_PS_PER_US);
    }
    if (!(value & PWR_VOSR_BOOSTEN_Msk)) {
        pwr->vosr &= ~PWR_VOSR_BOOSTRDY_Msk;
        sched_cancel(soc->sched, &pwr->boost_ready.event);
    }
    soc_rcc_update(soc);
}

/* ---- Security and privilege (RM0456 table 109) ---- */

/* Bits of a register that are secure. */
static uint32_t secure_mask(const struct soc *soc, uint32_t offset)
{
    uint32_t sec = soc->pwr.seccfgr;
    uint32_t pairs = 0;

    switch (offset) {
    case PWR_CR1_OFS:
    case PWR_CR2_OFS:
        return sec & PWR_SECCFGR_LPMSEC_Msk ? 0xFFFFFFFFu : 0;
    case PWR_SR_OFS:
        return sec & PWR_SECCFGR_LPMSEC_Msk ? PWR_SR_CSSF_Msk : 0;
    case PWR_CR3_OFS:
    case PWR_SVMCR_OFS:
        return sec & PWR_SECCFGR_VDMSEC_Msk ? 0xFFFFFFFFu : 0;
    case PWR_BDCR1_OFS:
    case PWR_BDCR2_OFS:
    case PWR_DBPR_OFS:
        return sec & PWR_SECCFGR_VBSEC_Msk ? 0xFFFFFFFFu : 0;
    case PWR_APCR_OFS:
        return sec & PWR_SECCFGR_APCSEC_Msk ? 0xFFFFFFFFu : 0;
    case PWR_VOSR_OFS:
        return soc->rcc.r[RCC_SECCFGR_OFS / 4] & RCC_SECCFGR_SYSCLKSEC_Msk
                   ? PWR_VOSR_VOS_Msk | PWR_VOSR_BOOSTEN_Msk
                   : 0;
    case PWR_WUCR1_OFS:
    case PWR_WUCR2_OFS:
    case PWR_WUSCR_OFS:
        return sec & 0xFFu;
    case PWR_WUCR3_OFS:
        for (unsigned i = 0; i < 8; i++) {
            pairs |= (sec >> i) & 1u ? 3u << (2 * i) : 0;
        }
        return pairs;
    case PWR_UCPDR_OFS:
        return soc_tzsc_secure(soc, ILAC(1, 1, 19)) ? 0xFFFFFFFFu : 0;
    default:
        if (offset >= PWR_PUCRA_OFS && offset <= PWR_PDCRI_OFS) {
            return soc->gpio[(offset - PWR_PUCRA_OFS) / 8].seccfgr;
        }
        return 0;
    }
}

static uint32_t hidden_bits(const struct soc *soc, uint32_t offset, struct soc_access access)
{
    uint32_t secure = soc->tzen ? secure_mask(soc, offset) : 0;
    uint32_t hidden = soc->tzen && access.nonsecure ? secure : 0;

    if (access.unprivileged) {
        hidden |= soc->pwr.privcfgr & 1u ? secure : 0;
        hidden |= soc->pwr.privcfgr & 2u ? ~secure : 0;
    }
    return hidden;
}

/* Bits that a plain register has. The debug pins have the pulls of their reset state only. */
static uint32_t implemented(uint32_t offset)
{
    static const struct {
        uint16_t offset;
        uint32_t bits;
    } masks[] = {
        {PWR_CR1_OFS, 0x00000FE7u},   {PWR_CR2_OFS, 0x80FF7F77u},   {PWR_CR3_OFS, 0x00000006u},
        {PWR_SVMCR_OFS, 0x7F0000F0u}, {PWR_WUCR1_OFS, 0x000000FFu}, {PWR_WUCR2_OFS, 0x000000FFu},
        {PWR_WUCR3_OFS, 0x0000FFFFu}, {PWR_BDCR1_OFS, 0x00000011u}, {PWR_BDCR2_OFS, 0x00000003u},
        {PWR_DBPR_OFS, 0x00000001u},  {PWR_UCPDR_OFS, 0x00000003u}, {PWR_APCR_OFS, 0x00000001u},
        {PWR_PUCRA_OFS, 0xBFFFu},     {PWR_PDCRA_OFS, 0x5FFFu},     {PWR_PDCRB_OFS, 0xFFEFu},
        {PWR_PUCRI_OFS, 0x00FFu},     {PWR_PDCRI_OFS, 0x00FFu},
    };

    for (unsigned i = 0; i < sizeof masks / sizeof masks[0]; i++) {
        if (masks[i].offset == offset) {
            return masks[i].bits;
        }
    }
    return 0xFFFFu; /* pulls */
}

static uint32_t *plain_register(struct soc *soc, uint32_t offset)
{
    struct soc_pwr *pwr = &soc->pwr;

    switch (offset) {
    case PWR_CR1_OFS:
        return &pwr->cr1;
    case PWR_CR2_OFS:
        return &pwr->cr2;
    case PWR_CR3_OFS:
        return &pwr->cr3;
    case PWR_SVMCR_OFS:
        return &pwr->svmcr;
    case PWR_WUCR1_OFS:
        return &pwr->wucr1;
    case PWR_WUCR2_OFS:
        return &pwr->wucr2;
    case PWR_WUCR3_OFS:
        return &pwr->wucr3;
    case PWR_BDCR1_OFS:
        return &pwr->bdcr1;
    case PWR_BDCR2_OFS:
        return &pwr->bdcr2;
    case PWR_DBPR_OFS:
        return &pwr->dbpr;
    case PWR_UCPDR_OFS:
        return &pwr->ucpdr;
    case PWR_APCR_OFS:
        return &pwr->apcr;
    default:
        return offset >= PWR_PUCRA_OFS && offset <= PWR_PDCRI_OFS
                   ? &pwr->pull[(offset - PWR_PUCRA_OFS) / 4]
                   : NULL;
    }
}

/* ---- Wake-up lines (RM0456 10.7.1 and the data sheet's WKUPx_y pins) ---- */

#define WAKEUP_LINES  8u
#define AT(port, pin) ((uint8_t)((port)*16 + (pin)))
enum { A, B, C, D, E, F };
static const uint8_t wakeup_pins[WAKEUP_LINES][3] = {
    {AT(A, 0), AT(B, 2), AT(E, 4)},  {AT(A, 4), AT(C, 13), AT(E, 5)},
    {AT(E, 6), AT(A, 1), AT(B, 6)},  {AT(A, 2), AT(B, 1), AT(B, 7)},
    {AT(C, 5), AT(A, 3), AT(B, 8)},  {AT(B, 5), AT(A, 5), AT(E, 7)},
    {AT(B, 15), AT(A, 6), AT(E, 8)}, {AT(F, 2), AT(A, 7), AT(B, 10)},
};

static unsigned wakeup_source(const struct soc_pwr *pwr, unsigned line)
{
    return (pwr->wucr3 >> (2 * line)) & 3u;
}

static void update_wakeup_irq(struct soc *soc)
{
    struct soc_pwr *pwr = &soc->pwr;

    pwr->stop3_wakeup = pwr->stop3_wakeup && (pwr->wusr & pwr->wucr1) != 0;
    soc_irq(soc, IRQ_PWR_S3WU, pwr->stop3_wakeup);
}

static void wakeup(struct soc *soc, unsigned line)
{
    struct soc_pwr *pwr = &soc->pwr;

    pwr->wusr |= 1u << line;
    if (soc->stop3) {
        pwr->stop3_wakeup = true;
        soc_leave_stop3(soc);
    }
    update_wakeup_irq(soc);
    soc_wake(soc);
}

static bool active_level(const struct soc_pwr *pwr, unsigned line, bool level)
{
    return level != (((pwr->wucr2 >> line) & 1u) != 0);
}

void soc_pwr_pin(struct soc *soc, unsigned port, unsigned pin, bool level)
{
    const struct soc_pwr *pwr = &soc->pwr;

    for (unsigned line = 0; line < WAKEUP_LINES && pwr->wucr1 != 0; line++) {
        unsigned source = wakeup_source(pwr, line);

        if (((pwr->wucr1 >> line) & 1u) && source < 3 &&
            wakeup_pins[line][source] == AT(port, pin) && active_level(pwr, line, level)) {
            wakeup(soc, line);
        }
    }
}

/* A line that is enabled while its pin is already active fires at once. */
static void enable_wakeup(struct soc *soc, uint32_t before)
{
    struct soc_pwr *pwr = &soc->pwr;

    for (unsigned line = 0; line < WAKEUP_LINES; line++) {
        unsigned source = wakeup_source(pwr, line);

        if (((pwr->wucr1 & ~before) >> line) & 1u && source < 3) {
            uint8_t at = wakeup_pins[line][source];

            if (active_level(pwr, line, soc_pin_level(soc, at / 16, at % 16))) {
                wakeup(soc, line);
            }
        }
    }
}

/* WUSEL = 3 on lines 6 to 8: the flag follows the source. Without such a line an interrupt of RTC
 * or TAMP ends no mode below Stop 2. */
void soc_pwr_internal_wakeup(struct soc *soc, bool active)
{
    struct soc_pwr *pwr = &soc->pwr;
    bool heard = false;

    pwr->internal = active;
    for (unsigned line = 5; line < WAKEUP_LINES; line++) {
        if (((pwr->wucr1 >> line) & 1u) && wakeup_source(pwr, line) == 3) {
            if (!active) {
                pwr->wusr &= ~(1u << line);
            } else if (!((pwr->wusr >> line) & 1u)) {
                wakeup(soc, line);
            }
            heard = true;
        }
    }
    if (active && !heard && !soc_io_powered(soc)) {
        soc_guest_error(soc, PWR_NS + 0x101,
                        "RTC or TAMP interrupt in Stop 3, Standby or Shutdown, but no wake-up line "
                        "6 to 8 has WUSEL = 3: no wake-up");
    }
    update_wakeup_irq(soc);
}

void soc_pwr_look(struct soc *soc)
{
    struct soc_pwr *pwr = &soc->pwr;

    soc_pwr_internal_wakeup(soc, pwr->internal);
    for (unsigned line = 0; line < WAKEUP_LINES; line++) {
        if ((pwr->wusr & pwr->wucr1) >> line & 1u) {
            wakeup(soc, line);
        }
    }
}

static uint32_t svmsr(const struct soc *soc)
{
    const struct soc_pwr *pwr = &soc->pwr;

    return (pwr->cr3 & PWR_CR3_REGSEL_Msk) | (pwr->vosr & PWR_VOSR_VOSRDY_Msk) |
           (pwr->vosr & PWR_VOSR_VOS_Msk) | soc_supply_svmsr(soc);
}

static uint32_t value_of(struct soc *soc, const struct soc_block *block, uint32_t offset)
{
    const uint32_t *plain = plain_register(soc, offset);

    if (plain != NULL) {
        return *plain;
    }
    switch (offset) {
    case PWR_VOSR_OFS:
        return soc->pwr.vosr;
    case PWR_SECCFGR_OFS:
        return soc->pwr.seccfgr;
    case PWR_PRIVCFGR_OFS:
        return soc->pwr.privcfgr;
    case PWR_SR_OFS:
        return soc->pwr.sr;
    case PWR_SVMSR_OFS:
        return svmsr(soc);
    case PWR_BDSR_OFS:
        return soc_supply_bdsr(soc);
    case PWR_WUSCR_OFS:
        return 0;
    case PWR_WUSR_OFS:
        return soc->pwr.wusr;
    default:
        return soc_stored_read(soc, block, offset);
    }
}

READER(pwr)
{
    uint32_t value = value_of(soc, block, offset);

    if (offset == PWR_SECCFGR_OFS || offset == PWR_PRIVCFGR_OFS) {
        return value;
    }
    return value & ~hidden_bits(soc, offset, access);
}

static void write_config(struct soc *soc, uint32_t offset, uint32_t value, struct soc_access access)
{
    bool secure = soc->tzen && !access.nonsecure;

    if (offset == PWR_SECCFGR_OFS) {
        if (!secure) {
            soc_ilac(soc, ILAC_PWR);
        } else if (!(access.unprivileged && (soc->pwr.privcfgr & 1u))) {
            soc->pwr.seccfgr = value & 0xF0FFu;
        }
    } else if (!access.unprivileged) {
        uint32_t mask = secure || !soc->tzen ? 3u : 2u;

        soc->pwr.privcfgr = (soc->pwr.privcfgr & ~mask) | (value & mask);
    }
}

WRITER(pwr)
{
    uint32_t hidden = hidden_bits(soc, offset, access);
    uint32_t *plain = plain_register(soc, offset);

    if (offset == PWR_SECCFGR_OFS || offset == PWR_PRIVCFGR_OFS) {
        write_config(soc, offset, value, access);
        return;
    }
    if (plain != NULL) {
        uint32_t before = *plain;

        *plain = (*plain & hidden) | (value & ~hidden & implemented(offset));
        if (offset == PWR_WUCR1_OFS) {
            soc->pwr.wusr &= *plain;
            enable_wakeup(soc, before);
            update_wakeup_irq(soc);
        } else if (offset == PWR_CR1_OFS) {
            soc_sram_power_changed(soc, before);
        } else if (offset == PWR_SVMCR_OFS || offset == PWR_BDCR1_OFS) {
            soc_supply_update(soc);
            soc_gpio_update(soc, PORT_G); /* IO2SV joins PG2 to PG15 to the chip */
        } else if (offset >= PWR_APCR_OFS && offset <= PWR_PDCRI_OFS) {
            soc_pins_follow_power(soc);
        }
        return;
    }
    value &= ~hidden;
    switch (offset) {
    case PWR_VOSR_OFS:
        write_vosr(soc, value | (soc->pwr.vosr & hidden));
        break;
    case PWR_SR_OFS:
        if (value & PWR_SR_CSSF_Msk) {
            soc->pwr.sr = 0;
        }
        break;
    case PWR_WUSCR_OFS:
        soc->pwr.wusr &= ~value;
        update_wakeup_irq(soc);
        break;
    case PWR_SVMSR_OFS:
    case PWR_BDSR_OFS:
    case PWR_WUSR_OFS:
        break;
    default:
        soc_stored_write(soc, block, offset, value);
        break;
    }
}

/* System reset; CR1 and CR3 survive the exit from Standby, BDCR1 is in the backup domain. */
RESETTER(pwr)
{
    struct soc_pwr *pwr = &soc->pwr;

    (void)block;
    sched_cancel(soc->sched, &pwr->vos_ready.event);
    sched_cancel(soc->sched, &pwr->boost_ready.event);
    if (!soc->reset_standby) {
        pwr->cr1 = 0;
        pwr->wucr1 = pwr->wucr2 = pwr->wucr3 = 0;
        pwr->wusr = 0;
        memset(pwr->pull, 0, sizeof pwr->pull);
        pwr->apcr = 0;
        pwr->ucpdr = 0;
    }
    if (soc->reset_power) {
        pwr->cr3 = 0;
        pwr->sr = 0;
    }
    if (soc->reset_backup) {
        pwr->bdcr1 = pwr->bdcr2 = 0;
    }
    pwr->stop3_wakeup = false;
    soc_irq(soc, IRQ_PWR_S3WU, false);
    pwr->cr2 = 0;
    pwr->vosr = PWR_VOSR_VOSRDY_Msk;
    pwr->svmcr = 0;
    pwr->dbpr = 0;
    pwr->seccfgr = pwr->privcfgr = 0;
    pwr->sr &= PWR_SR_SBF_Msk; /* SBF survives a system reset */
    soc_supply_update(soc);
}
