/* ADC1 (14 bits) and ADC4 (12 bits): power-up, calibration, regular sequences by software, data
 * register and overrun (RM0456 chapters 33 to 35). Values come from the analogue level of the pin
 * that a channel is bonded to. Injected groups, watchdogs, triggers, oversampling and differential
 * inputs are storage only.
 */
#include "soc/soc_state.h"

#include <string.h>

#define VDDA_MV            3300u
#define VREFINT_MV         1212u
#define NO_PIN             0xFFu
#define PIN(p, n)          ((uint8_t)((p)*16 + (n)))
#define COMMON_CCR         0x308u
#define LDO_US             20u
#define CALIBRATION_CLOCKS 3000u

enum { A, B, C, D, E, F, G };

/* Pins of the channels (data sheet, table of pin functions). */
static const uint8_t adc1_pins[20] = {NO_PIN,    PIN(C, 0), PIN(C, 1), PIN(C, 2), PIN(C, 3),
                                      PIN(A, 0), PIN(A, 1), PIN(A, 2), PIN(A, 3), PIN(A, 4),
                                      PIN(A, 5), PIN(A, 6), PIN(A, 7), PIN(C, 4), PIN(C, 5),
                                      PIN(B, 0), PIN(B, 1), PIN(B, 2), NO_PIN,    NO_PIN};
static const uint8_t adc4_pins[24] = {
    NO_PIN,     PIN(C, 0),  PIN(C, 1), PIN(C, 2), PIN(C, 3), PIN(F, 14), PIN(F, 15), PIN(G, 0),
    PIN(G, 1),  PIN(A, 4),  PIN(A, 5), PIN(A, 6), NO_PIN,    NO_PIN,     NO_PIN,     PIN(D, 11),
    PIN(D, 12), PIN(D, 13), PIN(B, 0), PIN(B, 1), PIN(A, 7), NO_PIN,     PIN(C, 4),  PIN(C, 5)};

static uint32_t *at(struct soc_adc *adc, uint32_t offset)
{
    return &adc->r[offset / 4];
}

static void update(struct soc *soc, unsigned n)
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

void soc_pin_analog(struct soc *soc, unsigned port, unsigned pin, uint32_t millivolts)
{
    soc->analog_mv[port][pin] = (uint16_t)(millivolts > VDDA_MV ? VDDA_MV : millivolts);
}

static uint32_t channel_mv(const struct soc *soc, unsigned n, unsigned channel)
{
    uint8_t pin = n == 0 ? (channel < sizeof adc1_pins ? adc1_pins[channel] : NO_PIN)
                  : channel < sizeof adc4_pins ? adc4_pins[channel]
                                               : NO_PIN;

    if (channel == 0) {
        return VREFINT_MV;
    }
    return pin == NO_PIN ? 0 : soc->analog_mv[pin / 16][pin % 16];
}

static uint32_t convert(const struct soc *soc, unsigned n, unsigned channel)
{
    unsigned resolution = (soc->adc[n].r[ADC_CFGR1_OFS / 4] & ADC_CFGR1_RES_Msk) >> 2;
    unsigned bits = (n == 0 ? 14u : 12u) - 2 * resolution;
    uint32_t full = (1u << bits) - 1u;

    if (!(soc->pwr.svmcr & PWR_SVMCR_ASV_Msk)) {
        return 0; /* analogue supply not declared valid: isolated */
    }
    return (channel_mv(soc, n, channel) * full + VDDA_MV / 2) / VDDA_MV;
}

/* The sequence: SQR1-4 of ADC1; the set bits of CHSELR, low to high, of ADC4. */
static int sequence(const struct soc_adc *adc, unsigned n, unsigned index)
{
    if (n == 0) {
        unsigned place = index + 1; /* SQ1 stands after L; five fields a register */

        if (index > (adc->r[ADC_SQR1_OFS / 4] & ADC_SQR1_L_Msk)) {
            return -1;
        }
        return (int)((adc->r[ADC_SQR1_OFS / 4 + place / 5] >> (6 * (place % 5))) & 0x1Fu);
    }
    for (unsigned channel = 0; channel < 24; channel++) {
        if (((adc->r[ADC_CHSELR_OFS / 4] >> channel) & 1u) && index-- == 0) {
            return (int)channel;
        }
    }
    return -1;
}

static void clocks(struct soc *soc, struct soc_adc *adc, uint64_t count)
{
    soc_after(soc, &adc->step, soc_periods_ps(count, soc_hclk_hz(soc)));
}

/* One conversion: sampling and successive approximation, 25 clocks of the model. */
static void next_conversion(struct soc *soc, unsigned n)
{
    struct soc_adc *adc = &soc->adc[n];

    if (sequence(adc, n, adc->index) < 0) {
        soc_guest_error(soc, 0x230u + n, "ADC started without a channel");
        *at(adc, ADC_CR_OFS) &= ~ADC_CR_ADSTART_Msk;
        return;
    }
    clocks(soc, adc, 25);
}

static void converted(struct soc *soc, unsigned n)
{
    struct soc_adc *adc = &soc->adc[n];
    uint32_t cfgr = *at(adc, ADC_CFGR1_OFS);
    uint32_t value = convert(soc, n, (unsigned)sequence(adc, n, adc->index));

    if (adc->isr & ADC_ISR_EOC_Msk) {
        adc->isr |= ADC_ISR_OVR_Msk;
    }
    if (!(adc->isr & ADC_ISR_EOC_Msk) || (cfgr & ADC_CFGR1_OVRMOD_Msk)) {
        adc->dr = value;
    }
    adc->isr |= ADC_ISR_EOC_Msk | ADC_ISR_EOSMP_Msk;
    adc->index++;
    if (sequence(adc, n, adc->index) < 0) {
        adc->index = 0;
        adc->isr |= ADC_ISR_EOS_Msk;
        if (!(cfgr & ADC_CFGR1_CONT_Msk)) {
            *at(adc, ADC_CR_OFS) &= ~ADC_CR_ADSTART_Msk;
            return;
        }
    }
    next_conversion(soc, n);
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
    } else if (*cr & ADC_CR_ADSTART_Msk) {
        converted(soc, n);
    } else if (*cr & ADC_CR_ADEN_Msk) {
        adc->isr |= ADC_ISR_ADRDY_Msk;
    } else if (*cr & ADC_CR_ADVREGEN_Msk) {
        adc->isr |= ADC_ISR_LDORDY_Msk;
    }
    update(soc, n);
}

static void write_power(struct soc *soc, struct soc_adc *adc, uint32_t value)
{
    uint32_t *cr = at(adc, ADC_CR_OFS);
    bool deep = value & ADC_CR_DEEPPWD_Msk;
    bool regulator = (value & ADC_CR_ADVREGEN_Msk) && !deep;
    bool was_on = *cr & ADC_CR_ADVREGEN_Msk;

    *cr = (*cr & ~(ADC_CR_DEEPPWD_Msk | ADC_CR_ADVREGEN_Msk)) | (deep ? ADC_CR_DEEPPWD_Msk : 0) |
          (regulator ? ADC_CR_ADVREGEN_Msk : 0);
    if (!regulator) {
        adc->isr &= ~(ADC_ISR_LDORDY_Msk | ADC_ISR_ADRDY_Msk);
        *cr &= ~(ADC_CR_ADEN_Msk | ADC_CR_ADSTART_Msk | ADC_CR_ADCAL_Msk);
        sched_cancel(soc->sched, &adc->step.event);
    } else if (!was_on) {
        soc_after(soc, &adc->step, LDO_US * SIM_PS_PER_US);
    }
}

static void write_cr(struct soc *soc, const struct soc_block *block, uint32_t value)
{
    unsigned n = block->instance;
    struct soc_adc *adc = &soc->adc[n];
    uint32_t *cr = at(adc, ADC_CR_OFS);
    bool ready = adc->isr & ADC_ISR_LDORDY_Msk;

    write_power(soc, adc, value);
    *cr = (*cr & 0xB000003Fu) | (value & 0x0F010000u);
    if ((value & (ADC_CR_ADCAL_Msk | ADC_CR_ADEN_Msk)) && !ready) {
        soc_guest_error(soc, block->base + 0x380, "%s: ADCAL or ADEN before LDORDY", block->name);
        return;
    }
    if (value & ~*cr & ADC_CR_ADCAL_Msk && !(*cr & ADC_CR_ADEN_Msk)) {
        *cr |= ADC_CR_ADCAL_Msk;
        clocks(soc, adc, CALIBRATION_CLOCKS);
    } else if (value & ADC_CR_ADDIS_Msk) {
        *cr &= ~(ADC_CR_ADEN_Msk | ADC_CR_ADSTART_Msk);
        adc->isr &= ~ADC_ISR_ADRDY_Msk;
        sched_cancel(soc->sched, &adc->step.event);
    } else if (value & ~*cr & ADC_CR_ADEN_Msk && !(*cr & ADC_CR_ADCAL_Msk)) {
        /* Set too soon after a calibration, the bit is ignored. */
        if (adc->calibrated == 0 ||
            soc_now(soc) - adc->calibrated > soc_periods_ps(4, soc_hclk_hz(soc))) {
            *cr |= ADC_CR_ADEN_Msk;
            clocks(soc, adc, 30);
        }
    } else if (value & ADC_CR_ADSTP_Msk) {
        *cr &= ~ADC_CR_ADSTART_Msk;
        sched_cancel(soc->sched, &adc->step.event);
    } else if ((value & ~*cr & ADC_CR_ADSTART_Msk) && (adc->isr & ADC_ISR_ADRDY_Msk)) {
        if (!(soc->pwr.svmcr & PWR_SVMCR_ASV_Msk)) {
            soc_guest_error(soc, block->base + 0x381, "%s converts with PWR_SVMCR.ASV = 0",
                            block->name);
        }
        *cr |= ADC_CR_ADSTART_Msk;
        adc->index = 0;
        next_conversion(soc, n);
    }
    if (value & ADC_CR_JADSTART_Msk) {
        soc_not_modelled(soc, block->base + 0x382, "%s: injected conversion", block->name);
    }
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
        update(soc, n);
        return adc->dr;
    }
    if (offset == COMMON_CCR) {
        return adc->common;
    }
    return offset < sizeof adc->r ? *at(adc, offset) : soc_stored_read(soc, block, offset);
}

WRITER(adc)
{
    unsigned n = block->instance;
    struct soc_adc *adc = &soc->adc[n];

    (void)access;
    if (offset == ADC_ISR_OFS) {
        adc->isr &= ~(value & ~ADC_ISR_LDORDY_Msk);
    } else if (offset == ADC_CR_OFS) {
        write_cr(soc, block, value);
    } else if (offset == COMMON_CCR) {
        adc->common = value;
    } else if (offset >= sizeof adc->r) {
        soc_stored_write(soc, block, offset, value);
    } else if (offset != ADC_DR_OFS) {
        *at(adc, offset) = value;
        if (offset == ADC_CFGR1_OFS && (value & ADC_CFGR1_EXTEN_Msk)) {
            soc_not_modelled(soc, block->base + 0x383, "%s: hardware trigger", block->name);
        }
    }
    update(soc, n);
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
    update(soc, block->instance);
}

void soc_adc_init(struct soc *soc)
{
    soc_event_init(&soc->adc[0].step, soc, 0, fire);
    soc_event_init(&soc->adc[1].step, soc, 1, fire);
}
