/* PKA on numbers: modular exponentiation, the Montgomery parameter, RSA with the Chinese remainder
 * theorem, and the basic arithmetic (RM0456 53.4).
 */
#include "soc/pka.h"

/* R^2 mod n with R = 2^(bits of n rounded up to words). */
static void montgomery(struct soc *soc, BN_CTX *pool)
{
    uint32_t bits = *pka_word(soc, 0x408);
    BIGNUM *n, *square = BN_CTX_get(pool);

    if (bits == 0 || bits > PKA_BITS_MAX_RSA) {
        return;
    }
    n = pka_take(soc, pool, 0x1088, bits);
    if (!BN_is_odd(n)) {
        return;
    }
    BN_set_bit(square, (int)(2 * ((bits + 31) / 32 * 32)));
    BN_nnmod(square, square, n, pool);
    pka_give(soc, 0x620, square, bits);
}

static void exponentiate(struct soc *soc, BN_CTX *pool, bool protected_mode)
{
    uint32_t exponent_bits = *pka_word(soc, 0x400), bits = *pka_word(soc, 0x408);
    BIGNUM *result = BN_CTX_get(pool), *n, *base, *exponent;
    uint32_t code = PKA_CODE_FAILED;

    if (bits > 0 && bits <= PKA_BITS_MAX_RSA && exponent_bits > 0 &&
        exponent_bits <= PKA_BITS_MAX_RSA) {
        n = pka_take(soc, pool, protected_mode ? 0x838 : 0x1088, bits);
        base = pka_take(soc, pool, protected_mode ? 0x16C8 : 0xC68, bits);
        exponent = pka_take(soc, pool, protected_mode ? 0x14B8 : 0xE78, exponent_bits);
        if (BN_is_odd(n) && BN_cmp(base, n) < 0 &&
            BN_mod_exp(result, base, exponent, n, pool) == 1) {
            pka_give(soc, 0x838, result, bits);
            code = PKA_CODE_OK;
        }
    }
    if (protected_mode) {
        pka_give_code(soc, 0x1298, code);
    }
}

/* m = A^d modulo pq from the parts of a private key (RFC 8017, 5.1.2, 2b). */
static void crt(struct soc *soc, BN_CTX *pool)
{
    uint32_t bits = *pka_word(soc, 0x408), half = bits / 2;
    BIGNUM *m1 = BN_CTX_get(pool), *m2 = BN_CTX_get(pool);
    const BIGNUM *p, *q, *base;

    if (bits < 2 || bits > PKA_BITS_MAX_RSA) {
        return;
    }
    p = pka_take(soc, pool, 0xB60, half);
    q = pka_take(soc, pool, 0x1088, half);
    base = pka_take(soc, pool, 0x12A0, bits);
    if (BN_is_odd(p) && BN_is_odd(q) &&
        BN_mod_exp(m1, base, pka_take(soc, pool, 0x730, half), p, pool) == 1 &&
        BN_mod_exp(m2, base, pka_take(soc, pool, 0xE78, half), q, pool) == 1 &&
        BN_mod_sub(m1, m1, m2, p, pool) == 1 &&
        BN_mod_mul(m1, m1, pka_take(soc, pool, 0x948, half), p, pool) == 1 &&
        BN_mul(m1, m1, q, pool) == 1 && BN_add(m1, m1, m2) == 1) {
        pka_give(soc, 0x838, m1, bits);
    }
}

/* ---- Basic arithmetic: operands at A50, C68 and 1088, result at E78 ---- */

#define OPERAND_A 0xA50u
#define OPERAND_B 0xC68u
#define OPERAND_N 0x1088u
#define RESULT    0xE78u

#define CODE_EQUAL   0xED2Cu
#define CODE_GREATER 0x7AF8u
#define CODE_LESS    0x916Au

static void compare(struct soc *soc, const BIGNUM *a, const BIGNUM *b)
{
    int order = BN_cmp(a, b);

    pka_give_code(soc, RESULT, order == 0 ? CODE_EQUAL : order > 0 ? CODE_GREATER : CODE_LESS);
}

/* A negative difference is the two's complement in the operands' words. */
static void subtract(struct soc *soc, BN_CTX *pool, const BIGNUM *a, const BIGNUM *b, uint32_t bits)
{
    BIGNUM *result = BN_CTX_get(pool), *carry = BN_CTX_get(pool);

    BN_sub(result, a, b);
    if (BN_is_negative(result)) {
        BN_set_bit(carry, (int)((bits + 31) / 32 * 32));
        BN_add(result, result, carry);
    }
    pka_give(soc, RESULT, result, bits);
}

/* A mod B, where A may be longer. */
static void reduce(struct soc *soc, BN_CTX *pool)
{
    uint32_t a_bits = *pka_word(soc, 0x400), bits = *pka_word(soc, 0x408);
    BIGNUM *result = BN_CTX_get(pool);

    if (a_bits <= PKA_BITS_MAX_RSA && bits <= PKA_BITS_MAX_RSA &&
        BN_nnmod(result, pka_take(soc, pool, OPERAND_A, a_bits),
                 pka_take(soc, pool, OPERAND_B, bits), pool) == 1) {
        pka_give(soc, RESULT, result, bits);
    }
}

/* A * B / 2^(bits of n rounded up to words) mod n. */
static bool montgomery_multiply(BN_CTX *pool, BIGNUM *result, const BIGNUM *a, const BIGNUM *b,
                                const BIGNUM *n, uint32_t bits)
{
    BIGNUM *r = BN_CTX_get(pool), *inverse = BN_CTX_get(pool);

    return inverse != NULL && BN_set_bit(r, (int)((bits + 31) / 32 * 32)) == 1 &&
           BN_mod_inverse(inverse, r, n, pool) != NULL && BN_mod_mul(result, a, b, n, pool) == 1 &&
           BN_mod_mul(result, result, inverse, n, pool) == 1;
}

static void modular(struct soc *soc, BN_CTX *pool, unsigned mode, uint32_t bits)
{
    const BIGNUM *a = pka_take(soc, pool, OPERAND_A, bits),
                 *b = pka_take(soc, pool, OPERAND_B, bits);
    const BIGNUM *n = pka_take(soc, pool, OPERAND_N, bits);
    BIGNUM *result = BN_CTX_get(pool);
    bool ok = false;

    if (mode == PKA_INVERSE) { /* modulo B */
        ok = BN_mod_inverse(result, a, b, pool) != NULL;
    } else if (!BN_is_zero(n)) {
        ok = mode == PKA_MOD_ADD        ? BN_mod_add(result, a, b, n, pool) == 1
             : mode == PKA_MOD_SUBTRACT ? BN_mod_sub(result, a, b, n, pool) == 1
                                        : montgomery_multiply(pool, result, a, b, n, bits);
    }
    if (ok) {
        pka_give(soc, RESULT, result, bits);
    }
}

static void arithmetic(struct soc *soc, BN_CTX *pool, unsigned mode)
{
    uint32_t bits = *pka_word(soc, 0x408);
    const BIGNUM *a, *b;
    BIGNUM *result = BN_CTX_get(pool);

    if (bits == 0 || bits > PKA_BITS_MAX_RSA) {
        return;
    }
    a = pka_take(soc, pool, OPERAND_A, bits);
    b = pka_take(soc, pool, OPERAND_B, bits);
    switch (mode) {
    case PKA_ADD:
        BN_add(result, a, b);
        pka_give(soc, RESULT, result, bits + 1);
        break;
    case PKA_SUBTRACT:
        subtract(soc, pool, a, b, bits);
        break;
    case PKA_MULTIPLY:
        BN_mul(result, a, b, pool);
        pka_give(soc, RESULT, result, 2 * bits);
        break;
    case PKA_COMPARE:
        compare(soc, a, b);
        break;
    default:
        modular(soc, pool, mode, bits);
        break;
    }
}

void pka_number_compute(struct soc *soc, BN_CTX *pool, unsigned mode)
{
    switch (mode) {
    case PKA_MONTGOMERY:
        montgomery(soc, pool);
        break;
    case PKA_EXP:
    case PKA_EXP_FAST:
    case PKA_EXP_PROTECTED:
        exponentiate(soc, pool, mode == PKA_EXP_PROTECTED);
        break;
    case PKA_CRT:
        crt(soc, pool);
        break;
    case PKA_REDUCE:
        reduce(soc, pool);
        break;
    default:
        arithmetic(soc, pool, mode);
        break;
    }
}
