/* API keys: see store.h. */
#include <string.h>

#include "cloud/base/clock.h"
#include "cloud/store/db.h"

#define COLUMNS                                                                                    \
    "id, sid, name, role, limited, salt, secret_hash, old_salt, old_hash, old_expires,"            \
    " date_created, date_updated, date_rotated, account"

static void from_row(void *records, size_t index, struct db_statement *row)
{
    struct store_key *key = (struct store_key *)records + index;
    memset(key, 0, sizeof *key);
    key->id = db_integer(row, 0);
    db_get_text(row, 1, key->sid, sizeof key->sid);
    db_get_text(row, 2, key->name, sizeof key->name);
    key->role = (enum store_role)db_integer(row, 3);
    key->limited = db_integer(row, 4) != 0;
    db_get_credential(row, 5, &key->secret);
    key->date_created_s = db_integer(row, 10);
    key->date_updated_s = db_integer(row, 11);
    key->secret.date_rotated_s = db_integer(row, 12);
    key->account_id = db_integer(row, 13);
}

static void bind_key(struct db_statement *statement, const struct store_key *key)
{
    db_bind_text(statement, 1, key->sid);
    db_bind_name(statement, 2, key->name);
    db_bind_integer(statement, 3, (int)key->role);
    db_bind_integer(statement, 4, key->limited);
    db_bind_credential(statement, 5, &key->secret);
    db_bind_integer(statement, 10, key->date_created_s);
    db_bind_integer(statement, 11, key->date_updated_s);
    db_bind_integer(statement, 12, key->secret.date_rotated_s);
}

enum store_result store_key_add(struct store *store, struct store_key *key)
{
    struct db_statement *statement = db_statement(
        store, "INSERT INTO api_key(sid, name, role, limited, salt, secret_hash, old_salt,"
               " old_hash, old_expires, date_created, date_updated, date_rotated, account)"
               " VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13) RETURNING id");
    if (!statement)
        return STORE_FAILED;
    sid_make(key->sid, "SK");
    key->date_created_s = key->date_updated_s = key->secret.date_rotated_s = clock_unix_s();
    bind_key(statement, key);
    db_bind_integer(statement, 13, key->account_id);
    return db_insert(statement, &key->id);
}

enum store_result store_key_write(struct store *store, const struct store_key *key)
{
    struct db_statement *statement = db_statement(
        store, "UPDATE api_key SET name = ?2, role = ?3, limited = ?4, salt = ?5, secret_hash = ?6,"
               " old_salt = ?7, old_hash = ?8, old_expires = ?9, date_created = ?10,"
               " date_updated = ?11, date_rotated = ?12 WHERE sid = ?1");
    if (!statement)
        return STORE_FAILED;
    bind_key(statement, key);
    return db_run(statement);
}

enum store_result store_key_find(struct store *store, int64_t account_id, const char *sid,
                                 struct store_key *key)
{
    struct db_statement *statement =
        db_statement(store, "SELECT " COLUMNS " FROM api_key WHERE sid = ?1 AND account = ?2");
    if (!statement)
        return STORE_FAILED;
    db_bind_text(statement, 1, sid);
    db_bind_integer(statement, 2, account_id);
    enum store_result result = db_row(statement);
    if (result != STORE_OK)
        return result;
    from_row(key, 0, statement);
    db_reset(statement);
    return STORE_OK;
}

static enum store_result run_for_ids(struct store *store, const char *sql, int64_t first,
                                     int64_t second)
{
    struct db_statement *statement = db_statement(store, sql);
    if (!statement)
        return STORE_FAILED;
    db_bind_integer(statement, 1, first);
    db_bind_integer(statement, 2, second); /* if the statement has it */
    return db_run(statement);
}

enum store_result store_key_delete(struct store *store, int64_t key_id)
{
    static const char sql[] = "DELETE FROM api_key WHERE id = ?1";
    return run_for_ids(store, sql, key_id, 0);
}

#define LISTED "(?4 = 0 OR account = ?4)"

enum store_result store_key_list(struct store *store, int64_t account_id,
                                 const struct store_page *page, struct store_key *keys,
                                 struct store_found *found)
{
    static const char forward[] = "SELECT " COLUMNS " FROM api_key WHERE id > ?1 AND " LISTED
                                  " ORDER BY id LIMIT ?2 OFFSET ?3";
    static const char backward[] =
        "SELECT * FROM (SELECT " COLUMNS " FROM api_key WHERE id < ?1 AND " LISTED
        " ORDER BY id DESC LIMIT ?2) AS page ORDER BY id";
    static const char edges[] = "SELECT EXISTS(SELECT 1 FROM api_key WHERE id < ?1 AND " LISTED "),"
                                " EXISTS(SELECT 1 FROM api_key WHERE id > ?2 AND " LISTED ")";
    const struct db_list list = {forward, backward, edges, {account_id}};
    return db_page(store, &list, page, from_row, keys, found);
}

enum store_result store_key_device_add(struct store *store, int64_t key_id, int64_t device_id)
{
    static const char sql[] = "INSERT INTO key_device(key, device) VALUES(?1, ?2)"
                              " ON CONFLICT DO NOTHING";
    return run_for_ids(store, sql, key_id, device_id);
}

enum store_result store_key_device_clear(struct store *store, int64_t key_id)
{
    static const char sql[] = "DELETE FROM key_device WHERE key = ?1";
    return run_for_ids(store, sql, key_id, 0);
}

enum store_result store_key_device_check(struct store *store, int64_t key_id, int64_t device_id)
{
    struct db_statement *statement =
        db_statement(store, "SELECT 1 FROM key_device WHERE key = ?1 AND device = ?2");
    if (!statement)
        return STORE_FAILED;
    db_bind_integer(statement, 1, key_id);
    db_bind_integer(statement, 2, device_id);
    return db_exists(statement);
}

enum store_result store_key_device_list(struct store *store, int64_t key_id, char (*sids)[SID_TEXT],
                                        size_t limit, size_t *count)
{
    struct db_statement *statement = db_statement(
        store, "SELECT device.sid FROM key_device JOIN device ON device.id = key_device.device"
               " WHERE key_device.key = ?1 AND device.retired = 0 ORDER BY device.id");
    enum store_result result = STORE_OK;
    *count = 0;
    if (!statement)
        return STORE_FAILED;
    db_bind_integer(statement, 1, key_id);
    while (*count < limit && (result = db_row(statement)) == STORE_OK)
        db_get_text(statement, 0, sids[(*count)++], SID_TEXT);
    db_reset(statement);
    return result == STORE_FAILED ? STORE_FAILED : STORE_OK;
}

enum store_result store_key_count(struct store *store, int64_t account_id, size_t *count)
{
    struct db_statement *statement =
        db_statement(store, "SELECT count(*) FROM api_key WHERE account = ?1");
    if (!statement)
        return STORE_FAILED;
    db_bind_integer(statement, 1, account_id);
    enum store_result result = db_row(statement);
    *count = result == STORE_OK ? (size_t)db_integer(statement, 0) : 0;
    db_reset(statement);
    return result;
}
