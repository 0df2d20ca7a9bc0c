/* TAMP: the 32 backup registers with their three zones, the monotonic counter, what a detection
 * does to secrets, flags and interrupts (RM0456 chapter 64). Detection itself is tamp_detect.c's.
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

/* ---- Effects of a detection (RM0456 64.3.4-64.3.7) ---- */

#define TAMPER_COUNTER 8u

/* While a flag is set, or with BKBLOCK, nobody reaches backup registers and device secrets. */
bool soc_tamp_blocks(const struct soc *soc)
{
    return soc->tamp.sr != 0 || (soc->tamp.cr2 & TAMP_CR2_BKBLOCK_Msk);
}

bool soc_tamp_blocks_bkpsram(const struct soc *soc)
{
    return soc_tamp_blocks(soc) && (soc->tamp.ercfgr & 1u);
}

static void erase_secrets(struct soc *soc)
{
    uint32_t size;
    uint8_t *sram2 = soc_sram_bytes(soc, 1, &size);

    memset(soc->tamp.bkp, 0, sizeof soc->tamp.bkp);
    soc->tamp.seccfgr &= ~TAMP_SECCFGR_BHKLOCK_Msk;
    memset(sram2, 0, size);
    soc_sram_ecc_forget(soc, 1, 0, size);
    cpu_code_flush(soc->cpu, sram2, size);
    if (soc->tamp.ercfgr & 1u) {
        memset(soc->bkpsram, 0, 0x800);
    }
    memset(soc->pka.ram, 0, sizeof soc->pka.ram);
    soc_aes_tampered(soc);
}

static uint32_t flags_seen(const struct soc *soc, bool secure)
{
    bool all_secure = soc->tzen && (soc->tamp.seccfgr & TAMP_SECCFGR_TAMPSEC_Msk);

    return secure == all_secure ? soc->tamp.sr & soc->tamp.ier : 0;
}

static void update_irq(struct soc *soc)
{
    bool active = (soc->tamp.sr & soc->tamp.ier) != 0;

    soc_irq(soc, IRQ_TAMP, active);
    cpu_tlb_flush(soc->cpu);
    soc_rtc_flags(soc, 0); /* wake-up lines follow RTC and TAMP together */
}

/* `bit`: of SR. NOERASE makes it a potential tamper: blocked, not erased. */
void soc_tamp_event(struct soc *soc, unsigned bit)
{
    struct soc_tamp *tamp = &soc->tamp;
    bool external = bit < 8;
    bool masked = bit < 3 && (tamp->cr2 & (TAMP_CR2_TAMP1MSK_Msk << bit));
    bool keeps = external ? (tamp->cr2 >> bit) & 1u : (tamp->cr3 >> (bit - 16)) & 1u;

    if (soc->rtc.cr & RTC_CR_TAMPTS_Msk) {
        soc_rtc_stamp(soc, true);
    }
    if (bit < 3) {
        soc_dma_event(soc, (enum soc_dma_source)(DMA_BY_TAMP1 + bit), true);
        soc_dma_event(soc, (enum soc_dma_source)(DMA_BY_TAMP1 + bit), false);
    }
    if (bit < 2) {
        soc_lptim_trigger(soc, bit == 0 ? LPTIM_TAMP_1 : LPTIM_TAMP_2);
    }
    if (masked) {
        return; /* only a trigger for others */
    }
    tamp->sr |= 1u << bit;
    if (!keeps) {
        erase_secrets(soc);
    }
    update_irq(soc);
}

void soc_internal_tamper(struct soc *soc, unsigned number)
{
    unsigned bit = 15u + number;

    if (number >= 1 && number <= 13 && ((soc->tamp.cr1 >> bit) & 1u)) {
        soc_tamp_event(soc, bit);
    }
}

/* ---- Access rights ---- */

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

static uint32_t implemented(uint32_t offset)
{
    static const struct {
        uint16_t offset;
        uint32_t bits;
    } masks[] = {
        {TAMP_CR1_OFS, 0x1DF700FFu},   {TAMP_CR3_OFS, 0x00001DF7u},   {TAMP_FLTCR_OFS, 0x000000FFu},
        {TAMP_ATCR1_OFS, 0xC707FFFFu}, {TAMP_ATCR2_OFS, 0xFFFFFF00u}, {TAMP_IER_OFS, 0x1DF700FFu},
        {TAMP_ERCFGR_OFS, 1u},
    };

    for (unsigned i = 0; i < sizeof masks / sizeof masks[0]; i++) {
        if (masks[i].offset == offset) {
            return masks[i].bits;
        }
    }
    return 0xFFFFFFFFu;
}

static bool is_backup(uint32_t offset)
{
    return offset >= TAMP_BKP0R_OFS && offset <= TAMP_BKP31R_OFS;
}

/* With BHKLOCK the key registers read as zero; a secure, privileged read still moves the word to
 * SAES. */
static uint32_t read_backup(struct soc *soc, unsigned index, struct soc_access access)
{
    struct soc_tamp *tamp = &soc->tamp;
    bool key_locked = (tamp->seccfgr & TAMP_SECCFGR_BHKLOCK_Msk) && index < 8;

    if (soc_tamp_blocks(soc) || soc->intrusion) {
        return 0;
    }
    if (key_locked && (soc->tzen && !access.nonsecure) && !access.unprivileged) {
        soc_saes_backup_read(soc, index, tamp->bkp[index]);
        return 0;
    }
    if (!backup_allowed(soc, index, access, false)) {
        return 0;
    }
    soc_saes_backup_read(soc, index, tamp->bkp[index]);
    return tamp->bkp[index];
}

READER(tamp)
{
    struct soc_tamp *tamp = &soc->tamp;
    const uint32_t *plain = plain_register(tamp, offset);

    if (is_backup(offset)) {
        unsigned index = (offset - TAMP_BKP0R_OFS) / 4;

        return read_backup(soc, index, access);
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
    case TAMP_CR2_OFS:
        return tamp->cr2;
    case TAMP_ATOR_OFS:
        return soc_tamp_ator(soc);
    case TAMP_MISR_OFS:
        return flags_seen(soc, false);
    case TAMP_SMISR_OFS:
        return flags_seen(soc, true);
    case TAMP_SCR_OFS:
    case TAMP_ATSEEDR_OFS:
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

/* The counter stands at its end; one more count is internal tamper 8. */
static void count(struct soc *soc)
{
    if (soc->tamp.countr == 0xFFFFFFFFu) {
        soc_internal_tamper(soc, TAMPER_COUNTER);
    } else {
        soc->tamp.countr++;
    }
}

static void write_cr2(struct soc *soc, uint32_t value)
{
    soc->tamp.cr2 = value & 0xFFC700FFu & ~TAMP_CR2_BKERASE_Msk;
    if (value & TAMP_CR2_BKERASE_Msk) {
        erase_secrets(soc);
    }
    cpu_tlb_flush(soc->cpu);
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

        if (backup_allowed(soc, index, access, true) && !soc_tamp_blocks(soc) && !soc->intrusion) {
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
        uint32_t enabled = tamp->cr1;

        *plain = value & implemented(offset);
        if (offset != TAMP_IER_OFS && offset != TAMP_ERCFGR_OFS) {
            soc_tamp_config(soc, enabled);
        }
        update_irq(soc);
    } else if (offset == TAMP_CR2_OFS) {
        write_cr2(soc, value);
        soc_tamp_config(soc, tamp->cr1);
    } else if (offset == TAMP_COUNTR_OFS) {
        count(soc);
    } else if (offset == TAMP_ATSEEDR_OFS) {
        soc_tamp_seed(soc, value);
    } else if (offset == TAMP_SCR_OFS) {
        tamp->sr &= ~value;
        update_irq(soc);
    } else if (offset == TAMP_ATOR_OFS) {
        return;
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
    uint8_t pins = soc->tamp.pins;

    (void)block;
    soc_tamp_stop(soc);
    soc->tamp = (struct soc_tamp){.atcr1 = 0x00070000u, .pins = pins};
    soc_tamp_init(soc);
    update_irq(soc);
}
