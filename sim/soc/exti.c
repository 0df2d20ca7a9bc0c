/* EXTI: configurable lines 0..22 with separate rising and falling pending bits (RM0456 chapter 23).
 * A pending bit is set only while the line is unmasked in IMR1. Lines 0..15 are GPIO pins.
 */
#include "soc/soc_state.h"

#define LINES 0x007FFFFFu

static void update_irq(struct soc *soc)
{
    uint32_t pending = soc->exti.rpr | soc->exti.fpr;

    for (unsigned line = 0; line < 16; line++) {
        soc_irq(soc, IRQ_EXTI0 + (int)line, (pending >> line) & 1u);
    }
    soc_irq(soc, IRQ_PVD_PVM, (pending & 0x00790000u) != 0);
}

static void trigger(struct soc *soc, unsigned line, bool rising)
{
    struct soc_exti *exti = &soc->exti;
    uint32_t bit = 1u << line;

    if (!soc_io_powered(soc)) {
        return; /* EXTI is off in Stop 3, Standby and Shutdown */
    }
    if (line < 8) {
        soc_dma_event(soc, (enum soc_dma_source)(DMA_BY_EXTI0 + line), rising);
    }
    if (exti->imr & bit) {
        *(rising ? &exti->rpr : &exti->fpr) |= bit;
        update_irq(soc);
    }
    if (exti->emr & bit) {
        cpu_set_event(soc->cpu);
    }
    if (line == 11 || line == 15) {
        soc_adc_trigger(soc, line == 11 ? ADC_BY_EXTI11 : ADC_BY_EXTI15, rising);
    }
}

void soc_exti_edge(struct soc *soc, unsigned port, unsigned pin, bool level)
{
    struct soc_exti *exti = &soc->exti;

    if (((exti->exticr[pin / 4] >> (8 * (pin % 4))) & 0xFFu) != port) {
        return;
    }
    if (((level ? exti->rtsr : exti->ftsr) >> pin) & 1u) {
        trigger(soc, pin, level);
    }
}

/* A line that is not a pin: a voltage monitor, a comparator. `level` is its new state. */
void soc_exti_internal(struct soc *soc, unsigned line, bool level)
{
    if (((level ? soc->exti.rtsr : soc->exti.ftsr) >> line) & 1u) {
        trigger(soc, line, level);
    }
}

static uint32_t line_mask(uint32_t offset, uint32_t lines)
{
    uint32_t mask = 0;
    unsigned first;

    if (offset < EXTI_EXTICR_OFS || offset >= EXTI_EXTICR_OFS + 16) {
        return lines;
    }
    first = offset - EXTI_EXTICR_OFS; /* four lines a register, one a byte */
    for (unsigned i = 0; i < 4; i++) {
        mask |= (lines >> (first + i)) & 1u ? 0xFFu << (8 * i) : 0;
    }
    return mask;
}

static uint32_t hidden_bits(const struct soc *soc, uint32_t offset, struct soc_access access)
{
    uint32_t lines = soc->tzen && access.nonsecure ? soc->exti.seccfgr : 0;

    lines |= access.unprivileged ? soc->exti.privcfgr : 0;
    return line_mask(offset, lines);
}

static uint32_t *plain_register(struct soc_exti *exti, uint32_t offset)
{
    if (offset >= EXTI_EXTICR_OFS && offset < EXTI_EXTICR_OFS + 16) {
        return &exti->exticr[(offset - EXTI_EXTICR_OFS) / 4];
    }
    switch (offset) {
    case EXTI_RTSR1_OFS:
        return &exti->rtsr;
    case EXTI_FTSR1_OFS:
        return &exti->ftsr;
    case EXTI_RPR1_OFS:
        return &exti->rpr;
    case EXTI_FPR1_OFS:
        return &exti->fpr;
    case EXTI_IMR1_OFS:
        return &exti->imr;
    case EXTI_EMR1_OFS:
        return &exti->emr;
    default:
        return NULL;
    }
}

READER(exti)
{
    const uint32_t *plain = plain_register(&soc->exti, offset);

    if (plain != NULL) {
        return *plain & ~hidden_bits(soc, offset, access);
    }
    switch (offset) {
    case EXTI_SWIER1_OFS:
        return 0;
    case EXTI_SECCFGR1_OFS:
        return soc->exti.seccfgr;
    case EXTI_PRIVCFGR1_OFS:
        return soc->exti.privcfgr;
    case EXTI_LOCKR_OFS:
        if (soc->tzen && access.nonsecure) {
            soc_ilac(soc, ILAC_EXTI);
            return 0;
        }
        return soc->exti.lockr;
    default:
        return soc_stored_read(soc, block, offset);
    }
}

static void write_config(struct soc *soc, uint32_t offset, uint32_t value, struct soc_access access)
{
    struct soc_exti *exti = &soc->exti;
    bool secure = soc->tzen && !access.nonsecure;
    uint32_t mask = LINES;

    if (offset == EXTI_PRIVCFGR1_OFS) { /* not frozen by LOCK: erratum 2.2.21 */
        mask &= secure || !soc->tzen ? LINES : ~exti->seccfgr;
        if (!access.unprivileged) {
            exti->privcfgr = (exti->privcfgr & ~mask) | (value & mask);
        }
        return;
    }
    if (!secure) {
        soc_ilac(soc, ILAC_EXTI);
    } else if (offset == EXTI_LOCKR_OFS) {
        exti->lockr |= value & 1u;
    } else if (!exti->lockr) {
        mask &= access.unprivileged ? ~exti->privcfgr : LINES;
        exti->seccfgr = (exti->seccfgr & ~mask) | (value & mask);
    }
}

WRITER(exti)
{
    uint32_t *plain = plain_register(&soc->exti, offset);
    uint32_t hidden = hidden_bits(soc, offset, access);

    if (offset == EXTI_SECCFGR1_OFS || offset == EXTI_PRIVCFGR1_OFS || offset == EXTI_LOCKR_OFS) {
        write_config(soc, offset, value, access);
    } else if (offset == EXTI_RPR1_OFS || offset == EXTI_FPR1_OFS) {
        *plain &= ~(value & ~hidden);
    } else if (offset == EXTI_SWIER1_OFS) {
        for (unsigned line = 0; line < 23; line++) {
            if (((value & ~hidden) >> line) & 1u) {
                trigger(soc, line, true);
            }
        }
    } else if (plain != NULL) {
        uint32_t bits =
            offset >= EXTI_EXTICR_OFS && offset < EXTI_EXTICR_OFS + 16 ? 0xFFFFFFFFu : LINES;

        *plain = (*plain & hidden) | (value & ~hidden & bits);
    } else {
        soc_stored_write(soc, block, offset, value);
    }
    update_irq(soc);
}

RESETTER(exti)
{
    (void)block;
    soc->exti = (struct soc_exti){0};
    update_irq(soc);
}
