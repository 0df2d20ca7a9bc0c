/* Backups: see copy.h. Tables and columns have the same names in both databases (schema.c). */
#include "cloud/store/copy.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cloud/base/memory.h"
#include "cloud/store/db.h"

#define BATCH   1000
#define SQL_MAX 1200

struct table {
    const char *name, *columns;
    const char *order; /* a unique order of the rows */
    bool by_id;        /* large: read on behind the last id, not by counting rows */
};

/* Each after those that it refers to. */
static const struct table tables[] = {
    {"account",
     "id, sid, name, suspended, salt, token_hash, old_salt, old_hash, old_expires, rate_limit,"
     " date_created, date_rotated",
     "id", true},
    {"meta", "name, value", "name", false},
    {"blob", "hash, size", "hash", false},
    {"app", "id, account, sid, unique_name, manifest_hash, date_created, date_updated", "id", true},
    {"app_layer", "app, hash", "app, hash", false},
    {"device",
     "id, account, sid, unique_name, retired, date_created, date_updated, target_sid,"
     " target_hash, target_size, target_generation, date_targeted, reported_sid, reported_hash,"
     " date_reported, update_hash, update_state, update_error, logging_expires, restart_pending,"
     " kernel_version, last_seen",
     "id", true},
    {"log", "id, device, time_us, type, sequence, text, boot_id", "id", true},
    {"setting", "id, account, device, kind, key, sealed, date_updated", "id", true},
    {"api_key",
     "id, account, sid, name, role, limited, salt, secret_hash, old_salt, old_hash, old_expires,"
     " date_created, date_updated, date_rotated",
     "id", true},
    {"key_device", "key, device", "key, device", false},
    {"audit", "account, id, time_us, actor, operation, path, object, parameters, mac",
     "account, id", false},
};
#define TABLES (sizeof tables / sizeof tables[0])

static void select_text(char sql[SQL_MAX], const struct table *table)
{
    snprintf(sql, SQL_MAX, "SELECT %s FROM %s%s ORDER BY %s LIMIT ?2%s", table->columns,
             table->name, table->by_id ? " WHERE id > ?1" : "", table->order,
             table->by_id ? "" : " OFFSET ?1");
}

static void insert_text(char sql[SQL_MAX], const struct table *table, int columns)
{
    int used = snprintf(sql, SQL_MAX, "INSERT INTO %s(%s) VALUES(", table->name, table->columns);
    for (int i = 1; i <= columns; i++)
        used += snprintf(sql + used, SQL_MAX - (size_t)used, "%s?%d", i > 1 ? ", " : "", i);
    snprintf(sql + used, SQL_MAX - (size_t)used, ")");
}

static int columns_of(const struct table *table)
{
    int columns = 1;
    for (const char *at = strchr(table->columns, ','); at; at = strchr(at + 1, ','))
        columns++;
    return columns;
}

/* One batch; *next: where the following begins. The number of rows, or -1. */
static int copy_batch(struct db_statement *from, struct db_statement *to, const struct table *table,
                      int columns, int64_t *next)
{
    enum store_result result;
    int rows = 0;
    from->store->ops->reset(from);
    db_bind_integer(from, 1, *next);
    db_bind_integer(from, 2, BATCH);
    while ((result = db_row(from)) == STORE_OK) {
        to->store->ops->reset(to);
        for (int i = 0; i < columns; i++) {
            struct db_value value = from->store->ops->column(from, i);
            to->store->ops->bind(to, i + 1, &value);
        }
        *next = table->by_id ? db_integer(from, 0) : *next + 1;
        if (db_run(to) != STORE_OK)
            return -1;
        rows++;
    }
    return result == STORE_NOT_FOUND ? rows : -1;
}

static bool copy_table(struct store *from, struct store *to, const struct table *table)
{
    char select[SQL_MAX], insert[SQL_MAX];
    int columns = columns_of(table), rows = -1;
    int64_t next = 0;
    select_text(select, table);
    insert_text(insert, table, columns);
    struct db_statement *reader = from->ops->prepare(from, select);
    struct db_statement *writer = to->ops->prepare(to, insert);
    if (reader && writer) {
        do {
            rows = copy_batch(reader, writer, table, columns, &next);
        } while (rows == BATCH);
    }
    if (reader)
        from->ops->finalize(reader);
    if (writer)
        to->ops->finalize(writer);
    return rows >= 0;
}

bool store_copy_out(struct store *store, const char *folder)
{
    char path[4200];
    snprintf(path, sizeof path, "%s/microvisor.db", folder);
    if (strcmp(store_kind(store), "sqlite") == 0)
        return sqlite_copy_file(store, path);
    struct store *copy = sqlite_open(folder, "microvisor.db", STORE_SERVE);
    bool copied = copy && store_group_begin(copy);
    for (size_t i = 0; i < TABLES && copied; i++)
        copied = copy_table(store, copy, &tables[i]);
    copied = copied && store_group_commit(copy) &&
             copy->ops->execute(copy, "PRAGMA journal_mode=DELETE");
    if (copy)
        store_close(copy);
    return copied;
}

/* ---- in ---- */

struct filling {
    struct store *store;
    const struct store_blob_source *source;
};

static bool add_blob(void *context, const uint8_t hash[STORE_HASH], size_t size)
{
    struct filling *filling = context;
    uint8_t *bytes = filling->source->read(filling->source->context, hash, size);
    if (!bytes)
        return false;
    struct store_blob blob = {.bytes = bytes, .size = size};
    memcpy(blob.hash, hash, STORE_HASH);
    bool added = filling->store->ops->blob_add(filling->store, &blob) == STORE_OK;
    free(bytes);
    return added;
}

/* Numbers go on behind the ones that came. SQLite does that by itself. */
static bool set_numbers(struct store *store)
{
    bool set = true;
    for (size_t i = 0; i < TABLES && set; i++) {
        char sql[SQL_MAX];
        snprintf(sql, sizeof sql,
                 "SELECT setval(pg_get_serial_sequence('%s', 'id'),"
                 " (SELECT coalesce(max(id), 0) + 1 FROM %s), false)",
                 tables[i].name, tables[i].name);
        if (tables[i].by_id)
            set = store->ops->execute(store, sql);
    }
    return set;
}

static bool fill(struct store *store, struct store *from, const struct store_blob_source *source)
{
    struct filling filling = {store, source};
    bool filled = store_group_begin(store);
    for (size_t i = 0; i < TABLES && filled; i++) {
        bool blobs = strcmp(tables[i].name, "blob") == 0;
        filled =
            blobs ? store_each_blob(from, add_blob, &filling) : copy_table(from, store, &tables[i]);
    }
    if (filled && strcmp(store_kind(store), "postgresql") == 0)
        filled = set_numbers(store);
    if (filled && store_group_commit(store))
        return true;
    store_group_abort(store);
    return false;
}

bool store_copy_in(struct store *store, const char *folder, const struct store_blob_source *source)
{
    /* A backup of an earlier version is taken forward first. */
    struct store *from = sqlite_open(folder, "microvisor.db", STORE_SERVE);
    bool filled = from && fill(store, from, source);
    if (from)
        store_close(from);
    return filled;
}

/* ---- blobs ---- */

bool store_each_blob(struct store *store,
                     bool (*take)(void *context, const uint8_t hash[STORE_HASH], size_t size),
                     void *context)
{
    uint8_t hash[STORE_HASH] = {0};
    struct db_statement *statement =
        db_statement(store, "SELECT hash, size FROM blob WHERE hash > ?1 ORDER BY hash LIMIT 1");
    enum store_result result = STORE_FAILED;
    while (statement) {
        db_reset(statement);
        db_bind_hash(statement, 1, hash);
        result = db_row(statement);
        if (result != STORE_OK)
            break;
        size_t size = (size_t)db_integer(statement, 1);
        if (!db_get_hash(statement, 0, hash) || !take(context, hash, size))
            return false;
    }
    return result == STORE_NOT_FOUND;
}

uint8_t *store_blob_whole(struct store *store, const uint8_t hash[STORE_HASH], size_t size)
{
    uint32_t total = 0;
    size_t got = 0;
    uint8_t *bytes = memory_new(size + 1);
    if (store->ops->blob_read(store, hash, 0, bytes, size, &got, &total) == STORE_OK &&
        got == size && total == size)
        return bytes;
    free(bytes);
    return NULL;
}
