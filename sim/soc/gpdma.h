/* What the files of the DMA controllers share. */
#ifndef SIM_SOC_GPDMA_H
#define SIM_SOC_GPDMA_H

#include "soc/soc_state.h"

/* How data go through a channel. */
struct gpdma_flow {
    struct bus_attr from, to;
    unsigned in, out; /* widths in bytes */
    unsigned pam;
};

/* gpdma_data.c: one datum of the wider side when packing, else one datum on both sides. False: the
 * bus refused. */
bool gpdma_move_datum(struct soc *soc, struct soc_dma_channel *c, const struct gpdma_flow *flow);

#endif
