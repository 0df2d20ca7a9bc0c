/* The account: see account.h. */
#include "cloud/keys/account.h"

#include <stdio.h>
#include <string.h>

#include <openssl/crypto.h>
#include <openssl/evp.h>

#include "cloud/base/files.h"
#include "cloud/base/journal.h"

bool account_token_hash(const uint8_t salt[STORE_SALT], const char *token, uint8_t hash[STORE_HASH])
{
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    bool done = context && EVP_DigestInit_ex(context, EVP_sha256(), NULL) == 1 &&
                EVP_DigestUpdate(context, salt, 16) == 1 &&
                EVP_DigestUpdate(context, token, strlen(token)) == 1 &&
                EVP_DigestFinal_ex(context, hash, NULL) == 1;
    EVP_MD_CTX_free(context);
    return done;
}

static bool account_create(struct account *account, struct store *store, const char *folder)
{
    uint8_t random[16];
    char token[33], json[160];
    sid_make(account->stored.sid, "AC");
    random_fill(random, sizeof random);
    random_fill(account->stored.salt, sizeof account->stored.salt);
    hex_text(token, random, sizeof random);
    int size = snprintf(json, sizeof json, "{\"account_sid\":\"%s\",\"auth_token\":\"%s\"}\n",
                        account->stored.sid, token);
    /* The file first: if the store then fails, the next start makes another account and file. */
    bool created = account_token_hash(account->stored.salt, token, account->stored.token_hash) &&
                   files_write(folder, "account.json", json, (size_t)size, 0600) &&
                   store_account_add(store, &account->stored) == STORE_OK;
    OPENSSL_cleanse(token, sizeof token);
    OPENSSL_cleanse(json, sizeof json);
    OPENSSL_cleanse(random, sizeof random);
    if (created)
        journal(JOURNAL_INFO, "main", "account created", "account", account->stored.sid, "file",
                "account.json");
    return created;
}

bool account_open(struct account *account, struct store *store, const char *folder)
{
    memset(account, 0, sizeof *account);
    enum store_result result = store_account_get(store, &account->stored);
    if (result == STORE_NOT_FOUND)
        return account_create(account, store, folder);
    return result == STORE_OK;
}

bool account_check(const struct account *account, const char *sid, const char *token)
{
    uint8_t hash[STORE_HASH];
    if (!account_token_hash(account->stored.salt, token, hash))
        return false;
    bool sid_same = strcmp(sid, account->stored.sid) == 0;
    bool token_same = CRYPTO_memcmp(hash, account->stored.token_hash, sizeof hash) == 0;
    return sid_same && token_same;
}
