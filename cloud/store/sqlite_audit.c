/* The audit log in SQLite: see store.h. Rows are added and read, never changed. */
#include <string.h>

#include "cloud/store/sqlite.h"

#define COLUMNS "id, time_us, actor, operation, path, object, parameters, mac"

static void from_row(void *records, size_t index, sqlite3_stmt *row)
{
    struct store_audit *record = (struct store_audit *)records + index;
    memset(record, 0, sizeof *record);
    record->sequence = sqlite3_column_int64(row, 0);
    record->time_us = (uint64_t)sqlite3_column_int64(row, 1);
    sqlite_get_text(row, 2, record->actor, sizeof record->actor);
    sqlite_get_text(row, 3, record->operation, sizeof record->operation);
    sqlite_get_text(row, 4, record->path, sizeof record->path);
    sqlite_get_text(row, 5, record->object, sizeof record->object);
    sqlite_get_text(row, 6, record->parameters, sizeof record->parameters);
    sqlite_get_hash(row, 7, record->mac);
}

enum store_result store_audit_add(struct store *store, const struct store_audit *record)
{
    sqlite3_stmt *statement = sqlite_statement(store, "INSERT INTO audit(" COLUMNS
                                                      ") VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)");
    if (!statement)
        return STORE_FAILED;
    sqlite3_bind_int64(statement, 1, record->sequence);
    sqlite3_bind_int64(statement, 2, (int64_t)record->time_us);
    sqlite_bind_text(statement, 3, record->actor);
    sqlite_bind_text(statement, 4, record->operation);
    sqlite_bind_text(statement, 5, record->path);
    sqlite_bind_text(statement, 6, record->object);
    sqlite_bind_text(statement, 7, record->parameters);
    sqlite_bind_hash(statement, 8, record->mac);
    return sqlite_run(store, statement);
}

enum store_result store_audit_last(struct store *store, struct store_audit *record)
{
    sqlite3_stmt *statement =
        sqlite_statement(store, "SELECT " COLUMNS " FROM audit ORDER BY id DESC LIMIT 1");
    if (!statement)
        return STORE_FAILED;
    enum store_result result = sqlite_row(store, statement);
    if (result != STORE_OK)
        return result;
    from_row(record, 0, statement);
    sqlite3_reset(statement);
    return STORE_OK;
}

enum store_result store_audit_list(struct store *store, const struct store_page *page,
                                   struct store_audit *records, struct store_found *found)
{
    static const char forward[] = "SELECT " COLUMNS " FROM audit WHERE id > ?1"
                                  " ORDER BY id LIMIT ?2 OFFSET ?3";
    static const char backward[] = "SELECT * FROM (SELECT " COLUMNS " FROM audit WHERE id < ?1"
                                   " ORDER BY id DESC LIMIT ?2) ORDER BY id";
    static const char edges[] = "SELECT EXISTS(SELECT 1 FROM audit WHERE id < ?1),"
                                " EXISTS(SELECT 1 FROM audit WHERE id > ?2)";
    const struct sqlite_list list = {forward, backward, edges, {0, 0}};
    return sqlite_page(store, &list, page, from_row, records, found);
}
