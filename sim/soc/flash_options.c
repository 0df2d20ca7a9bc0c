/* Option bytes: what the registers show, what is in force, what is programmed; and the rules about
 * who may change what (RM0456 7.4, 7.6.2, 7.3.9 OPTWERR).
 */
#include "soc/soc_state.h"

#include <string.h>

#define RDP(optr) ((optr)&0xFFu)
#define LEVEL0    0xAAu
#define LEVEL05   0x55u
#define LEVEL1    0x00u /* one of many */
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
    if (offset < FLASH_OEM2KEYR1_OFS) {
        soc->flash.shown.oem1key[(offset - FLASH_OEM1KEYR1_OFS) / 4] = value;
    } else {
        soc->flash.shown.oem2key[(offset - FLASH_OEM2KEYR1_OFS) / 4] = value;
    }
}

unsigned soc_rdp_level(uint32_t optr)
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

/* ---- Passwords for regressions (RM0456 3.10.2) ---- */

static bool provisioned(const uint32_t key[2])
{
    return !(key[0] == 0 && key[1] == 0) && !(key[0] == ~0u && key[1] == ~0u);
}

uint32_t soc_oem_locks(const struct soc *soc)
{
    const struct soc_options *o = &soc->flash.loaded;

    return (provisioned(o->oem1key) ? FLASH_NSSR_OEM1LOCK_Msk : 0) |
           (provisioned(o->oem2key) ? FLASH_NSSR_OEM2LOCK_Msk : 0);
}

static bool regression_unlocked(const struct soc *soc, unsigned to)
{
    const struct soc_flash *flash = &soc->flash;
    uint32_t lock = to == 0 ? FLASH_NSSR_OEM1LOCK_Msk : FLASH_NSSR_OEM2LOCK_Msk;

    return !flash->auth_failed &&
           (!(soc_oem_locks(soc) & lock) || (to == 0 ? flash->oem1_matched : flash->oem2_matched));
}

/* At level 2 a right OEM2 key starts the regression to level 1 by itself; nothing is erased, and it
 * counts after the next power-on. */
static void leave_level_2(struct soc *soc)
{
    struct soc_options *stored = soc->config.nvm.options;

    stored->optr = (stored->optr & ~FLASH_OPTR_RDP_Msk) | LEVEL1;
}

void soc_debug_key(struct soc *soc, uint32_t word)
{
    struct soc_flash *flash = &soc->flash;
    unsigned from = soc_rdp_level(flash->loaded.optr);

    if (flash->auth_words >= 2) {
        return; /* one try a power cycle */
    }
    flash->auth_key[flash->auth_words++] = word;
    if (flash->auth_words < 2 || from < 2) {
        return;
    }
    flash->oem1_matched = from == 2 && provisioned(flash->loaded.oem1key) &&
                          memcmp(flash->auth_key, flash->loaded.oem1key, 8) == 0;
    flash->oem2_matched = provisioned(flash->loaded.oem2key) &&
                          memcmp(flash->auth_key, flash->loaded.oem2key, 8) == 0;
    flash->auth_failed = !flash->oem1_matched && !flash->oem2_matched;
    if (from == 3 && flash->oem2_matched) {
        leave_level_2(soc);
    }
}

/* A key may be changed while its lock is off, OEM1 also at level 0 and OEM2 also at 0 and 0.5. */
static bool oem_keys_valid(const struct soc *soc)
{
    const struct soc_options *old = &soc->flash.loaded, *new = &soc->flash.shown;
    unsigned from = soc_rdp_level(old->optr);
    uint32_t locks = soc_oem_locks(soc);

    if (memcmp(old->oem1key, new->oem1key, 8) != 0 && from != 0 &&
        (locks & FLASH_NSSR_OEM1LOCK_Msk)) {
        return false;
    }
    return memcmp(old->oem2key, new->oem2key, 8) == 0 || from < 2 ||
           !(locks & FLASH_NSSR_OEM2LOCK_Msk);
}

static bool regression(const struct soc *soc)
{
    return soc_rdp_level(soc->flash.loaded.optr) == 2 && soc_rdp_level(soc->flash.shown.optr) == 0;
}

static bool rdp_change_valid(const struct soc *soc)
{
    unsigned from = soc_rdp_level(soc->flash.loaded.optr),
             to = soc_rdp_level(soc->flash.shown.optr);

    if (from == 2 && to < 2) {
        return regression_unlocked(soc, to);
    }
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

        if (set ? soc_rdp_level(old->optr) != 0 : !regression(soc)) {
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
    return (new->secbootadd0r &FLASH_SECBOOTADD0R_BOOT_LOCK_Msk) || soc_rdp_level(old->optr) == 0;
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
    if (new & ~old & FLASH_WRP1AR_UNLOCK_Msk) {
        return regression(soc);
    }
    if (!(old & FLASH_WRP1AR_UNLOCK_Msk) && old != new) {
        return regression(soc);
    }
    return true;
}

/* Checks the change that OPTSTRT asks for; false means OPTWERR. */
bool soc_options_valid(struct soc *soc)
{
    const struct soc_options *old = &soc->flash.loaded, *new = &soc->flash.shown;

    if (soc_rdp_level(old->optr) == 3) { /* only SWAP_BANK may change at RDP 2 */
        struct soc_options same = *old;

        same.optr = new->optr;
        return memcmp(&same, new, sizeof same) == 0 &&
               ((old->optr ^ new->optr) & ~FLASH_OPTR_SWAP_BANK_Msk) == 0 && optr_valid(soc);
    }
    return optr_valid(soc) && oem_keys_valid(soc) && boot_valid(soc) && watermark_valid(soc, 0) &&
           watermark_valid(soc, 1) && wrp_valid(soc, old->wrp1ar, new->wrp1ar) &&
           wrp_valid(soc, old->wrp1br, new->wrp1br) && wrp_valid(soc, old->wrp2ar, new->wrp2ar) &&
           wrp_valid(soc, old->wrp2br, new->wrp2br);
}

static void erase_pages(struct soc *soc, uint32_t first, uint32_t count)
{
    uint32_t offset = first * SOC_FLASH_PAGE, size = count * SOC_FLASH_PAGE;

    if (soc->config.flash_touch != NULL) {
        soc->config.flash_touch(soc->config.context, offset, size);
    }
    memset(soc->config.nvm.flash + offset, 0xFF, size);
    memset(soc->config.nvm.flash_programmed + offset / 128, 0, size / 128);
    soc_flash_ecc_rewritten(soc, offset, size);
    cpu_code_flush(soc->cpu, soc->config.nvm.flash + offset, size);
}

/* To level 0 everything goes; to 0.5 the pages inside the secure watermarks stay. */
static void erase_for_regression(struct soc *soc, unsigned to)
{
    const uint32_t wm[2] = {soc->flash.loaded.secwm1r1, soc->flash.loaded.secwm2r1};

    for (uint32_t page = 0; page < 256; page++) {
        uint32_t in_bank = page % 128, area = wm[page / 128];
        bool secure = in_bank >= (area & 0x7Fu) && in_bank <= ((area >> 16) & 0x7Fu);

        if (to == 0 || !secure) {
            erase_pages(soc, page, 1);
        }
    }
    memset(soc->sram, 0, 0xC0000);
    memset(soc->sram4, 0, 0x4000);
    memset(soc->bkpsram, 0, 0x800);
    cpu_code_flush(soc->cpu, soc->sram, 0xC4000);
    memset(soc->tamp.bkp, 0, sizeof soc->tamp.bkp);
    memset(soc->pka.ram, 0, sizeof soc->pka.ram);
}

/* End of OPTSTRT: the values are programmed, and in force after the next option-byte loading. */
void soc_options_commit(struct soc *soc)
{
    struct soc_options next = soc->flash.shown;

    if (soc_rdp_level(soc->flash.loaded.optr) == 2 && soc_rdp_level(next.optr) < 2) {
        erase_for_regression(soc, soc_rdp_level(next.optr));
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

    if (stored->magic != SOC_OPTIONS_MAGIC) {
        soc_options_default(stored);
    }
    soc->flash.loaded = *stored;
    soc->flash.shown = *stored;
    soc->tzen = (stored->optr & FLASH_OPTR_TZEN_Msk) != 0;
    cpu_set_security(soc->cpu, soc->tzen);
}
