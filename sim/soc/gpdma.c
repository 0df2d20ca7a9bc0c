/* GPDMA1 and LPDMA1: memory-to-memory transfers with linked lists, channel security (RM0456 chapter
 * 17). Transfers requested by peripherals, triggers and 2D addressing are not modelled.
 */
#include "soc/soc_state.h"

#include <assert.h>
#include <string.h>

#define CHANNEL_BASE 0x50u
#define STRIDE       0x80u
#define LINKS_MAX    4096u /* a list that links to itself must not hang the model */

static unsigned channels(unsigned dma)
{
    return dma == 0 ? 16 : 4;
}

static int channel_irq(unsigned dma, unsigned channel)
{
    if (dma == 1) {
        return IRQ_LPDMA1_Channel0 + (int)channel;
    }
    return channel < 8 ? IRQ_GPDMA1_Channel0 + (int)channel
                       : IRQ_GPDMA1_Channel8 + (int)channel - 8;
}

static void update_irq(struct soc *soc, unsigned dma, unsigned channel)
{
    const struct soc_dma_channel *c = &soc->dma[dma].channel[channel];

    soc_irq(soc, channel_irq(dma, channel), (c->sr & c->cr & 0x7F00u) != 0);
}

static bool channel_secure(const struct soc *soc, unsigned dma, unsigned channel)
{
    return soc->tzen && ((soc->dma[dma].seccfgr >> channel) & 1u);
}

static struct bus_attr attributes(const struct soc *soc, unsigned dma, unsigned channel,
                                  bool secure_side)
{
    return (struct bus_attr){
        .nonsecure = soc->tzen && !(channel_secure(soc, dma, channel) && secure_side),
        .unprivileged = !((soc->dma[dma].privcfgr >> channel) & 1u),
    };
}

/* One block of the transfer. False on a transfer error. */
static bool move_block(struct soc *soc, unsigned dma, unsigned channel)
{
    struct soc_dma_channel *c = &soc->dma[dma].channel[channel];
    struct bus_attr from = attributes(soc, dma, channel, c->tr1 & DMA_CTR1_SSEC_Msk);
    struct bus_attr to = attributes(soc, dma, channel, c->tr1 & DMA_CTR1_DSEC_Msk);
    unsigned width = 1u << (c->tr1 & DMA_CTR1_SDW_LOG2_Msk);
    uint32_t count = c->br1 & DMA_CBR1_BNDT_Msk;

    if (width > 4 || ((c->tr1 & DMA_CTR1_DDW_LOG2_Msk) >> DMA_CTR1_DDW_LOG2_Pos) !=
                         (c->tr1 & DMA_CTR1_SDW_LOG2_Msk)) {
        soc_not_modelled(soc, GPDMA1_NS + 0x1000, "GPDMA with different data widths: bytes used");
        width = 1;
    }
    for (; count >= width; count -= width) {
        uint32_t value;

        if (soc_bus_read(soc, c->sar, width, from, &value) != BUS_OK ||
            soc_bus_write(soc, c->dar, width, to, value) != BUS_OK) {
            return false;
        }
        c->sar += c->tr1 & DMA_CTR1_SINC_Msk ? width : 0;
        c->dar += c->tr1 & DMA_CTR1_DINC_Msk ? width : 0;
    }
    c->br1 &= ~DMA_CBR1_BNDT_Msk;
    return true;
}

/* Loads the next linked-list item. False on a link error. */
static bool load_link(struct soc *soc, unsigned dma, unsigned channel)
{
    struct soc_dma_channel *c = &soc->dma[dma].channel[channel];
    struct bus_attr attr = attributes(soc, dma, channel, true);
    uint32_t llr = c->llr;
    uint32_t address = (c->lbar & 0xFFFF0000u) | (llr & 0xFFFCu);
    struct {
        uint32_t bit;
        uint32_t *reg;
    } order[8] = {{DMA_CLLR_UT1_Msk, &c->tr1}, {DMA_CLLR_UT2_Msk, &c->tr2},
                  {DMA_CLLR_UB1_Msk, &c->br1}, {DMA_CLLR_USA_Msk, &c->sar},
                  {DMA_CLLR_UDA_Msk, &c->dar}, {DMA_CLLR_UT3_Msk, &c->tr3},
                  {DMA_CLLR_UB2_Msk, &c->br2}, {DMA_CLLR_ULL_Msk, &c->llr}};

    if (!(llr & DMA_CLLR_ULL_Msk)) {
        c->llr = 0;
    }
    for (unsigned i = 0; i < 8; i++) {
        if (llr & order[i].bit) {
            if (soc_bus_read(soc, address, 4, attr, order[i].reg) != BUS_OK) {
                return false;
            }
            address += 4;
        }
    }
    return true;
}

static void finish(struct soc *soc, unsigned dma, unsigned channel, uint32_t flags)
{
    struct soc_dma_channel *c = &soc->dma[dma].channel[channel];

    c->sr |= flags | DMA_CSR_IDLEF_Msk;
    c->cr &= ~DMA_CCR_EN_Msk;
    update_irq(soc, dma, channel);
}

static void done_fire(void *context)
{
    struct soc_event *event = context;

    finish(event->soc, event->instance / 16, event->instance % 16,
           DMA_CSR_TCF_Msk | DMA_CSR_HTF_Msk);
}

/* Data move at once; the end of the transfer is seen after as many cycles as it has beats. */
static void start(struct soc *soc, unsigned dma, unsigned channel)
{
    struct soc_dma_channel *c = &soc->dma[dma].channel[channel];
    uint64_t bytes = 0;

    c->sr &= ~DMA_CSR_IDLEF_Msk;
    for (unsigned links = 0; links < LINKS_MAX; links++) {
        if (!(c->tr2 & DMA_CTR2_SWREQ_Msk) && (c->br1 & DMA_CBR1_BNDT_Msk)) {
            soc_not_modelled(soc, GPDMA1_NS + 0x1001 + dma,
                             "GPDMA transfer requested by a "
                             "peripheral (request %u)",
                             c->tr2 & DMA_CTR2_REQSEL_Msk);
            return;
        }
        bytes += c->br1 & DMA_CBR1_BNDT_Msk;
        if (!move_block(soc, dma, channel)) {
            finish(soc, dma, channel, DMA_CSR_DTEF_Msk);
            return;
        }
        if (c->llr == 0 || (c->cr & DMA_CCR_LSM_Msk)) {
            soc_after(soc, &c->done, soc_periods_ps(bytes / 4 + 16, soc_hclk_hz(soc)));
            return;
        }
        if (!load_link(soc, dma, channel)) {
            finish(soc, dma, channel, DMA_CSR_ULEF_Msk);
            return;
        }
    }
    soc_guest_error(soc, GPDMA1_NS + 0x1003, "GPDMA linked list does not end");
    finish(soc, dma, channel, DMA_CSR_ULEF_Msk);
}

/* ---- Registers ---- */

static bool channel_at(const struct soc_block *block, uint32_t offset, unsigned *channel)
{
    *channel = (offset - CHANNEL_BASE) / STRIDE;
    return offset >= CHANNEL_BASE && *channel < channels(block->instance);
}

static bool channel_allowed(struct soc *soc, const struct soc_block *block, unsigned channel,
                            struct soc_access access)
{
    if (channel_secure(soc, block->instance, channel) && access.nonsecure) {
        soc_ilac(soc, block->place);
        return false;
    }
    return !(access.unprivileged && ((soc->dma[block->instance].privcfgr >> channel) & 1u));
}

static uint32_t *channel_register(struct soc_dma_channel *c, uint32_t offset)
{
    switch (offset) {
    case DMA_Channel_CLBAR_OFS:
        return &c->lbar;
    case DMA_Channel_CCR_OFS:
        return &c->cr;
    case DMA_Channel_CTR1_OFS:
        return &c->tr1;
    case DMA_Channel_CTR2_OFS:
        return &c->tr2;
    case DMA_Channel_CBR1_OFS:
        return &c->br1;
    case DMA_Channel_CSAR_OFS:
        return &c->sar;
    case DMA_Channel_CDAR_OFS:
        return &c->dar;
    case DMA_Channel_CTR3_OFS:
        return &c->tr3;
    case DMA_Channel_CBR2_OFS:
        return &c->br2;
    case DMA_Channel_CLLR_OFS:
        return &c->llr;
    default:
        return NULL;
    }
}

static uint32_t masked_status(const struct soc *soc, unsigned dma, bool secure)
{
    uint32_t status = 0;

    for (unsigned i = 0; i < channels(dma); i++) {
        const struct soc_dma_channel *c = &soc->dma[dma].channel[i];

        if (channel_secure(soc, dma, i) == secure && (c->sr & c->cr & 0x7F00u)) {
            status |= 1u << i;
        }
    }
    return status;
}

READER(gpdma)
{
    struct soc_dma *dma = &soc->dma[block->instance];
    unsigned channel;

    if (channel_at(block, offset, &channel)) {
        uint32_t at = (offset - CHANNEL_BASE) % STRIDE;
        const uint32_t *reg = channel_register(&dma->channel[channel], at);

        if (!channel_allowed(soc, block, channel, access)) {
            return 0;
        }
        if (at == DMA_Channel_CSR_OFS) {
            return dma->channel[channel].sr;
        }
        return reg != NULL                  ? *reg
               : at == DMA_Channel_CFCR_OFS ? 0
                                            : soc_stored_read(soc, block, offset);
    }
    switch (offset) {
    case DMA_SECCFGR_OFS:
        return soc->tzen ? dma->seccfgr : 0;
    case DMA_PRIVCFGR_OFS:
        return dma->privcfgr;
    case DMA_RCFGLOCKR_OFS:
        return dma->rcfglockr;
    case DMA_MISR_OFS:
        return masked_status(soc, block->instance, false);
    case DMA_SMISR_OFS:
        return soc->tzen && !access.nonsecure ? masked_status(soc, block->instance, true) : 0;
    default:
        return soc_stored_read(soc, block, offset);
    }
}

static void write_config(struct soc *soc, const struct soc_block *block, uint32_t offset,
                         uint32_t value, struct soc_access access)
{
    struct soc_dma *dma = &soc->dma[block->instance];
    bool secure = soc->tzen && !access.nonsecure;
    uint32_t mask = ((1u << channels(block->instance)) - 1u) & ~dma->rcfglockr;

    if (offset == DMA_PRIVCFGR_OFS) {
        mask &= secure || !soc->tzen ? 0xFFFFFFFFu : ~dma->seccfgr;
        if (!access.unprivileged) {
            dma->privcfgr = (dma->privcfgr & ~mask) | (value & mask);
        }
    } else if (!secure) {
        soc_ilac(soc, block->place);
    } else if (offset == DMA_RCFGLOCKR_OFS) {
        dma->rcfglockr |= value & mask;
    } else {
        mask &= access.unprivileged ? ~dma->privcfgr : 0xFFFFFFFFu;
        dma->seccfgr = (dma->seccfgr & ~mask) | (value & mask);
    }
}

static void write_channel_cr(struct soc *soc, unsigned dma, unsigned channel, uint32_t value)
{
    struct soc_dma_channel *c = &soc->dma[dma].channel[channel];
    bool start_now = (value & DMA_CCR_EN_Msk) && !(c->cr & DMA_CCR_EN_Msk);

    if (value & DMA_CCR_RESET_Msk) {
        sched_cancel(soc->sched, &c->done.event);
        c->cr = 0;
        c->sr = DMA_CSR_IDLEF_Msk;
        return;
    }
    if (value & DMA_CCR_SUSP_Msk) {
        c->sr |= DMA_CSR_SUSPF_Msk | DMA_CSR_IDLEF_Msk;
    }
    c->cr = (value & ~(DMA_CCR_RESET_Msk | DMA_CCR_EN_Msk)) | ((c->cr | value) & DMA_CCR_EN_Msk);
    if (start_now) {
        start(soc, dma, channel);
    }
}

WRITER(gpdma)
{
    struct soc_dma *dma = &soc->dma[block->instance];
    unsigned channel;

    if (!channel_at(block, offset, &channel)) {
        if (offset <= DMA_RCFGLOCKR_OFS) {
            write_config(soc, block, offset, value, access);
        } else if (offset > DMA_SMISR_OFS) {
            soc_stored_write(soc, block, offset, value);
        }
        return;
    }
    if (channel_allowed(soc, block, channel, access)) {
        struct soc_dma_channel *c = &dma->channel[channel];
        uint32_t at = (offset - CHANNEL_BASE) % STRIDE;
        uint32_t *reg = channel_register(c, at);

        if (at == DMA_Channel_CCR_OFS) {
            write_channel_cr(soc, block->instance, channel, value);
        } else if (at == DMA_Channel_CFCR_OFS) {
            c->sr &= ~(value & 0x7F00u);
        } else if (reg != NULL) {
            if (at == DMA_Channel_CTR1_OFS && !channel_secure(soc, block->instance, channel)) {
                value &= ~(DMA_CTR1_SSEC_Msk | DMA_CTR1_DSEC_Msk);
            }
            *reg = value;
        } else if (at != DMA_Channel_CSR_OFS) {
            soc_stored_write(soc, block, offset, value);
        }
        update_irq(soc, block->instance, channel);
    }
}

RESETTER(gpdma)
{
    struct soc_dma *dma = &soc->dma[block->instance];

    dma->seccfgr = dma->privcfgr = dma->rcfglockr = 0;
    for (unsigned i = 0; i < channels(block->instance); i++) {
        struct soc_dma_channel *c = &dma->channel[i];
        struct soc_event done;

        sched_cancel(soc->sched, &c->done.event);
        done = c->done;
        *c = (struct soc_dma_channel){.sr = DMA_CSR_IDLEF_Msk, .done = done};
        update_irq(soc, block->instance, i);
    }
}

void soc_gpdma_init(struct soc *soc)
{
    for (unsigned dma = 0; dma < 2; dma++) {
        for (unsigned i = 0; i < channels(dma); i++) {
            soc_event_init(&soc->dma[dma].channel[i].done, soc, dma * 16 + i, done_fire);
        }
    }
}
