/* Deterministic ECDSA against the published vectors of RFC 6979, A.2.5, and against OpenSSL. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/ecdsa.h>
#include <openssl/param_build.h>

#include "cloud/keys/ecdsa.h"

static EVP_PKEY *vector_key(void)
{
    BIGNUM *d = NULL;
    EVP_PKEY *key = NULL;
    assert_true(BN_hex2bn(&d, "C9AFA9D845BA75166B5C215767B1D6934E50C3DB36E89B127B8A622B120F6721") >
                0);
    OSSL_PARAM_BLD *build = OSSL_PARAM_BLD_new();
    OSSL_PARAM_BLD_push_utf8_string(build, OSSL_PKEY_PARAM_GROUP_NAME, "prime256v1", 0);
    OSSL_PARAM_BLD_push_BN(build, OSSL_PKEY_PARAM_PRIV_KEY, d);
    OSSL_PARAM *parameters = OSSL_PARAM_BLD_to_param(build);
    EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_from_name(NULL, "EC", NULL);
    assert_int_equal(EVP_PKEY_fromdata_init(context), 1);
    assert_int_equal(EVP_PKEY_fromdata(context, &key, EVP_PKEY_KEYPAIR, parameters), 1);
    EVP_PKEY_CTX_free(context);
    OSSL_PARAM_free(parameters);
    OSSL_PARAM_BLD_free(build);
    BN_free(d);
    return key;
}

static void check_vector(EVP_PKEY *key, const char *message, const char *expected)
{
    uint8_t hash[32], signature[64];
    char text[129];
    EVP_Digest(message, strlen(message), hash, NULL, EVP_sha256(), NULL);
    assert_true(ecdsa_sign(key, hash, signature));
    for (int i = 0; i < 64; i++)
        snprintf(text + 2 * i, 3, "%02X", signature[i]);
    assert_string_equal(text, expected);
}

static void vectors(void **state)
{
    (void)state;
    EVP_PKEY *key = vector_key();
    check_vector(key, "sample",
                 "EFD48B2AACB6A8FD1140DD9CD45E81D69D2C877B56AAF991C34D0EA84EAF3716"
                 "F7CB1C942D657C41D436C7A1B6E29F65F3E900DBB9AFF4064DC4AB2F843ACDA8");
    check_vector(key, "test",
                 "F1ABB023518351CD71D881567B1EA663ED3EFCF6C5132B354F28D3B0B7D38367"
                 "019F4113742A2B14BD25926B49C649155F267E60D3814B4C0CC84250E46F0083");
    EVP_PKEY_free(key);
}

/* Any hash, also one above the curve's order, is signed so that OpenSSL accepts it. */
static void any_hash(void **state)
{
    (void)state;
    for (int i = 0; i < 16; i++) {
        EVP_PKEY *key = EVP_EC_gen("P-256");
        uint8_t hash[32], signature[64], *der = NULL;
        memset(hash, i == 0 ? 0xFF : i == 1 ? 0 : 37 * i, sizeof hash);
        assert_true(ecdsa_sign(key, hash, signature));
        ECDSA_SIG *pair = ECDSA_SIG_new();
        assert_int_equal(ECDSA_SIG_set0(pair, BN_bin2bn(signature, 32, NULL),
                                        BN_bin2bn(signature + 32, 32, NULL)),
                         1);
        int size = i2d_ECDSA_SIG(pair, &der);
        EVP_PKEY_CTX *context = EVP_PKEY_CTX_new(key, NULL);
        assert_int_equal(EVP_PKEY_verify_init(context), 1);
        assert_int_equal(EVP_PKEY_verify(context, der, (size_t)size, hash, sizeof hash), 1);
        EVP_PKEY_CTX_free(context);
        OPENSSL_free(der);
        ECDSA_SIG_free(pair);
        EVP_PKEY_free(key);
    }
}

static void other_curves(void **state)
{
    (void)state;
    uint8_t hash[32] = {0}, signature[64];
    EVP_PKEY *key = EVP_EC_gen("P-384");
    assert_false(ecdsa_sign(key, hash, signature));
    EVP_PKEY_free(key);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(vectors),
        cmocka_unit_test(any_hash),
        cmocka_unit_test(other_curves),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
