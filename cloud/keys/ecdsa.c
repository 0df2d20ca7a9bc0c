/* Deterministic ECDSA: see ecdsa.h. The computation with the key is blinded by a random factor. */
#include "cloud/keys/ecdsa.h"

#include <string.h>

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/ec.h>
#include <openssl/hmac.h>
#include <openssl/obj_mac.h>

#define BYTES 32

/* HMAC-DRBG of RFC 6979, section 3.2: state K and V. */
struct generator {
    uint8_t k[BYTES], v[BYTES];
};

static bool hmac(const uint8_t key[BYTES], const uint8_t *message, size_t size, uint8_t out[BYTES])
{
    unsigned length = BYTES;
    return HMAC(EVP_sha256(), key, BYTES, message, size, out, &length) != NULL;
}

/* K = HMAC(K, V || mark || seed); V = HMAC(K, V). */
static bool update(struct generator *generator, uint8_t mark, const uint8_t *seed, size_t seed_size)
{
    uint8_t message[BYTES + 1 + 2 * BYTES];
    memcpy(message, generator->v, BYTES);
    message[BYTES] = mark;
    if (seed_size > 0)
        memcpy(message + BYTES + 1, seed, seed_size);
    bool done = hmac(generator->k, message, BYTES + 1 + seed_size, generator->k) &&
                hmac(generator->k, generator->v, BYTES, generator->v);
    OPENSSL_cleanse(message, sizeof message);
    return done;
}

static bool start(struct generator *generator, const BIGNUM *private_key, const BIGNUM *order,
                  const BIGNUM *e)
{
    uint8_t seed[2 * BYTES];
    BIGNUM *reduced = BN_dup(e);
    memset(generator->v, 0x01, BYTES);
    memset(generator->k, 0x00, BYTES);
    /* bits2octets: the hash modulo the order; both have 256 bits, so one subtraction is enough. */
    bool done = reduced && (BN_cmp(reduced, order) < 0 || BN_sub(reduced, reduced, order)) &&
                BN_bn2binpad(private_key, seed, BYTES) == BYTES &&
                BN_bn2binpad(reduced, seed + BYTES, BYTES) == BYTES &&
                update(generator, 0x00, seed, sizeof seed) &&
                update(generator, 0x01, seed, sizeof seed);
    OPENSSL_cleanse(seed, sizeof seed);
    BN_free(reduced);
    return done;
}

/* The next candidate from 1 to order - 1. */
static bool next(struct generator *generator, const BIGNUM *order, BIGNUM *k)
{
    for (;;) {
        if (!hmac(generator->k, generator->v, BYTES, generator->v) ||
            !BN_bin2bn(generator->v, BYTES, k))
            return false;
        if (!BN_is_zero(k) && BN_cmp(k, order) < 0)
            return true;
        if (!update(generator, 0x00, NULL, 0))
            return false;
    }
}

struct numbers {
    BN_CTX *context;
    BIGNUM *order, *e, *k, *r, *s, *blind, *t;
};

/* r = x of k·G; s = (b·k)⁻¹ · (b·e + b·r·d), with a random b that cancels out. */
static bool compute(const EC_GROUP *group, EC_POINT *point, struct numbers *n, const BIGNUM *d)
{
    return EC_POINT_mul(group, point, n->k, NULL, NULL, n->context) == 1 &&
           EC_POINT_get_affine_coordinates(group, point, n->r, NULL, n->context) == 1 &&
           BN_nnmod(n->r, n->r, n->order, n->context) == 1 &&
           BN_priv_rand_range(n->blind, n->order) == 1 && !BN_is_zero(n->blind) &&
           BN_mod_mul(n->t, n->blind, d, n->order, n->context) == 1 &&
           BN_mod_mul(n->t, n->t, n->r, n->order, n->context) == 1 &&
           BN_mod_mul(n->s, n->blind, n->e, n->order, n->context) == 1 &&
           BN_mod_add(n->s, n->s, n->t, n->order, n->context) == 1 &&
           BN_mod_mul(n->t, n->blind, n->k, n->order, n->context) == 1 &&
           BN_mod_inverse(n->t, n->t, n->order, n->context) != NULL &&
           BN_mod_mul(n->s, n->s, n->t, n->order, n->context) == 1;
}

static bool sign(const EC_GROUP *group, EC_POINT *point, struct numbers *n, const BIGNUM *d,
                 const uint8_t hash[BYTES])
{
    struct generator generator;
    bool done = EC_GROUP_get_order(group, n->order, n->context) == 1 &&
                BN_bin2bn(hash, BYTES, n->e) && start(&generator, d, n->order, n->e);
    do {
        done = done && next(&generator, n->order, n->k) && compute(group, point, n, d);
        if (done && (BN_is_zero(n->r) || BN_is_zero(n->s)))
            done = update(&generator, 0x00, NULL, 0);
    } while (done && (BN_is_zero(n->r) || BN_is_zero(n->s)));
    OPENSSL_cleanse(&generator, sizeof generator);
    return done;
}

bool ecdsa_sign(EVP_PKEY *key, const uint8_t hash[32], uint8_t signature[64])
{
    char name[32] = "";
    size_t length;
    BIGNUM *d = NULL;
    struct numbers n = {.context = BN_CTX_secure_new()};
    EC_GROUP *group = EC_GROUP_new_by_curve_name(NID_X9_62_prime256v1);
    EC_POINT *point = group ? EC_POINT_new(group) : NULL;
    bool done = n.context && point &&
                EVP_PKEY_get_utf8_string_param(key, OSSL_PKEY_PARAM_GROUP_NAME, name, sizeof name,
                                               &length) == 1 &&
                strcmp(name, "prime256v1") == 0 &&
                EVP_PKEY_get_bn_param(key, OSSL_PKEY_PARAM_PRIV_KEY, &d) == 1;
    if (done) {
        BN_CTX_start(n.context);
        BIGNUM **all[] = {&n.order, &n.e, &n.k, &n.r, &n.s, &n.blind, &n.t};
        for (size_t i = 0; i < sizeof all / sizeof all[0]; i++)
            *all[i] = BN_CTX_get(n.context);
        done = n.t && sign(group, point, &n, d, hash) &&
               BN_bn2binpad(n.r, signature, BYTES) == BYTES &&
               BN_bn2binpad(n.s, signature + BYTES, BYTES) == BYTES;
        BN_CTX_end(n.context);
    }
    EC_POINT_clear_free(point);
    EC_GROUP_free(group);
    BN_clear_free(d);
    BN_CTX_free(n.context);
    return done;
}
