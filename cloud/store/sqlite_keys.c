/* API keys in SQLite: see store.h. */
#include <string.h>

#include "cloud/base/clock.h"
#include "cloud/store/sqlite.h"

#define COLUMNS                                                                                    \
    "id, sid, name, role, limited, salt, secret_hash, old_salt, old_hash, old_expires,"            \
    " date_created, date_updated, date_rotated"

static void get_salt(sqlite3_stmt *row, int column, uint8_t salt[STORE_SALT])
{
    const void *bytes = sqlite3_column_blob(row, column);
    if (bytes && sqlite3_column_bytes(row, column) == STORE_SALT)
        memcpy(salt, bytes, STORE_SALT);
}

static void from_row(void *records, size_t index, sqlite3_stmt *row)
{
    struct store_key *key = (struct store_key *)records + index;
    memset(key, 0, sizeof *key);
    key->id = sqlite3_column_int64(row, 0);
    sqlite_get_text(row, 1, key->sid, sizeof key->sid);
    sqlite_get_text(row, 2, key->name, sizeof key->name);
    key->role = (enum store_role)sqlite3_column_int(row, 3);
    key->limited = sqlite3_column_int(row, 4) != 0;
    get_salt(row, 5, key->salt);
    sqlite_get_hash(row, 6, key->secret_hash);
    get_salt(row, 7, key->old_salt);
    sqlite_get_hash(row, 8, key->old_hash);
    key->old_expires_s = sqlite3_column_int64(row, 9);
    key->date_created_s = sqlite3_column_int64(row, 10);
    key->date_updated_s = sqlite3_column_int64(row, 11);
    key->date_rotated_s = sqlite3_column_int64(row, 12);
}

static void bind_key(sqlite3_stmt *statement, const struct store_key *key)
{
    sqlite_bind_text(statement, 1, key->sid);
    sqlite_bind_name(statement, 2, key->name);
    sqlite3_bind_int(statement, 3, (int)key->role);
    sqlite3_bind_int(statement, 4, key->limited);
    sqlite3_bind_blob(statement, 5, key->salt, STORE_SALT, SQLITE_TRANSIENT);
    sqlite_bind_hash(statement, 6, key->secret_hash);
    sqlite3_bind_blob(statement, 7, key->old_salt, STORE_SALT, SQLITE_TRANSIENT);
    sqlite_bind_hash(statement, 8, key->old_hash);
    sqlite3_bind_int64(statement, 9, key->old_expires_s);
    sqlite3_bind_int64(statement, 10, key->date_created_s);
    sqlite3_bind_int64(statement, 11, key->date_updated_s);
    sqlite3_bind_int64(statement, 12, key->date_rotated_s);
}

enum store_result store_key_add(struct store *store, struct store_key *key)
{
    sqlite3_stmt *statement = sqlite_statement(
        store, "INSERT INTO api_key(sid, name, role, limited, salt, secret_hash, old_salt,"
               " old_hash, old_expires, date_created, date_updated, date_rotated)"
               " VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)");
    if (!statement)
        return STORE_FAILED;
    sid_make(key->sid, "SK");
    key->date_created_s = key->date_updated_s = key->date_rotated_s = clock_unix_s();
    bind_key(statement, key);
    enum store_result result = sqlite_run(store, statement);
    key->id = sqlite3_last_insert_rowid(store->db);
    return result;
}

enum store_result store_key_write(struct store *store, const struct store_key *key)
{
    sqlite3_stmt *statement = sqlite_statement(
        store, "UPDATE api_key SET name = ?2, role = ?3, limited = ?4, salt = ?5, secret_hash = ?6,"
               " old_salt = ?7, old_hash = ?8, old_expires = ?9, date_created = ?10,"
               " date_updated = ?11, date_rotated = ?12 WHERE sid = ?1");
    if (!statement)
        return STORE_FAILED;
    bind_key(statement, key);
    return sqlite_run(store, statement);
}

enum store_result store_key_find(struct store *store, const char *sid, struct store_key *key)
{
    sqlite3_stmt *statement =
        sqlite_statement(store, "SELECT " COLUMNS " FROM api_key WHERE sid = ?1");
    if (!statement)
        return STORE_FAILED;
    sqlite_bind_text(statement, 1, sid);
    enum store_result result = sqlite_row(store, statement);
    if (result != STORE_OK)
        return result;
    from_row(key, 0, statement);
    sqlite3_reset(statement);
    return STORE_OK;
}

static enum store_result run_for_ids(struct store *store, const char *sql, int64_t first,
                                     int64_t second)
{
    sqlite3_stmt *statement = sqlite_statement(store, sql);
    if (!statement)
        return STORE_FAILED;
    sqlite3_bind_int64(statement, 1, first);
    if (second != 0)
        sqlite3_bind_int64(statement, 2, second);
    return sqlite_run(store, statement);
}

enum store_result store_key_delete(struct store *store, int64_t key_id)
{
    static const char sql[] = "DELETE FROM api_key WHERE id = ?1";
    return run_for_ids(store, sql, key_id, 0);
}

enum store_result store_key_list(struct store *store, const struct store_page *page,
                                 struct store_key *keys, struct store_found *found)
{
    static const char forward[] = "SELECT " COLUMNS " FROM api_key WHERE id > ?1"
                                  " ORDER BY id LIMIT ?2 OFFSET ?3";
    static const char backward[] = "SELECT * FROM (SELECT " COLUMNS " FROM api_key WHERE id < ?1"
                                   " ORDER BY id DESC LIMIT ?2) ORDER BY id";
    static const char edges[] = "SELECT EXISTS(SELECT 1 FROM api_key WHERE id < ?1),"
                                " EXISTS(SELECT 1 FROM api_key WHERE id > ?2)";
    const struct sqlite_list list = {forward, backward, edges, {0, 0}};
    return sqlite_page(store, &list, page, from_row, keys, found);
}

enum store_result store_key_device_add(struct store *store, int64_t key_id, int64_t device_id)
{
    static const char sql[] = "INSERT OR IGNORE INTO key_device(key, device) VALUES(?1, ?2)";
    return run_for_ids(store, sql, key_id, device_id);
}

enum store_result store_key_device_clear(struct store *store, int64_t key_id)
{
    static const char sql[] = "DELETE FROM key_device WHERE key = ?1";
    return run_for_ids(store, sql, key_id, 0);
}

enum store_result store_key_device_check(struct store *store, int64_t key_id, int64_t device_id)
{
    sqlite3_stmt *statement =
        sqlite_statement(store, "SELECT 1 FROM key_device WHERE key = ?1 AND device = ?2");
    if (!statement)
        return STORE_FAILED;
    sqlite3_bind_int64(statement, 1, key_id);
    sqlite3_bind_int64(statement, 2, device_id);
    enum store_result result = sqlite_row(store, statement);
    sqlite3_reset(statement);
    return result;
}

enum store_result store_key_device_list(struct store *store, int64_t key_id, char (*sids)[SID_TEXT],
                                        size_t limit, size_t *count)
{
    sqlite3_stmt *statement = sqlite_statement(
        store, "SELECT device.sid FROM key_device JOIN device ON device.id = key_device.device"
               " WHERE key_device.key = ?1 AND NOT device.retired ORDER BY device.id");
    enum store_result result = STORE_OK;
    *count = 0;
    if (!statement)
        return STORE_FAILED;
    sqlite3_bind_int64(statement, 1, key_id);
    while (*count < limit && (result = sqlite_row(store, statement)) == STORE_OK)
        sqlite_get_text(statement, 0, sids[(*count)++], SID_TEXT);
    sqlite3_reset(statement);
    return result == STORE_FAILED ? STORE_FAILED : STORE_OK;
}

enum store_result store_key_count(struct store *store, size_t *count)
{
    sqlite3_stmt *statement = sqlite_statement(store, "SELECT count(*) FROM api_key");
    if (!statement)
        return STORE_FAILED;
    enum store_result result = sqlite_row(store, statement);
    *count = result == STORE_OK ? (size_t)sqlite3_column_int64(statement, 0) : 0;
    sqlite3_reset(statement);
    return result;
}
