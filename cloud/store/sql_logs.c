/* Log records: see store.h. */
#include <string.h>

#include "cloud/base/memory.h"
#include "cloud/store/db.h"

#define LOG_QUOTA       20000 /* records kept for a device */
#define LOG_PRUNE_EVERY 256   /* appends between looks at the quota */

static enum store_result log_add(struct store *store, int64_t device_id, struct store_log *log)
{
    struct db_statement *statement =
        db_statement(store, "INSERT INTO log(device, time_us, type, sequence, text, boot_id)"
                            " VALUES(?1, ?2, ?3, ?4, ?5, ?6) ON CONFLICT DO NOTHING"
                            " RETURNING id");
    if (!statement)
        return STORE_FAILED;
    db_bind_integer(statement, 1, device_id);
    db_bind_integer(statement, 2, (int64_t)log->time_us);
    db_bind_text(statement, 3, log->type);
    db_bind_integer(statement, 4, log->device_sequence);
    db_bind_text(statement, 5, log->text);
    db_bind_integer(statement, 6, (int64_t)log->boot_id);
    enum store_result result = db_insert(statement, &log->cursor);
    return result == STORE_NOT_FOUND ? STORE_OK : result; /* it is there already */
}

static enum store_result log_prune(struct store *store, int64_t device_id)
{
    struct db_statement *statement =
        db_statement(store, "DELETE FROM log WHERE device = ?1 AND id <= (SELECT id FROM log"
                            " WHERE device = ?1 ORDER BY id DESC LIMIT 1 OFFSET ?2)");
    if (!statement)
        return STORE_FAILED;
    db_bind_integer(statement, 1, device_id);
    db_bind_integer(statement, 2, LOG_QUOTA);
    return db_run(statement);
}

enum store_result store_log_append(struct store *store, int64_t device_id, struct store_log *logs,
                                   size_t count)
{
    enum store_result result = STORE_OK;
    for (size_t i = 0; i < count && result == STORE_OK; i++) {
        result = log_add(store, device_id, &logs[i]);
        if (result == STORE_OK && logs[i].cursor > 0 && logs[i].cursor % LOG_PRUNE_EVERY == 0)
            result = log_prune(store, device_id);
    }
    return result;
}

enum store_result store_log_read(struct store *store, int64_t device_id, int64_t after,
                                 struct store_log *logs, size_t limit, size_t *count)
{
    struct db_statement *statement =
        db_statement(store, "SELECT id, time_us, type, sequence, text FROM log"
                            " WHERE device = ?1 AND id > ?2 ORDER BY id LIMIT ?3");
    if (!statement)
        return STORE_FAILED;
    db_bind_integer(statement, 1, device_id);
    db_bind_integer(statement, 2, after);
    db_bind_integer(statement, 3, (int64_t)limit);
    enum store_result result = STORE_OK;
    *count = 0;
    while (*count < limit && (result = db_row(statement)) == STORE_OK) {
        struct store_log *log = &logs[(*count)++];
        log->cursor = db_integer(statement, 0);
        log->time_us = (uint64_t)db_integer(statement, 1);
        db_get_text(statement, 2, log->type, sizeof log->type);
        log->device_sequence = (uint32_t)db_integer(statement, 3);
        struct db_value text = store->ops->column(statement, 4);
        log->text = memory_copy(text.size > 0 ? text.bytes : "", text.size);
    }
    db_reset(statement);
    return result == STORE_FAILED ? STORE_FAILED : STORE_OK;
}

enum store_result store_log_tail(struct store *store, int64_t device_id, size_t limit,
                                 int64_t *after)
{
    struct db_statement *statement =
        db_statement(store, "SELECT id FROM log WHERE device = ?1 ORDER BY id DESC"
                            " LIMIT 1 OFFSET ?2");
    if (!statement)
        return STORE_FAILED;
    db_bind_integer(statement, 1, device_id);
    db_bind_integer(statement, 2, (int64_t)limit);
    enum store_result result = db_row(statement);
    *after = result == STORE_OK ? db_integer(statement, 0) : 0;
    db_reset(statement);
    return result == STORE_FAILED ? STORE_FAILED : STORE_OK;
}
