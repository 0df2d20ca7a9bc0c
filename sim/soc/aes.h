/* What the two files of AES and SAES share: aes.c works on blocks and has the registers, aes_keys.c
 * keeps the keys. n: 0 = AES, 1 = SAES.
 */
#ifndef SIM_SOC_AES_H
#define SIM_SOC_AES_H

#include "soc/soc_state.h"

enum { MODE_ENCRYPT = 0, MODE_DERIVE = 1, MODE_DECRYPT = 2 };
enum { KMOD_NORMAL, KMOD_WRAPPED, KMOD_SHARED };

#define SAES_INSTANCE 1u
#define AES_BLOCK     16u

static inline unsigned aes_field(uint32_t reg, uint32_t mask)
{
    return (reg & mask) >> __builtin_ctz(mask);
}

static inline unsigned aes_key_words(const struct soc_aes *aes)
{
    return aes->cr & AES_CR_KEYSIZE_Msk ? 8 : 4;
}

static inline uint32_t aes_get_be(const uint8_t *bytes)
{
    return (uint32_t)bytes[0] << 24 | (uint32_t)bytes[1] << 16 | (uint32_t)bytes[2] << 8 | bytes[3];
}

/* Interrupt line and DMA request, from the flags. */
void aes_update(struct soc *soc, unsigned n);
bool aes_key_valid(const struct soc_aes *aes);
/* KEYSEL or KEYSIZE of SAES changed: takes the key that software does not see. */
void aes_load_key(struct soc *soc);
void aes_write_key(struct soc *soc, unsigned n, unsigned index, uint32_t value);
/* SAES has decrypted a block of a key. */
void aes_unwrap(struct soc_aes *saes, const uint8_t out[AES_BLOCK]);
/* AES asks for the key that SAES shares. */
void aes_take_shared(struct soc *soc);

#endif
