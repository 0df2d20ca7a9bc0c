/* Between the registers of an ADC (adc.c) and its conversions (adc_convert.c); n: 0 = ADC1, 1 =
 * ADC4. */
#ifndef SIM_SOC_ADC_H
#define SIM_SOC_ADC_H

#include "soc/soc_state.h"

#define ADC_STABILIZE_CLOCKS 30u
#define ADC_LDO_US           20u

/* Clock of the converter after its prescaler. */
uint64_t adc_clock_hz(const struct soc *soc, unsigned n);
/* Software sets ADSTART or JADSTART: converts, or waits for the trigger that it asked for. */
void adc_start(struct soc *soc, unsigned n, bool regular, bool injected);
/* Ends the groups at once; a conversion under way gives no result. */
void adc_stop(struct soc *soc, unsigned n, bool regular, bool injected);
/* The conversion under way is over. */
void adc_converted(struct soc *soc, unsigned n);
/* A flag of a result was cleared: with AUTDLY the next conversion may begin. */
void adc_result_read(struct soc *soc, unsigned n);

/* Calibration factors (RM0456 33.4.8, 34.4.3): ADCAL has come to its end; deep power-down; software
 * writes CALFACT or CALFACT2. */
void adc_factors_found(struct soc *soc, unsigned n);
void adc_factors_lost(struct soc *soc, unsigned n);
void adc_factors_write(struct soc *soc, const struct soc_block *block, uint32_t offset,
                       uint32_t value);

/* Interrupt line and DMA request, from the flags. */
void adc_update(struct soc *soc, unsigned n);

#endif
