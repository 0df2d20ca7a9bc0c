/* Log records in SQLite: see store.h. */
#include <string.h>

#include "cloud/base/memory.h"
#include "cloud/store/sqlite.h"

#define LOG_QUOTA       20000 /* records kept for a device */
#define LOG_PRUNE_EVERY 256   /* appends between looks at the quota */

static enum store_result log_add(struct store *store, int64_t device_id, struct store_log *log)
{
    sqlite3_stmt *statement =
        sqlite_statement(store, "INSERT INTO log(device, time_us, type, sequence, text, boot_id)"
                                " VALUES(?1, ?2, ?3, ?4, ?5, ?6) ON CONFLICT DO NOTHING");
    if (!statement)
        return STORE_FAILED;
    sqlite3_bind_int64(statement, 1, device_id);
    sqlite3_bind_int64(statement, 2, (int64_t)log->time_us);
    sqlite_bind_text(statement, 3, log->type);
    sqlite3_bind_int64(statement, 4, log->device_sequence);
    sqlite_bind_text(statement, 5, log->text);
    sqlite3_bind_int64(statement, 6, (int64_t)log->boot_id);
    enum store_result result = sqlite_run(store, statement);
    bool added = result == STORE_OK && sqlite3_changes(store->db) > 0;
    log->cursor = added ? sqlite3_last_insert_rowid(store->db) : 0;
    return result;
}

static enum store_result log_prune(struct store *store, int64_t device_id)
{
    sqlite3_stmt *statement =
        sqlite_statement(store, "DELETE FROM log WHERE device = ?1 AND id <= (SELECT id FROM log"
                                " WHERE device = ?1 ORDER BY id DESC LIMIT 1 OFFSET ?2)");
    if (!statement)
        return STORE_FAILED;
    sqlite3_bind_int64(statement, 1, device_id);
    sqlite3_bind_int64(statement, 2, LOG_QUOTA);
    return sqlite_run(store, statement);
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
    sqlite3_stmt *statement =
        sqlite_statement(store, "SELECT id, time_us, type, sequence, text FROM log"
                                " WHERE device = ?1 AND id > ?2 ORDER BY id LIMIT ?3");
    if (!statement)
        return STORE_FAILED;
    sqlite3_bind_int64(statement, 1, device_id);
    sqlite3_bind_int64(statement, 2, after);
    sqlite3_bind_int64(statement, 3, (int64_t)limit);
    enum store_result result = STORE_OK;
    *count = 0;
    while (*count < limit && (result = sqlite_row(store, statement)) == STORE_OK) {
        struct store_log *log = &logs[(*count)++];
        log->cursor = sqlite3_column_int64(statement, 0);
        log->time_us = (uint64_t)sqlite3_column_int64(statement, 1);
        sqlite_get_text(statement, 2, log->type, sizeof log->type);
        log->device_sequence = (uint32_t)sqlite3_column_int64(statement, 3);
        const void *text = sqlite3_column_text(statement, 4);
        log->text = memory_copy(text ? text : "", (size_t)sqlite3_column_bytes(statement, 4));
    }
    sqlite3_reset(statement);
    return result == STORE_FAILED ? STORE_FAILED : STORE_OK;
}

enum store_result store_log_tail(struct store *store, int64_t device_id, size_t limit,
                                 int64_t *after)
{
    sqlite3_stmt *statement =
        sqlite_statement(store, "SELECT id FROM log WHERE device = ?1 ORDER BY id DESC"
                                " LIMIT 1 OFFSET ?2");
    if (!statement)
        return STORE_FAILED;
    sqlite3_bind_int64(statement, 1, device_id);
    sqlite3_bind_int64(statement, 2, (int64_t)limit);
    enum store_result result = sqlite_row(store, statement);
    *after = result == STORE_OK ? sqlite3_column_int64(statement, 0) : 0;
    sqlite3_reset(statement);
    return result == STORE_FAILED ? STORE_FAILED : STORE_OK;
}
