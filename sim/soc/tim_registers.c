/* Registers of TIM1-8 and TIM15-17: which bits each kind has, preloads, software events, DMA bursts
 * (RM0456 54.6 and its like of chapters 55-57).
 */
#include "soc/tim.h"

#include <string.h>

static uint32_t *plain_register(struct soc_tim *t, uint32_t offset)
{
    switch (offset) {
    case TIM_CR2_OFS:
        return &t->cr2;
    case TIM_SMCR_OFS:
        return &t->smcr;
    case TIM_DIER_OFS:
        return &t->dier;
    case TIM_CCMR1_OFS:
        return &t->ccmr[0];
    case TIM_CCMR2_OFS:
        return &t->ccmr[1];
    case TIM_CCMR3_OFS:
        return &t->ccmr[2];
    case TIM_CCER_OFS:
        return &t->ccer;
    case TIM_RCR_OFS:
        return &t->rcr;
    case TIM_CCR1_OFS:
    case TIM_CCR2_OFS:
    case TIM_CCR3_OFS:
    case TIM_CCR4_OFS:
        return &t->ccr[(offset - TIM_CCR1_OFS) / 4];
    case TIM_CCR5_OFS:
    case TIM_CCR6_OFS:
        return &t->ccr[4 + (offset - TIM_CCR5_OFS) / 4];
    case TIM_BDTR_OFS:
        return &t->bdtr;
    case TIM_DTR2_OFS:
        return &t->dtr2;
    case TIM_ECR_OFS:
        return &t->ecr;
    case TIM_TISEL_OFS:
        return &t->tisel;
    case TIM_AF1_OFS:
        return &t->af1;
    case TIM_AF2_OFS:
        return &t->af2;
    case TIM_OR1_OFS:
        return &t->or1;
    case TIM_DCR_OFS:
        return &t->dcr;
    default:
        return NULL;
    }
}

/* Bits that this kind of timer has; basic, general, advanced, TIM15, TIM16/17. */
static uint32_t implemented(unsigned n, uint32_t offset)
{
    static const struct {
        uint32_t offset, bits[5];
    } masks[] = {
        {TIM_CR1_OFS, {0x188Fu, 0x1BFFu, 0x1BFFu, 0x1B8Fu, 0x1B8Fu}},
        {TIM_CR2_OFS, {0x70u, 0x020000F8u, 0x02F5FFFDu, 0x7FDu, 0x30Du}},
        {TIM_SMCR_OFS, {0, 0x0331FFFFu, 0x0331FFFFu, 0x003100F7u, 0}},
        {TIM_DIER_OFS, {0x101u, 0x00F05F5Fu, 0x00F07FFFu, 0x6FE7u, 0x2FA3u}},
        {TIM_SR_OFS, {1u, 0x00F01E5Fu, 0x00F33FFFu, 0x6E7u, 0x2A3u}},
        {TIM_CCMR1_OFS, {0, 0x0101FFFFu, 0x0101FFFFu, 0x0101FFFFu, 0x000100FFu}},
        {TIM_CCMR2_OFS, {0, 0x0101FFFFu, 0x0101FFFFu, 0, 0}},
        {TIM_CCMR3_OFS, {0, 0, 0x0101FCFCu, 0, 0}},
        {TIM_CCER_OFS, {0, 0xBBBBu, 0x0033FFFFu, 0xBFu, 0x0Fu}},
        {TIM_RCR_OFS, {0, 0, 0xFFFFu, 0xFFu, 0xFFu}},
        {TIM_BDTR_OFS, {0, 0, 0x3FFFFFFFu, 0x140FFFFFu, 0x140FFFFFu}},
        {TIM_DTR2_OFS, {0, 0, 0x000300FFu, 0x000300FFu, 0x000300FFu}},
        {TIM_ECR_OFS, {0, 0x07FF00FFu, 0x07FF00FFu, 0, 0}},
        {TIM_TISEL_OFS, {0, 0x0F0F0F0Fu, 0x0F0F0F0Fu, 0x0F0Fu, 0x0Fu}},
        {TIM_AF1_OFS, {0, 0x0003C000u, 0x0003FFFFu, 0x00003FFFu, 0x00003FFFu}},
        {TIM_AF2_OFS, {0, 0x00070000u, 0x00073FFFu, 0x00070000u, 0x00070000u}},
        {TIM_OR1_OFS, {0, 0, 0, 0, 2u}},
        {TIM_DCR_OFS, {0, 0x000F1F1Fu, 0x000F1F1Fu, 0x000F1F1Fu, 0x000F1F1Fu}},
    };

    for (unsigned i = 0; i < sizeof masks / sizeof masks[0]; i++) {
        if (masks[i].offset == offset) {
            return masks[i].bits[tim_facts[n].kind];
        }
    }
    if ((offset >= TIM_CCR1_OFS && offset <= TIM_CCR4_OFS) ||
        (offset >= TIM_CCR5_OFS && offset <= TIM_CCR6_OFS)) {
        unsigned channel =
            offset >= TIM_CCR5_OFS ? 4 + (offset - TIM_CCR5_OFS) / 4 : (offset - TIM_CCR1_OFS) / 4;

        if (channel >= tim_facts[n].channels) {
            return 0;
        }
        return channel == 4 ? 0xE000FFFFu : tim_facts[n].max;
    }
    return 0xFFFFFFFFu;
}

static uint32_t read_register(struct soc *soc, const struct soc_block *block, uint32_t offset)
{
    struct soc_tim *t = &soc->tim[block->instance];
    const uint32_t *plain = plain_register(t, offset);

    if (plain != NULL) {
        if (offset >= TIM_CCR1_OFS && offset <= TIM_CCR4_OFS &&
            tim_ccs(t, (offset - TIM_CCR1_OFS) / 4) != 0) {
            t->sr &= ~(TIM_SR_CC1IF_Msk << (offset - TIM_CCR1_OFS) / 4); /* capture taken */
        }
        return *plain;
    }
    switch (offset) {
    case TIM_CR1_OFS:
        return t->cr1;
    case TIM_SR_OFS:
        return t->sr;
    case TIM_EGR_OFS:
        return 0;
    case TIM_CNT_OFS:
        return t->cr1 & TIM_CR1_UIFREMAP_Msk
                   ? (t->cnt & 0x7FFFFFFFu) | (t->sr & TIM_SR_UIF_Msk) << 31
                   : t->cnt;
    case TIM_PSC_OFS:
        return t->psc;
    case TIM_ARR_OFS:
        return t->arr;
    default:
        return soc_stored_read(soc, block, offset);
    }
}

/* DMA bursts run over the registers from DBA on. */
static uint32_t burst_offset(struct soc_tim *t)
{
    uint32_t base = t->dcr & TIM_DCR_DBA_Msk;
    uint32_t length = (t->dcr & TIM_DCR_DBL_Msk) >> TIM_DCR_DBL_Pos;
    uint32_t offset = 4 * (base + t->dma_index);

    t->dma_index = t->dma_index >= length ? 0 : (uint8_t)(t->dma_index + 1);
    return offset;
}

READER(tim)
{
    unsigned n = block->instance;
    uint32_t value;

    (void)access;
    tim_sync(soc, n);
    if (offset == TIM_DMAR_OFS) {
        offset = burst_offset(&soc->tim[n]);
    }
    value = read_register(soc, block, offset);
    tim_update_irq(soc, n);
    return value;
}

static void generate(struct soc *soc, unsigned n, uint32_t value)
{
    struct soc_tim *t = &soc->tim[n];

    if (value & TIM_EGR_UG_Msk) {
        tim_reinitialise(soc, n);
    }
    for (unsigned c = 0; c < 4 && c < tim_facts[n].channels; c++) {
        if (value & (TIM_EGR_CC1G_Msk << c)) {
            if (tim_ccs(t, c) != 0) {
                t->sr |= t->sr & (TIM_SR_CC1IF_Msk << c) ? TIM_SR_CC1OF_Msk << c : 0;
                t->ccr[c] = t->ccr_shadow[c] = t->cnt;
            }
            tim_flag_cc(soc, n, c);
        }
    }
    if (value & TIM_EGR_TG_Msk) {
        tim_flag(soc, n, TIM_SR_TIF_Msk);
    }
    if ((value & TIM_EGR_COMG_Msk) && tim_has_break(n)) {
        tim_com(soc, n);
    }
    if ((value & TIM_EGR_BG_Msk) && tim_has_break(n)) {
        tim_break(soc, n, TIM_SR_BIF_Msk);
    }
    if ((value & TIM_EGR_B2G_Msk) && tim_facts[n].kind == TIM_ADVANCED) {
        tim_break(soc, n, TIM_SR_B2IF_Msk);
    }
}

static void write_cr1(struct soc *soc, const struct soc_block *block, uint32_t value)
{
    unsigned n = block->instance;
    struct soc_tim *t = &soc->tim[n];
    bool start = (value & ~t->cr1 & TIM_CR1_CEN_Msk) != 0;

    if (value & TIM_CR1_DITHEN_Msk) {
        soc_not_modelled(soc, block->base + 0x300, "%s: dithering", block->name);
    }
    if (CENTRE(value) && CENTRE(t->cr1)) { /* DIR is read-only there */
        value = (value & ~TIM_CR1_DIR_Msk) | (t->cr1 & TIM_CR1_DIR_Msk);
    }
    t->cr1 = value & implemented(n, TIM_CR1_OFS) & ~TIM_CR1_CEN_Msk;
    if (start) {
        tim_start(soc, n);
    } else {
        t->cr1 |= value & TIM_CR1_CEN_Msk;
    }
    if (!(value & TIM_CR1_ARPE_Msk)) {
        t->arr_shadow = t->arr;
    }
}

static bool preloaded(const struct soc_tim *t, unsigned channel)
{
    return (t->ccmr[channel / 2] >> (8 * (channel % 2))) & TIM_CCMR1_OC1PE_Msk;
}

static void write_ccr(struct soc *soc, unsigned n, unsigned channel, uint32_t value)
{
    struct soc_tim *t = &soc->tim[n];

    if (tim_ccs(t, channel) != 0) {
        return; /* read-only as an input */
    }
    t->ccr[channel] = value;
    if (!preloaded(t, channel)) {
        t->ccr_shadow[channel] = value;
    }
    (void)soc;
}

static void write_plain(struct soc *soc, const struct soc_block *block, uint32_t offset,
                        uint32_t value)
{
    unsigned n = block->instance;
    struct soc_tim *t = &soc->tim[n];
    uint32_t *plain = plain_register(t, offset);
    uint32_t locked = tim_locked_bits(t, offset);

    value = (value & implemented(n, offset) & ~locked) | (*plain & locked);
    if (offset >= TIM_CCR1_OFS && offset <= TIM_CCR4_OFS) {
        write_ccr(soc, n, (offset - TIM_CCR1_OFS) / 4, value);
        return;
    }
    if (offset == TIM_CCR5_OFS || offset == TIM_CCR6_OFS) {
        write_ccr(soc, n, 4 + (offset - TIM_CCR5_OFS) / 4, value);
        return;
    }
    *plain = value;
    switch (offset) {
    case TIM_CCMR1_OFS:
    case TIM_CCMR2_OFS:
    case TIM_CCMR3_OFS:
    case TIM_CCER_OFS:
        if (!(t->cr2 & TIM_CR2_CCPC_Msk)) {
            t->ccer_active = t->ccer;
            memcpy(t->ccmr_active, t->ccmr, sizeof t->ccmr);
        }
        break;
    case TIM_SMCR_OFS:
        tim_gate_follow(soc, n);
        break;
    case TIM_BDTR_OFS:
    case TIM_AF1_OFS:
    case TIM_AF2_OFS:
        tim_break_follow(soc, n);
        break;
    case TIM_ECR_OFS:
        if (value & TIM_ECR_IE_Msk) {
            soc_not_modelled(soc, block->base + offset, "%s: encoder index", block->name);
        }
        break;
    case TIM_DCR_OFS:
        t->dma_index = 0;
        break;
    default:
        break;
    }
}

WRITER(tim)
{
    unsigned n = block->instance;
    struct soc_tim *t = &soc->tim[n];

    (void)access;
    tim_sync(soc, n);
    if (offset == TIM_DMAR_OFS) {
        offset = burst_offset(t);
    }
    switch (offset) {
    case TIM_CR1_OFS:
        write_cr1(soc, block, value);
        break;
    case TIM_SR_OFS:
        t->sr &= value; /* write 0 clears */
        break;
    case TIM_EGR_OFS:
        generate(soc, n, value);
        break;
    case TIM_CNT_OFS:
        t->cnt = value & tim_facts[n].max;
        break;
    case TIM_PSC_OFS:
        t->psc = value & 0xFFFFu;
        break;
    case TIM_ARR_OFS:
        t->arr = value & tim_facts[n].max;
        if (!(t->cr1 & TIM_CR1_ARPE_Msk)) {
            t->arr_shadow = t->arr;
        }
        break;
    default:
        if (plain_register(t, offset) != NULL) {
            write_plain(soc, block, offset, value);
        } else {
            soc_stored_write(soc, block, offset, value);
        }
        break;
    }
    tim_refresh(soc, n);
}
