/* GTZC: TZSC (who may use which peripheral), TZIC (illegal-access events, IRQ 8), and the watermark
 * firewalls of external memories and BKPSRAM (MPCWM). RM0456 chapter 5.
 *
 * TZIC flags latch whatever the interrupt enables say; no address is recorded.
 */
#include "soc/soc_state.h"

#include <assert.h>

/* Bits that exist, per GTZC and register. */
static const uint32_t securable[2][3] = {{0x000FFFFFu, 0x000001FFu, 0x007FFFFFu},
                                         {0x00001BFFu, 0, 0}};
static const uint32_t events[2][4] = {{0x000FFFFFu, 0x000001FFu, 0x007FFFFFu, 0x3F0FC01Fu},
                                      {0x00001BFFu, 0x0300C07Fu, 0, 0}};

static void update_irq(struct soc *soc)
{
    bool level = false;

    for (unsigned g = 0; g < 2; g++) {
        for (unsigned i = 0; i < 4; i++) {
            level = level || (soc->gtzc[g].sr[i] & soc->gtzc[g].ier[i]) != 0;
        }
    }
    soc_irq(soc, IRQ_GTZC, level);
}

void soc_ilac(struct soc *soc, struct soc_gtzc_place place)
{
    if (place.gtzc == 0 || !soc->tzen) {
        return;
    }
    assert(place.gtzc <= 2 && place.reg >= 1 && place.reg <= 4);
    soc->gtzc[place.gtzc - 1].sr[place.reg - 1] |= 1u << place.bit;
    update_irq(soc);
}

bool soc_tzsc_secure(const struct soc *soc, struct soc_gtzc_place place)
{
    return soc->tzen && place.gtzc != 0 && place.reg <= 3 &&
           ((soc->gtzc[place.gtzc - 1].seccfgr[place.reg - 1] >> place.bit) & 1u);
}

bool soc_tzsc_privileged(const struct soc *soc, struct soc_gtzc_place place)
{
    return place.gtzc != 0 && place.reg <= 3 &&
           ((soc->gtzc[place.gtzc - 1].privcfgr[place.reg - 1] >> place.bit) & 1u);
}

/* ---- MPCWM ---- */

static const struct {
    uint32_t granule;
    uint32_t size;
    uint8_t regions;
    struct soc_gtzc_place ilac;
} watermarked[5] = {
    {0x20000u, 0x10000000u, 2, {1, 4, 16}}, {0x20000u, 0x10000000u, 2, {1, 4, 17}},
    {0x20000u, 0x10000000u, 1, {1, 4, 17}}, {32u, 0x800u, 1, {1, 4, 18}},
    {0x20000u, 0x10000000u, 2, {1, 4, 19}},
};

static bool region_covers(const struct soc_mpcwm *wm, unsigned index, unsigned region,
                          uint32_t offset)
{
    uint32_t granule = watermarked[index].granule;
    uint64_t start = (uint64_t)(wm->range[region] & 0x7FFu) * granule;
    uint64_t length = (uint64_t)((wm->range[region] >> 16) & 0xFFFu) * granule;

    return (wm->cfgr[region] & GTZC_TZSC_MPCWM_CFGR_SREN_Msk) && offset >= start &&
           offset < start + length;
}

bool soc_mpcwm_allows(struct soc *soc, unsigned index, uint32_t offset, struct bus_attr attr)
{
    const struct soc_mpcwm *wm = &soc->gtzc[0].wm[index - 1];
    bool covered = false, secure = true, privileged = true;

    for (unsigned region = 0; region < watermarked[index - 1].regions; region++) {
        if (region_covers(wm, index - 1, region, offset)) {
            covered = true;
            secure = secure && (wm->cfgr[region] & GTZC_TZSC_MPCWM_CFGR_SEC_Msk);
            privileged = privileged && (wm->cfgr[region] & GTZC_TZSC_MPCWM_CFGR_PRIV_Msk);
        }
    }
    if (!soc->tzen) {
        secure = false;
        privileged = covered && privileged;
    }
    if (soc->tzen && secure == attr.nonsecure) {
        soc_ilac(soc, watermarked[index - 1].ilac);
        soc_guest_error(soc, GTZC_TZSC1_NS + 0x40 * index, "%s access to %s memory of MPCWM%u",
                        attr.nonsecure ? "non-secure" : "secure", secure ? "secure" : "non-secure",
                        index);
        return false;
    }
    return !(privileged && attr.unprivileged);
}

/* Finds the sub-region register at a TZSC offset: true, index 0..4, region 0..1, range or cfgr. */
static bool mpcwm_at(uint32_t offset, unsigned *index, unsigned *region, bool *range)
{
    if (offset < GTZC_TZSC_MPCWM1ACFGR_OFS || offset > GTZC_TZSC_MPCWM5BR_OFS) {
        return false;
    }
    *index = (offset - GTZC_TZSC_MPCWM1ACFGR_OFS) / 0x10;
    *region = ((offset >> 3) & 1u);
    *range = (offset & 4u) != 0;
    return *region < watermarked[*index].regions;
}

static void mpcwm_write(struct soc *soc, unsigned index, unsigned region, bool range,
                        uint32_t value)
{
    struct soc_mpcwm *wm = &soc->gtzc[0].wm[index];

    if (wm->cfgr[region] & GTZC_TZSC_MPCWM_CFGR_SRLOCK_Msk) {
        return;
    }
    if (range) {
        wm->range[region] = value & 0x0FFF07FFu;
    } else {
        wm->cfgr[region] = value & 0x303u;
    }
}

/* ---- TZSC ---- */

static bool word_only(struct soc *soc, const struct soc_block *block, struct soc_access access)
{
    if (access.size != 4) {
        soc_guest_error(soc, block->base + 3, "%s takes word accesses only", block->name);
    }
    return access.size == 4;
}

READER(tzsc)
{
    struct soc_gtzc *gtzc = &soc->gtzc[block->instance];
    bool secure_privileged = (!access.nonsecure || !soc->tzen) && !access.unprivileged;
    unsigned index, region;
    bool range;

    if (offset == GTZC_TZSC_CR_OFS) {
        return secure_privileged ? gtzc->cr : 0;
    }
    if (offset >= GTZC_TZSC_SECCFGR1_OFS && offset <= GTZC_TZSC_SECCFGR3_OFS) {
        return soc->tzen ? gtzc->seccfgr[(offset - GTZC_TZSC_SECCFGR1_OFS) / 4] : 0;
    }
    if (offset >= GTZC_TZSC_PRIVCFGR1_OFS && offset <= GTZC_TZSC_PRIVCFGR3_OFS) {
        return gtzc->privcfgr[(offset - GTZC_TZSC_PRIVCFGR1_OFS) / 4];
    }
    if (block->instance == 0 && mpcwm_at(offset, &index, &region, &range)) {
        const struct soc_mpcwm *wm = &gtzc->wm[index];

        return !secure_privileged ? 0 : (range ? wm->range[region] : wm->cfgr[region]);
    }
    return soc_stored_read(soc, block, offset);
}

/* Writes the bits of `value` that this access may change. */
static void write_bits(uint32_t *reg, uint32_t value, uint32_t mask)
{
    *reg = (*reg & ~mask) | (value & mask);
}

WRITER(tzsc)
{
    struct soc_gtzc *gtzc = &soc->gtzc[block->instance];
    bool secure = soc->tzen && !access.nonsecure;
    bool locked = (gtzc->cr & GTZC_TZSC_CR_LCK_Msk) != 0;
    unsigned index, region;
    bool range;

    if (!word_only(soc, block, access)) {
        return;
    }
    if (offset == GTZC_TZSC_CR_OFS) {
        if (secure && !access.unprivileged) {
            gtzc->cr |= value & GTZC_TZSC_CR_LCK_Msk;
        } else if (!secure) {
            soc_ilac(soc, block->place);
        }
    } else if (offset >= GTZC_TZSC_SECCFGR1_OFS && offset <= GTZC_TZSC_SECCFGR3_OFS) {
        unsigned i = (offset - GTZC_TZSC_SECCFGR1_OFS) / 4;

        if (!secure) {
            soc_ilac(soc, block->place);
        } else if (!locked) {
            write_bits(&gtzc->seccfgr[i], value,
                       securable[block->instance][i] &
                           (access.unprivileged ? ~gtzc->privcfgr[i] : 0xFFFFFFFFu));
        }
    } else if (offset >= GTZC_TZSC_PRIVCFGR1_OFS && offset <= GTZC_TZSC_PRIVCFGR3_OFS) {
        unsigned i = (offset - GTZC_TZSC_PRIVCFGR1_OFS) / 4;

        if (!access.unprivileged && !locked) {
            write_bits(&gtzc->privcfgr[i], value,
                       securable[block->instance][i] &
                           (secure || !soc->tzen ? 0xFFFFFFFFu : ~gtzc->seccfgr[i]));
        }
    } else if (block->instance == 0 && mpcwm_at(offset, &index, &region, &range)) {
        if ((secure || !soc->tzen) && !access.unprivileged) {
            mpcwm_write(soc, index, region, range, value);
        } else if (!secure) {
            soc_ilac(soc, block->place);
        }
    } else {
        soc_stored_write(soc, block, offset, value);
    }
}

RESETTER(tzsc)
{
    struct soc_gtzc *gtzc = &soc->gtzc[block->instance];

    gtzc->cr = 0;
    for (unsigned i = 0; i < 3; i++) {
        gtzc->seccfgr[i] = 0;
        gtzc->privcfgr[i] = 0;
    }
    for (unsigned i = 0; i < 5; i++) {
        gtzc->wm[i] = (struct soc_mpcwm){{0, 0}, {0, 0}};
    }
}

/* ---- TZIC ---- */

READER(tzic)
{
    const struct soc_gtzc *gtzc = &soc->gtzc[block->instance];

    (void)access;
    if (offset <= GTZC_TZIC_IER4_OFS) {
        return gtzc->ier[offset / 4];
    }
    if (offset >= GTZC_TZIC_SR1_OFS && offset <= GTZC_TZIC_SR4_OFS) {
        return gtzc->sr[(offset - GTZC_TZIC_SR1_OFS) / 4];
    }
    return offset <= GTZC_TZIC_FCR4_OFS ? 0 : soc_stored_read(soc, block, offset);
}

WRITER(tzic)
{
    struct soc_gtzc *gtzc = &soc->gtzc[block->instance];

    if (!word_only(soc, block, access)) {
        return;
    }
    if (offset <= GTZC_TZIC_IER4_OFS) {
        gtzc->ier[offset / 4] = value & events[block->instance][offset / 4];
    } else if (offset >= GTZC_TZIC_FCR1_OFS && offset <= GTZC_TZIC_FCR4_OFS) {
        gtzc->sr[(offset - GTZC_TZIC_FCR1_OFS) / 4] &= ~value;
    } else if (offset > GTZC_TZIC_FCR4_OFS) {
        soc_stored_write(soc, block, offset, value);
    }
    update_irq(soc);
}

RESETTER(tzic)
{
    for (unsigned i = 0; i < 4; i++) {
        soc->gtzc[block->instance].ier[i] = 0;
        soc->gtzc[block->instance].sr[i] = 0;
    }
    update_irq(soc);
}
