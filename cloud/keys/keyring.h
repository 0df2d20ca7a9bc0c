/*
 * The API keys as requests need them: role, reach and hashes of the secrets, kept in memory so that
 * nobody without credentials reaches the store. Changed after the store has committed. Loop thread.
 */
#ifndef CLOUD_KEYS_KEYRING_H
#define CLOUD_KEYS_KEYRING_H

#include <stdbool.h>
#include <stddef.h>

#include "cloud/store/store.h"

#define KEYRING_MAX  1000 /* keys of an account */
#define KEYRING_TEXT 65   /* a secret: 64 hex digits and NUL */

struct keyring {
    struct store_key **keys; /* by SID */
    size_t count, room;
};

/* Loads all keys of all accounts, before the store's thread starts. */
bool keyring_open(struct keyring *keyring, struct store *store);
void keyring_close(struct keyring *keyring);

/* The key if the secret is its, or was until a rotation whose grace is not over; else NULL. */
const struct store_key *keyring_check(const struct keyring *keyring, const char *sid,
                                      const char *secret);

void keyring_put(struct keyring *keyring, const struct store_key *key);
void keyring_remove(struct keyring *keyring, const char *sid);

#endif
