/* The audit log: see store.h. Rows are added and read, never changed. */
#include <string.h>

#include "cloud/store/db.h"

#define COLUMNS "id, time_us, actor, operation, path, object, parameters, mac, account"

static void from_row(void *records, size_t index, struct db_statement *row)
{
    struct store_audit *record = (struct store_audit *)records + index;
    memset(record, 0, sizeof *record);
    record->sequence = db_integer(row, 0);
    record->time_us = (uint64_t)db_integer(row, 1);
    db_get_text(row, 2, record->actor, sizeof record->actor);
    db_get_text(row, 3, record->operation, sizeof record->operation);
    db_get_text(row, 4, record->path, sizeof record->path);
    db_get_text(row, 5, record->object, sizeof record->object);
    db_get_text(row, 6, record->parameters, sizeof record->parameters);
    db_get_hash(row, 7, record->mac);
    record->account_id = db_integer(row, 8);
}

enum store_result store_audit_add(struct store *store, const struct store_audit *record)
{
    struct db_statement *statement = db_statement(
        store, "INSERT INTO audit(" COLUMNS ") VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)");
    if (!statement)
        return STORE_FAILED;
    db_bind_integer(statement, 1, record->sequence);
    db_bind_integer(statement, 2, (int64_t)record->time_us);
    db_bind_text(statement, 3, record->actor);
    db_bind_text(statement, 4, record->operation);
    db_bind_text(statement, 5, record->path);
    db_bind_text(statement, 6, record->object);
    db_bind_text(statement, 7, record->parameters);
    db_bind_hash(statement, 8, record->mac);
    db_bind_integer(statement, 9, record->account_id);
    return db_run(statement);
}

enum store_result store_audit_last(struct store *store, int64_t account_id,
                                   struct store_audit *record)
{
    struct db_statement *statement = db_statement(
        store, "SELECT " COLUMNS " FROM audit WHERE account = ?1 ORDER BY id DESC LIMIT 1");
    if (!statement)
        return STORE_FAILED;
    db_bind_integer(statement, 1, account_id);
    enum store_result result = db_row(statement);
    if (result != STORE_OK)
        return result;
    from_row(record, 0, statement);
    db_reset(statement);
    return STORE_OK;
}

enum store_result store_audit_list(struct store *store, int64_t account_id,
                                   const struct store_page *page, struct store_audit *records,
                                   struct store_found *found)
{
    static const char forward[] = "SELECT " COLUMNS " FROM audit WHERE account = ?4 AND id > ?1"
                                  " ORDER BY id LIMIT ?2 OFFSET ?3";
    static const char backward[] = "SELECT * FROM (SELECT " COLUMNS " FROM audit"
                                   " WHERE account = ?4 AND id < ?1"
                                   " ORDER BY id DESC LIMIT ?2) AS page ORDER BY id";
    static const char edges[] = "SELECT EXISTS(SELECT 1 FROM audit WHERE account = ?4 AND id < ?1),"
                                " EXISTS(SELECT 1 FROM audit WHERE account = ?4 AND id > ?2)";
    const struct db_list list = {forward, backward, edges, {account_id}};
    return db_page(store, &list, page, from_row, records, found);
}
