/* Tokens and secrets: see credential.h. */
#include "cloud/keys/credential.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/crypto.h>
#include <openssl/evp.h>

#include "cloud/base/clock.h"
#include "cloud/base/hex.h"

#define RANDOM_MAX 64u

/* SHA-256 of salt and text. There are 128 random bits or more in it, so one round is enough. */
static bool hash_of(const uint8_t salt[STORE_SALT], const char *text, uint8_t hash[STORE_HASH])
{
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    bool done = context && EVP_DigestInit_ex(context, EVP_sha256(), NULL) == 1 &&
                EVP_DigestUpdate(context, salt, STORE_SALT) == 1 &&
                EVP_DigestUpdate(context, text, strlen(text)) == 1 &&
                EVP_DigestFinal_ex(context, hash, NULL) == 1;
    EVP_MD_CTX_free(context);
    return done;
}

static bool matches(const uint8_t salt[STORE_SALT], const uint8_t known[STORE_HASH],
                    const char *text)
{
    uint8_t hash[STORE_HASH];
    return hash_of(salt, text, hash) && CRYPTO_memcmp(hash, known, sizeof hash) == 0;
}

bool credential_fits(const struct store_credential *credential, const char *text)
{
    bool fits = matches(credential->salt, credential->hash, text);
    if (credential->old_expires_s > clock_unix_s())
        fits |= matches(credential->old_salt, credential->old_hash, text);
    return fits;
}

void credential_renew(struct store_credential *credential, long grace_s, char *text, size_t size)
{
    uint8_t random[RANDOM_MAX];
    size_t random_size = (size - 1) / 2;
    assert(random_size <= sizeof random);
    memcpy(credential->old_salt, credential->salt, sizeof credential->salt);
    memcpy(credential->old_hash, credential->hash, sizeof credential->hash);
    credential->date_rotated_s = clock_unix_s();
    credential->old_expires_s = grace_s > 0 ? credential->date_rotated_s + grace_s : 0;
    random_fill(random, random_size);
    random_fill(credential->salt, sizeof credential->salt);
    hex_text(text, random, random_size);
    OPENSSL_cleanse(random, sizeof random);
    if (!hash_of(credential->salt, text, credential->hash))
        abort(); /* no memory for a hash */
}
