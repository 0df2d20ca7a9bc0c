/*
 * Encryption of what the store must not show: values of configs and secrets. The key is a file
 * outside the database (32 bytes in hex, mode 0600); the database knows only the key's mark, so
 * that a lost or exchanged key is noticed at start and never replaced in silence.
 *
 * AES-256-GCM with a random nonce; the place of a value (account, device, kind, key) is
 * authenticated with it, so rows cannot be exchanged. Read-only after opening: any thread.
 */
#ifndef CLOUD_KEYS_VAULT_H
#define CLOUD_KEYS_VAULT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "cloud/store/store.h"

#define VAULT_KEY      32
#define VAULT_OVERHEAD (1 + 12 + 16) /* version, nonce, tag */

struct vault {
    uint8_t seal_key[VAULT_KEY];
    uint8_t audit_key[VAULT_KEY]; /* authenticates the audit log */
};

/* Where a sealed value belongs. */
struct vault_place {
    const char *account_sid;
    const char *device_sid; /* "": the whole account */
    enum store_setting_kind kind;
    const char *key;
};

/* Opens the key file, or creates it for a store that has no sealed values yet. path "": vault.key
 * in the state folder. False after a journal line. */
bool vault_open(struct vault *vault, struct store *store, const char *folder, const char *path);
/* For reading only: the key file and its mark must be there already. */
bool vault_open_read(struct vault *vault, struct store *store, const char *folder,
                     const char *path);
void vault_close(struct vault *vault);

/*
 * A new key: seals everything anew inside the caller's transaction, with the new key in a file
 * beside the old one. After the commit vault_rotate_end() puts that file in force; if that is cut
 * off, the next opening does it. The audit log stays under its first key. No server may run.
 */
bool vault_rotate_begin(struct store *store, const char *folder, const char *path);
bool vault_rotate_end(const char *folder, const char *path);

/* out gets size + VAULT_OVERHEAD bytes. */
bool vault_seal(const struct vault *vault, const struct vault_place *place, const void *text,
                size_t size, uint8_t *out);

/* Text that the caller cleanses and frees, with a NUL behind it; NULL: it does not belong here. */
char *vault_unseal(const struct vault *vault, const struct vault_place *place,
                   const uint8_t *sealed, size_t sealed_size, size_t *size);

#endif
