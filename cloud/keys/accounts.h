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

/* Writes folder/account.json. */
bool accounts_write_file(const char *folder, const char *sid, const char *token);

#endif
