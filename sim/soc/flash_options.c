/* Option bytes: what the registers show, what is in force, what is programmed; and the rules about
 * who may change what (RM0456 7.4, 7.6.2, 7.3.9 OPTWERR).
 */
#include "soc/soc_state.h"

#include <string.h>

#define RDP(optr) ((optr)&0xFFu)
#define LEVEL0    0xAAu
#define LEVEL05   0x55u
#define LEVEL2    0xCCu

void soc_options_default(struct soc_options *options)
{
    *options = (struct soc_options){
        .magic = SOC_OPTIONS_MAGIC,
        .optr = 0x1FEFF8AAu,
        .nsbootadd0r = 0x0800007Fu,
        .nsbootadd1r = 0x0BF9007Fu,
        .secbootadd0r = 0x0C00007Cu,
        .secwm1r1 = 0xFFFFFF80u,
        .secwm1r2 = 0x7F807F80u,
        .secwm2r1 = 0xFFFFFF80u,
        .secwm2r2 = 0x7F807F80u,
        .wrp1ar = 0xFF80FFFFu,
        .wrp1br = 0xFF80FFFFu,
        .wrp2ar = 0xFF80FFFFu,
        .wrp2br = 0xFF80FFFFu,
    };
}

/* The registers in order of their offsets, with the bits that exist (the rest reads 1). */
static const struct {
    uint16_t offset;
    uint16_t member;
    uint32_t writable;
} registers[] = {
    {FLASH_OPTR_OFS, offsetof(struct soc_options, optr), 0xFFFFF7FFu},
    {FLASH_NSBOOTADD0R_OFS, offsetof(struct soc_options, nsbootadd0r), 0xFFFFFF80u},
    {FLASH_NSBOOTADD1R_OFS, offsetof(struct soc_options, nsbootadd1r), 0xFFFFFF80u},
    {FLASH_SECBOOTADD0R_OFS, offsetof(struct soc_options, secbootadd0r), 0xFFFFFF81u},
    {FLASH_SECWM1R1_OFS, offsetof(struct soc_options, secwm1r1), 0x007F007Fu},
    {FLASH_SECWM1R2_OFS, offsetof(struct soc_options, secwm1r2), 0x807F0000u},
    {FLASH_WRP1AR_OFS, offsetof(struct soc_options, wrp1ar), 0x807F007Fu},
    {FLASH_WRP1BR_OFS, offsetof(struct soc_options, wrp1br), 0x807F007Fu},
    {FLASH_SECWM2R1_OFS, offsetof(struct soc_options, secwm2r1), 0x007F007Fu},
    {FLASH_SECWM2R2_OFS, offsetof(struct soc_options, secwm2r2), 0x807F0000u},
    {FLASH_WRP2AR_OFS, offsetof(struct soc_options, wrp2ar), 0x807F007Fu},
    {FLASH_WRP2BR_OFS, offsetof(struct soc_options, wrp2br), 0x807F007Fu},
};
#define REGISTERS (sizeof registers / sizeof registers[0])

static uint32_t *member(struct soc_options *options, unsigned index)
{
    return (uint32_t *)((char *)options + registers[index].member);
}

uint32_t soc_option_read(const struct soc *soc, uint32_t offset)
{
    for (unsigned i = 0; i < REGISTERS; i++) {
        if (registers[i].offset == offset) {
            struct soc_options shown = soc->flash.shown;

            return *member(&shown, i);
        }
    }
    return 0; /* OEMxKEYRy read as zero */
}

void soc_option_write(struct soc *soc, uint32_t offset, uint32_t value)
{
    for (unsigned i = 0; i < REGISTERS; i++) {
        if (registers[i].offset == offset) {
            uint32_t *reg = member(&soc->flash.shown, i);

            *reg = (*reg & ~registers[i].writable) | (value & registers[i].writable);
            return;
        }
    }
    soc_not_modelled(soc, FLASH_R_NS + offset, "OEM keys for RDP regression");
}

/* Level of an RDP byte: 0, 1 (0.5), 2 (1), 3 (2). */
static unsigned level(uint32_t optr)
{
    switch (RDP(optr)) {
    case LEVEL0:
        return 0;
    case LEVEL05:
        return optr & FLASH_OPTR_TZEN_Msk ? 1 : 2;
    case LEVEL2:
        return 3;
    default:
        return 2;
    }
}

static bool regression(const struct soc *soc)
{
    return level(soc->flash.loaded.optr) == 2 && level(soc->flash.shown.optr) == 0;
}

static bool rdp_change_valid(const struct soc *soc)
{
    unsigned from = level(soc->flash.loaded.optr), to = level(soc->flash.shown.optr);

    return !(from == 3 && to != 3) && !(from == 1 && to == 0);
}

static bool optr_valid(const struct soc *soc)
{
    const struct soc_options *old = &soc->flash.loaded, *new = &soc->flash.shown;
    uint32_t changed = old->optr ^ new->optr;
    bool locked =
        (old->secbootadd0r & FLASH_SECBOOTADD0R_BOOT_LOCK_Msk) && (old->optr & FLASH_OPTR_TZEN_Msk);

    if (!rdp_change_valid(soc)) {
        return false;
    }
    if (changed & FLASH_OPTR_TZEN_Msk) {
        bool set = (new->optr &FLASH_OPTR_TZEN_Msk) != 0;

        if (set ? level(old->optr) != 0 : !regression(soc)) {
            return false;
        }
    }
    if ((changed & (FLASH_OPTR_SWAP_BANK_Msk | FLASH_OPTR_DUALBANK_Msk)) && locked) {
        return false;
    }
    return true;
}

static bool boot_valid(const struct soc *soc)
{
    const struct soc_options *old = &soc->flash.loaded, *new = &soc->flash.shown;

    if (!(old->secbootadd0r & FLASH_SECBOOTADD0R_BOOT_LOCK_Msk)) {
        return true;
    }
    if ((old->secbootadd0r ^ new->secbootadd0r) & FLASH_SECBOOTADD0R_SECBOOTADD0_Msk) {
        return false;
    }
    return (new->secbootadd0r &FLASH_SECBOOTADD0R_BOOT_LOCK_Msk) || level(old->optr) == 0;
}

static bool watermark_valid(const struct soc *soc, unsigned bank)
{
    const struct soc_options *old = &soc->flash.loaded, *new = &soc->flash.shown;
    uint32_t r1 = bank == 0 ? new->secwm1r1 : new->secwm2r1;
    uint32_t r2 = bank == 0 ? new->secwm1r2 : new->secwm2r2;
    bool changed = bank == 0 ? r1 != old->secwm1r1 || r2 != old->secwm1r2
                             : r1 != old->secwm2r1 || r2 != old->secwm2r2;
    uint32_t start = r1 & 0x7Fu, end = (r1 >> 16) & 0x7Fu, hidden = (r2 >> 16) & 0x7Fu;

    if (changed && ((soc->flash.sechdpcr >> bank) & 1u)) {
        return false;
    }
    return !(r2 & FLASH_SECWM1R2_HDP1EN_Msk) || (start <= end && hidden >= start && hidden <= end);
}

static bool wrp_valid(const struct soc *soc, uint32_t old, uint32_t new)
{
    if (!(old & FLASH_WRP1AR_UNLOCK_Msk) && old != new) {
        return regression(soc);
    }
    return true;
}

/* Checks the change that OPTSTRT asks for; false means OPTWERR. */
bool soc_options_valid(struct soc *soc)
{
    const struct soc_options *old = &soc->flash.loaded, *new = &soc->flash.shown;

    if (level(old->optr) == 3) { /* only SWAP_BANK may change at RDP 2 */
        struct soc_options same = *old;

        same.optr = new->optr;
        return memcmp(&same, new, sizeof same) == 0 &&
               ((old->optr ^ new->optr) & ~FLASH_OPTR_SWAP_BANK_Msk) == 0 && optr_valid(soc);
    }
    return optr_valid(soc) && boot_valid(soc) && watermark_valid(soc, 0) &&
           watermark_valid(soc, 1) && wrp_valid(soc, old->wrp1ar, new->wrp1ar) &&
           wrp_valid(soc, old->wrp1br, new->wrp1br) && wrp_valid(soc, old->wrp2ar, new->wrp2ar) &&
           wrp_valid(soc, old->wrp2br, new->wrp2br);
}

static void erase_for_regression(struct soc *soc)
{
    if (soc->config.flash_touch != NULL) {
        soc->config.flash_touch(soc->config.context, 0, SOC_FLASH_SIZE);
    }
    memset(soc->config.nvm.flash, 0xFF, SOC_FLASH_SIZE);
    memset(soc->config.nvm.flash_programmed, 0, SOC_FLASH_SIZE / 128);
    memset(soc->sram, 0, 0xC0000);
    memset(soc->sram4, 0, 0x4000);
    memset(soc->bkpsram, 0, 0x800);
    memset(soc->tamp.bkp, 0, sizeof soc->tamp.bkp);
    cpu_code_flush(soc->cpu, soc->config.nvm.flash, SOC_FLASH_SIZE);
}

/* End of OPTSTRT: the values are programmed, and in force after the next option-byte loading. */
void soc_options_commit(struct soc *soc)
{
    struct soc_options next = soc->flash.shown;

    if (regression(soc)) {
        erase_for_regression(soc);
    } else if (level(soc->flash.loaded.optr) == 2 && level(next.optr) == 1) {
        soc_not_modelled(soc, FLASH_R_NS + 0x180u, "partial erase of RDP 1 to 0.5");
    }
    if (!(soc->flash.loaded.optr & FLASH_OPTR_TZEN_Msk) && (next.optr & FLASH_OPTR_TZEN_Msk)) {
        next.secwm1r1 = next.secwm2r1 = 0xFFFFFF80u; /* TZEN 0 to 1: everything secure, no HDP */
        next.secwm1r2 = next.secwm2r2 = 0x7F807F80u;
    }
    next.magic = SOC_OPTIONS_MAGIC;
    *soc->config.nvm.options = next;
}

/* Option-byte loading (power-on, OBL_LAUNCH, exit from Standby). */
void soc_options_load(struct soc *soc)
{
    struct soc_options *stored = soc->config.nvm.options;
    bool tzen;

    if (stored->magic != SOC_OPTIONS_MAGIC) {
        soc_options_default(stored);
    }
    soc->flash.loaded = *stored;
    soc->flash.shown = *stored;
    tzen = (stored->optr & FLASH_OPTR_TZEN_Msk) != 0;
    if (tzen != soc->tzen) {
        soc_not_modelled(soc, FLASH_R_NS + 0x181u,
                         "change of TZEN while running: takes effect when the board is made anew");
    }
}
