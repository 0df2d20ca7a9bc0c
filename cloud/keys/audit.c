/* The audit log: see audit.h. */
#include "cloud/keys/audit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/crypto.h>
#include <openssl/hmac.h>

#include "cloud/base/clock.h"
#include "cloud/base/memory.h"

#define HEAD_NAME    "audit head " /* and the account's SID */
#define HEAD_BYTES   (sizeof HEAD_NAME + SID_TEXT)
#define VERIFY_BATCH 500

/* The bytes under the HMAC: every field with its length in front, so none can move to the next. */
struct message {
    uint8_t bytes[STORE_HASH + 2 * 8 + 5 * 4 + sizeof(struct store_audit)];
    size_t size;
};

static void add(struct message *message, const void *bytes, size_t size)
{
    memcpy(message->bytes + message->size, bytes, size);
    message->size += size;
}

static void add_number(struct message *message, uint64_t number, int bytes)
{
    for (int i = bytes - 1; i >= 0; i--)
        message->bytes[message->size++] = (uint8_t)(number >> (8 * i));
}

static void add_text(struct message *message, const char *text)
{
    add_number(message, strlen(text), 4);
    add(message, text, strlen(text));
}

static void mac_message(const struct vault *vault, const struct message *message,
                        uint8_t mac[STORE_HASH])
{
    unsigned size = STORE_HASH;
    if (!HMAC(EVP_sha256(), vault->audit_key, VAULT_KEY, message->bytes, message->size, mac, &size))
        abort(); /* no memory for a hash: nothing sensible is left to do */
}

static void mac_record(const struct vault *vault, const uint8_t before[STORE_HASH],
                       const struct store_audit *record, uint8_t mac[STORE_HASH])
{
    struct message message = {.size = 0};
    add(&message, before, STORE_HASH);
    add_number(&message, (uint64_t)record->sequence, 8);
    add_number(&message, record->time_us, 8);
    add_text(&message, record->actor);
    add_text(&message, record->operation);
    add_text(&message, record->path);
    add_text(&message, record->object);
    add_text(&message, record->parameters);
    mac_message(vault, &message, mac);
}

/* A head is no record: it is shorter than any message of those. */
static void mac_head(const struct vault *vault, int64_t sequence, const uint8_t mac[STORE_HASH],
                     uint8_t head[STORE_HASH])
{
    struct message message = {.size = 0};
    add(&message, mac, STORE_HASH);
    add_number(&message, (uint64_t)sequence, 8);
    mac_message(vault, &message, head);
}

enum store_result audit_append(struct store *store, const struct vault *vault,
                               const char *account_sid, struct store_audit *record)
{
    struct store_audit *last = memory_new(sizeof *last);
    uint8_t head[STORE_HASH];
    char head_name[HEAD_BYTES];
    enum store_result result = store_audit_last(store, record->account_id, last);
    snprintf(head_name, sizeof head_name, HEAD_NAME "%s", account_sid);
    if (result == STORE_OK || result == STORE_NOT_FOUND) {
        record->sequence = last->sequence + 1;
        record->time_us = clock_unix_us();
        mac_record(vault, last->mac, record, record->mac);
        mac_head(vault, record->sequence, record->mac, head);
        result = store_audit_add(store, record);
    }
    if (result == STORE_OK)
        result = store_meta_set(store, head_name, head, sizeof head);
    free(last);
    return result;
}

static enum store_result append_plain(struct store *store, const struct vault *vault,
                                      const struct store_account *account, const char *actor,
                                      const char *operation)
{
    struct store_audit *record = memory_new(sizeof *record);
    record->account_id = account->id;
    snprintf(record->actor, sizeof record->actor, "%s", actor);
    snprintf(record->operation, sizeof record->operation, "%s", operation);
    snprintf(record->parameters, sizeof record->parameters, "{}");
    enum store_result result = audit_append(store, vault, account->sid, record);
    free(record);
    return result;
}

bool audit_begin(struct store *store, const struct vault *vault,
                 const struct store_account *account)
{
    struct store_audit *record = memory_new(sizeof *record);
    enum store_result result = store_audit_last(store, account->id, record);
    free(record);
    if (result == STORE_NOT_FOUND)
        result = append_plain(store, vault, account, account->sid, "audit log begins");
    return result == STORE_OK;
}

bool audit_command(struct store *store, const struct vault *vault,
                   const struct store_account *account, const char *operation)
{
    return append_plain(store, vault, account, "operator", operation) == STORE_OK;
}

/* NULL if the record follows on what the report has. */
static const char *check_record(const struct vault *vault, const struct store_account *account,
                                const struct store_audit *record, struct audit_report *report)
{
    uint8_t mac[STORE_HASH];
    if (record->sequence != report->records + 1)
        return "a record is missing";
    if (record->sequence == 1 && strcmp(record->actor, account->sid) != 0)
        return "the log is another account's";
    mac_record(vault, report->head, record, mac);
    if (CRYPTO_memcmp(mac, record->mac, sizeof mac) != 0)
        return "a record was changed";
    report->records++;
    memcpy(report->head, mac, sizeof mac);
    return NULL;
}

static const char *check_head(struct store *store, const struct vault *vault,
                              const struct store_account *account,
                              const struct audit_report *report)
{
    char head_name[HEAD_BYTES];
    snprintf(head_name, sizeof head_name, HEAD_NAME "%s", account->sid);
    uint8_t head[STORE_HASH], known[STORE_HASH];
    size_t size = 0;
    mac_head(vault, report->records, report->head, head);
    if (store_meta_get(store, head_name, known, sizeof known, &size) != STORE_OK ||
        size != sizeof known)
        return "the head of the log is missing";
    return CRYPTO_memcmp(head, known, size) == 0 ? NULL : "records are missing at the end";
}

bool audit_verify(struct store *store, const struct vault *vault,
                  const struct store_account *account, struct audit_report *report)
{
    struct store_audit *records = memory_new(VERIFY_BATCH * sizeof *records);
    struct store_page page = {.limit = VERIFY_BATCH};
    struct store_found found = {.more_after = true};
    enum store_result result = STORE_OK;
    memset(report, 0, sizeof *report);
    while (found.more_after && !report->problem && result == STORE_OK) {
        result = store_audit_list(store, account->id, &page, records, &found);
        page.after = found.last_id;
        for (size_t i = 0; result == STORE_OK && i < found.count && !report->problem; i++)
            report->problem = check_record(vault, account, &records[i], report);
        if (found.count == 0)
            break;
    }
    if (result == STORE_OK && !report->problem)
        report->problem = check_head(store, vault, account, report);
    free(records);
    return result == STORE_OK;
}
