/* PKA on elliptic curves: ECDSA, scalar multiplication, points (RM0456 53.4). Curves have the form
 * y^2 = x^3 + ax + b modulo p; the protected operations are not constant in host time, which nobody
 * can observe. Points that the manual gives as projective come out with Z = 1.
 */
#include "soc/pka.h"

#include <assert.h>

#include <openssl/ec.h>

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
    c->bits = *pka_word(soc, place->p_bits);
    c->group = NULL;
    if (c->bits == 0 || c->bits > PKA_BITS_MAX_ECC) {
        return false;
    }
    c->p = pka_take(soc, pool, place->p, c->bits);
    c->a = pka_take(soc, pool, place->a, c->bits);
    if (!BN_is_odd(c->p) || BN_cmp(c->a, c->p) >= 0 || BN_num_bits(c->p) < 3) {
        return false;
    }
    if ((*pka_word(soc, place->a_sign) & 1u) && !BN_is_zero(c->a)) {
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
    *n_bits = *pka_word(soc, 0x400);
    if (*n_bits == 0 || *n_bits > PKA_BITS_MAX_ECC || !load_field(soc, pool, &common_curve, c)) {
        return false;
    }
    c->b = pka_take(soc, pool, common_curve.b, c->bits);
    *k = pka_take(soc, pool, 0x12A0, *n_bits);
    *n = pka_take(soc, pool, 0xF88, *n_bits);
    return !BN_is_zero(*n) && make_group(pool, c);
}

static void scalar(struct soc *soc, BN_CTX *pool)
{
    struct curve c = {0};
    BIGNUM *k, *n, *x = BN_CTX_get(pool), *y = BN_CTX_get(pool);
    uint32_t n_bits;
    bool ok = load_common(soc, pool, &c, &k, &n, &n_bits) && BN_cmp(k, n) < 0 &&
              multiply(pool, &c, k, pka_take(soc, pool, 0x578, c.bits),
                       pka_take(soc, pool, 0x470, c.bits), x, y);

    if (ok) {
        pka_give(soc, 0x578, x, c.bits);
        pka_give(soc, 0x5D0, y, c.bits);
    }
    pka_give_code(soc, 0x680, ok ? PKA_CODE_OK : PKA_CODE_FAILED);
    EC_GROUP_free(c.group);
}

/* FIPS 186-4, 6.4 with the k that software gives. */
static uint32_t sign_with(struct soc *soc, BN_CTX *pool, const struct curve *c, const BIGNUM *k,
                          const BIGNUM *n, uint32_t n_bits)
{
    BIGNUM *x = BN_CTX_get(pool), *y = BN_CTX_get(pool), *r = BN_CTX_get(pool),
           *s = BN_CTX_get(pool), *inverse = BN_CTX_get(pool);
    BIGNUM *d = pka_take(soc, pool, 0xF28, n_bits), *z = pka_take(soc, pool, 0xFE8, n_bits);

    if (BN_is_zero(k) || BN_cmp(k, n) >= 0 ||
        !multiply(pool, c, k, pka_take(soc, pool, 0x578, c->bits),
                  pka_take(soc, pool, 0x470, c->bits), x, y)) {
        return PKA_CODE_FAILED;
    }
    pka_give(soc, 0x1400, x, c->bits);
    pka_give(soc, 0x1458, y, c->bits);
    BN_nnmod(r, x, n, pool);
    if (BN_is_zero(r)) {
        return PKA_CODE_NO;
    }
    if (BN_mod_inverse(inverse, k, n, pool) == NULL) {
        return PKA_CODE_FAILED;
    }
    BN_mod_mul(s, r, d, n, pool);
    BN_mod_add(s, s, z, n, pool);
    BN_mod_mul(s, s, inverse, n, pool);
    if (BN_is_zero(s)) {
        return PKA_CODE_RANGE;
    }
    pka_give(soc, 0x730, r, n_bits);
    pka_give(soc, 0x788, s, n_bits);
    return PKA_CODE_OK;
}

static void sign(struct soc *soc, BN_CTX *pool)
{
    struct curve c = {0};
    BIGNUM *k, *n;
    uint32_t n_bits, code = PKA_CODE_FAILED;

    if (load_common(soc, pool, &c, &k, &n, &n_bits)) {
        code = sign_with(soc, pool, &c, k, n, n_bits);
    }
    pka_give_code(soc, 0xFE0, code);
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
    uint32_t n_bits = *pka_word(soc, 0x408);
    struct curve c = {0};
    bool ok = false;

    if (n_bits != 0 && n_bits <= PKA_BITS_MAX_ECC && load_field(soc, pool, &place, &c)) {
        BIGNUM *point[4] = {pka_take(soc, pool, 0x678, c.bits), pka_take(soc, pool, 0x6D0, c.bits),
                            pka_take(soc, pool, 0x12F8, c.bits),
                            pka_take(soc, pool, 0x1350, c.bits)};
        BIGNUM *r = pka_take(soc, pool, 0x10E0, n_bits), *s = pka_take(soc, pool, 0xC68, n_bits);
        BIGNUM *z = pka_take(soc, pool, 0x13A8, n_bits), *n = pka_take(soc, pool, 0x1088, n_bits);

        c.b = b_from_point(pool, &c, point[0], point[1]);
        ok = !BN_is_zero(r) && !BN_is_zero(s) && BN_cmp(r, n) < 0 && BN_cmp(s, n) < 0 &&
             make_group(pool, &c) && signature_matches(pool, &c, point, r, s, z, n);
    }
    pka_give_code(soc, 0x5D0, ok ? PKA_CODE_OK : PKA_CODE_NO);
    EC_GROUP_free(c.group);
}

static void point_check(struct soc *soc, BN_CTX *pool)
{
    static const struct curve_place place = {0x408, 0x410, 0x418, 0x520, 0x470};
    struct curve c = {0};
    uint32_t code = PKA_CODE_FAILED;

    if (load_field(soc, pool, &place, &c)) {
        BIGNUM *x = pka_take(soc, pool, 0x578, c.bits), *y = pka_take(soc, pool, 0x5D0, c.bits);

        if (BN_cmp(x, c.p) >= 0 || BN_cmp(y, c.p) >= 0) {
            code = PKA_CODE_RANGE;
        } else {
            c.b = pka_take(soc, pool, place.b, c.bits);
            code = BN_cmp(b_from_point(pool, &c, x, y), c.b) == 0 ? PKA_CODE_OK : PKA_CODE_NO;
        }
    }
    pka_give_code(soc, 0x680, code);
}

/* ---- Projective points (X/Z, Y/Z) ---- */

/* The places follow ST's header as far as we know; unlike those of the other operations, no second
 * source confirmed them. */
struct projective {
    uint32_t x, y, z; /* offsets */
};

static const struct projective first_point = {0x628, 0x680, 0x6D8};
static const struct projective second_point = {0x730, 0x788, 0x7E0};
static const struct projective sum_point = {0xD60, 0xDB8, 0xE10};
static const struct curve_place pair_curve = {0x408, 0x410, 0x418, 0, 0x470};

/* False: the point at infinity, or not a point. */
static bool affine(struct soc *soc, BN_CTX *pool, const struct projective *place, const BIGNUM *p,
                   uint32_t bits, BIGNUM *x, BIGNUM *y)
{
    BIGNUM *z = pka_take(soc, pool, place->z, bits), *inverse = BN_CTX_get(pool);

    return inverse != NULL && !BN_is_zero(z) && BN_mod_inverse(inverse, z, p, pool) != NULL &&
           BN_mod_mul(x, pka_take(soc, pool, place->x, bits), inverse, p, pool) == 1 &&
           BN_mod_mul(y, pka_take(soc, pool, place->y, bits), inverse, p, pool) == 1;
}

/* The point of a place on the curve; c gets its group from the first point that is not at
 * infinity. NULL: not a point of the curve. */
static EC_POINT *projective_point(struct soc *soc, BN_CTX *pool, const struct projective *place,
                                  struct curve *c)
{
    BIGNUM *x = BN_CTX_get(pool), *y = BN_CTX_get(pool);
    bool finite = affine(soc, pool, place, c->p, c->bits, x, y);

    if (c->group == NULL) {
        if (!finite) {
            BN_set_word(x, 0); /* any curve has the point at infinity */
            BN_one(y);
        }
        c->b = b_from_point(pool, c, x, y);
        if (!make_group(pool, c)) {
            return NULL;
        }
    }
    return finite ? point_at(pool, c, x, y) : EC_POINT_new(c->group);
}

/* Both points on one curve: the one at infinity must not choose it. */
static bool two_points(struct soc *soc, BN_CTX *pool, struct curve *c, EC_POINT *point[2])
{
    bool second_first = BN_is_zero(pka_take(soc, pool, first_point.z, c->bits));

    point[second_first] =
        projective_point(soc, pool, second_first ? &second_point : &first_point, c);
    if (c->group == NULL) {
        return false;
    }
    point[!second_first] =
        projective_point(soc, pool, second_first ? &first_point : &second_point, c);
    return point[0] != NULL && point[1] != NULL;
}

static void point_add(struct soc *soc, BN_CTX *pool)
{
    struct curve c = {0};
    EC_POINT *point[2] = {NULL, NULL};
    BIGNUM *x = BN_CTX_get(pool), *y = BN_CTX_get(pool), *z = BN_CTX_get(pool);

    if (load_field(soc, pool, &pair_curve, &c) && two_points(soc, pool, &c, point) &&
        EC_POINT_add(c.group, point[0], point[0], point[1], pool) == 1) {
        BN_set_word(z, EC_POINT_is_at_infinity(c.group, point[0]) == 0);
        BN_one(y);
        if (!BN_is_zero(z)) {
            EC_POINT_get_affine_coordinates(c.group, point[0], x, y, pool);
        }
        pka_give(soc, sum_point.x, x, c.bits);
        pka_give(soc, sum_point.y, y, c.bits);
        pka_give(soc, sum_point.z, z, c.bits);
    }
    EC_POINT_free(point[0]);
    EC_POINT_free(point[1]);
    EC_GROUP_free(c.group);
}

/* k * P + m * Q. */
static void double_base(struct soc *soc, BN_CTX *pool)
{
    struct curve c = {0};
    EC_POINT *point[2] = {NULL, NULL};
    BIGNUM *x = BN_CTX_get(pool), *y = BN_CTX_get(pool);
    uint32_t n_bits = *pka_word(soc, 0x400), code = PKA_CODE_NO;

    if (n_bits != 0 && n_bits <= PKA_BITS_MAX_ECC && load_field(soc, pool, &pair_curve, &c) &&
        two_points(soc, pool, &c, point)) {
        const BIGNUM *k = pka_take(soc, pool, 0x520, n_bits),
                     *m = pka_take(soc, pool, 0x578, n_bits);

        if (EC_POINT_mul(c.group, point[0], NULL, point[0], k, pool) == 1 &&
            EC_POINT_mul(c.group, point[1], NULL, point[1], m, pool) == 1 &&
            EC_POINT_add(c.group, point[0], point[0], point[1], pool) == 1 &&
            EC_POINT_is_at_infinity(c.group, point[0]) == 0 &&
            EC_POINT_get_affine_coordinates(c.group, point[0], x, y, pool) == 1) {
            pka_give(soc, 0x578, x, c.bits);
            pka_give(soc, 0x5D0, y, c.bits);
            code = PKA_CODE_OK;
        }
    }
    pka_give_code(soc, 0x520, code);
    EC_POINT_free(point[0]);
    EC_POINT_free(point[1]);
    EC_GROUP_free(c.group);
}

static void to_affine(struct soc *soc, BN_CTX *pool)
{
    uint32_t bits = *pka_word(soc, 0x408), code = PKA_CODE_NO;
    BIGNUM *x = BN_CTX_get(pool), *y = BN_CTX_get(pool);

    if (bits != 0 && bits <= PKA_BITS_MAX_ECC) {
        const BIGNUM *p = pka_take(soc, pool, 0x470, bits);

        if (BN_is_odd(p) && affine(soc, pool, &sum_point, p, bits, x, y)) {
            pka_give(soc, 0x578, x, bits);
            pka_give(soc, 0x5D0, y, bits);
            code = PKA_CODE_OK;
        }
    }
    pka_give_code(soc, 0x680, code);
}

void pka_curve_compute(struct soc *soc, BN_CTX *pool, unsigned mode)
{
    switch (mode) {
    case PKA_SCALAR:
        scalar(soc, pool);
        break;
    case PKA_SIGN:
        sign(soc, pool);
        break;
    case PKA_VERIFY:
        verify(soc, pool);
        break;
    case PKA_POINT_ADD:
        point_add(soc, pool);
        break;
    case PKA_DOUBLE_BASE:
        double_base(soc, pool);
        break;
    case PKA_TO_AFFINE:
        to_affine(soc, pool);
        break;
    default:
        point_check(soc, pool);
        break;
    }
}
