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

/* Compares in constant time. */
bool account_check(const struct account *account, const char *sid, const char *token);

#endif
