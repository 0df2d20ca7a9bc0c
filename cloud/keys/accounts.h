/*
 * The accounts and their credentials, kept in memory so that nobody without credentials reaches the
 * store. The store has salted hashes of tokens; the token of the account that the first start makes
 * stands in account.json (mode 0600). The list changes only on the loop thread, after the store has
 * committed.
 */
#ifndef CLOUD_KEYS_ACCOUNTS_H
#define CLOUD_KEYS_ACCOUNTS_H

#include <stdbool.h>

#include "cloud/keys/vault.h"
#include "cloud/store/store.h"

#define ACCOUNTS_TOKEN 33 /* a token: 32 hex digits and NUL */

struct accounts {
    struct store_account *list; /* by id */
    size_t count;
};

/* Loads all accounts. */
bool accounts_load(struct accounts *accounts, struct store *store);

/* The same; an empty store gets its first account, and folder/account.json is written. */
bool accounts_open(struct accounts *accounts, struct store *store, const char *folder);
void accounts_close(struct accounts *accounts);

/* The account if the token is its, or was until a rotation whose grace is not over; else NULL.
 * Compares in constant time. */
const struct store_account *accounts_check(const struct accounts *accounts, const char *sid,
                                           const char *token);

/* NULL if there is none. */
const struct store_account *accounts_by_id(const struct accounts *accounts, int64_t id);

/* The operator's own: the first. */
bool accounts_is_operator(const struct accounts *accounts, int64_t id);

/* Makes an account and its token in the store, with the beginning of its audit log. */
enum store_result accounts_create(struct store *store, const struct vault *vault,
                                  struct store_account *account, char token[ACCOUNTS_TOKEN]);

/* Makes a new token; the old one stays good for grace_s seconds. The caller writes the account. */
void accounts_new_token(struct store_account *account, long grace_s, char token[ACCOUNTS_TOKEN]);

/* Writes folder/account.json. */
bool accounts_write_file(const char *folder, const char *sid, const char *token);

/* SHA-256 of salt and token, as the store keeps it. A token has 128 random bits or more, so one
 * round of a hash is enough. */
bool account_token_hash(const uint8_t salt[STORE_SALT], const char *token,
                        uint8_t hash[STORE_HASH]);

/* Whether the secret fits the first pair, or the second while that has not expired. Constant time
 * for a given number of pairs. */
bool account_secret_fits(const uint8_t salt[STORE_SALT], const uint8_t hash[STORE_HASH],
                         const uint8_t old_salt[STORE_SALT], const uint8_t old_hash[STORE_HASH],
                         int64_t old_expires_s, const char *secret);

#endif
