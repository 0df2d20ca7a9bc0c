/* Data on their way through a DMA channel: widths, packing, extension, exchanged bytes (RM0456
 * 17.4.9).
 */
#include "soc/gpdma.h"

/* SBX exchanges the two middle bytes of a source word; DBX the bytes of every half-word written,
 * DHX the half-words of every word. */
static uint32_t exchange_in(uint32_t value, const struct soc_dma_channel *c,
                            const struct gpdma_flow *flow)
{
    if (flow->in == 4 && (c->tr1 & DMA_CTR1_SBX_Msk)) {
        value = (value & 0xFF0000FFu) | (value & 0xFF00u) << 8 | (value >> 8 & 0xFF00u);
    }
    return value;
}

static uint32_t exchange_out(uint32_t value, const struct soc_dma_channel *c,
                             const struct gpdma_flow *flow)
{
    if (flow->out >= 2 && (c->tr1 & DMA_CTR1_DBX_Msk)) {
        value = (value & 0x00FF00FFu) << 8 | (value >> 8 & 0x00FF00FFu);
    }
    if (flow->out == 4 && (c->tr1 & DMA_CTR1_DHX_Msk)) {
        value = value << 16 | value >> 16;
    }
    return value;
}

static uint32_t extend(uint32_t value, const struct gpdma_flow *flow)
{
    if (flow->out > flow->in && flow->pam == 1) { /* sign extension */
        unsigned shift = 32 - 8 * flow->in;

        value = (uint32_t)((int32_t)(value << shift) >> shift);
    } else if (flow->out < flow->in && flow->pam == 1) { /* left-aligned, low part cut off */
        value >>= 8 * (flow->in - flow->out);
    }
    return flow->out == 4 ? value : value & ((1u << (8 * flow->out)) - 1u);
}

static bool take(struct soc *soc, struct soc_dma_channel *c, const struct gpdma_flow *flow,
                 uint32_t *value)
{
    bool ok = soc_bus_read(soc, c->sar, flow->in, flow->from, value) == BUS_OK;

    *value = exchange_in(*value, c, flow);
    c->sar += c->tr1 & DMA_CTR1_SINC_Msk ? flow->in : 0;
    c->br1 = (c->br1 & ~DMA_CBR1_BNDT_Msk) | ((c->br1 & DMA_CBR1_BNDT_Msk) - flow->in);
    return ok;
}

static bool give(struct soc *soc, struct soc_dma_channel *c, const struct gpdma_flow *flow,
                 uint32_t value)
{
    bool ok =
        soc_bus_write(soc, c->dar, flow->out, flow->to, exchange_out(value, c, flow)) == BUS_OK;

    c->dar += c->tr1 & DMA_CTR1_DINC_Msk ? flow->out : 0;
    return ok;
}

bool gpdma_move_datum(struct soc *soc, struct soc_dma_channel *c, const struct gpdma_flow *flow)
{
    uint32_t value, part;

    if (flow->pam < 2 || flow->in == flow->out) {
        return take(soc, c, flow, &value) && give(soc, c, flow, extend(value, flow));
    }
    if (flow->in < flow->out) {
        value = 0;
        for (unsigned at = 0; at < flow->out && (c->br1 & DMA_CBR1_BNDT_Msk); at += flow->in) {
            if (!take(soc, c, flow, &part)) {
                return false;
            }
            value |= part << (8 * at);
        }
        return give(soc, c, flow, value);
    }
    if (!take(soc, c, flow, &value)) {
        return false;
    }
    for (unsigned at = 0; at < flow->in; at += flow->out) {
        part = value >> (8 * at) & (flow->out == 1 ? 0xFFu : 0xFFFFu);
        if (!give(soc, c, flow, part)) {
            return false;
        }
    }
    return true;
}
