/* GPDMA1 and LPDMA1: transfers requested by software and by peripherals, linked lists, 2D
 * addressing, channel security, byte exchange (RM0456 chapters 17 and 18). A blocked access
 * completes with zeros: the target's own firewall raises the event.
 */
#include "soc/gpdma.h"

#define HASH_IN 89u /* request: the end of its block ends the message */

#include <assert.h>
#include <string.h>

#define CHANNEL_BASE 0x50u
#define STRIDE       0x80u

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

/* ---- Requests ---- */

/* DBG_GPDMAx_STOP, DBG_LPDMAx_STOP. */
static bool frozen(const struct soc *soc, unsigned dma, unsigned channel)
{
    return soc_debug_frozen(soc, dma == 0 ? DBGMCU_AHB1FZR_OFS : DBGMCU_AHB3FZR_OFS, channel);
}

static bool waits_for_request(const struct soc_dma_channel *c)
{
    return (c->cr & DMA_CCR_EN_Msk) && !(c->cr & DMA_CCR_SUSP_Msk) &&
           !(c->tr2 & DMA_CTR2_SWREQ_Msk) && (c->br1 & DMA_CBR1_BNDT_Msk);
}

static void step_soon(struct soc *soc, struct soc_dma_channel *c, uint64_t cycles)
{
    soc_after(soc, &c->done, soc_periods_ps(cycles, soc_hclk_hz(soc)));
}

void soc_dma_poke(struct soc *soc)
{
    for (unsigned dma = 0; dma < 2; dma++) {
        uint32_t waiting = soc->dma[dma].running;

        for (; waiting != 0; waiting &= waiting - 1) {
            struct soc_dma_channel *c = &soc->dma[dma].channel[__builtin_ctz(waiting)];

            if (waits_for_request(c) && c->done.event.due == SIM_NEVER &&
                soc_dma_wanted(soc, dma, c->tr2 & DMA_CTR2_REQSEL_Msk)) {
                step_soon(soc, c, 4);
            }
        }
    }
}

static void pulse(struct soc *soc, unsigned dma, unsigned request)
{
    uint32_t waiting = soc->dma[dma].running;

    for (; waiting != 0; waiting &= waiting - 1) {
        struct soc_dma_channel *c = &soc->dma[dma].channel[__builtin_ctz(waiting)];

        if (waits_for_request(c) && (c->tr2 & DMA_CTR2_REQSEL_Msk) == request) {
            c->pulse = true;
            step_soon(soc, c, 4);
        }
    }
}

void soc_dma_pulse(struct soc *soc, unsigned request)
{
    pulse(soc, 0, request);
}

void soc_lpdma_pulse(struct soc *soc, unsigned request)
{
    pulse(soc, 1, request);
}

/* ---- Data ---- */

static uint32_t offset_address(uint32_t address, uint32_t offset, bool decrement)
{
    return decrement ? address - offset : address + offset;
}

/* Moves until `bytes` of the source are used up. False on a transfer error. */
static bool move(struct soc *soc, unsigned dma, unsigned channel, uint32_t bytes)
{
    struct soc_dma_channel *c = &soc->dma[dma].channel[channel];
    struct gpdma_flow flow = {
        .from = attributes(soc, dma, channel, c->tr1 & DMA_CTR1_SSEC_Msk),
        .to = attributes(soc, dma, channel, c->tr1 & DMA_CTR1_DSEC_Msk),
        .in = 1u << (c->tr1 & DMA_CTR1_SDW_LOG2_Msk),
        .out = 1u << ((c->tr1 & DMA_CTR1_DDW_LOG2_Msk) >> DMA_CTR1_DDW_LOG2_Pos),
        .pam = (c->tr1 & DMA_CTR1_PAM_Msk) >> DMA_CTR1_PAM_Pos,
    };
    uint32_t left = c->br1 & DMA_CBR1_BNDT_Msk;
    uint32_t until = bytes < left ? left - bytes : 0;

    while ((c->br1 & DMA_CBR1_BNDT_Msk) > until) {
        if (!gpdma_move_datum(soc, c, &flow)) {
            return false;
        }
    }
    return true;
}

/* Source bytes of one burst on the side that makes the request. */
static uint32_t burst_bytes(const struct soc_dma_channel *c)
{
    uint32_t width = 1u << (c->tr1 & DMA_CTR1_SDW_LOG2_Msk);
    uint32_t beats = ((c->tr1 & DMA_CTR1_SBL_1_Msk) >> DMA_CTR1_SBL_1_Pos) + 1;

    if (c->tr2 & DMA_CTR2_BREQ_Msk) {
        return c->br1 & DMA_CBR1_BNDT_Msk;
    }
    if (c->tr2 & DMA_CTR2_DREQ_Msk) {
        uint32_t out = 1u << ((c->tr1 & DMA_CTR1_DDW_LOG2_Msk) >> DMA_CTR1_DDW_LOG2_Pos);

        beats = ((c->tr1 & DMA_CTR1_DBL_1_Msk) >> DMA_CTR1_DBL_1_Pos) + 1;
        /* Packing: source bytes = destination bytes; else one source datum a destination beat. */
        return c->tr1 & DMA_CTR1_PAM_Msk & 0x1000u ? beats * (out > width ? out : width)
                                                   : beats * width;
    }
    return beats * width;
}

/* Loads the next linked-list item. False on a link error. */
static bool load_link(struct soc *soc, unsigned dma, unsigned channel)
{
    struct soc_dma_channel *c = &soc->dma[dma].channel[channel];
    struct bus_attr attr = attributes(soc, dma, channel, true);
    uint32_t llr = c->llr;
    uint32_t address = (c->lbar & 0xFFFF0000u) | (llr & 0xFFFCu);
    bool two_dimensions = dma == 0 && channel >= 12;
    struct {
        uint32_t bit;
        uint32_t *reg;
    } order[8] = {{DMA_CLLR_UT1_Msk, &c->tr1}, {DMA_CLLR_UT2_Msk, &c->tr2},
                  {DMA_CLLR_UB1_Msk, &c->br1}, {DMA_CLLR_USA_Msk, &c->sar},
                  {DMA_CLLR_UDA_Msk, &c->dar}, {DMA_CLLR_UT3_Msk, &c->tr3},
                  {DMA_CLLR_UB2_Msk, &c->br2}, {DMA_CLLR_ULL_Msk, &c->llr}};

    if (!two_dimensions) {
        llr &= ~(DMA_CLLR_UT3_Msk | DMA_CLLR_UB2_Msk);
    }
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
    if (!channel_secure(soc, dma, channel)) {
        c->tr1 &= ~(DMA_CTR1_SSEC_Msk | DMA_CTR1_DSEC_Msk);
    }
    return true;
}

/* ---- Progress ---- */

static void finish(struct soc *soc, unsigned dma, unsigned channel, uint32_t flags)
{
    struct soc_dma_channel *c = &soc->dma[dma].channel[channel];

    sched_cancel(soc->sched, &c->done.event);
    soc->dma[dma].running &= ~(1u << channel);
    if (flags & DMA_CSR_TCF_Msk) {
        soc_dma_completed(soc, dma, channel);
    }
    c->sr |= flags | DMA_CSR_IDLEF_Msk;
    c->cr &= ~DMA_CCR_EN_Msk;
    update_irq(soc, dma, channel);
}

/* A wrong setting: widths, or a block or address that is not a multiple of the width. */
static bool bad_setting(const struct soc_dma_channel *c)
{
    uint32_t in = c->tr1 & DMA_CTR1_SDW_LOG2_Msk;
    uint32_t out = (c->tr1 & DMA_CTR1_DDW_LOG2_Msk) >> DMA_CTR1_DDW_LOG2_Pos;

    return in == 3 || out == 3 || (c->br1 & DMA_CBR1_BNDT_Msk & ((1u << in) - 1u)) ||
           (c->sar & ((1u << in) - 1u)) || (c->dar & ((1u << out) - 1u));
}

/* TRIGM: what one hit lets run. */
enum { TRIGGER_BLOCK, TRIGGER_REPEATED, TRIGGER_LINK, TRIGGER_BURST };

static unsigned trigger_mode(const struct soc_dma_channel *c)
{
    return (c->tr2 & DMA_CTR2_TRIGM_Msk) >> DMA_CTR2_TRIGM_Pos;
}

/* False: waits for a hit. */
static bool let_through(struct soc_dma_channel *c)
{
    if (!soc_dma_triggered(c) || c->open) {
        return true;
    }
    if (!c->hit) {
        return false;
    }
    c->hit = false;
    c->open = true;
    return true;
}

void soc_dma_overrun(struct soc *soc, unsigned dma, unsigned channel)
{
    soc->dma[dma].channel[channel].sr |= DMA_CSR_TOF_Msk;
    update_irq(soc, dma, channel);
}

void soc_dma_continue(struct soc *soc, unsigned dma, unsigned channel)
{
    struct soc_dma_channel *c = &soc->dma[dma].channel[channel];

    if (!c->open && c->done.event.due == SIM_NEVER) {
        step_soon(soc, c, 4);
    }
}

static void begin_block(struct soc *soc, unsigned dma, unsigned channel)
{
    struct soc_dma_channel *c = &soc->dma[dma].channel[channel];

    c->block_size = c->br1 & DMA_CBR1_BNDT_Msk;
    c->pulse = false;
    if (bad_setting(c)) {
        finish(soc, dma, channel, DMA_CSR_USEF_Msk);
    } else if (trigger_mode(c) == TRIGGER_BLOCK) {
        c->open = false;
    }
}

/* Which events TCEM makes visible. */
static bool event_shown(const struct soc_dma_channel *c, bool block_repeats)
{
    switch ((c->tr2 & DMA_CTR2_TCEM_Msk) >> DMA_CTR2_TCEM_Pos) {
    case 0:
        return true;
    case 3:
        return !block_repeats && c->llr == 0;
    default:
        return !block_repeats;
    }
}

/* 2D addressing of channels 12 to 15: the next of the repeated blocks. */
static void repeat_block(struct soc_dma_channel *c)
{
    c->br1 -= 1u << DMA_CBR1_BRC_Pos;
    c->br1 = (c->br1 & ~DMA_CBR1_BNDT_Msk) | c->block_size;
    c->sar = offset_address(c->sar, c->br2 & 0xFFFFu, c->br1 & DMA_CBR1_BRSDEC_Msk);
    c->dar = offset_address(c->dar, c->br2 >> 16, c->br1 & DMA_CBR1_BRDDEC_Msk);
}

static void end_block(struct soc *soc, unsigned dma, unsigned channel)
{
    struct soc_dma_channel *c = &soc->dma[dma].channel[channel];
    bool repeats =
        dma == 0 && channel >= 12 && c->block_size != 0 && (c->br1 & DMA_CBR1_BRC_Msk) != 0;
    bool last = !repeats && (c->llr == 0 || (c->cr & DMA_CCR_LSM_Msk));

    if (c->block_size != 0 && !repeats && (c->tr2 & DMA_CTR2_REQSEL_Msk) == HASH_IN && dma == 0 &&
        !(c->tr2 & DMA_CTR2_SWREQ_Msk)) {
        soc_hash_dma_done(soc);
    }
    if (c->block_size != 0 && event_shown(c, repeats)) {
        c->sr |= DMA_CSR_TCF_Msk | DMA_CSR_HTF_Msk;
        soc_dma_completed(soc, dma, channel);
    }
    if (!repeats && trigger_mode(c) != TRIGGER_BURST) {
        c->open = false; /* a link or a block of its own is over */
    }
    if (repeats) {
        repeat_block(c);
    } else if (c->llr != 0 && !load_link(soc, dma, channel)) {
        finish(soc, dma, channel, DMA_CSR_ULEF_Msk);
        return;
    }
    if (last) {
        finish(soc, dma, channel, c->block_size == 0 ? DMA_CSR_TCF_Msk : 0);
        return;
    }
    update_irq(soc, dma, channel);
    begin_block(soc, dma, channel);
    if (c->cr & DMA_CCR_EN_Msk) {
        step_soon(soc, c, 8);
    }
}

/* One step: a whole block when software requests it, a burst for a peripheral; its end follows
 * after as many cycles as it has beats. */
static void step(struct soc *soc, unsigned dma, unsigned channel)
{
    struct soc_dma_channel *c = &soc->dma[dma].channel[channel];
    uint32_t left = c->br1 & DMA_CBR1_BNDT_Msk;
    uint32_t bytes = left;

    if (c->cr & DMA_CCR_SUSP_Msk) {
        c->sr |= DMA_CSR_SUSPF_Msk | DMA_CSR_IDLEF_Msk;
        update_irq(soc, dma, channel);
        return;
    }
    if (frozen(soc, dma, channel)) {
        c->stands = true; /* the burst that was on its way is finished */
        return;
    }
    if (left == 0) {
        end_block(soc, dma, channel);
        return;
    }
    if (!let_through(c)) {
        return;
    }
    if (soc_dma_triggered(c) && trigger_mode(c) == TRIGGER_BURST) {
        bytes = burst_bytes(c);
    }
    if (!(c->tr2 & DMA_CTR2_SWREQ_Msk)) {
        if (!c->pulse && !soc_dma_wanted(soc, dma, c->tr2 & DMA_CTR2_REQSEL_Msk)) {
            return; /* until the peripheral asks */
        }
        c->pulse = false;
        bytes = burst_bytes(c);
    }
    if (trigger_mode(c) == TRIGGER_BURST) {
        c->open = false;
    }
    if (!move(soc, dma, channel, bytes)) {
        finish(soc, dma, channel, DMA_CSR_DTEF_Msk);
        return;
    }
    if (!(c->cr & DMA_CCR_EN_Msk)) {
        return; /* the transfer has reset its own channel */
    }
    if (dma == 0 && channel >= 12 && c->tr3 != 0) {
        c->sar = offset_address(c->sar, c->tr3 & 0x1FFFu, c->br1 & DMA_CBR1_SDEC_Msk);
        c->dar = offset_address(c->dar, c->tr3 >> 16 & 0x1FFFu, c->br1 & DMA_CBR1_DDEC_Msk);
    }
    if (2 * (c->br1 & DMA_CBR1_BNDT_Msk) <= c->block_size && event_shown(c, false)) {
        c->sr |= DMA_CSR_HTF_Msk;
        update_irq(soc, dma, channel);
    }
    step_soon(soc, c, c->tr2 & DMA_CTR2_SWREQ_Msk ? bytes / 4 + 16 : 6);
}

static void done_fire(void *context)
{
    struct soc_event *event = context;

    step(event->soc, event->instance / 16, event->instance % 16);
}

void soc_dma_follow_debugger(struct soc *soc)
{
    for (unsigned dma = 0; dma < 2; dma++) {
        for (unsigned i = 0; i < channels(dma); i++) {
            struct soc_dma_channel *c = &soc->dma[dma].channel[i];

            if (c->stands && !frozen(soc, dma, i)) {
                c->stands = false;
                step_soon(soc, c, 4);
            }
        }
    }
}

static void start(struct soc *soc, unsigned dma, unsigned channel)
{
    struct soc_dma_channel *c = &soc->dma[dma].channel[channel];

    c->sr &= ~DMA_CSR_IDLEF_Msk;
    c->hit = c->open = false;
    soc->dma[dma].running |= 1u << channel;
    begin_block(soc, dma, channel);
    if (c->cr & DMA_CCR_EN_Msk) {
        step_soon(soc, c, 4);
    }
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

/* A running burst is finished before the channel reports SUSPF. */
static void change_suspension(struct soc *soc, struct soc_dma_channel *c, bool suspend)
{
    if (!(c->cr & DMA_CCR_EN_Msk)) {
        return;
    }
    if (!suspend) {
        c->sr &= ~DMA_CSR_IDLEF_Msk;
    }
    step_soon(soc, c, 4);
}

static void write_channel_cr(struct soc *soc, unsigned dma, unsigned channel, uint32_t value)
{
    struct soc_dma_channel *c = &soc->dma[dma].channel[channel];
    bool start_now = (value & DMA_CCR_EN_Msk) && !(c->cr & DMA_CCR_EN_Msk);

    if (value & DMA_CCR_RESET_Msk) {
        sched_cancel(soc->sched, &c->done.event);
        soc->dma[dma].running &= ~(1u << channel);
        c->cr = 0;
        c->stands = false;
        c->sr = DMA_CSR_IDLEF_Msk;
        return;
    }
    if ((value & ~c->cr & DMA_CCR_SUSP_Msk) || (c->cr & ~value & DMA_CCR_SUSP_Msk)) {
        change_suspension(soc, c, value & DMA_CCR_SUSP_Msk);
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
        } else if (reg != NULL && (c->cr & DMA_CCR_EN_Msk)) {
            soc_guest_error(soc, block->base + offset,
                            "%s channel %u: register written with EN = 1", block->name, channel);
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

    dma->seccfgr = dma->privcfgr = dma->rcfglockr = dma->running = 0;
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
