/* The manifest signing key: see signer.h. */
#include "cloud/keys/signer.h"

#include <stdlib.h>
#include <string.h>

#include <openssl/core_names.h>
#include <openssl/ecdsa.h>

#include "cloud/base/journal.h"
#include "cloud/keys/ecdsa.h"
#include "cloud/keys/pem.h"

#define COORDINATE_BYTES 32

static bool message_make(const uint8_t *body, size_t size, uint8_t *message, size_t *message_size)
{
    return manifest_signed_message(body, size, message,
                                   MANIFEST_SIGN_PREFIX_SIZE + MANIFEST_BODY_SIZE_MAX,
                                   message_size) == MANIFEST_OK;
}

bool signer_open(struct signer *signer, const char *folder)
{
    uint8_t input[MANIFEST_KEY_ID_INPUT_SIZE], hash[MANIFEST_HASH_SIZE];
    size_t length = 0;
    memset(signer, 0, sizeof *signer);
    signer->key = pem_key_open(folder, "manifest-signing.key.pem");
    if (!signer->key ||
        EVP_PKEY_get_octet_string_param(signer->key, OSSL_PKEY_PARAM_PUB_KEY, signer->point,
                                        sizeof signer->point, &length) != 1 ||
        length != sizeof signer->point) {
        journal(JOURNAL_ERROR, "keys", "cannot open the manifest signing key");
        signer_close(signer);
        return false;
    }
    manifest_key_id_input(signer->point, input);
    signer_sha256(input, sizeof input, hash);
    signer->id = manifest_key_id(hash);
    return true;
}

void signer_close(struct signer *signer)
{
    EVP_PKEY_free(signer->key);
    signer->key = NULL;
}

static int raw_to_der(const uint8_t raw[MANIFEST_SIGNATURE_SIZE], uint8_t **der)
{
    ECDSA_SIG *pair = ECDSA_SIG_new();
    BIGNUM *r = BN_bin2bn(raw, COORDINATE_BYTES, NULL);
    BIGNUM *s = BN_bin2bn(raw + COORDINATE_BYTES, COORDINATE_BYTES, NULL);
    int size = -1;
    *der = NULL;
    if (pair && r && s && ECDSA_SIG_set0(pair, r, s) == 1) {
        r = s = NULL; /* the pair owns them now */
        size = i2d_ECDSA_SIG(pair, der);
    }
    BN_free(r);
    BN_free(s);
    ECDSA_SIG_free(pair);
    return size;
}

bool signer_sign(const struct signer *signer, const uint8_t *body, size_t size,
                 uint8_t signature[MANIFEST_SIGNATURE_SIZE])
{
    uint8_t message[MANIFEST_SIGN_PREFIX_SIZE + MANIFEST_BODY_SIZE_MAX], hash[MANIFEST_HASH_SIZE];
    size_t message_size;
    if (!message_make(body, size, message, &message_size))
        return false;
    signer_sha256(message, message_size, hash);
    /* Verified before it leaves: a faulty computation would give the key away. */
    return ecdsa_sign(signer->key, hash, signature) && signer_verify(signer, body, size, signature);
}

bool signer_verify(const struct signer *signer, const uint8_t *body, size_t size,
                   const uint8_t signature[MANIFEST_SIGNATURE_SIZE])
{
    uint8_t message[MANIFEST_SIGN_PREFIX_SIZE + MANIFEST_BODY_SIZE_MAX];
    uint8_t *der = NULL;
    size_t message_size;
    if (!message_make(body, size, message, &message_size))
        return false;
    int der_size = raw_to_der(signature, &der);
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    bool verified = der_size > 0 && context &&
                    EVP_DigestVerifyInit(context, NULL, EVP_sha256(), NULL, signer->key) == 1 &&
                    EVP_DigestVerify(context, der, (size_t)der_size, message, message_size) == 1;
    EVP_MD_CTX_free(context);
    OPENSSL_free(der);
    return verified;
}

void signer_sha256(const uint8_t *bytes, size_t size, uint8_t hash[MANIFEST_HASH_SIZE])
{
    if (EVP_Digest(bytes, size, hash, NULL, EVP_sha256(), NULL) != 1)
        abort(); /* SHA-256 without memory: nothing sensible is left to do */
}
