/* Error correction of SRAM2, the first 256 KiB of SRAM3 and BKPSRAM (RM0456 6.3.2).
 *
 * The codes themselves are not kept. A place with an error remembers the word as it was written
 * last with ECC on; what stands in memory differs from it by one bit or two. Such places come from
 * the host, or from software that writes with ECCE = 0, as the manual's self-test does (the last 16
 * words are remembered). Blocks with an error are never mapped for the processor.
 */
#include "soc/soc_state.h"

#include <string.h>

#define SRAM3_ECC_SIZE 0x40000u

static uint8_t *bytes_of(struct soc *soc, unsigned memory)
{
    uint32_t size;

    return memory == 4 ? soc->bkpsram : soc_sram_bytes(soc, memory, &size);
}

/* Does the option byte give this place an ECC? */
static bool has_ecc(const struct soc *soc, unsigned memory, uint32_t offset)
{
    uint32_t off = soc->flash.loaded.optr;

    switch (memory) {
    case 1:
        return !(off & FLASH_OPTR_SRAM2_ECC_Msk);
    case 2:
        return !(off & FLASH_OPTR_SRAM3_ECC_Msk) && offset < SRAM3_ECC_SIZE;
    case 4:
        return !(off & FLASH_OPTR_BKPRAM_ECC_Msk);
    default:
        return false;
    }
}

bool soc_sram_has_ecc(const struct soc *soc, unsigned memory)
{
    return has_ecc(soc, memory, 0);
}

static bool enabled(const struct soc *soc, unsigned memory)
{
    return (soc->ramcfg[memory].cr & RAMCFG_CR_ECCE_Msk) != 0;
}

static struct soc_ecc_place *find(struct soc *soc, unsigned memory, uint32_t offset)
{
    for (unsigned i = 0; i < SOC_ECC_PLACES; i++) {
        struct soc_ecc_place *place = &soc->ramcfg[memory].ecc[i];

        if (place->kind != SOC_ECC_NONE && place->offset == (offset & ~3u)) {
            return place;
        }
    }
    return NULL;
}

static struct soc_ecc_place *take(struct soc *soc, unsigned memory, uint32_t offset)
{
    struct soc_ecc_place *place = find(soc, memory, offset);

    for (unsigned i = 0; i < SOC_ECC_PLACES && place == NULL; i++) {
        if (soc->ramcfg[memory].ecc[i].kind == SOC_ECC_NONE) {
            place = &soc->ramcfg[memory].ecc[i];
            place->offset = offset & ~3u;
            memcpy(&place->original, bytes_of(soc, memory) + (offset & ~3u), 4);
        }
    }
    return place;
}

bool soc_inject_sram_ecc(struct soc *soc, unsigned memory, uint32_t offset, enum soc_ecc kind)
{
    struct soc_ecc_place *place;
    uint32_t wrong;

    if (!has_ecc(soc, memory, offset)) {
        return false;
    }
    place = take(soc, memory, offset);
    if (place == NULL) {
        return false;
    }
    wrong = place->original ^ (kind == SOC_ECC_DETECTED ? 3u : kind == SOC_ECC_CORRECTED ? 1u : 0);
    memcpy(bytes_of(soc, memory) + place->offset, &wrong, 4);
    place->kind = (uint8_t)kind;
    cpu_tlb_flush(soc->cpu);
    cpu_code_flush(soc->cpu, bytes_of(soc, memory) + place->offset, 4);
    return true;
}

bool soc_sram_ecc_maps(const struct soc *soc, unsigned memory, uint32_t offset, uint32_t size)
{
    const struct soc_ramcfg *r = &soc->ramcfg[memory];

    if (!has_ecc(soc, memory, offset)) {
        return true;
    }
    for (unsigned i = 0; i < SOC_ECC_PLACES; i++) {
        if (r->ecc[i].kind != SOC_ECC_NONE && r->ecc[i].offset - offset < size) {
            return false;
        }
    }
    return enabled(soc, memory); /* with ECCE = 0 writes leave wrong codes behind */
}

void soc_sram_ecc_read(struct soc *soc, unsigned memory, uint32_t offset, unsigned size,
                       uint32_t *value)
{
    const struct soc_ecc_place *place =
        has_ecc(soc, memory, offset) ? find(soc, memory, offset) : NULL;

    if (place == NULL || !enabled(soc, memory)) {
        return;
    }
    if (place->kind == SOC_ECC_CORRECTED) {
        *value = 0;
        memcpy(value, (const uint8_t *)&place->original + (offset & 3u), size);
    }
    soc_ramcfg_ecc_error(soc, memory, place->offset, place->kind);
}

/* Called before the write. With ECC on a word gets a right code; bytes are a read-modify-write. */
void soc_sram_ecc_write(struct soc *soc, unsigned memory, uint32_t offset, unsigned size)
{
    struct soc_ecc_place *place;
    uint32_t word = 0;

    if (!has_ecc(soc, memory, offset)) {
        return;
    }
    if (!enabled(soc, memory)) {
        place = take(soc, memory, offset);
        if (place != NULL && place->kind == SOC_ECC_NONE) {
            place->kind = SOC_ECC_CORRECTED; /* which it is, is seen when ECC comes back */
        }
        return;
    }
    place = find(soc, memory, offset);
    if (place == NULL) {
        return;
    }
    if (size < 4) {
        memcpy(&word, bytes_of(soc, memory) + place->offset, 4);
        soc_sram_ecc_read(soc, memory, place->offset, 4, &word);
        memcpy(bytes_of(soc, memory) + place->offset, &word, 4);
    }
    place->kind = SOC_ECC_NONE;
    cpu_tlb_flush(soc->cpu);
}

void soc_sram_ecc_forget(struct soc *soc, unsigned memory, uint32_t offset, uint32_t size)
{
    for (unsigned i = 0; i < SOC_ECC_PLACES; i++) {
        struct soc_ecc_place *place = &soc->ramcfg[memory].ecc[i];

        if (place->offset - offset < size) {
            place->kind = SOC_ECC_NONE;
        }
    }
}

/* ECCE changes: words written meanwhile with other contents have one wrong bit or more. */
void soc_sram_ecc_switch(struct soc *soc, unsigned memory, bool on)
{
    for (unsigned i = 0; on && i < SOC_ECC_PLACES; i++) {
        struct soc_ecc_place *place = &soc->ramcfg[memory].ecc[i];
        uint32_t word;

        if (place->kind == SOC_ECC_NONE) {
            continue;
        }
        memcpy(&word, bytes_of(soc, memory) + place->offset, 4);
        switch (__builtin_popcount(word ^ place->original)) {
        case 0:
            place->kind = SOC_ECC_NONE;
            break;
        case 1:
            place->kind = SOC_ECC_CORRECTED;
            break;
        default:
            place->kind = SOC_ECC_DETECTED;
            break;
        }
    }
    cpu_tlb_flush(soc->cpu);
}
