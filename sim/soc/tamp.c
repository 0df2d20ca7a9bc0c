/* TAMP: the 32 backup registers with their three zones, the monotonic counter, and plain storage of
 * the tamper configuration (RM0456 64.4.5-64.4.6). Tamper inputs are not modelled.
 */
#include "soc/soc_state.h"

#include <string.h>

static bool nonsecure(const struct soc *soc, struct soc_access access)
{
    return soc->tzen && access.nonsecure;
}

static void refuse(struct soc *soc, const char *what)
{
    soc_ilac(soc, ILAC_TAMP);
    soc_guest_error(soc, TAMP_NS + 0x1000, "non-secure access to secure TAMP %s", what);
}

/* Zone 1: secure only; zone 2: anyone reads, secure writes; zone 3: anyone. */
static bool backup_allowed(struct soc *soc, unsigned index, struct soc_access access, bool write)
{
    uint32_t sec = soc->tamp.seccfgr, priv = soc->tamp.privcfgr;
    unsigned read_end = sec & TAMP_SECCFGR_BKPRWSEC_Msk;
    unsigned write_end = (sec & TAMP_SECCFGR_BKPWSEC_Msk) >> TAMP_SECCFGR_BKPWSEC_Pos;
    bool zone1 = index < read_end;
    bool zone2 = !zone1 && index < write_end;

    if ((sec & TAMP_SECCFGR_BHKLOCK_Msk) && index < 8) {
        return false;
    }
    if (nonsecure(soc, access) && (zone1 || (zone2 && write))) {
        refuse(soc, "backup register");
        return false;
    }
    if (access.unprivileged) {
        return !((zone1 && (priv & TAMP_PRIVCFGR_BKPRWPRIV_Msk)) ||
                 (zone2 && write && (priv & TAMP_PRIVCFGR_BKPWPRIV_Msk)));
    }
    return true;
}

static bool config_allowed(struct soc *soc, uint32_t offset, struct soc_access access)
{
    uint32_t bit = offset == TAMP_COUNTR_OFS ? TAMP_SECCFGR_CNT1SEC_Msk : TAMP_SECCFGR_TAMPSEC_Msk;
    uint32_t priv =
        offset == TAMP_COUNTR_OFS ? TAMP_PRIVCFGR_CNT1PRIV_Msk : TAMP_PRIVCFGR_TAMPPRIV_Msk;

    if (nonsecure(soc, access) && (soc->tamp.seccfgr & bit)) {
        refuse(soc, "register");
        return false;
    }
    return !(access.unprivileged && (soc->tamp.privcfgr & priv));
}

static uint32_t *plain_register(struct soc_tamp *tamp, uint32_t offset)
{
    switch (offset) {
    case TAMP_CR1_OFS:
        return &tamp->cr1;
    case TAMP_CR2_OFS:
        return &tamp->cr2;
    case TAMP_CR3_OFS:
        return &tamp->cr3;
    case TAMP_FLTCR_OFS:
        return &tamp->fltcr;
    case TAMP_ATCR1_OFS:
        return &tamp->atcr1;
    case TAMP_ATCR2_OFS:
        return &tamp->atcr2;
    case TAMP_IER_OFS:
        return &tamp->ier;
    case TAMP_ERCFGR_OFS:
        return &tamp->ercfgr;
    default:
        return NULL;
    }
}

static bool is_backup(uint32_t offset)
{
    return offset >= TAMP_BKP0R_OFS && offset <= TAMP_BKP31R_OFS;
}

READER(tamp)
{
    struct soc_tamp *tamp = &soc->tamp;
    const uint32_t *plain = plain_register(tamp, offset);

    if (is_backup(offset)) {
        unsigned index = (offset - TAMP_BKP0R_OFS) / 4;

        if (!backup_allowed(soc, index, access, false) || tamp->sr != 0) {
            return 0;
        }
        soc_saes_backup_read(soc, index, tamp->bkp[index]);
        return tamp->bkp[index];
    }
    if (offset == TAMP_SECCFGR_OFS) {
        return tamp->seccfgr;
    }
    if (offset == TAMP_PRIVCFGR_OFS) {
        return tamp->privcfgr;
    }
    if (!config_allowed(soc, offset, access)) {
        return 0;
    }
    if (plain != NULL) {
        return *plain;
    }
    switch (offset) {
    case TAMP_COUNTR_OFS:
        return tamp->countr;
    case TAMP_SR_OFS:
        return tamp->sr;
    case TAMP_MISR_OFS:
    case TAMP_SMISR_OFS:
    case TAMP_SCR_OFS:
        return 0;
    default:
        return soc_stored_read(soc, block, offset);
    }
}

static void write_config(struct soc *soc, uint32_t offset, uint32_t value, struct soc_access access)
{
    struct soc_tamp *tamp = &soc->tamp;

    if (offset == TAMP_SECCFGR_OFS) {
        if (access.nonsecure || !soc->tzen) {
            soc_ilac(soc, ILAC_TAMP);
        } else if (!(access.unprivileged && (tamp->privcfgr & TAMP_PRIVCFGR_TAMPPRIV_Msk))) {
            tamp->seccfgr = (value & 0xC0FF80FFu) | (tamp->seccfgr & TAMP_SECCFGR_BHKLOCK_Msk);
        }
    } else if (!access.unprivileged &&
               !(nonsecure(soc, access) && (tamp->seccfgr & TAMP_SECCFGR_TAMPSEC_Msk))) {
        tamp->privcfgr = value & 0xE0008000u;
    }
}

WRITER(tamp)
{
    struct soc_tamp *tamp = &soc->tamp;
    uint32_t *plain = plain_register(tamp, offset);

    if (!soc_backup_writable(soc)) {
        soc_guest_error(soc, TAMP_NS + 0x1001, "TAMP written while PWR_DBPR.DBP = 0");
        return;
    }
    if (is_backup(offset)) {
        unsigned index = (offset - TAMP_BKP0R_OFS) / 4;

        if (backup_allowed(soc, index, access, true) && tamp->sr == 0) {
            tamp->bkp[index] = value;
        }
        return;
    }
    if (offset == TAMP_SECCFGR_OFS || offset == TAMP_PRIVCFGR_OFS) {
        write_config(soc, offset, value, access);
        return;
    }
    if (!config_allowed(soc, offset, access)) {
        return;
    }
    if (plain != NULL) {
        *plain = value;
        if (offset == TAMP_CR1_OFS && value != 0) {
            soc_not_modelled(soc, TAMP_NS + 0x1002, "tamper detection");
        }
    } else if (offset == TAMP_COUNTR_OFS) {
        tamp->countr += tamp->countr != 0xFFFFFFFFu ? 1 : 0;
    } else if (offset == TAMP_SCR_OFS) {
        tamp->sr &= ~value;
    } else if (offset != TAMP_SR_OFS && offset != TAMP_MISR_OFS && offset != TAMP_SMISR_OFS) {
        soc_stored_write(soc, block, offset, value);
    }
}

uint32_t soc_backup_register(struct soc *soc, unsigned index)
{
    return index < 32 ? soc->tamp.bkp[index] : 0;
}

/* Backup-domain reset. */
RESETTER(tamp)
{
    (void)block;
    soc->tamp = (struct soc_tamp){.atcr1 = 0x00070000u};
}
