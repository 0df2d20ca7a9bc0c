/* Configs and secrets in SQLite: see store.h. Values arrive sealed and are never looked into. */
#include <stdlib.h>
#include <string.h>

#include "cloud/base/clock.h"
#include "cloud/base/memory.h"
#include "cloud/store/sqlite.h"

#define COLUMNS "id, key, sealed, date_updated"

static void from_row(void *records, size_t index, sqlite3_stmt *row)
{
    struct store_setting *setting = (struct store_setting *)records + index;
    memset(setting, 0, sizeof *setting);
    setting->id = sqlite3_column_int64(row, 0);
    sqlite_get_text(row, 1, setting->key, sizeof setting->key);
    const void *sealed = sqlite3_column_blob(row, 2);
    setting->sealed_size = (size_t)sqlite3_column_bytes(row, 2);
    setting->sealed = (uint8_t *)memory_copy(sealed ? sealed : "", setting->sealed_size);
    setting->date_updated_s = sqlite3_column_int64(row, 3);
}

void store_setting_release(struct store_setting *settings, size_t count)
{
    for (size_t i = 0; i < count; i++)
        free(settings[i].sealed);
}

static void bind_place(sqlite3_stmt *statement, const struct store_settings_of *of, const char *key)
{
    sqlite3_bind_int64(statement, 1, of->device_id);
    sqlite3_bind_int(statement, 2, (int)of->kind);
    sqlite_bind_text(statement, 3, key);
}

enum store_result store_setting_add(struct store *store, const struct store_settings_of *of,
                                    struct store_setting *setting)
{
    sqlite3_stmt *statement =
        sqlite_statement(store, "INSERT INTO setting(device, kind, key, sealed, date_updated)"
                                " VALUES(?1, ?2, ?3, ?4, ?5)");
    if (!statement)
        return STORE_FAILED;
    setting->date_updated_s = clock_unix_s();
    bind_place(statement, of, setting->key);
    sqlite3_bind_blob(statement, 4, setting->sealed, (int)setting->sealed_size, SQLITE_TRANSIENT);
    sqlite3_bind_int64(statement, 5, setting->date_updated_s);
    enum store_result result = sqlite_run(store, statement);
    setting->id = sqlite3_last_insert_rowid(store->db);
    return result;
}

enum store_result store_setting_find(struct store *store, const struct store_settings_of *of,
                                     const char *key, struct store_setting *setting)
{
    sqlite3_stmt *statement = sqlite_statement(
        store, "SELECT " COLUMNS " FROM setting WHERE device = ?1 AND kind = ?2 AND key = ?3");
    if (!statement)
        return STORE_FAILED;
    bind_place(statement, of, key);
    enum store_result result = sqlite_row(store, statement);
    if (result != STORE_OK)
        return result;
    from_row(setting, 0, statement);
    sqlite3_reset(statement);
    return STORE_OK;
}

enum store_result store_setting_write(struct store *store, struct store_setting *setting)
{
    sqlite3_stmt *statement =
        sqlite_statement(store, "UPDATE setting SET sealed = ?2, date_updated = ?3 WHERE id = ?1");
    if (!statement)
        return STORE_FAILED;
    setting->date_updated_s = clock_unix_s();
    sqlite3_bind_int64(statement, 1, setting->id);
    sqlite3_bind_blob(statement, 2, setting->sealed, (int)setting->sealed_size, SQLITE_TRANSIENT);
    sqlite3_bind_int64(statement, 3, setting->date_updated_s);
    return sqlite_run(store, statement);
}

enum store_result store_setting_delete(struct store *store, int64_t setting_id)
{
    sqlite3_stmt *statement = sqlite_statement(store, "DELETE FROM setting WHERE id = ?1");
    if (!statement)
        return STORE_FAILED;
    sqlite3_bind_int64(statement, 1, setting_id);
    return sqlite_run(store, statement);
}

enum store_result store_setting_delete_all(struct store *store, int64_t device_id)
{
    sqlite3_stmt *statement = sqlite_statement(store, "DELETE FROM setting WHERE device = ?1");
    if (!statement)
        return STORE_FAILED;
    sqlite3_bind_int64(statement, 1, device_id);
    return sqlite_run(store, statement);
}

enum store_result store_setting_list(struct store *store, const struct store_settings_of *of,
                                     const struct store_page *page, struct store_setting *settings,
                                     struct store_found *found)
{
    static const char forward[] = "SELECT " COLUMNS " FROM setting WHERE id > ?1 AND device = ?4"
                                  " AND kind = ?5 ORDER BY id LIMIT ?2 OFFSET ?3";
    static const char backward[] = "SELECT * FROM (SELECT " COLUMNS " FROM setting WHERE id < ?1"
                                   " AND device = ?4 AND kind = ?5 ORDER BY id DESC LIMIT ?2)"
                                   " ORDER BY id";
    static const char edges[] =
        "SELECT EXISTS(SELECT 1 FROM setting WHERE id < ?1 AND device = ?4 AND kind = ?5),"
        " EXISTS(SELECT 1 FROM setting WHERE id > ?2 AND device = ?4 AND kind = ?5)";
    const struct sqlite_list list = {forward, backward, edges, {of->device_id, (int)of->kind}};
    return sqlite_page(store, &list, page, from_row, settings, found);
}
