/* Apps and blobs in SQLite: see store.h. */
#include <string.h>

#include "cloud/base/clock.h"
#include "cloud/store/sqlite.h"

#define APP_COLUMNS "id, sid, unique_name, manifest_hash, date_created, date_updated"

static void app_from_row(sqlite3_stmt *row, struct store_app *app)
{
    memset(app, 0, sizeof *app);
    app->id = sqlite3_column_int64(row, 0);
    sqlite_get_text(row, 1, app->sid, sizeof app->sid);
    sqlite_get_text(row, 2, app->unique_name, sizeof app->unique_name);
    sqlite_get_hash(row, 3, app->manifest_hash);
    app->date_created_s = sqlite3_column_int64(row, 4);
    app->date_updated_s = sqlite3_column_int64(row, 5);
}

static enum store_result blob_add(struct store *store, const struct store_blob *blob)
{
    sqlite3_stmt *statement = sqlite_statement(
        store, "INSERT INTO blob(hash, size) VALUES(?1, ?2) ON CONFLICT(hash) DO NOTHING");
    if (!statement || !blobs_add(store->blob_folder, blob))
        return STORE_FAILED;
    sqlite_bind_hash(statement, 1, blob->hash);
    sqlite3_bind_int64(statement, 2, (int64_t)blob->size);
    return sqlite_run(store, statement);
}

static bool blob_has_row(void *context, const uint8_t hash[STORE_HASH])
{
    struct store *store = context;
    sqlite3_stmt *statement = sqlite_statement(store, "SELECT 1 FROM blob WHERE hash = ?1");
    if (!statement)
        return true; /* in doubt it stays */
    sqlite_bind_hash(statement, 1, hash);
    enum store_result result = sqlite_row(store, statement);
    sqlite3_reset(statement);
    return result != STORE_NOT_FOUND;
}

void sqlite_sweep_blobs(struct store *store)
{
    blobs_sweep(store->blob_folder, blob_has_row, store);
}

static enum store_result layer_add(struct store *store, int64_t app_id,
                                   const struct store_blob *layer)
{
    enum store_result result = blob_add(store, layer);
    if (result != STORE_OK)
        return result;
    sqlite3_stmt *statement =
        sqlite_statement(store, "INSERT OR IGNORE INTO app_layer(app, hash) VALUES(?1, ?2)");
    if (!statement)
        return STORE_FAILED;
    sqlite3_bind_int64(statement, 1, app_id);
    sqlite_bind_hash(statement, 2, layer->hash);
    return sqlite_run(store, statement);
}

enum store_result store_app_add(struct store *store, struct store_app *app,
                                const struct store_blob *manifest, const struct store_blob *layers,
                                size_t layer_count)
{
    enum store_result result = blob_add(store, manifest);
    if (result != STORE_OK)
        return result;
    sid_make(app->sid, "KA");
    app->date_created_s = app->date_updated_s = clock_unix_s();
    memcpy(app->manifest_hash, manifest->hash, STORE_HASH);
    sqlite3_stmt *statement = sqlite_statement(
        store, "INSERT INTO app(sid, unique_name, manifest_hash, date_created, date_updated)"
               " VALUES(?1, ?2, ?3, ?4, ?4)");
    if (!statement)
        return STORE_FAILED;
    sqlite_bind_text(statement, 1, app->sid);
    sqlite_bind_name(statement, 2, app->unique_name);
    sqlite_bind_hash(statement, 3, app->manifest_hash);
    sqlite3_bind_int64(statement, 4, app->date_created_s);
    result = sqlite_run(store, statement);
    app->id = sqlite3_last_insert_rowid(store->db);
    for (size_t i = 0; i < layer_count && result == STORE_OK; i++)
        result = layer_add(store, app->id, &layers[i]);
    return result;
}

enum store_result store_app_find(struct store *store, const char *key, struct store_app *app)
{
    sqlite3_stmt *statement =
        sqlite_statement(store, "SELECT " APP_COLUMNS " FROM app WHERE sid = ?1"
                                " UNION ALL SELECT " APP_COLUMNS " FROM app WHERE unique_name = ?1"
                                " LIMIT 1");
    if (!statement)
        return STORE_FAILED;
    sqlite_bind_text(statement, 1, key);
    enum store_result result = sqlite_row(store, statement);
    if (result != STORE_OK)
        return result;
    app_from_row(statement, app);
    sqlite3_reset(statement);
    return STORE_OK;
}

enum store_result store_app_manifest(struct store *store, const struct store_app *app,
                                     uint8_t manifest[STORE_MANIFEST], size_t *size)
{
    uint32_t total = 0;
    bool read = blobs_read(store->blob_folder, app->manifest_hash, 0, manifest, STORE_MANIFEST,
                           size, &total);
    return read && *size == total ? STORE_OK : STORE_FAILED;
}

static enum store_result run_for_id(struct store *store, const char *sql, int64_t id)
{
    sqlite3_stmt *statement = sqlite_statement(store, sql);
    if (!statement)
        return STORE_FAILED;
    sqlite3_bind_int64(statement, 1, id);
    return sqlite_run(store, statement);
}

enum store_result store_app_delete(struct store *store, int64_t app_id)
{
    sqlite3_stmt *used = sqlite_statement(
        store, "SELECT 1 FROM device WHERE target_sid = (SELECT sid FROM app WHERE id = ?1)"
               " LIMIT 1");
    if (!used)
        return STORE_FAILED;
    sqlite3_bind_int64(used, 1, app_id);
    enum store_result result = sqlite_row(store, used);
    sqlite3_reset(used);
    if (result != STORE_NOT_FOUND)
        return result == STORE_OK ? STORE_IN_USE : result;
    static const char delete_app[] = "DELETE FROM app WHERE id = ?1";
    static const char delete_blobs[] =
        "DELETE FROM blob WHERE ?1 AND NOT EXISTS(SELECT 1 FROM app_layer WHERE"
        " app_layer.hash = blob.hash) AND NOT EXISTS(SELECT 1 FROM app WHERE"
        " app.manifest_hash = blob.hash)";
    store->blobs_removed = true;
    result = run_for_id(store, delete_app, app_id);
    return result == STORE_OK ? run_for_id(store, delete_blobs, 1) : result;
}

static void take_app(void *records, size_t index, sqlite3_stmt *row)
{
    app_from_row(row, (struct store_app *)records + index);
}

enum store_result store_app_list(struct store *store, const struct store_page *page,
                                 struct store_app *apps, struct store_found *found)
{
    static const char forward[] = "SELECT " APP_COLUMNS " FROM app WHERE id > ?1"
                                  " ORDER BY id LIMIT ?2 OFFSET ?3";
    static const char backward[] = "SELECT " APP_COLUMNS " FROM (SELECT * FROM app WHERE id < ?1"
                                   " ORDER BY id DESC LIMIT ?2) ORDER BY id";
    static const char edges[] = "SELECT EXISTS(SELECT 1 FROM app WHERE id < ?1),"
                                " EXISTS(SELECT 1 FROM app WHERE id > ?2)";
    const struct sqlite_list list = {forward, backward, edges, {0, 0}};
    return sqlite_page(store, &list, page, take_app, apps, found);
}

enum store_result store_app_sid_by_hash(struct store *store, const char *target_sid,
                                        const uint8_t hash[STORE_HASH], char sid[SID_TEXT])
{
    sqlite3_stmt *statement = sqlite_statement(store, "SELECT sid FROM app WHERE manifest_hash = ?1"
                                                      " ORDER BY sid = ?2 DESC, id DESC LIMIT 1");
    if (!statement)
        return STORE_FAILED;
    sqlite_bind_hash(statement, 1, hash);
    sqlite_bind_text(statement, 2, target_sid);
    enum store_result result = sqlite_row(store, statement);
    sid[0] = '\0';
    if (result != STORE_OK)
        return result == STORE_NOT_FOUND ? STORE_OK : result;
    sqlite_get_text(statement, 0, sid, SID_TEXT);
    sqlite3_reset(statement);
    return STORE_OK;
}

/* STORE_OK if the device is entitled to the blob. */
static enum store_result blob_entitled(struct store *store, const char *device_sid,
                                       const uint8_t hash[STORE_HASH])
{
    sqlite3_stmt *statement = sqlite_statement(
        store, "SELECT 1 FROM blob, device WHERE blob.hash = ?1 AND device.sid = ?2"
               " AND NOT device.retired AND EXISTS(SELECT 1 FROM app WHERE"
               " (app.sid = device.target_sid OR app.manifest_hash = device.reported_hash)"
               " AND (app.manifest_hash = ?1 OR EXISTS(SELECT 1 FROM app_layer"
               " WHERE app_layer.app = app.id AND app_layer.hash = ?1)))");
    if (!statement)
        return STORE_FAILED;
    sqlite_bind_hash(statement, 1, hash);
    sqlite_bind_text(statement, 2, device_sid);
    enum store_result result = sqlite_row(store, statement);
    sqlite3_reset(statement);
    return result;
}

enum store_result store_blob_read(struct store *store, const char *device_sid,
                                  const uint8_t hash[STORE_HASH], uint32_t offset, uint8_t *bytes,
                                  size_t size, size_t *got, uint32_t *total)
{
    enum store_result result = blob_entitled(store, device_sid, hash);
    if (result != STORE_OK)
        return result;
    bool read = blobs_read(store->blob_folder, hash, offset, bytes, size, got, total);
    return read ? STORE_OK : STORE_FAILED;
}
