/* Between the registers of an ADC (adc.c) and its conversions (adc_convert.c); n: 0 = ADC1, 1 =
 * ADC4. */
#ifndef SIM_SOC_ADC_H
#define SIM_SOC_ADC_H

#include "soc/soc_state.h"

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
/* Interrupt line and DMA request, from the flags. */
void adc_update(struct soc *soc, unsigned n);

#endif
