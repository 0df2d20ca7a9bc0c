/* PKA: ECDSA signature and verification, scalar multiplication, point check, modular
 * exponentiation and the Montgomery parameter, on the operands' places in its RAM (RM0456 chapter
 * 53). The arithmetic is libcrypto's: only results and error codes are this model's. Durations are
 * estimates. The protected operations are not constant in host time, which nobody can observe.
 */
#include "soc/soc_state.h"

#include <assert.h>
#include <string.h>

#include <openssl/bn.h>
#include <openssl/ec.h>

#define RAM_BASE     0x400u
#define CODE_OK      0xD60Du
#define CODE_NO      0xA3B7u /* invalid, not on the curve, r = 0 */
#define CODE_FAILED  0xCBC9u
#define CODE_RANGE   0xF946u /* coordinate out of range, s = 0 */
#define BITS_MAX_ECC 640u
#define BITS_MAX_RSA 4160u

enum {
    MODE_EXP = 0x00,
    MODE_MONTGOMERY = 0x01,
    MODE_EXP_FAST = 0x02,
    MODE_EXP_PROTECTED = 0x03,
    MODE_SCALAR = 0x20,
    MODE_SIGN = 0x24,
    MODE_VERIFY = 0x26,
    MODE_POINT_CHECK = 0x28
};

/* ---- Operands ---- */

static uint32_t *word(struct soc *soc, uint32_t offset)
{
    return &soc->pka.ram[(offset - RAM_BASE) / 4];
}

/* Reads `bits` rounded up to words, least significant word first. */
static BIGNUM *take(struct soc *soc, BN_CTX *pool, uint32_t offset, uint32_t bits)
{
    BIGNUM *number = BN_CTX_get(pool);
    uint32_t bytes = (bits + 31) / 32 * 4;

    assert(number != NULL);
    if ((offset - RAM_BASE) + bytes > sizeof soc->pka.ram) {
        bytes = 0;
    }
    BN_lebin2bn((const uint8_t *)word(soc, offset), (int)bytes, number);
    return number;
}

/* Writes a result and the two zero words after it. */
static void give(struct soc *soc, uint32_t offset, const BIGNUM *number, uint32_t bits)
{
    uint32_t bytes = (bits + 31) / 32 * 4;
    uint32_t room = (uint32_t)sizeof soc->pka.ram - (offset - RAM_BASE);

    if (bytes + 8 <= room && BN_num_bytes(number) <= (int)bytes) {
        memset(word(soc, offset), 0, bytes + 8);
        BN_bn2lebinpad(number, (uint8_t *)word(soc, offset), (int)bytes);
    }
}

static void give_code(struct soc *soc, uint32_t offset, uint32_t code)
{
    *word(soc, offset) = code;
    *word(soc, offset + 4) = 0;
}

/* ---- Elliptic curves ---- */

/* Where an operation keeps the curve. */
struct curve_place {
    uint32_t p_bits, a_sign, a, b, p;
};

struct curve {
    EC_GROUP *group;
    BIGNUM *p, *a, *b;
    uint32_t bits;
};

/* y^2 = x^3 + ax + b needs b: taken from RAM, or found from a point on the curve. */
static BIGNUM *b_from_point(BN_CTX *pool, const struct curve *c, const BIGNUM *x, const BIGNUM *y)
{
    BIGNUM *b = BN_CTX_get(pool), *t = BN_CTX_get(pool);

    assert(t != NULL);
    BN_mod_sqr(b, y, c->p, pool);
    BN_mod_sqr(t, x, c->p, pool);
    BN_mod_add(t, t, c->a, c->p, pool);
    BN_mod_mul(t, t, x, c->p, pool);
    BN_mod_sub(b, b, t, c->p, pool);
    return b;
}

static bool load_field(struct soc *soc, BN_CTX *pool, const struct curve_place *place,
                       struct curve *c)
{
    c->bits = *word(soc, place->p_bits);
    c->group = NULL;
    if (c->bits == 0 || c->bits > BITS_MAX_ECC) {
        return false;
    }
    c->p = take(soc, pool, place->p, c->bits);
    c->a = take(soc, pool, place->a, c->bits);
    if (!BN_is_odd(c->p) || BN_cmp(c->a, c->p) >= 0 || BN_num_bits(c->p) < 3) {
        return false;
    }
    if ((*word(soc, place->a_sign) & 1u) && !BN_is_zero(c->a)) {
        BN_sub(c->a, c->p, c->a);
    }
    return true;
}

static bool make_group(BN_CTX *pool, struct curve *c)
{
    c->group = EC_GROUP_new_curve_GFp(c->p, c->a, c->b, pool);
    return c->group != NULL;
}

static EC_POINT *point_at(BN_CTX *pool, const struct curve *c, const BIGNUM *x, const BIGNUM *y)
{
    EC_POINT *point = EC_POINT_new(c->group);

    if (point != NULL && EC_POINT_set_affine_coordinates(c->group, point, x, y, pool) != 1) {
        EC_POINT_free(point);
        point = NULL;
    }
    return point;
}

/* k * P; false: not computable, or the point at infinity. */
static bool multiply(BN_CTX *pool, const struct curve *c, const BIGNUM *k, const BIGNUM *x,
                     const BIGNUM *y, BIGNUM *out_x, BIGNUM *out_y)
{
    EC_POINT *point = point_at(pool, c, x, y);
    EC_POINT *result = EC_POINT_new(c->group);
    bool ok = point != NULL && result != NULL &&
              EC_POINT_mul(c->group, result, NULL, point, k, pool) == 1 &&
              EC_POINT_is_at_infinity(c->group, result) == 0 &&
              EC_POINT_get_affine_coordinates(c->group, result, out_x, out_y, pool) == 1;

    EC_POINT_free(point);
    EC_POINT_free(result);
    return ok;
}

static const struct curve_place common_curve = {0x408, 0x410, 0x418, 0x520, 0x1088};

/* Scalar multiplication and signature share their inputs. False: wrong parameters. */
static bool load_common(struct soc *soc, BN_CTX *pool, struct curve *c, BIGNUM **k, BIGNUM **n,
                        uint32_t *n_bits)
{
    *n_bits = *word(soc, 0x400);
    if (*n_bits == 0 || *n_bits > BITS_MAX_ECC || !load_field(soc, pool, &common_curve, c)) {
        return false;
    }
    c->b = take(soc, pool, common_curve.b, c->bits);
    *k = take(soc, pool, 0x12A0, *n_bits);
    *n = take(soc, pool, 0xF88, *n_bits);
    return !BN_is_zero(*n) && make_group(pool, c);
}

static void scalar(struct soc *soc, BN_CTX *pool)
{
    struct curve c = {0};
    BIGNUM *k, *n, *x = BN_CTX_get(pool), *y = BN_CTX_get(pool);
    uint32_t n_bits;
    bool ok =
        load_common(soc, pool, &c, &k, &n, &n_bits) && BN_cmp(k, n) < 0 &&
        multiply(pool, &c, k, take(soc, pool, 0x578, c.bits), take(soc, pool, 0x470, c.bits), x, y);

    if (ok) {
        give(soc, 0x578, x, c.bits);
        give(soc, 0x5D0, y, c.bits);
    }
    give_code(soc, 0x680, ok ? CODE_OK : CODE_FAILED);
    EC_GROUP_free(c.group);
}

/* FIPS 186-4, 6.4 with the k that software gives. */
static uint32_t sign_with(struct soc *soc, BN_CTX *pool, const struct curve *c, const BIGNUM *k,
                          const BIGNUM *n, uint32_t n_bits)
{
    BIGNUM *x = BN_CTX_get(pool), *y = BN_CTX_get(pool), *r = BN_CTX_get(pool),
           *s = BN_CTX_get(pool), *inverse = BN_CTX_get(pool);
    BIGNUM *d = take(soc, pool, 0xF28, n_bits), *z = take(soc, pool, 0xFE8, n_bits);

    if (BN_is_zero(k) || BN_cmp(k, n) >= 0 ||
        !multiply(pool, c, k, take(soc, pool, 0x578, c->bits), take(soc, pool, 0x470, c->bits), x,
                  y)) {
        return CODE_FAILED;
    }
    give(soc, 0x1400, x, c->bits);
    give(soc, 0x1458, y, c->bits);
    BN_nnmod(r, x, n, pool);
    if (BN_is_zero(r)) {
        return CODE_NO;
    }
    if (BN_mod_inverse(inverse, k, n, pool) == NULL) {
        return CODE_FAILED;
    }
    BN_mod_mul(s, r, d, n, pool);
    BN_mod_add(s, s, z, n, pool);
    BN_mod_mul(s, s, inverse, n, pool);
    if (BN_is_zero(s)) {
        return CODE_RANGE;
    }
    give(soc, 0x730, r, n_bits);
    give(soc, 0x788, s, n_bits);
    return CODE_OK;
}

static void sign(struct soc *soc, BN_CTX *pool)
{
    struct curve c = {0};
    BIGNUM *k, *n;
    uint32_t n_bits, code = CODE_FAILED;

    if (load_common(soc, pool, &c, &k, &n, &n_bits)) {
        code = sign_with(soc, pool, &c, k, n, n_bits);
    }
    give_code(soc, 0xFE0, code);
    EC_GROUP_free(c.group);
}

/* u1 * G + u2 * Q has x = r modulo n. */
static bool signature_matches(BN_CTX *pool, const struct curve *c, BIGNUM *const point[4],
                              const BIGNUM *r, const BIGNUM *s, const BIGNUM *z, const BIGNUM *n)
{
    BIGNUM *w = BN_CTX_get(pool), *u1 = BN_CTX_get(pool), *u2 = BN_CTX_get(pool),
           *x = BN_CTX_get(pool);
    EC_POINT *g = point_at(pool, c, point[0], point[1]);
    EC_POINT *q = point_at(pool, c, point[2], point[3]);
    EC_POINT *sum = EC_POINT_new(c->group), *part = EC_POINT_new(c->group);
    bool ok = g != NULL && q != NULL && sum != NULL && part != NULL && x != NULL &&
              BN_mod_inverse(w, s, n, pool) != NULL && BN_mod_mul(u1, z, w, n, pool) == 1 &&
              BN_mod_mul(u2, r, w, n, pool) == 1 &&
              EC_POINT_mul(c->group, sum, NULL, g, u1, pool) == 1 &&
              EC_POINT_mul(c->group, part, NULL, q, u2, pool) == 1 &&
              EC_POINT_add(c->group, sum, sum, part, pool) == 1 &&
              EC_POINT_is_at_infinity(c->group, sum) == 0 &&
              EC_POINT_get_affine_coordinates(c->group, sum, x, NULL, pool) == 1 &&
              BN_nnmod(x, x, n, pool) == 1 && BN_cmp(x, r) == 0;

    EC_POINT_free(g);
    EC_POINT_free(q);
    EC_POINT_free(sum);
    EC_POINT_free(part);
    return ok;
}

static void verify(struct soc *soc, BN_CTX *pool)
{
    static const struct curve_place place = {0x4C8, 0x468, 0x470, 0, 0x4D0};
    uint32_t n_bits = *word(soc, 0x408);
    struct curve c = {0};
    bool ok = false;

    if (n_bits != 0 && n_bits <= BITS_MAX_ECC && load_field(soc, pool, &place, &c)) {
        BIGNUM *point[4] = {take(soc, pool, 0x678, c.bits), take(soc, pool, 0x6D0, c.bits),
                            take(soc, pool, 0x12F8, c.bits), take(soc, pool, 0x1350, c.bits)};
        BIGNUM *r = take(soc, pool, 0x10E0, n_bits), *s = take(soc, pool, 0xC68, n_bits);
        BIGNUM *z = take(soc, pool, 0x13A8, n_bits), *n = take(soc, pool, 0x1088, n_bits);

        c.b = b_from_point(pool, &c, point[0], point[1]);
        ok = !BN_is_zero(r) && !BN_is_zero(s) && BN_cmp(r, n) < 0 && BN_cmp(s, n) < 0 &&
             make_group(pool, &c) && signature_matches(pool, &c, point, r, s, z, n);
    }
    give_code(soc, 0x5D0, ok ? CODE_OK : CODE_NO);
    EC_GROUP_free(c.group);
}

static void point_check(struct soc *soc, BN_CTX *pool)
{
    static const struct curve_place place = {0x408, 0x410, 0x418, 0x520, 0x470};
    struct curve c = {0};
    uint32_t code = CODE_FAILED;

    if (load_field(soc, pool, &place, &c)) {
        BIGNUM *x = take(soc, pool, 0x578, c.bits), *y = take(soc, pool, 0x5D0, c.bits);

        if (BN_cmp(x, c.p) >= 0 || BN_cmp(y, c.p) >= 0) {
            code = CODE_RANGE;
        } else {
            c.b = take(soc, pool, place.b, c.bits);
            code = BN_cmp(b_from_point(pool, &c, x, y), c.b) == 0 ? CODE_OK : CODE_NO;
        }
    }
    give_code(soc, 0x680, code);
}

/* ---- Modular arithmetic ---- */

/* R^2 mod n with R = 2^(bits of n rounded up to words). */
static void montgomery(struct soc *soc, BN_CTX *pool)
{
    uint32_t bits = *word(soc, 0x408);
    BIGNUM *n, *square = BN_CTX_get(pool);

    if (bits == 0 || bits > BITS_MAX_RSA) {
        return;
    }
    n = take(soc, pool, 0x1088, bits);
    if (!BN_is_odd(n)) {
        return;
    }
    BN_set_bit(square, (int)(2 * ((bits + 31) / 32 * 32)));
    BN_nnmod(square, square, n, pool);
    give(soc, 0x620, square, bits);
}

static void exponentiate(struct soc *soc, BN_CTX *pool, bool protected_mode)
{
    uint32_t exponent_bits = *word(soc, 0x400), bits = *word(soc, 0x408);
    BIGNUM *result = BN_CTX_get(pool), *n, *base, *exponent;
    uint32_t code = CODE_FAILED;

    if (bits > 0 && bits <= BITS_MAX_RSA && exponent_bits > 0 && exponent_bits <= BITS_MAX_RSA) {
        n = take(soc, pool, protected_mode ? 0x838 : 0x1088, bits);
        base = take(soc, pool, protected_mode ? 0x16C8 : 0xC68, bits);
        exponent = take(soc, pool, protected_mode ? 0x14B8 : 0xE78, exponent_bits);
        if (BN_is_odd(n) && BN_cmp(base, n) < 0 &&
            BN_mod_exp(result, base, exponent, n, pool) == 1) {
            give(soc, 0x838, result, bits);
            code = CODE_OK;
        }
    }
    if (protected_mode) {
        give_code(soc, 0x1298, code);
    }
}

/* ---- Progress ---- */

static bool known(unsigned mode)
{
    return mode <= MODE_EXP_PROTECTED || mode == MODE_SCALAR || mode == MODE_SIGN ||
           mode == MODE_VERIFY || mode == MODE_POINT_CHECK;
}

/* Other modes of the real block, which this model does not compute. */
static bool exists(unsigned mode)
{
    return known(mode) || (mode >= 0x07 && mode <= 0x10) || mode == 0x23 || mode == 0x27 ||
           mode == 0x2F;
}

static void compute(struct soc *soc, unsigned mode)
{
    BN_CTX *pool = BN_CTX_new();

    assert(pool != NULL);
    BN_CTX_start(pool);
    switch (mode) {
    case MODE_MONTGOMERY:
        montgomery(soc, pool);
        break;
    case MODE_EXP:
    case MODE_EXP_FAST:
    case MODE_EXP_PROTECTED:
        exponentiate(soc, pool, mode == MODE_EXP_PROTECTED);
        break;
    case MODE_SCALAR:
        scalar(soc, pool);
        break;
    case MODE_SIGN:
        sign(soc, pool);
        break;
    case MODE_VERIFY:
        verify(soc, pool);
        break;
    default:
        point_check(soc, pool);
        break;
    }
    BN_CTX_end(pool);
    BN_CTX_free(pool);
}

/* Cycles, in the order of magnitude that the chip needs for operands of this size. */
static uint64_t duration(struct soc *soc, unsigned mode)
{
    uint64_t words = (*word(soc, 0x408) % 8192u + 31) / 32;

    switch (mode) {
    case MODE_MONTGOMERY:
        return 500 + 150 * words;
    case MODE_EXP:
    case MODE_EXP_FAST:
    case MODE_EXP_PROTECTED:
        return 2000 + 3 * words * words * (*word(soc, 0x400) % 8192u);
    case MODE_POINT_CHECK:
        return 5000 + 200 * words;
    default:
        return 30000u * words * words; /* 1.9 million cycles for 256 bits */
    }
}

static void update(struct soc *soc)
{
    soc_irq(soc, IRQ_PKA, (soc->pka.sr & soc->pka.cr & 0x3A0000u) != 0);
}

static void fire(void *context)
{
    struct soc *soc = ((struct soc_event *)context)->soc;
    struct soc_pka *pka = &soc->pka;

    compute(soc, (pka->cr & PKA_CR_MODE_Msk) >> PKA_CR_MODE_Pos);
    pka->sr = (pka->sr & ~PKA_SR_BUSY_Msk) | PKA_SR_PROCENDF_Msk;
    update(soc);
}

/* INITOK needs random numbers: with EN = 1 it appears once the RNG has delivered. */
static void initialise(struct soc *soc)
{
    if ((soc->pka.cr & PKA_CR_EN_Msk) && (soc->rng.sr & RNG_SR_DRDY_Msk)) {
        soc->pka.sr |= PKA_SR_INITOK_Msk;
    }
}

static void start(struct soc *soc)
{
    struct soc_pka *pka = &soc->pka;
    unsigned mode = (pka->cr & PKA_CR_MODE_Msk) >> PKA_CR_MODE_Pos;

    initialise(soc);
    if (!(pka->sr & PKA_SR_INITOK_Msk)) {
        soc_guest_error(soc, PKA_NS + 0x3000, "PKA started before INITOK");
        return;
    }
    if (!exists(mode)) {
        pka->sr |= PKA_SR_OPERRF_Msk;
        return;
    }
    if (!known(mode)) {
        soc_not_modelled(soc, PKA_NS + 0x3100 + mode, "PKA mode 0x%02x: it never ends", mode);
        pka->sr |= PKA_SR_BUSY_Msk;
        return;
    }
    pka->sr |= PKA_SR_BUSY_Msk;
    soc_after(soc, &pka->done, soc_periods_ps(duration(soc, mode), soc_hclk_hz(soc)));
}

/* ---- Registers ---- */

static void write_cr(struct soc *soc, uint32_t value)
{
    struct soc_pka *pka = &soc->pka;
    unsigned mode = (pka->cr & PKA_CR_MODE_Msk) >> PKA_CR_MODE_Pos;

    if (!(value & PKA_CR_EN_Msk)) {
        if ((pka->sr & PKA_SR_BUSY_Msk) &&
            (mode == MODE_EXP_PROTECTED || mode == MODE_SCALAR || mode == MODE_SIGN)) {
            memset(pka->ram, 0, sizeof pka->ram); /* secrets of an aborted operation */
        }
        sched_cancel(soc->sched, &pka->done.event);
        pka->sr &= ~(PKA_SR_BUSY_Msk | PKA_SR_INITOK_Msk);
        pka->cr = value & 0x3A3F00u;
        return;
    }
    if (pka->sr & PKA_SR_BUSY_Msk) {
        pka->cr = (pka->cr & PKA_CR_MODE_Msk) | (value & 0x3A0001u);
        return;
    }
    pka->cr = value & 0x3A3F01u;
    if (value & PKA_CR_START_Msk) {
        start(soc);
    }
}

static void error(struct soc *soc, uint32_t flag)
{
    soc->pka.sr |= flag;
    update(soc);
}

/* The RAM or NULL, with the error flags of RM0456 53.3.7. */
static uint32_t *ram_at(struct soc *soc, uint32_t offset, struct soc_access access)
{
    if (access.size != 4) {
        soc->bus_error = true;
        return NULL;
    }
    if (soc->pka.sr & PKA_SR_BUSY_Msk) {
        error(soc, PKA_SR_RAMERRF_Msk);
        return NULL;
    }
    if (offset < RAM_BASE || offset - RAM_BASE >= sizeof soc->pka.ram) {
        error(soc, PKA_SR_ADDRERRF_Msk);
        return NULL;
    }
    return word(soc, offset);
}

READER(pka)
{
    const uint32_t *ram;

    switch (offset) {
    case PKA_CR_OFS:
        return soc->pka.cr;
    case PKA_SR_OFS:
        initialise(soc);
        return soc->pka.sr;
    case PKA_CLRFR_OFS:
        return 0;
    default:
        (void)block;
        ram = ram_at(soc, offset, access);
        return ram != NULL ? *ram : 0;
    }
}

WRITER(pka)
{
    uint32_t *ram;

    (void)block;
    switch (offset) {
    case PKA_CR_OFS:
        write_cr(soc, value);
        break;
    case PKA_SR_OFS:
        break;
    case PKA_CLRFR_OFS:
        soc->pka.sr &= ~(value & 0x3A0000u);
        break;
    default:
        ram = ram_at(soc, offset, access);
        if (ram != NULL) {
            *ram = value;
        }
        break;
    }
    update(soc);
}

RESETTER(pka)
{
    struct soc_pka *pka = &soc->pka;

    (void)block;
    sched_cancel(soc->sched, &pka->done.event);
    pka->cr = pka->sr = 0;
    memset(pka->ram, 0, sizeof pka->ram);
    update(soc);
}

void soc_pka_init(struct soc *soc)
{
    soc_event_init(&soc->pka.done, soc, 0, fire);
}
