/* What both databases share: see db.h. */
#include "cloud/store/db.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cloud/base/journal.h"

enum store_result db_failed(const char *what, const char *error)
{
    journal(JOURNAL_ERROR, "store", "database error", "what", what, "error", error);
    return STORE_FAILED;
}

struct db_statement *db_statement(struct store *store, const char *sql)
{
    size_t i = 0;
    while (i < DB_STATEMENTS && store->cache[i] && store->cache[i]->sql != sql)
        i++;
    if (i == DB_STATEMENTS) {
        db_failed(sql, "the statement cache is full");
        return NULL;
    }
    if (!store->cache[i])
        store->cache[i] = store->ops->prepare(store, sql);
    if (store->cache[i])
        store->ops->reset(store->cache[i]);
    return store->cache[i];
}

void db_reset(struct db_statement *statement)
{
    statement->store->ops->reset(statement);
}

enum store_result db_row(struct db_statement *statement)
{
    enum store_result result = STORE_FAILED;
    switch (statement->store->ops->step(statement)) {
    case DB_ROW:
        return STORE_OK;
    case DB_DONE:
        result = STORE_NOT_FOUND;
        break;
    case DB_NOT_UNIQUE:
        result = STORE_NAME_TAKEN;
        break;
    default:
        break;
    }
    db_reset(statement);
    return result;
}

enum store_result db_run(struct db_statement *statement)
{
    enum store_result result = db_row(statement);
    if (result == STORE_OK)
        db_reset(statement);
    return result == STORE_NOT_FOUND ? STORE_OK : result;
}

enum store_result db_insert(struct db_statement *statement, int64_t *id)
{
    enum store_result result = db_row(statement);
    *id = result == STORE_OK ? db_integer(statement, 0) : 0;
    db_reset(statement);
    return result;
}

enum store_result db_exists(struct db_statement *statement)
{
    enum store_result result = db_row(statement);
    db_reset(statement);
    return result;
}

static void bind(struct db_statement *statement, int index, enum db_type type, int64_t number,
                 const void *bytes, size_t size)
{
    struct db_value value = {.type = type, .number = number, .bytes = bytes, .size = size};
    statement->store->ops->bind(statement, index, &value);
}

void db_bind_integer(struct db_statement *statement, int index, int64_t number)
{
    bind(statement, index, DB_INTEGER, number, NULL, 0);
}

void db_bind_text(struct db_statement *statement, int index, const char *text)
{
    bind(statement, index, DB_TEXT, 0, text, strlen(text));
}

void db_bind_name(struct db_statement *statement, int index, const char *text)
{
    bind(statement, index, text[0] != '\0' ? DB_TEXT : DB_NULL, 0, text, strlen(text));
}

void db_bind_bytes(struct db_statement *statement, int index, const void *bytes, size_t size)
{
    bind(statement, index, DB_BYTES, 0, bytes, size);
}

void db_bind_hash(struct db_statement *statement, int index, const uint8_t hash[STORE_HASH])
{
    db_bind_bytes(statement, index, hash, STORE_HASH);
}

void db_bind_hash_if(struct db_statement *statement, int index, bool present,
                     const uint8_t hash[STORE_HASH])
{
    bind(statement, index, present ? DB_BYTES : DB_NULL, 0, hash, STORE_HASH);
}

int64_t db_integer(const struct db_statement *statement, int column)
{
    return statement->store->ops->column(statement, column).number;
}

void db_get_text(const struct db_statement *statement, int column, char *out, size_t size)
{
    struct db_value value = statement->store->ops->column(statement, column);
    size_t length = value.size < size ? value.size : size - 1;
    if (length > 0)
        memcpy(out, value.bytes, length);
    out[length] = '\0';
}

bool db_get_exactly(const struct db_statement *statement, int column, void *out, size_t size)
{
    struct db_value value = statement->store->ops->column(statement, column);
    bool whole = value.type != DB_NULL && value.size == size;
    memset(out, 0, size);
    if (whole)
        memcpy(out, value.bytes, size);
    return whole;
}

bool db_get_hash(const struct db_statement *statement, int column, uint8_t hash[STORE_HASH])
{
    return db_get_exactly(statement, column, hash, STORE_HASH);
}

static void bind_page(struct db_statement *statement, const struct db_list *list, int64_t first,
                      int64_t second, int64_t skip)
{
    db_bind_integer(statement, 1, first);
    db_bind_integer(statement, 2, second);
    db_bind_integer(statement, 3, skip);
    for (int i = 0; i < DB_SCOPE; i++)
        db_bind_integer(statement, 4 + i, list->scope[i]); /* what a statement lacks is left out */
}

enum store_result db_page(struct store *store, const struct db_list *list,
                          const struct store_page *page,
                          void (*take)(void *records, size_t index, struct db_statement *row),
                          void *records, struct store_found *found)
{
    struct db_statement *statement =
        db_statement(store, page->before ? list->backward : list->forward);
    enum store_result result = STORE_OK;
    memset(found, 0, sizeof *found);
    if (!statement)
        return STORE_FAILED;
    bind_page(statement, list, page->before ? page->before : page->after, (int64_t)page->limit,
              page->skip);
    while (found->count < page->limit && (result = db_row(statement)) == STORE_OK) {
        found->last_id = db_integer(statement, 0);
        if (found->count == 0)
            found->first_id = found->last_id;
        take(records, found->count++, statement);
    }
    db_reset(statement);
    statement = result != STORE_FAILED ? db_statement(store, list->edges) : NULL;
    if (!statement)
        return STORE_FAILED;
    bind_page(statement, list, found->count > 0 ? found->first_id : page->after + 1,
              found->count > 0 ? found->last_id : INT64_MAX, 0);
    result = db_row(statement);
    found->more_before = result == STORE_OK && db_integer(statement, 0) != 0;
    found->more_after = result == STORE_OK && db_integer(statement, 1) != 0;
    db_reset(statement);
    return result;
}

/* ---- life ---- */

struct store *store_open(const char *folder, const char *address, enum store_use use)
{
    if (address[0] == '\0' || strcmp(address, "sqlite") == 0)
        return sqlite_open(folder, "microvisor.db", use);
    return postgres_open(address, use);
}

const char *store_kind(const struct store *store)
{
    return store->ops->name;
}

void store_close(struct store *store)
{
    for (size_t i = 0; i < DB_STATEMENTS && store->cache[i]; i++)
        store->ops->finalize(store->cache[i]);
    store->ops->close(store);
}

bool store_group_begin(struct store *store)
{
    return store->ops->begin(store);
}

bool store_group_commit(struct store *store)
{
    if (!store->ops->execute(store, "COMMIT"))
        return false;
    if (store->blobs_removed)
        store->ops->blobs_swept(store);
    store->blobs_removed = false;
    return true;
}

void store_group_abort(struct store *store)
{
    store->blobs_removed = false;
    store->ops->abort(store);
}

bool store_job_begin(struct store *store)
{
    return store->ops->execute(store, "SAVEPOINT job");
}

bool store_job_end(struct store *store, bool keep)
{
    return store->ops->job_end(store, keep);
}

bool schema_prepare(struct store *store, const char *const *steps, int count, bool may_change,
                    int (*version)(struct store *store),
                    bool (*set_version)(struct store *store, int version))
{
    int now = version(store);
    if (now < 0 || now > count || (now < count && !may_change)) {
        journal(JOURNAL_ERROR, "store",
                now > count ? "database is of a later version of this program"
                            : "database is not of this version of this program");
        return false;
    }
    bool is_new = now == 0;
    for (; now < count; now++) {
        if (!store->ops->begin(store))
            return false;
        if (!store->ops->execute(store, steps[now]) || !set_version(store, now + 1) ||
            !store->ops->execute(store, "COMMIT")) {
            store->ops->abort(store);
            return false;
        }
        if (!is_new)
            journal(JOURNAL_INFO, "store", "database taken to a later version");
    }
    return true;
}

enum store_result store_meta_get(struct store *store, const char *name, void *bytes, size_t limit,
                                 size_t *size)
{
    struct db_statement *statement = db_statement(store, "SELECT value FROM meta WHERE name = ?1");
    if (!statement)
        return STORE_FAILED;
    db_bind_text(statement, 1, name);
    enum store_result result = db_row(statement);
    if (result != STORE_OK)
        return result;
    struct db_value value = store->ops->column(statement, 0);
    *size = value.size;
    if (value.size <= limit && value.size > 0)
        memcpy(bytes, value.bytes, value.size);
    else
        result = STORE_FAILED;
    db_reset(statement);
    return result;
}

enum store_result store_meta_set(struct store *store, const char *name, const void *bytes,
                                 size_t size)
{
    struct db_statement *statement =
        db_statement(store, "INSERT INTO meta(name, value) VALUES(?1, ?2)"
                            " ON CONFLICT(name) DO UPDATE SET value = excluded.value");
    if (!statement)
        return STORE_FAILED;
    db_bind_text(statement, 1, name);
    db_bind_bytes(statement, 2, bytes, size);
    return db_run(statement);
}

/* ---- credentials ---- */

void db_bind_credential(struct db_statement *statement, int index,
                        const struct store_credential *credential)
{
    db_bind_bytes(statement, index, credential->salt, STORE_SALT);
    db_bind_hash(statement, index + 1, credential->hash);
    db_bind_bytes(statement, index + 2, credential->old_salt, STORE_SALT);
    db_bind_hash(statement, index + 3, credential->old_hash);
    db_bind_integer(statement, index + 4, credential->old_expires_s);
}

void db_get_credential(const struct db_statement *statement, int column,
                       struct store_credential *credential)
{
    db_get_exactly(statement, column, credential->salt, STORE_SALT);
    db_get_hash(statement, column + 1, credential->hash);
    db_get_exactly(statement, column + 2, credential->old_salt, STORE_SALT);
    bool old = db_get_hash(statement, column + 3, credential->old_hash);
    credential->old_expires_s = old ? db_integer(statement, column + 4) : 0;
}
