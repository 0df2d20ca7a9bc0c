/* SQLite behind db.h. Blobs are files beside the database (blobs.h). */
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cloud/base/journal.h"
#include "cloud/base/memory.h"
#include "cloud/store/blobs.h"
#include "cloud/store/db.h"

/* WAL with synchronous=FULL: a commit is on the disk before the client hears of it. Foreign keys
 * come after the schema's steps, which rebuild tables. */
static const char pragmas[] = "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;"
                              "PRAGMA temp_store=MEMORY; PRAGMA wal_autocheckpoint=1000;";

struct sqlite {
    struct store store;
    sqlite3 *db;
    char blob_folder[BLOBS_PATH];
};

struct sqlite_statement {
    struct db_statement base;
    sqlite3_stmt *statement;
    int parameters;
};

static sqlite3 *db_of(struct store *store)
{
    return ((struct sqlite *)store)->db;
}

static bool sqlite_execute(struct store *store, const char *sql)
{
    if (sqlite3_exec(db_of(store), sql, NULL, NULL, NULL) == SQLITE_OK)
        return true;
    db_failed("execute", sqlite3_errmsg(db_of(store)));
    return false;
}

static void sqlite_close(struct store *store)
{
    sqlite3_close(db_of(store));
    free(store);
}

static struct db_statement *sqlite_prepare(struct store *store, const char *sql)
{
    struct sqlite_statement *made = memory_new(sizeof *made);
    made->base = (struct db_statement){.store = store, .sql = sql};
    if (sqlite3_prepare_v3(db_of(store), sql, -1, SQLITE_PREPARE_PERSISTENT, &made->statement,
                           NULL) == SQLITE_OK) {
        made->parameters = sqlite3_bind_parameter_count(made->statement);
        return &made->base;
    }
    db_failed(sql, sqlite3_errmsg(db_of(store)));
    free(made);
    return NULL;
}

static sqlite3_stmt *of(const struct db_statement *statement)
{
    return ((const struct sqlite_statement *)statement)->statement;
}

static void sqlite_finalize(struct db_statement *statement)
{
    sqlite3_finalize(of(statement));
    free(statement);
}

static void sqlite_reset(struct db_statement *statement)
{
    sqlite3_reset(of(statement));
    sqlite3_clear_bindings(of(statement));
}

static void sqlite_bind(struct db_statement *statement, int index, const struct db_value *value)
{
    if (index > ((struct sqlite_statement *)statement)->parameters)
        return;
    switch (value->type) {
    case DB_INTEGER:
        sqlite3_bind_int64(of(statement), index, value->number);
        break;
    case DB_TEXT:
        sqlite3_bind_text(of(statement), index, value->bytes, (int)value->size, SQLITE_TRANSIENT);
        break;
    case DB_BYTES:
        sqlite3_bind_blob(of(statement), index, value->size > 0 ? value->bytes : "",
                          (int)value->size, SQLITE_TRANSIENT);
        break;
    default:
        sqlite3_bind_null(of(statement), index);
        break;
    }
}

static enum db_step sqlite_step(struct db_statement *statement)
{
    sqlite3 *db = db_of(statement->store);
    int code = sqlite3_step(of(statement));
    if (code == SQLITE_ROW || code == SQLITE_DONE)
        return code == SQLITE_ROW ? DB_ROW : DB_DONE;
    if (sqlite3_extended_errcode(db) == SQLITE_CONSTRAINT_UNIQUE)
        return DB_NOT_UNIQUE;
    db_failed(statement->sql, sqlite3_errmsg(db));
    return DB_FAILED;
}

static int sqlite_columns(const struct db_statement *statement)
{
    return sqlite3_column_count(of(statement));
}

static struct db_value sqlite_column(const struct db_statement *statement, int column)
{
    static const enum db_type types[] = {[SQLITE_INTEGER] = DB_INTEGER,
                                         [SQLITE_FLOAT] = DB_NULL,
                                         [SQLITE_TEXT] = DB_TEXT,
                                         [SQLITE_BLOB] = DB_BYTES,
                                         [SQLITE_NULL] = DB_NULL};
    struct db_value value = {.type = types[sqlite3_column_type(of(statement), column)]};
    if (value.type == DB_INTEGER) {
        value.number = sqlite3_column_int64(of(statement), column);
    } else if (value.type != DB_NULL) {
        value.bytes = sqlite3_column_blob(of(statement), column);
        value.size = (size_t)sqlite3_column_bytes(of(statement), column);
        if (!value.bytes)
            value.bytes = "";
    }
    return value;
}

/* The write lock at once: another process (an administrator's command, a backup) may hold it, and
 * a lock that is wanted only after a read cannot wait for it. */
static bool sqlite_begin(struct store *store)
{
    return sqlite_execute(store, "BEGIN IMMEDIATE");
}

static void sqlite_abort(struct store *store)
{
    if (!sqlite3_get_autocommit(db_of(store)))
        sqlite_execute(store, "ROLLBACK");
}

static bool sqlite_job_end(struct store *store, bool keep)
{
    return sqlite_execute(store, keep ? "RELEASE job" : "ROLLBACK TO job; RELEASE job");
}

/* ---- blobs ---- */

static enum store_result sqlite_blob_add(struct store *store, const struct store_blob *blob)
{
    struct db_statement *statement = db_statement(
        store, "INSERT INTO blob(hash, size) VALUES(?1, ?2) ON CONFLICT(hash) DO NOTHING");
    if (!statement || !blobs_add(((struct sqlite *)store)->blob_folder, blob))
        return STORE_FAILED;
    db_bind_hash(statement, 1, blob->hash);
    db_bind_integer(statement, 2, (int64_t)blob->size);
    return db_run(statement);
}

static enum store_result sqlite_blob_read(struct store *store, const uint8_t hash[STORE_HASH],
                                          uint32_t offset, uint8_t *bytes, size_t size, size_t *got,
                                          uint32_t *total)
{
    const char *folder = ((struct sqlite *)store)->blob_folder;
    return blobs_read(folder, hash, offset, bytes, size, got, total) ? STORE_OK : STORE_FAILED;
}

static bool blob_has_row(void *context, const uint8_t hash[STORE_HASH])
{
    struct db_statement *statement = db_statement(context, "SELECT 1 FROM blob WHERE hash = ?1");
    if (!statement)
        return true; /* in doubt it stays */
    db_bind_hash(statement, 1, hash);
    return db_exists(statement) != STORE_NOT_FOUND;
}

static void sqlite_blobs_swept(struct store *store)
{
    blobs_sweep(((struct sqlite *)store)->blob_folder, blob_has_row, store);
}

static const struct db_ops ops = {
    .name = "sqlite",
    .close = sqlite_close,
    .execute = sqlite_execute,
    .prepare = sqlite_prepare,
    .finalize = sqlite_finalize,
    .reset = sqlite_reset,
    .bind = sqlite_bind,
    .step = sqlite_step,
    .columns = sqlite_columns,
    .column = sqlite_column,
    .begin = sqlite_begin,
    .abort = sqlite_abort,
    .job_end = sqlite_job_end,
    .blob_add = sqlite_blob_add,
    .blob_read = sqlite_blob_read,
    .blobs_swept = sqlite_blobs_swept,
};

/* ---- opening ---- */

static int schema_version(struct store *store)
{
    struct db_statement *statement = db_statement(store, "PRAGMA user_version");
    if (!statement || db_row(statement) != STORE_OK)
        return -1;
    int version = (int)db_integer(statement, 0);
    db_reset(statement);
    return version;
}

static bool set_schema_version(struct store *store, int version)
{
    char sql[64];
    snprintf(sql, sizeof sql, "PRAGMA user_version=%d", version);
    return sqlite_execute(store, sql);
}

static bool references_hold(struct store *store)
{
    struct db_statement *statement = db_statement(store, "PRAGMA foreign_key_check");
    return statement && db_exists(statement) == STORE_NOT_FOUND;
}

static bool open_to_serve(struct sqlite *sqlite, const char *folder)
{
    struct store *store = &sqlite->store;
    int before = -1;
    if (!sqlite_execute(store, pragmas) || (before = schema_version(store)) < 0 ||
        !schema_prepare(store, schema_sqlite, schema_sqlite_count, true, schema_version,
                        set_schema_version))
        return false;
    if (before < schema_sqlite_count && !references_hold(store)) {
        db_failed("schema", "a reference of the database leads nowhere");
        return false;
    }
    if (!sqlite_execute(store, "PRAGMA foreign_keys=ON") ||
        !blobs_open(folder, sqlite->blob_folder))
        return false;
    sqlite_blobs_swept(store);
    return true;
}

/* Beside a running server: what lies in its folder without a row may be about to get one. */
static bool open_beside(struct sqlite *sqlite, bool only_read)
{
    struct store *store = &sqlite->store;
    return sqlite_execute(store, only_read ? "BEGIN" : "PRAGMA synchronous=FULL") &&
           schema_prepare(store, schema_sqlite, schema_sqlite_count, false, schema_version,
                          set_schema_version) &&
           (only_read || sqlite_execute(store, "PRAGMA foreign_keys=ON"));
}

struct store *sqlite_open(const char *folder, const char *file, enum store_use use)
{
    char path[4200];
    struct sqlite *sqlite = memory_new(sizeof *sqlite);
    struct store *store = &sqlite->store;
    int flags = SQLITE_OPEN_NOMUTEX;
    store->ops = &ops;
    snprintf(path, sizeof path, "%s/%s", folder, file);
    snprintf(sqlite->blob_folder, sizeof sqlite->blob_folder, "%.4000s/blobs", folder);
    if (use == STORE_SERVE)
        flags |= SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE;
    else
        flags |= use == STORE_READ ? SQLITE_OPEN_READONLY : SQLITE_OPEN_READWRITE;
    if (sqlite3_open_v2(path, &sqlite->db, flags, NULL) != SQLITE_OK)
        db_failed(path, sqlite3_errmsg(sqlite->db));
    else if (sqlite_execute(store, "PRAGMA busy_timeout=10000") &&
             (use == STORE_SERVE ? open_to_serve(sqlite, folder)
                                 : open_beside(sqlite, use == STORE_READ)))
        return store;
    store_close(store);
    return NULL;
}

bool sqlite_copy_file(struct store *store, const char *path)
{
    sqlite3 *copy = NULL;
    bool copied = false;
    if (sqlite3_open_v2(path, &copy, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, NULL) ==
        SQLITE_OK) {
        sqlite3_backup *backup = sqlite3_backup_init(copy, "main", db_of(store), "main");
        copied = backup && sqlite3_backup_step(backup, -1) == SQLITE_DONE;
        copied = sqlite3_backup_finish(backup) == SQLITE_OK && copied;
        /* One file, without a log beside it. */
        copied = copied &&
                 sqlite3_exec(copy, "PRAGMA journal_mode=DELETE", NULL, NULL, NULL) == SQLITE_OK;
    }
    if (!copied)
        db_failed("backup", sqlite3_errmsg(copy));
    return sqlite3_close(copy) == SQLITE_OK && copied;
}
