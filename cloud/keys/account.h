/*
 * The account and its credentials. The token itself stands only in the owner's account.json (mode
 * 0600, made at first start); the store has a salted hash of it. Read-only after start: any thread.
 */
#ifndef CLOUD_KEYS_ACCOUNT_H
#define CLOUD_KEYS_ACCOUNT_H

#include <stdbool.h>

#include "cloud/store/store.h"

struct account {
    struct store_account stored;
};

/* Loads the account, or creates it and writes folder/account.json. */
bool account_open(struct account *account, struct store *store, const char *folder);

/* SHA-256 of salt and token, as the store keeps it. A token has 128 random bits or more, so one
 * round of a hash is enough. */
bool account_token_hash(const uint8_t salt[STORE_SALT], const char *token,
                        uint8_t hash[STORE_HASH]);

/* Compares in constant time. */
bool account_check(const struct account *account, const char *sid, const char *token);

#endif
