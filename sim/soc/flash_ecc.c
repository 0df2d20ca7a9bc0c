/* Error correction of the flash (RM0456 7.3.2): the host puts errors into quad-words, reads report
 * them in ECCR, by interrupt (corrected) or NMI (detected).
 *
 * The address is captured only while both flags are clear. Pages with an error are never mapped for
 * the processor, so that every read comes by here.
 */
#include "soc/soc_state.h"

#include <assert.h>
#include <string.h>

#define BANK_SIZE 0x100000u
#define FLAGS     (FLASH_ECCR_ECCC_Msk | FLASH_ECCR_ECCD_Msk)
/* Words of the information block with one and two wrong bits, for self-tests. */
#define SELF_TEST_ONE 0x0BFA1F00u
#define SELF_TEST_TWO 0x0BFA1F80u

static struct soc_ecc_place *find(struct soc *soc, uint32_t offset)
{
    for (unsigned i = 0; i < SOC_ECC_PLACES; i++) {
        struct soc_ecc_place *place = &soc->flash.ecc[i];

        if (place->kind != SOC_ECC_NONE && place->offset == (offset & ~15u)) {
            return place;
        }
    }
    return NULL;
}

static struct soc_ecc_place *free_place(struct soc *soc)
{
    for (unsigned i = 0; i < SOC_ECC_PLACES; i++) {
        if (soc->flash.ecc[i].kind == SOC_ECC_NONE) {
            return &soc->flash.ecc[i];
        }
    }
    return NULL;
}

bool soc_inject_flash_ecc(struct soc *soc, uint32_t offset, enum soc_ecc kind)
{
    struct soc_ecc_place *place = find(soc, offset);

    assert(offset < SOC_FLASH_SIZE);
    if (place == NULL) {
        place = free_place(soc);
    }
    if (place == NULL) {
        return false;
    }
    *place = (struct soc_ecc_place){.offset = offset & ~15u, .kind = (uint8_t)kind};
    cpu_tlb_flush(soc->cpu);
    cpu_code_flush(soc->cpu, soc_flash_host(soc, offset & ~15u), 16);
    return true;
}

static void report(struct soc *soc, uint32_t location, enum soc_ecc kind)
{
    struct soc_flash *flash = &soc->flash;

    if (!(flash->eccr & FLAGS)) {
        flash->eccr = (flash->eccr & FLASH_ECCR_ECCIE_Msk) | location;
        flash->eccr |= kind == SOC_ECC_CORRECTED ? FLASH_ECCR_ECCC_Msk : FLASH_ECCR_ECCD_Msk;
    } else if (kind == SOC_ECC_DETECTED) {
        flash->eccr |= FLASH_ECCR_ECCD_Msk;
    }
    if (kind == SOC_ECC_DETECTED && (soc->syscfg.cfgr2 & SYSCFG_CFGR2_ECCL_Msk)) {
        soc_tim_system_break(soc);
    }
    if (kind == SOC_ECC_DETECTED) {
        cpu_set_nmi(soc->cpu);
        cpu_break(soc->cpu);
    }
    soc_flash_update_irq(soc);
}

void soc_flash_ecc_read(struct soc *soc, uint32_t physical, unsigned size, uint32_t *value)
{
    const struct soc_ecc_place *place = find(soc, physical);

    (void)size;
    if (place == NULL) {
        return;
    }
    report(soc,
           (place->offset % BANK_SIZE) | (place->offset >= BANK_SIZE ? FLASH_ECCR_BK_ECC_Msk : 0),
           place->kind);
    if (place->kind == SOC_ECC_DETECTED && physical % 16 == 0) {
        *value ^= 3u; /* the two wrong bits lie at the start of the quad-word */
    }
}

void soc_flash_ecc_system(struct soc *soc, uint32_t address, uint32_t *value)
{
    if ((address & ~15u) == SELF_TEST_ONE) {
        report(soc, FLASH_ECCR_SYSF_ECC_Msk | (SELF_TEST_ONE & 0xFFFFFu), SOC_ECC_CORRECTED);
    } else if ((address & ~15u) == SELF_TEST_TWO) {
        report(soc, FLASH_ECCR_SYSF_ECC_Msk | (SELF_TEST_TWO & 0xFFFFFu), SOC_ECC_DETECTED);
        *value ^= 3u;
    }
}

void soc_flash_ecc_rewritten(struct soc *soc, uint32_t physical, uint32_t size)
{
    for (unsigned i = 0; i < SOC_ECC_PLACES; i++) {
        struct soc_ecc_place *place = &soc->flash.ecc[i];

        if (place->offset >= physical && place->offset - physical < size) {
            place->kind = SOC_ECC_NONE;
        }
    }
}

void soc_flash_ecc_unmap(const struct soc *soc, uint32_t pages[8])
{
    for (unsigned i = 0; i < SOC_ECC_PLACES; i++) {
        const struct soc_ecc_place *place = &soc->flash.ecc[i];
        uint32_t page = place->offset / SOC_FLASH_PAGE;

        if (place->kind != SOC_ECC_NONE) {
            pages[page / 32] &= ~(1u << (page % 32));
        }
    }
}

void soc_flash_ecc_clear_flags(struct soc *soc, uint32_t value)
{
    struct soc_flash *flash = &soc->flash;

    flash->eccr &= ~(value & FLAGS) & ~FLASH_ECCR_ECCIE_Msk;
    flash->eccr |= value & FLASH_ECCR_ECCIE_Msk;
    soc_flash_update_irq(soc);
}
