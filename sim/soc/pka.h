/* What the files of PKA share: pka.c has the registers, the RAM and the progress, pka_ecc.c the
 * elliptic curves, pka_number.c the numbers. The arithmetic is libcrypto's: only results and error
 * codes are this model's (RM0456 chapter 53).
 *
 * Invariant: an operand lies in the RAM least significant word first.
 */
#ifndef SIM_SOC_PKA_H
#define SIM_SOC_PKA_H

#include "soc/soc_state.h"

#include <openssl/bn.h>

#define PKA_RAM_BASE     0x400u
#define PKA_CODE_OK      0xD60Du
#define PKA_CODE_NO      0xA3B7u /* invalid, not on the curve, r = 0, point at infinity */
#define PKA_CODE_FAILED  0xCBC9u
#define PKA_CODE_RANGE   0xF946u /* coordinate out of range, s = 0 */
#define PKA_BITS_MAX_ECC 640u
#define PKA_BITS_MAX_RSA 4160u

enum {
    PKA_EXP = 0x00,
    PKA_MONTGOMERY = 0x01,
    PKA_EXP_FAST = 0x02,
    PKA_EXP_PROTECTED = 0x03,
    PKA_CRT = 0x07,
    PKA_INVERSE = 0x08,
    PKA_ADD = 0x09,
    PKA_SUBTRACT = 0x0A,
    PKA_MULTIPLY = 0x0B,
    PKA_COMPARE = 0x0C,
    PKA_REDUCE = 0x0D,
    PKA_MOD_ADD = 0x0E,
    PKA_MOD_SUBTRACT = 0x0F,
    PKA_MONTGOMERY_MULTIPLY = 0x10,
    PKA_SCALAR = 0x20,
    PKA_POINT_ADD = 0x23,
    PKA_SIGN = 0x24,
    PKA_VERIFY = 0x26,
    PKA_DOUBLE_BASE = 0x27,
    PKA_POINT_CHECK = 0x28,
    PKA_TO_AFFINE = 0x2F
};

/* Offsets count from the block's base address, as in the manual. */
uint32_t *pka_word(struct soc *soc, uint32_t offset);
/* Reads `bits` rounded up to words. The number belongs to the pool. */
BIGNUM *pka_take(struct soc *soc, BN_CTX *pool, uint32_t offset, uint32_t bits);
/* Writes a result and the two zero words after it. */
void pka_give(struct soc *soc, uint32_t offset, const BIGNUM *number, uint32_t bits);
void pka_give_code(struct soc *soc, uint32_t offset, uint32_t code);

void pka_curve_compute(struct soc *soc, BN_CTX *pool, unsigned mode);
void pka_number_compute(struct soc *soc, BN_CTX *pool, unsigned mode);

#endif
