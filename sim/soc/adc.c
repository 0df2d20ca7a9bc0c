/* ADC1 (14 bits) and ADC4 (12 bits): registers and power-up (RM0456 chapters 33 to 35). What
 * happens between a start and a result stands in adc_convert.c.
 */
#include "soc/adc.h"

#define COMMON_CCR         0x308u
#define CALIBRATION_CLOCKS 3000u
#define PLAIN_CR           (ADC_CR_ADCALLIN_Msk | 0x0F000000u) /* and CALINDEX */

static uint32_t *at(struct soc_adc *adc, uint32_t offset)
{
    return &adc->r[offset / 4];
}

void adc_update(struct soc *soc, unsigned n)
{
    struct soc_adc *adc = &soc->adc[n];

    soc_irq(soc, n == 0 ? IRQ_ADC1 : IRQ_ADC4, (adc->isr & *at(adc, ADC_IER_OFS)) != 0);
    if (soc_adc_dma_request(soc, n)) {
        soc_dma_poke(soc);
    }
}

/* DMNGT = 1 or 3 (ADC1), DMAEN (ADC4): both are bit 0 of CFGR1. */
bool soc_adc_dma_request(const struct soc *soc, unsigned adc)
{
    return (soc->adc[adc].r[ADC_CFGR1_OFS / 4] & 1u) && (soc->adc[adc].isr & ADC_ISR_EOC_Msk);
}

static void wait_clocks(struct soc *soc, unsigned n, uint64_t count)
{
    soc_after(soc, &soc->adc[n].step, soc_periods_ps(count, adc_clock_hz(soc, n)));
}

static void fire(void *context)
{
    struct soc_event *event = context;
    struct soc *soc = event->soc;
    unsigned n = event->instance;
    struct soc_adc *adc = &soc->adc[n];
    uint32_t *cr = at(adc, ADC_CR_OFS);

    if (*cr & ADC_CR_ADCAL_Msk) {
        *cr &= ~ADC_CR_ADCAL_Msk;
        adc->isr |= ADC_ISR_EOCAL_Msk;
        adc->calibrated = soc_now(soc);
        adc_factors_found(soc, n);
    } else if (adc->converting) {
        adc_converted(soc, n);
    } else if (*cr & ADC_CR_ADEN_Msk) {
        adc->isr |= ADC_ISR_ADRDY_Msk;
    } else if (*cr & ADC_CR_ADVREGEN_Msk) {
        adc->isr |= ADC_ISR_LDORDY_Msk;
    }
    adc_update(soc, n);
}

static void write_power(struct soc *soc, unsigned n, uint32_t value)
{
    struct soc_adc *adc = &soc->adc[n];
    uint32_t *cr = at(adc, ADC_CR_OFS);
    bool deep = value & ADC_CR_DEEPPWD_Msk;
    bool regulator = (value & ADC_CR_ADVREGEN_Msk) && !deep;
    bool was_on = *cr & ADC_CR_ADVREGEN_Msk;

    *cr = (*cr & ~(ADC_CR_DEEPPWD_Msk | ADC_CR_ADVREGEN_Msk)) | (deep ? ADC_CR_DEEPPWD_Msk : 0) |
          (regulator ? ADC_CR_ADVREGEN_Msk : 0);
    if (deep) {
        adc_factors_lost(soc, n);
    }
    if (!regulator) {
        adc->isr &= ~(ADC_ISR_LDORDY_Msk | ADC_ISR_ADRDY_Msk);
        *cr &= ~(ADC_CR_ADEN_Msk | ADC_CR_ADCAL_Msk);
        adc_stop(soc, n, true, true);
        sched_cancel(soc->sched, &adc->step.event);
    } else if (!was_on) {
        soc_after(soc, &adc->step, ADC_LDO_US * SIM_PS_PER_US);
    }
}

/* ADEN: not during a calibration, and ignored when set too soon after one. */
static void enable(struct soc *soc, unsigned n)
{
    struct soc_adc *adc = &soc->adc[n];
    sim_ps settled = soc_periods_ps(4, adc_clock_hz(soc, n));

    if (!(*at(adc, ADC_CR_OFS) & ADC_CR_ADCAL_Msk) &&
        (adc->calibrated == 0 || soc_now(soc) - adc->calibrated > settled)) {
        *at(adc, ADC_CR_OFS) |= ADC_CR_ADEN_Msk;
        wait_clocks(soc, n, ADC_STABILIZE_CLOCKS);
    }
}

static void write_start(struct soc *soc, const struct soc_block *block, uint32_t value)
{
    unsigned n = block->instance;
    struct soc_adc *adc = &soc->adc[n];
    uint32_t starts = value & ~*at(adc, ADC_CR_OFS) & (ADC_CR_ADSTART_Msk | ADC_CR_JADSTART_Msk);

    if (n == 1) {
        starts &= ADC_CR_ADSTART_Msk; /* ADC4 has no injected group */
    }
    if (starts == 0 || !(adc->isr & ADC_ISR_ADRDY_Msk)) {
        return;
    }
    if (!(soc->pwr.svmcr & PWR_SVMCR_ASV_Msk)) {
        soc_guest_error(soc, block->base + 0x381, "%s converts with PWR_SVMCR.ASV = 0",
                        block->name);
    }
    adc_start(soc, n, starts & ADC_CR_ADSTART_Msk, starts & ADC_CR_JADSTART_Msk);
}

static void write_cr(struct soc *soc, const struct soc_block *block, uint32_t value)
{
    unsigned n = block->instance;
    struct soc_adc *adc = &soc->adc[n];
    uint32_t *cr = at(adc, ADC_CR_OFS);
    bool ready = adc->isr & ADC_ISR_LDORDY_Msk;

    write_power(soc, n, value);
    *cr = (*cr & ~PLAIN_CR) | (value & PLAIN_CR);
    if ((value & (ADC_CR_ADCAL_Msk | ADC_CR_ADEN_Msk)) && !ready) {
        soc_guest_error(soc, block->base + 0x380, "%s: ADCAL or ADEN before LDORDY", block->name);
        return;
    }
    if ((value & ~*cr & ADC_CR_ADCAL_Msk) && !(*cr & ADC_CR_ADEN_Msk)) {
        *cr |= ADC_CR_ADCAL_Msk;
        wait_clocks(soc, n, CALIBRATION_CLOCKS);
    } else if (value & ADC_CR_ADDIS_Msk) {
        *cr &= ~ADC_CR_ADEN_Msk;
        adc->isr &= ~ADC_ISR_ADRDY_Msk;
        adc_stop(soc, n, true, true);
        sched_cancel(soc->sched, &adc->step.event);
    } else if (value & ~*cr & ADC_CR_ADEN_Msk) {
        enable(soc, n);
    } else if (value & (ADC_CR_ADSTP_Msk | ADC_CR_JADSTP_Msk)) {
        adc_stop(soc, n, value & ADC_CR_ADSTP_Msk, value & ADC_CR_JADSTP_Msk);
    } else {
        write_start(soc, block, value);
    }
}

/* Bits of the plain registers. */
static uint32_t implemented(unsigned n, uint32_t offset)
{
    static const struct {
        uint16_t offset;
        uint32_t bits;
    } masks[] = {
        {ADC_IER_OFS, 0x00001FFFu},    {ADC_CFGR2_OFS, 0xFBFFE7E3u},  {ADC_SMPR1_OFS, 0x3FFFFFFFu},
        {ADC_SMPR2_OFS, 0x3FFFFFFFu},  {ADC_PCSEL_OFS, 0x000FFFFFu},  {ADC_AWD1TR_OFS, 0x0FFF0FFFu},
        {ADC_AWD2TR_OFS, 0x0FFF0FFFu}, {ADC_AWD3TR_OFS, 0x0FFF0FFFu}, {ADC_SQR1_OFS, 0x1F7DF7CFu},
        {ADC_SQR2_OFS, 0x1F7DF7DFu},   {ADC_SQR3_OFS, 0x1F7DF7DFu},   {ADC_SQR4_OFS, 0x000007DFu},
        {ADC_JSQR_OFS, 0xFBEFBFFFu},   {ADC_GCOMP_OFS, 0x80003FFFu},  {ADC_AWD2CR_OFS, 0x00FFFFFFu},
        {ADC_AWD3CR_OFS, 0x00FFFFFFu}, {ADC_DIFSEL_OFS, 0x000FFFFFu}, {ADC_PW_OFS, 0x0000000Fu},
        {ADC_OR_OFS, 0x00000001u},
    };

    if (offset == ADC_CFGR1_OFS) { /* bit 31 is reserved, and set after reset */
        return n == 0 ? 0xFFDF7FEFu : 0x7CE17DFFu;
    }
    for (unsigned i = 0; i < sizeof masks / sizeof masks[0]; i++) {
        if (masks[i].offset == offset) {
            return masks[i].bits;
        }
    }
    return 0xFFFFFFFFu;
}

READER(adc)
{
    unsigned n = block->instance;
    struct soc_adc *adc = &soc->adc[n];

    (void)access;
    if (offset == ADC_ISR_OFS) {
        return adc->isr;
    }
    if (offset == ADC_DR_OFS) {
        adc->isr &= ~ADC_ISR_EOC_Msk;
        adc_result_read(soc, n);
        adc_update(soc, n);
        return adc->dr;
    }
    if (n == 0 && offset >= ADC_JDR1_OFS && offset <= ADC_JDR4_OFS) {
        adc->isr &= ~ADC_ISR_JEOC_Msk;
        adc_result_read(soc, n);
        adc_update(soc, n);
    }
    if (offset == COMMON_CCR) {
        return adc->common;
    }
    return offset < sizeof adc->r ? *at(adc, offset) : soc_stored_read(soc, block, offset);
}

/* Registers that software may not change while a conversion is started (RM0456 33.4.11). */
static bool held(const struct soc_adc *adc, uint32_t offset)
{
    return (adc->r[ADC_CR_OFS / 4] & ADC_CR_ADSTART_Msk) &&
           (offset == ADC_CFGR1_OFS || offset == ADC_CFGR2_OFS || offset == ADC_SMPR1_OFS ||
            offset == ADC_SMPR2_OFS || offset == ADC_PCSEL_OFS ||
            (offset >= ADC_OFR1_OFS && offset <= ADC_GCOMP_OFS));
}

static void write_plain(struct soc *soc, const struct soc_block *block, uint32_t offset,
                        uint32_t value)
{
    struct soc_adc *adc = &soc->adc[block->instance];

    if (block->instance == 1 && offset == ADC_PW_OFS && (*at(adc, ADC_CR_OFS) & ADC_CR_ADEN_Msk)) {
        soc_guest_error(soc, block->base + 0x383, "%s: PWRR written with ADEN = 1", block->name);
        return;
    }
    *at(adc, offset) = value;
}

WRITER(adc)
{
    unsigned n = block->instance;
    struct soc_adc *adc = &soc->adc[n];

    (void)access;
    if (offset == ADC_ISR_OFS) {
        adc->isr &= ~(value & ~ADC_ISR_LDORDY_Msk);
        adc_result_read(soc, n);
    } else if (offset == ADC_CR_OFS) {
        write_cr(soc, block, value);
    } else if (offset == COMMON_CCR) {
        adc->common = value;
    } else if (offset >= sizeof adc->r) {
        soc_stored_write(soc, block, offset, value);
    } else if (held(adc, offset)) {
        soc_guest_error(soc, block->base + 0x382, "%s: configuration changed while ADSTART is set",
                        block->name);
    } else if (offset == ADC_CALFACT_OFS || offset == ADC_CALFACT2_OFS) {
        adc_factors_write(soc, block, offset, value);
    } else if (offset != ADC_DR_OFS && (offset < ADC_JDR1_OFS || offset > ADC_JDR4_OFS)) {
        write_plain(soc, block, offset, value & implemented(n, offset));
    }
    adc_update(soc, n);
}

RESETTER(adc)
{
    struct soc_adc *adc = &soc->adc[block->instance];
    struct soc_event step;

    sched_cancel(soc->sched, &adc->step.event);
    step = adc->step;
    *adc = (struct soc_adc){.step = step};
    if (block->instance == 0) {
        *at(adc, ADC_CR_OFS) = ADC_CR_DEEPPWD_Msk;
        *at(adc, ADC_CFGR1_OFS) = 0x80000000u;
    }
    adc_update(soc, block->instance);
}

void soc_adc_init(struct soc *soc)
{
    soc_event_init(&soc->adc[0].step, soc, 0, fire);
    soc_event_init(&soc->adc[1].step, soc, 1, fire);
}
