#include "soc/soc_state.h"
bool soc_aes_dma_request(const struct soc *soc, unsigned aes, bool output)
{
    (void)soc;
    (void)aes;
    (void)output;
    return false;
}
