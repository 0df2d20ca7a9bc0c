/* Registers of the block-based firewalls of SRAM1..4 (RM0456 5.8). */
#include "soc/soc_state.h"

static const struct {
    uint8_t words;
    struct soc_gtzc_place ilac;
} banks[4] = {{12, {1, 4, 25}}, {4, {1, 4, 27}}, {32, {1, 4, 29}}, {1, {2, 2, 25}}};

/* Index of a SECCFGRx/PRIVCFGRx register that exists. */
static bool word_at(const struct soc_block *block, uint32_t offset, uint32_t start, unsigned *index)
{
    *index = (offset - start) / 4;
    return offset >= start && *index < banks[block->instance].words;
}

READER(mpcbb)
{
    const struct soc_mpcbb *bb = &soc->mpcbb[block->instance];
    unsigned i;

    (void)access;
    if (offset == GTZC_MPCBB_CR_OFS) {
        return bb->cr;
    }
    if (offset == GTZC_MPCBB_CFGLOCKR1_OFS) {
        return bb->cfglockr;
    }
    if (word_at(block, offset, GTZC_MPCBB_SECCFGR_OFS, &i)) {
        return soc->tzen ? bb->sec[i] : 0;
    }
    if (word_at(block, offset, GTZC_MPCBB_PRIVCFGR_OFS, &i)) {
        return bb->priv[i];
    }
    return soc_stored_read(soc, block, offset);
}

static void write_masked(struct soc *soc, uint32_t *reg, uint32_t value, uint32_t mask)
{
    uint32_t before = *reg;

    *reg = (*reg & ~mask) | (value & mask);
    if (*reg != before) {
        cpu_tlb_flush(soc->cpu);
    }
}

WRITER(mpcbb)
{
    struct soc_mpcbb *bb = &soc->mpcbb[block->instance];
    bool secure = soc->tzen && !access.nonsecure;
    uint32_t implemented = 0xFFFFFFFFu >> (32 - banks[block->instance].words);
    unsigned i;

    if (word_at(block, offset, GTZC_MPCBB_PRIVCFGR_OFS, &i)) {
        if (!access.unprivileged && !((bb->cfglockr >> i) & 1u)) {
            write_masked(soc, &bb->priv[i], value,
                         secure || !soc->tzen ? 0xFFFFFFFFu : ~bb->sec[i]);
        }
        return;
    }
    if (!secure) {
        soc_ilac(soc, banks[block->instance].ilac);
        return;
    }
    if (offset == GTZC_MPCBB_CR_OFS) {
        if (!access.unprivileged && !(bb->cr & GTZC_MPCBB_CR_GLOCK_Msk)) {
            write_masked(soc, &bb->cr, value,
                         GTZC_MPCBB_CR_GLOCK_Msk | GTZC_MPCBB_CR_INVSECSTATE_Msk |
                             GTZC_MPCBB_CR_SRWILADIS_Msk);
        }
    } else if (offset == GTZC_MPCBB_CFGLOCKR1_OFS) {
        if (!access.unprivileged) {
            bb->cfglockr |= value & implemented;
        }
    } else if (word_at(block, offset, GTZC_MPCBB_SECCFGR_OFS, &i)) {
        if (!((bb->cfglockr >> i) & 1u)) {
            write_masked(soc, &bb->sec[i], value, access.unprivileged ? ~bb->priv[i] : 0xFFFFFFFFu);
        }
    } else {
        soc_stored_write(soc, block, offset, value);
    }
}

RESETTER(mpcbb)
{
    struct soc_mpcbb *bb = &soc->mpcbb[block->instance];

    bb->cr = 0;
    bb->cfglockr = 0;
    for (unsigned i = 0; i < banks[block->instance].words; i++) {
        bb->sec[i] = soc->tzen ? 0xFFFFFFFFu : 0;
        bb->priv[i] = soc->tzen ? 0xFFFFFFFFu : 0;
    }
    cpu_tlb_flush(soc->cpu);
}
