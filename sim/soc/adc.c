#include "soc/soc_state.h"
bool soc_adc_dma_request(const struct soc *soc, unsigned adc)
{
    (void)soc;
    (void)adc;
    return false;
}
