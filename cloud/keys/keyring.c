/* API keys in memory: see keyring.h. */
#include "cloud/keys/keyring.h"

#include <stdlib.h>
#include <string.h>

#include <openssl/crypto.h>

#include "cloud/base/clock.h"
#include "cloud/base/memory.h"
#include "cloud/keys/account.h"

bool keyring_open(struct keyring *keyring, struct store *store)
{
    struct store_page page = {.limit = KEYRING_MAX};
    struct store_found found;
    keyring->keys = memory_new(KEYRING_MAX * sizeof *keyring->keys);
    enum store_result result = store_key_list(store, &page, keyring->keys, &found);
    keyring->count = found.count;
    return result == STORE_OK;
}

void keyring_close(struct keyring *keyring)
{
    free(keyring->keys);
    keyring->keys = NULL;
    keyring->count = 0;
}

static struct store_key *find(const struct keyring *keyring, const char *sid)
{
    for (size_t i = 0; i < keyring->count; i++) {
        if (strcmp(keyring->keys[i].sid, sid) == 0)
            return &keyring->keys[i];
    }
    return NULL;
}

static bool matches(const uint8_t salt[STORE_SALT], const uint8_t known[STORE_HASH],
                    const char *secret)
{
    uint8_t hash[STORE_HASH];
    return account_token_hash(salt, secret, hash) && CRYPTO_memcmp(hash, known, sizeof hash) == 0;
}

const struct store_key *keyring_check(const struct keyring *keyring, const char *sid,
                                      const char *secret)
{
    const struct store_key *key = find(keyring, sid);
    if (!key)
        return NULL;
    bool good = matches(key->salt, key->secret_hash, secret);
    if (!good && key->old_expires_s > clock_unix_s())
        good = matches(key->old_salt, key->old_hash, secret);
    return good ? key : NULL;
}

void keyring_put(struct keyring *keyring, const struct store_key *key)
{
    struct store_key *known = find(keyring, key->sid);
    if (known)
        *known = *key;
    else if (keyring->count < KEYRING_MAX)
        keyring->keys[keyring->count++] = *key;
}

void keyring_remove(struct keyring *keyring, const char *sid)
{
    struct store_key *known = find(keyring, sid);
    if (known)
        *known = keyring->keys[--keyring->count];
}

void keyring_new_secret(struct store_key *key, long grace_s, char secret[KEYRING_TEXT])
{
    uint8_t random[(KEYRING_TEXT - 1) / 2];
    memcpy(key->old_salt, key->salt, sizeof key->salt);
    memcpy(key->old_hash, key->secret_hash, sizeof key->secret_hash);
    key->date_rotated_s = clock_unix_s();
    key->old_expires_s = grace_s > 0 ? key->date_rotated_s + grace_s : 0;
    random_fill(random, sizeof random);
    random_fill(key->salt, sizeof key->salt);
    hex_text(secret, random, sizeof random);
    OPENSSL_cleanse(random, sizeof random);
    if (!account_token_hash(key->salt, secret, key->secret_hash))
        abort(); /* no memory for a hash */
}
