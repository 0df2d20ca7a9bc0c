/* SYSCFG: the processor's lock inputs, and configuration that has no effect in the model
 * (RM0456 15.2-15.3).
 */
#include "soc/soc_state.h"

static void apply_locks(struct soc *soc)
{
    uint32_t s = soc->syscfg.cslckr, ns = soc->syscfg.cnslckr;

    cpu_set_locks(soc->cpu, s & SYSCFG_CSLCKR_LOCKSVTAIRCR_Msk, s & SYSCFG_CSLCKR_LOCKSMPU_Msk,
                  s & SYSCFG_CSLCKR_LOCKSAU_Msk, ns & SYSCFG_CNSLCKR_LOCKNSVTOR_Msk,
                  ns & SYSCFG_CNSLCKR_LOCKNSMPU_Msk);
}

/* False: RAZ/WI (and an event for a security violation). */
static bool allowed(struct soc *soc, uint32_t offset, struct soc_access access)
{
    uint32_t sec = soc->tzen ? soc->syscfg.seccfgr : 0;
    bool secure_only = false;
    bool privileged_only = false;

    switch (offset) {
    case SYSCFG_CNSLCKR_OFS:
        privileged_only = true;
        break;
    case SYSCFG_CSLCKR_OFS:
        privileged_only = true;
        secure_only = true;
        break;
    case SYSCFG_RSSCMDR_OFS:
        secure_only = true;
        break;
    case SYSCFG_FPUIMR_OFS:
        secure_only = (sec & SYSCFG_SECCFGR_FPUSEC_Msk) != 0;
        break;
    case SYSCFG_CFGR2_OFS:
        secure_only = (sec & SYSCFG_SECCFGR_CLASSBSEC_Msk) != 0;
        break;
    case SYSCFG_SECCFGR_OFS:
        break;
    default:
        secure_only = (sec & SYSCFG_SECCFGR_SYSCFGSEC_Msk) != 0;
        break;
    }
    if (secure_only && (access.nonsecure || !soc->tzen)) {
        soc_ilac(soc, ILAC_SYSCFG);
        return false;
    }
    return !(privileged_only && access.unprivileged);
}

static uint32_t *plain_register(struct soc_syscfg *s, uint32_t offset)
{
    switch (offset) {
    case SYSCFG_SECCFGR_OFS:
        return &s->seccfgr;
    case SYSCFG_CFGR1_OFS:
        return &s->cfgr1;
    case SYSCFG_FPUIMR_OFS:
        return &s->fpuimr;
    case SYSCFG_CNSLCKR_OFS:
        return &s->cnslckr;
    case SYSCFG_CSLCKR_OFS:
        return &s->cslckr;
    case SYSCFG_CFGR2_OFS:
        return &s->cfgr2;
    case SYSCFG_MESR_OFS:
        return &s->mesr;
    case SYSCFG_CCCSR_OFS:
        return &s->cccsr;
    case SYSCFG_CCVR_OFS:
        return &s->ccvr;
    case SYSCFG_CCCR_OFS:
        return &s->cccr;
    case SYSCFG_RSSCMDR_OFS:
        return &s->rsscmdr;
    default:
        return NULL;
    }
}

/* A compensation cell that is on is ready at once and shows its codes. */
static void compensate(struct soc_syscfg *s)
{
    bool on1 = s->cccsr & SYSCFG_CCCSR_EN1_Msk, on2 = s->cccsr & SYSCFG_CCCSR_EN2_Msk;

    s->cccsr =
        (s->cccsr & 0xFu) | (on1 ? SYSCFG_CCCSR_RDY1_Msk : 0) | (on2 ? SYSCFG_CCCSR_RDY2_Msk : 0);
    s->ccvr = (on1 ? 0x78u : 0) | (on2 ? 0x7800u : 0);
}

READER(syscfg)
{
    const uint32_t *plain = plain_register(&soc->syscfg, offset);

    if (!allowed(soc, offset, access)) {
        return 0;
    }
    return plain != NULL ? *plain : soc_stored_read(soc, block, offset);
}

WRITER(syscfg)
{
    struct soc_syscfg *s = &soc->syscfg;
    uint32_t *plain = plain_register(s, offset);

    if (!allowed(soc, offset, access)) {
        return;
    }
    switch (offset) {
    case SYSCFG_SECCFGR_OFS:
        if (access.nonsecure || !soc->tzen) {
            soc_ilac(soc, ILAC_SYSCFG);
        } else {
            uint32_t mask = access.unprivileged ? 3u : 0xBu;

            s->seccfgr = (s->seccfgr & ~mask) | (value & mask);
        }
        break;
    case SYSCFG_CNSLCKR_OFS: /* set-only until system reset */
        s->cnslckr |= value & 3u;
        apply_locks(soc);
        break;
    case SYSCFG_CSLCKR_OFS:
        s->cslckr |= value & 7u;
        apply_locks(soc);
        break;
    case SYSCFG_CFGR2_OFS:
        s->cfgr2 |= value & 0xFu;
        break;
    case SYSCFG_MESR_OFS:
        s->mesr &= ~value;
        break;
    case SYSCFG_CCVR_OFS:
        break;
    case SYSCFG_RSSCMDR_OFS:
        s->rsscmdr = value & 0xFFFFu;
        break;
    default:
        if (plain != NULL) {
            *plain = value & (offset == SYSCFG_CFGR1_OFS    ? 0x000F0300u
                              : offset == SYSCFG_FPUIMR_OFS ? 0x3Fu
                                                            : 0xFFFFu);
            compensate(s);
        } else {
            soc_stored_write(soc, block, offset, value);
        }
        break;
    }
}

RESETTER(syscfg)
{
    struct soc_syscfg *s = &soc->syscfg;
    uint32_t rsscmdr = soc->reset_power ? 0 : s->rsscmdr;

    (void)block;
    *s = (struct soc_syscfg){
        .fpuimr = 0x1Fu, .cccsr = 0xAu, .cccr = 0x7878u, .rsscmdr = rsscmdr, .mesr = s->mesr & 1u};
    apply_locks(soc);
}
