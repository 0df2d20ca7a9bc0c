/* Keys of AES and SAES: from software, from the chip's own secrets, unwrapped and shared
 * (RM0456 49.4.12, 50.4.12-50.4.16).
 */
#include "soc/aes.h"

#include <string.h>

#include <openssl/sha.h>

enum { KEYSEL_SOFTWARE = 0, KEYSEL_DHUK = 1, KEYSEL_BHK = 2, KEYSEL_BOTH = 4, KEYSEL_TEST = 7 };

bool aes_key_valid(const struct soc_aes *aes)
{
    uint32_t all = (1u << aes_key_words(aes)) - 1u;

    return (aes->key_written & all) == all;
}

/* The hardware unique key: one for all devices at RDP 0, else by the device's identity. */
static void derive_dhuk(const struct soc *soc, uint32_t key[8])
{
    uint32_t seed[4] = {0x4B554844u, 0, 0, 0};
    uint8_t digest[SHA256_DIGEST_LENGTH];

    if ((soc->flash.loaded.optr & 0xFFu) != 0xAAu) {
        memcpy(seed + 1, soc->config.nvm.unique_id, sizeof soc->config.nvm.unique_id);
    }
    SHA256((const uint8_t *)seed, sizeof seed, digest);
    for (unsigned i = 0; i < 8; i++) {
        key[i] = aes_get_be(digest + 4 * i);
    }
}

void aes_load_key(struct soc *soc)
{
    struct soc_aes *saes = &soc->aes[SAES_INSTANCE];
    unsigned select = aes_field(saes->cr, AES_CR_KEYSEL_Msk);
    uint32_t dhuk[8];

    derive_dhuk(soc, dhuk);
    saes->bhk_next = 0;
    saes->prepared = false;
    switch (select) {
    case KEYSEL_SOFTWARE:
        saes->key_written = 0;
        return;
    case KEYSEL_DHUK:
        memcpy(saes->key, dhuk, sizeof dhuk);
        break;
    case KEYSEL_BHK:
    case KEYSEL_BOTH: /* waits for the reads of the backup registers */
        saes->key_written = 0;
        return;
    case KEYSEL_TEST:
        memset(saes->key, 0xA5, sizeof saes->key);
        break;
    default:
        saes->isr |= AES_ISR_KEIF_Msk;
        saes->key_written = 0;
        return;
    }
    saes->key_written = 0xFFu;
}

/* Erratum 2.15.1: one read of each backup register in ascending order loads the boot hardware key.
 */
void soc_saes_backup_read(struct soc *soc, unsigned index, uint32_t value)
{
    struct soc_aes *saes = &soc->aes[SAES_INSTANCE];
    unsigned select = aes_field(saes->cr, AES_CR_KEYSEL_Msk);
    uint32_t dhuk[8];

    if ((select != KEYSEL_BHK && select != KEYSEL_BOTH) || index >= 8) {
        return;
    }
    if (index != saes->bhk_next) {
        saes->isr |= AES_ISR_KEIF_Msk;
        saes->bhk_next = 0;
        aes_update(soc, SAES_INSTANCE);
        return;
    }
    derive_dhuk(soc, dhuk);
    saes->key[index] = value ^ (select == KEYSEL_BOTH ? dhuk[index] : 0);
    saes->bhk_next = (uint8_t)(index + 1);
    if (saes->bhk_next == aes_key_words(saes)) {
        saes->key_written = 0xFFu;
        saes->bhk_next = 0;
    }
}

void aes_write_key(struct soc *soc, unsigned n, unsigned index, uint32_t value)
{
    struct soc_aes *aes = &soc->aes[n];

    if ((aes->cr & AES_CR_EN_Msk) || (n == SAES_INSTANCE && (aes->cr & AES_CR_KEYSEL_Msk))) {
        return; /* protected while working; hardware keys are not overwritten */
    }
    if (aes_key_valid(aes)) {
        aes->key_written = 0;
    }
    aes->key[index] = value;
    aes->key_written |= 1u << index;
    aes->prepared = false;
}

/* A decrypted key goes into the key registers and is never read; in shared mode it is also there
 * for the unit that KSHAREID names (RM0456 50.4.14, 50.4.15). */
void aes_unwrap(struct soc_aes *saes, const uint8_t out[AES_BLOCK])
{
    unsigned words = aes_key_words(saes), first = words - 4 * (saes->unwrapped + 1);

    for (unsigned i = 0; i < 4; i++) {
        saes->next_key[first + 3 - i] = aes_get_be(out + 4 * i);
    }
    if (++saes->unwrapped == words / 4) {
        memcpy(saes->key, saes->next_key, sizeof saes->key);
        saes->unwrapped = 0;
        saes->prepared = false;
        saes->key_written = (1u << words) - 1u;
        saes->shares = aes_field(saes->cr, AES_CR_KMOD_Msk) == KMOD_SHARED;
    }
}

/* The sizes have to be the same, and the key has to be meant for AES (KSHAREID 0). */
void aes_take_shared(struct soc *soc)
{
    struct soc_aes *aes = &soc->aes[0];
    const struct soc_aes *saes = &soc->aes[SAES_INSTANCE];

    if (!saes->shares || (saes->cr & AES_CR_KSHAREID_Msk) ||
        aes_key_words(saes) != aes_key_words(aes) || !aes_key_valid(saes)) {
        aes->isr |= AES_ISR_KEIF_Msk;
        aes->key_written = 0;
        return;
    }
    memcpy(aes->key, saes->key, sizeof aes->key);
    aes->key_written = (1u << aes_key_words(aes)) - 1u;
    aes->prepared = false;
}

/* A tamper event takes the keys away. */
void soc_aes_tampered(struct soc *soc)
{
    for (unsigned n = 0; n < 2; n++) {
        struct soc_aes *aes = &soc->aes[n];

        memset(aes->key, 0, sizeof aes->key);
        memset(aes->next_key, 0, sizeof aes->next_key);
        aes->key_written = 0;
        aes->prepared = aes->shares = false;
        if (n == SAES_INSTANCE) {
            aes->isr |= AES_ISR_KEIF_Msk;
        }
        aes_update(soc, n);
    }
}
