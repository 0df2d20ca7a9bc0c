/*
 * The audit log of an account: one record for every change that a client made, in the same
 * transaction as the change. Each record carries an HMAC over itself and the record before it,
 * under a key from the vault, and the head (number and HMAC of the last record) is sealed likewise:
 * records that were changed, removed, exchanged, added or cut off at the end show. Store thread.
 */
#ifndef CLOUD_KEYS_AUDIT_H
#define CLOUD_KEYS_AUDIT_H

#include "cloud/keys/vault.h"
#include "cloud/store/store.h"

/* Adds a record to the log of its account (record->account_id); sequence, time and mac are filled
 * in. account_sid: that account's. */
enum store_result audit_append(struct store *store, const struct vault *vault,
                               const char *account_sid, struct store_audit *record);

/* The first record of an account's log, if there is none yet. It names the account, so one
 * account's log cannot stand in for another's. */
bool audit_begin(struct store *store, const struct vault *vault,
                 const struct store_account *account);

/* A record of what the operator did to an account with a command. */
bool audit_command(struct store *store, const struct vault *vault,
                   const struct store_account *account, const char *operation);

struct audit_report {
    int64_t records;     /* that are good, from the first */
    uint8_t head[32];    /* mac of the last of these */
    const char *problem; /* NULL: the whole log is good */
};

/* Checks an account's whole log; false if the store cannot be read. */
bool audit_verify(struct store *store, const struct vault *vault,
                  const struct store_account *account, struct audit_report *report);

#endif
