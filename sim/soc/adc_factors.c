/* Calibration factors of ADC1 (RM0456 33.4.8) and ADC4 (34.4.3): read, written, lost in deep
 * power-down. The converters of this board are ideal: factors do not change what they measure, and
 * a calibration finds the same ones each time, which say nothing about silicon.
 */
#include "soc/adc.h"

#define OFFSET          0u /* CALINDEX */
#define LINEARITY_LAST  7u /* writes the internal offset as well */
#define INTERNAL_OFFSET 8u /* read only */
#define MODE            9u /* calibration mode, not a factor */
#define ADC4_FACTOR     0x7Fu

static uint32_t *at(struct soc_adc *adc, uint32_t offset)
{
    return &adc->r[offset / 4];
}

void adc_factors_found(struct soc *soc, unsigned n)
{
    struct soc_adc *adc = &soc->adc[n];

    if (n == 1) {
        *at(adc, ADC_CALFACT_OFS) = 0x40;
        return;
    }
    adc->factor[OFFSET] = 0x00800080u; /* differential, single-ended */
    adc->factor[INTERNAL_OFFSET] = 0x80u;
    for (unsigned i = 1; (*at(adc, ADC_CR_OFS) & ADC_CR_ADCALLIN_Msk) && i <= LINEARITY_LAST; i++) {
        adc->factor[i] = 0x20000000u | i << 16 | 0x200u;
    }
}

void adc_factors_lost(struct soc *soc, unsigned n)
{
    struct soc_adc *adc = &soc->adc[n];

    for (unsigned i = 0; i < sizeof adc->factor / sizeof adc->factor[0]; i++) {
        adc->factor[i] = 0;
    }
}

static unsigned calindex(const struct soc_adc *adc)
{
    return (adc->r[ADC_CR_OFS / 4] >> 24) & 0xFu;
}

/* CAPTURE_COEF: from the converter to CALFACT2. LATCH_COEF: the other way. */
static void move(struct soc_adc *adc, uint32_t rising)
{
    unsigned index = calindex(adc);
    uint32_t *value = at(adc, ADC_CALFACT2_OFS);

    if ((rising & ADC_CALFACT_CAPTURE_COEF_Msk) && index <= INTERNAL_OFFSET) {
        *value = adc->factor[index];
    }
    if ((rising & ADC_CALFACT_LATCH_COEF_Msk) && index <= LINEARITY_LAST) {
        adc->factor[index] = *value;
    }
}

void adc_factors_write(struct soc *soc, const struct soc_block *block, uint32_t offset,
                       uint32_t value)
{
    struct soc_adc *adc = &soc->adc[block->instance];
    uint32_t commands = ADC_CALFACT_CAPTURE_COEF_Msk | ADC_CALFACT_LATCH_COEF_Msk;
    uint32_t before = *at(adc, offset), cr = *at(adc, ADC_CR_OFS);
    bool enabled = (cr & ADC_CR_ADEN_Msk) && !(cr & (ADC_CR_ADSTART_Msk | ADC_CR_JADSTART_Msk));
    bool clears = block->instance == 0 && offset == ADC_CALFACT_OFS && !(value & commands);

    if (!enabled && !clears) {
        soc_guest_error(soc, block->base + 0x384,
                        "%s: calibration factor accessed while not enabled, or converting",
                        block->name);
        return;
    }
    if (block->instance == 1) {
        *at(adc, offset) = offset == ADC_CALFACT_OFS ? value & ADC4_FACTOR : 0;
    } else if (offset == ADC_CALFACT2_OFS) {
        *at(adc, offset) = value;
    } else {
        *at(adc, offset) = value & commands;
        move(adc, value & ~before & commands);
    }
}
