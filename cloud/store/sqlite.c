/* SQLite: opening, schema, transactions and helpers. See store.h and sqlite.h. */
#include "cloud/store/sqlite.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cloud/base/journal.h"
#include "cloud/base/memory.h"

/* WAL with synchronous=FULL: a commit is on the disk before the client hears of it. */
static const char *const pragmas = "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;"
                                   "PRAGMA foreign_keys=ON; PRAGMA temp_store=MEMORY;"
                                   "PRAGMA wal_autocheckpoint=1000; PRAGMA busy_timeout=5000;";

/* Step n takes a database of version n to version n + 1. Steps are never changed once released. */
static const char *const steps[] = {
    "CREATE TABLE account(id INTEGER PRIMARY KEY, sid TEXT NOT NULL UNIQUE, salt BLOB NOT NULL,"
    " token_hash BLOB NOT NULL, date_created INTEGER NOT NULL);"
    "CREATE TABLE blob(hash BLOB PRIMARY KEY NOT NULL, size INTEGER NOT NULL) WITHOUT ROWID;"
    "CREATE TABLE app(id INTEGER PRIMARY KEY AUTOINCREMENT, sid TEXT NOT NULL UNIQUE,"
    " unique_name TEXT UNIQUE, manifest_hash BLOB NOT NULL REFERENCES blob(hash),"
    " date_created INTEGER NOT NULL, date_updated INTEGER NOT NULL);"
    "CREATE INDEX app_by_manifest ON app(manifest_hash);"
    "CREATE TABLE app_layer(app INTEGER NOT NULL REFERENCES app(id) ON DELETE CASCADE,"
    " hash BLOB NOT NULL REFERENCES blob(hash), PRIMARY KEY(app, hash)) WITHOUT ROWID;"
    "CREATE INDEX app_layer_by_hash ON app_layer(hash);"
    "CREATE TABLE device(id INTEGER PRIMARY KEY AUTOINCREMENT, sid TEXT NOT NULL UNIQUE,"
    " unique_name TEXT UNIQUE, retired INTEGER NOT NULL, date_created INTEGER NOT NULL,"
    " date_updated INTEGER NOT NULL, target_sid TEXT REFERENCES app(sid), target_hash BLOB,"
    " target_size INTEGER NOT NULL DEFAULT 0, target_generation INTEGER NOT NULL DEFAULT 0,"
    " date_targeted INTEGER NOT NULL DEFAULT 0, reported_sid TEXT, reported_hash BLOB,"
    " date_reported INTEGER NOT NULL DEFAULT 0, update_hash BLOB,"
    " update_state INTEGER NOT NULL DEFAULT 0, update_error INTEGER NOT NULL DEFAULT 0,"
    " logging_expires INTEGER NOT NULL DEFAULT 0, restart_pending INTEGER NOT NULL DEFAULT 0,"
    " kernel_version TEXT, last_seen INTEGER NOT NULL DEFAULT 0);"
    "CREATE INDEX device_by_target ON device(target_sid);"
    "CREATE TABLE log(id INTEGER PRIMARY KEY AUTOINCREMENT, device INTEGER NOT NULL,"
    " time_us INTEGER NOT NULL, type TEXT NOT NULL, sequence INTEGER NOT NULL,"
    " text TEXT NOT NULL);"
    "CREATE INDEX log_by_device ON log(device, id);",
    /* A device sends a record again when it lost the credit for it. */
    "ALTER TABLE log ADD COLUMN boot_id INTEGER NOT NULL DEFAULT 0;"
    "CREATE UNIQUE INDEX log_once ON log(device, boot_id, sequence) WHERE boot_id <> 0;",
    /* Configs and secrets; device 0 is the whole account. */
    "CREATE TABLE meta(name TEXT PRIMARY KEY NOT NULL, value BLOB NOT NULL) WITHOUT ROWID;"
    "CREATE TABLE setting(id INTEGER PRIMARY KEY AUTOINCREMENT, device INTEGER NOT NULL,"
    " kind INTEGER NOT NULL, key TEXT NOT NULL, sealed BLOB NOT NULL,"
    " date_updated INTEGER NOT NULL, UNIQUE(device, kind, key));"
    "CREATE INDEX setting_by_page ON setting(device, kind, id);",
    "CREATE TABLE api_key(id INTEGER PRIMARY KEY AUTOINCREMENT, sid TEXT NOT NULL UNIQUE,"
    " name TEXT, role INTEGER NOT NULL, limited INTEGER NOT NULL, salt BLOB NOT NULL,"
    " secret_hash BLOB NOT NULL, old_salt BLOB NOT NULL, old_hash BLOB NOT NULL,"
    " old_expires INTEGER NOT NULL, date_created INTEGER NOT NULL,"
    " date_updated INTEGER NOT NULL, date_rotated INTEGER NOT NULL);"
    "CREATE TABLE key_device(key INTEGER NOT NULL REFERENCES api_key(id) ON DELETE CASCADE,"
    " device INTEGER NOT NULL REFERENCES device(id), PRIMARY KEY(key, device)) WITHOUT ROWID;"
    "CREATE TABLE audit(id INTEGER PRIMARY KEY, time_us INTEGER NOT NULL, actor TEXT NOT NULL,"
    " operation TEXT NOT NULL, path TEXT NOT NULL, object TEXT NOT NULL,"
    " parameters TEXT NOT NULL, mac BLOB NOT NULL);",
};
#define SCHEMA_VERSION ((int)(sizeof steps / sizeof steps[0]))

enum store_result sqlite_failed(struct store *store, const char *what)
{
    journal(JOURNAL_ERROR, "store", "database error", "what", what, "error",
            sqlite3_errmsg(store->db));
    return STORE_FAILED;
}

static bool execute(struct store *store, const char *sql)
{
    if (sqlite3_exec(store->db, sql, NULL, NULL, NULL) == SQLITE_OK)
        return true;
    sqlite_failed(store, "execute");
    return false;
}

static int schema_version(struct store *store)
{
    sqlite3_stmt *statement = sqlite_statement(store, "PRAGMA user_version");
    if (!statement || sqlite_row(store, statement) != STORE_OK)
        return -1;
    int version = sqlite3_column_int(statement, 0);
    sqlite3_reset(statement);
    return version;
}

static bool schema_prepare(struct store *store)
{
    char sql[64];
    int version = schema_version(store);
    if (version < 0 || version > SCHEMA_VERSION) {
        journal(JOURNAL_ERROR, "store", "database is of a later version of this program");
        return false;
    }
    for (; version < SCHEMA_VERSION; version++) {
        snprintf(sql, sizeof sql, "PRAGMA user_version=%d", version + 1);
        if (!execute(store, "BEGIN IMMEDIATE") || !execute(store, steps[version]) ||
            !execute(store, sql) || !execute(store, "COMMIT"))
            return false;
    }
    return true;
}

struct store *store_open(const char *folder)
{
    char path[4096];
    struct store *store = memory_new(sizeof *store);
    snprintf(path, sizeof path, "%s/microvisor.db", folder);
    int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX;
    if (sqlite3_open_v2(path, &store->db, flags, NULL) != SQLITE_OK) {
        sqlite_failed(store, "open");
    } else if (execute(store, pragmas) && schema_prepare(store) &&
               blobs_open(folder, store->blob_folder)) {
        sqlite_sweep_blobs(store);
        return store;
    }
    store_close(store);
    return NULL;
}

struct store *store_open_read(const char *folder)
{
    char path[4096];
    struct store *store = memory_new(sizeof *store);
    snprintf(path, sizeof path, "%s/microvisor.db", folder);
    if (sqlite3_open_v2(path, &store->db, SQLITE_OPEN_READONLY | SQLITE_OPEN_NOMUTEX, NULL) !=
            SQLITE_OK ||
        !execute(store, "PRAGMA busy_timeout=5000; BEGIN"))
        sqlite_failed(store, "open");
    else if (schema_version(store) == SCHEMA_VERSION)
        return store;
    else
        journal(JOURNAL_ERROR, "store", "database is of another version of this program");
    store_close(store);
    return NULL;
}

void store_close(struct store *store)
{
    for (size_t i = 0; i < SQLITE_STATEMENTS; i++)
        sqlite3_finalize(store->cache[i].statement);
    sqlite3_close(store->db);
    free(store);
}

sqlite3_stmt *sqlite_statement(struct store *store, const char *sql)
{
    size_t i = 0;
    while (i < SQLITE_STATEMENTS && store->cache[i].sql && store->cache[i].sql != sql)
        i++;
    if (i == SQLITE_STATEMENTS) {
        sqlite_failed(store, "statement cache is full");
        return NULL;
    }
    if (!store->cache[i].statement) {
        if (sqlite3_prepare_v3(store->db, sql, -1, SQLITE_PREPARE_PERSISTENT,
                               &store->cache[i].statement, NULL) != SQLITE_OK) {
            sqlite_failed(store, sql);
            return NULL;
        }
        store->cache[i].sql = sql;
    }
    sqlite3_reset(store->cache[i].statement);
    sqlite3_clear_bindings(store->cache[i].statement);
    return store->cache[i].statement;
}

enum store_result sqlite_run(struct store *store, sqlite3_stmt *statement)
{
    int code = sqlite3_step(statement);
    enum store_result result = STORE_OK;
    if (code != SQLITE_DONE) {
        bool unique = sqlite3_extended_errcode(store->db) == SQLITE_CONSTRAINT_UNIQUE;
        result = unique ? STORE_NAME_TAKEN : sqlite_failed(store, sqlite3_sql(statement));
    }
    sqlite3_reset(statement);
    return result;
}

enum store_result sqlite_row(struct store *store, sqlite3_stmt *statement)
{
    int code = sqlite3_step(statement);
    if (code == SQLITE_ROW)
        return STORE_OK;
    enum store_result result =
        code == SQLITE_DONE ? STORE_NOT_FOUND : sqlite_failed(store, sqlite3_sql(statement));
    sqlite3_reset(statement);
    return result;
}

static void bind_page(sqlite3_stmt *statement, const struct sqlite_list *list, int64_t first,
                      int64_t second)
{
    sqlite3_bind_int64(statement, 1, first);
    sqlite3_bind_int64(statement, 2, second);
    sqlite3_bind_int64(statement, 4, list->scope[0]); /* lists without a scope: out of range, */
    sqlite3_bind_int64(statement, 5, list->scope[1]); /* which does no harm */
}

enum store_result sqlite_page(struct store *store, const struct sqlite_list *list,
                              const struct store_page *page,
                              void (*take)(void *records, size_t index, sqlite3_stmt *row),
                              void *records, struct store_found *found)
{
    sqlite3_stmt *statement =
        sqlite_statement(store, page->before ? list->backward : list->forward);
    enum store_result result = STORE_OK;
    memset(found, 0, sizeof *found);
    if (!statement)
        return STORE_FAILED;
    bind_page(statement, list, page->before ? page->before : page->after, (int64_t)page->limit);
    sqlite3_bind_int64(statement, 3, page->skip);
    while (found->count < page->limit && (result = sqlite_row(store, statement)) == STORE_OK) {
        found->last_id = sqlite3_column_int64(statement, 0);
        if (found->count == 0)
            found->first_id = found->last_id;
        take(records, found->count++, statement);
    }
    sqlite3_reset(statement);
    statement = result != STORE_FAILED ? sqlite_statement(store, list->edges) : NULL;
    if (!statement)
        return STORE_FAILED;
    bind_page(statement, list, found->count > 0 ? found->first_id : page->after + 1,
              found->count > 0 ? found->last_id : INT64_MAX);
    result = sqlite_row(store, statement);
    found->more_before = result == STORE_OK && sqlite3_column_int(statement, 0);
    found->more_after = result == STORE_OK && sqlite3_column_int(statement, 1);
    sqlite3_reset(statement);
    return result;
}

void sqlite_bind_text(sqlite3_stmt *statement, int index, const char *text)
{
    sqlite3_bind_text(statement, index, text, -1, SQLITE_TRANSIENT);
}

void sqlite_bind_name(sqlite3_stmt *statement, int index, const char *text)
{
    if (text[0] == '\0')
        sqlite3_bind_null(statement, index);
    else
        sqlite_bind_text(statement, index, text);
}

void sqlite_bind_hash(sqlite3_stmt *statement, int index, const uint8_t hash[STORE_HASH])
{
    sqlite3_bind_blob(statement, index, hash, STORE_HASH, SQLITE_TRANSIENT);
}

void sqlite_bind_hash_if(sqlite3_stmt *statement, int index, bool present,
                         const uint8_t hash[STORE_HASH])
{
    if (present)
        sqlite_bind_hash(statement, index, hash);
    else
        sqlite3_bind_null(statement, index);
}

void sqlite_get_text(sqlite3_stmt *statement, int column, char *out, size_t size)
{
    const char *text = (const char *)sqlite3_column_text(statement, column);
    snprintf(out, size, "%s", text ? text : "");
}

bool sqlite_get_hash(sqlite3_stmt *statement, int column, uint8_t hash[STORE_HASH])
{
    const void *bytes = sqlite3_column_blob(statement, column);
    memset(hash, 0, STORE_HASH);
    if (!bytes || sqlite3_column_bytes(statement, column) != STORE_HASH)
        return false;
    memcpy(hash, bytes, STORE_HASH);
    return true;
}

bool store_group_begin(struct store *store)
{
    return execute(store, "BEGIN");
}

bool store_group_commit(struct store *store)
{
    if (!execute(store, "COMMIT"))
        return false;
    if (store->blobs_removed)
        sqlite_sweep_blobs(store);
    store->blobs_removed = false;
    return true;
}

void store_group_abort(struct store *store)
{
    if (!sqlite3_get_autocommit(store->db))
        execute(store, "ROLLBACK");
}

bool store_job_begin(struct store *store)
{
    return execute(store, "SAVEPOINT job");
}

void store_job_end(struct store *store, bool keep)
{
    if (!keep)
        execute(store, "ROLLBACK TO job");
    execute(store, "RELEASE job");
}

enum store_result store_account_get(struct store *store, struct store_account *account)
{
    sqlite3_stmt *statement =
        sqlite_statement(store, "SELECT sid, salt, token_hash FROM account ORDER BY id LIMIT 1");
    if (!statement)
        return STORE_FAILED;
    enum store_result result = sqlite_row(store, statement);
    if (result != STORE_OK)
        return result;
    sqlite_get_text(statement, 0, account->sid, sizeof account->sid);
    const void *salt = sqlite3_column_blob(statement, 1);
    if (salt && sqlite3_column_bytes(statement, 1) == sizeof account->salt)
        memcpy(account->salt, salt, sizeof account->salt);
    bool whole = sqlite_get_hash(statement, 2, account->token_hash);
    sqlite3_reset(statement);
    return whole ? STORE_OK : STORE_FAILED;
}

enum store_result store_account_add(struct store *store, const struct store_account *account)
{
    sqlite3_stmt *statement =
        sqlite_statement(store, "INSERT INTO account(sid, salt, token_hash, date_created)"
                                " VALUES(?1, ?2, ?3, unixepoch())");
    if (!statement)
        return STORE_FAILED;
    sqlite_bind_text(statement, 1, account->sid);
    sqlite3_bind_blob(statement, 2, account->salt, sizeof account->salt, SQLITE_TRANSIENT);
    sqlite_bind_hash(statement, 3, account->token_hash);
    return sqlite_run(store, statement);
}

enum store_result store_meta_get(struct store *store, const char *name, void *bytes, size_t limit,
                                 size_t *size)
{
    sqlite3_stmt *statement = sqlite_statement(store, "SELECT value FROM meta WHERE name = ?1");
    if (!statement)
        return STORE_FAILED;
    sqlite_bind_text(statement, 1, name);
    enum store_result result = sqlite_row(store, statement);
    if (result != STORE_OK)
        return result;
    const void *value = sqlite3_column_blob(statement, 0);
    *size = (size_t)sqlite3_column_bytes(statement, 0);
    if (*size <= limit && value)
        memcpy(bytes, value, *size);
    else
        result = STORE_FAILED;
    sqlite3_reset(statement);
    return result;
}

enum store_result store_meta_set(struct store *store, const char *name, const void *bytes,
                                 size_t size)
{
    sqlite3_stmt *statement =
        sqlite_statement(store, "INSERT INTO meta(name, value) VALUES(?1, ?2)"
                                " ON CONFLICT(name) DO UPDATE SET value = excluded.value");
    if (!statement)
        return STORE_FAILED;
    sqlite_bind_text(statement, 1, name);
    sqlite3_bind_blob(statement, 2, bytes, (int)size, SQLITE_TRANSIENT);
    return sqlite_run(store, statement);
}
