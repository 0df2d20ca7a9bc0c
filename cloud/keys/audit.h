/*
 * The audit log: one record for every change that a client made, in the same transaction as the
 * change. Each record carries an HMAC over itself and the record before it, under a key from the
 * vault, and the head (number and HMAC of the last record) is sealed likewise: records that were
 * changed, removed, exchanged, added or cut off at the end show. Store thread.
 */
#ifndef CLOUD_KEYS_AUDIT_H
#define CLOUD_KEYS_AUDIT_H

#include "cloud/keys/vault.h"
#include "cloud/store/store.h"

/* Adds a record; sequence, time and mac are filled in. */
enum store_result audit_append(struct store *store, const struct vault *vault,
                               struct store_audit *record);

/* The first record of a log, if there is none yet. */
bool audit_begin(struct store *store, const struct vault *vault, const char *account_sid);

struct audit_report {
    int64_t records;     /* that are good, from the first */
    uint8_t head[32];    /* mac of the last of these */
    const char *problem; /* NULL: the whole log is good */
};

/* Checks the whole log; false if the store cannot be read. */
bool audit_verify(struct store *store, const struct vault *vault, struct audit_report *report);

#endif
