/* ECDSA with a nonce derived from key and hash (libcrypto's own takes a random one). */
#include "mvsim/signer.h"

#include <stdio.h>
#include <string.h>

#include <openssl/bn.h>
#include <openssl/ec.h>
#include <openssl/obj_mac.h>
#include <openssl/sha.h>

void signer_key(uint64_t seed, const char *purpose, uint8_t key[SIGNER_KEY_SIZE])
{
    char text[96];

    snprintf(text, sizeof text, "mvsim throw-away %s %llu", purpose, (unsigned long long)seed);
    SHA256((const uint8_t *)text, strlen(text), key);
    key[0] &= 0x7F; /* below the group's order */
}

/* scalar · G. */
static EC_POINT *multiply(const EC_GROUP *group, const uint8_t scalar[SIGNER_KEY_SIZE])
{
    BIGNUM *number = BN_bin2bn(scalar, SIGNER_KEY_SIZE, NULL);
    EC_POINT *point = group != NULL ? EC_POINT_new(group) : NULL;

    if (number == NULL || point == NULL ||
        EC_POINT_mul(group, point, number, NULL, NULL, NULL) != 1) {
        EC_POINT_free(point);
        point = NULL;
    }
    BN_clear_free(number);
    return point;
}

bool signer_public(const uint8_t key[SIGNER_KEY_SIZE], uint8_t point[SIGNER_POINT_SIZE])
{
    EC_GROUP *group = EC_GROUP_new_by_curve_name(NID_X9_62_prime256v1);
    EC_POINT *result = multiply(group, key);
    bool good =
        result != NULL && EC_POINT_point2oct(group, result, POINT_CONVERSION_UNCOMPRESSED, point,
                                             SIGNER_POINT_SIZE, NULL) == SIGNER_POINT_SIZE;

    EC_POINT_free(result);
    EC_GROUP_free(group);
    return good;
}

/* s = (hash + r·key) / nonce. The numbers are the caller's. */
static bool finish(const BIGNUM *order, const uint8_t key[SIGNER_KEY_SIZE], const uint8_t hash[32],
                   const BIGNUM *r, const uint8_t nonce[SIGNER_KEY_SIZE], BIGNUM *s)
{
    BN_CTX *context = BN_CTX_new();
    BIGNUM *d = BN_bin2bn(key, SIGNER_KEY_SIZE, NULL);
    BIGNUM *e = BN_bin2bn(hash, 32, NULL);
    BIGNUM *k = BN_bin2bn(nonce, SIGNER_KEY_SIZE, NULL);
    bool good =
        context != NULL && d != NULL && e != NULL && k != NULL &&
        BN_mod_mul(s, r, d, order, context) == 1 && BN_mod_add(s, s, e, order, context) == 1 &&
        BN_mod_inverse(k, k, order, context) != NULL && BN_mod_mul(s, s, k, order, context) == 1;

    BN_clear_free(k);
    BN_free(e);
    BN_clear_free(d);
    BN_CTX_free(context);
    return good;
}

bool signer_sign(const uint8_t key[SIGNER_KEY_SIZE], const uint8_t hash[32],
                 uint8_t signature[SIGNER_SIGNATURE_SIZE])
{
    EC_GROUP *group = EC_GROUP_new_by_curve_name(NID_X9_62_prime256v1);
    BIGNUM *r = BN_new();
    BIGNUM *s = BN_new();
    uint8_t input[SIGNER_KEY_SIZE + 32];
    uint8_t nonce[SIGNER_KEY_SIZE];
    EC_POINT *point;
    bool good;

    memcpy(input, key, SIGNER_KEY_SIZE);
    memcpy(input + SIGNER_KEY_SIZE, hash, 32);
    SHA256(input, sizeof input, nonce);
    nonce[0] &= 0x7F;
    point = multiply(group, nonce);
    good = point != NULL && r != NULL && s != NULL &&
           EC_POINT_get_affine_coordinates(group, point, r, NULL, NULL) == 1 &&
           BN_cmp(r, EC_GROUP_get0_order(group)) < 0; /* all but always */
    good = good && finish(EC_GROUP_get0_order(group), key, hash, r, nonce, s) &&
           BN_bn2binpad(r, signature, 32) == 32 && BN_bn2binpad(s, signature + 32, 32) == 32;
    EC_POINT_free(point);
    BN_free(s);
    BN_free(r);
    EC_GROUP_free(group);
    return good;
}
