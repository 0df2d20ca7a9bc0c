/* Apps and blobs: see store.h. */
#include <string.h>

#include "cloud/base/clock.h"
#include "cloud/store/db.h"

#define APP_COLUMNS "id, sid, unique_name, manifest_hash, date_created, date_updated, account"

static void app_from_row(struct db_statement *row, struct store_app *app)
{
    memset(app, 0, sizeof *app);
    app->id = db_integer(row, 0);
    db_get_text(row, 1, app->sid, sizeof app->sid);
    db_get_text(row, 2, app->unique_name, sizeof app->unique_name);
    db_get_hash(row, 3, app->manifest_hash);
    app->date_created_s = db_integer(row, 4);
    app->date_updated_s = db_integer(row, 5);
    app->account_id = db_integer(row, 6);
}

static enum store_result layer_add(struct store *store, int64_t app_id,
                                   const struct store_blob *layer)
{
    enum store_result result = store->ops->blob_add(store, layer);
    if (result != STORE_OK)
        return result;
    struct db_statement *statement =
        db_statement(store, "INSERT INTO app_layer(app, hash) VALUES(?1, ?2)"
                            " ON CONFLICT DO NOTHING");
    if (!statement)
        return STORE_FAILED;
    db_bind_integer(statement, 1, app_id);
    db_bind_hash(statement, 2, layer->hash);
    return db_run(statement);
}

enum store_result store_app_add(struct store *store, struct store_app *app,
                                const struct store_blob *manifest, const struct store_blob *layers,
                                size_t layer_count)
{
    enum store_result result = store->ops->blob_add(store, manifest);
    if (result != STORE_OK)
        return result;
    sid_make(app->sid, "KA");
    app->date_created_s = app->date_updated_s = clock_unix_s();
    memcpy(app->manifest_hash, manifest->hash, STORE_HASH);
    struct db_statement *statement = db_statement(
        store, "INSERT INTO app(sid, unique_name, manifest_hash, date_created, date_updated,"
               " account) VALUES(?1, ?2, ?3, ?4, ?4, ?5) RETURNING id");
    if (!statement)
        return STORE_FAILED;
    db_bind_text(statement, 1, app->sid);
    db_bind_name(statement, 2, app->unique_name);
    db_bind_hash(statement, 3, app->manifest_hash);
    db_bind_integer(statement, 4, app->date_created_s);
    db_bind_integer(statement, 5, app->account_id);
    result = db_insert(statement, &app->id);
    for (size_t i = 0; i < layer_count && result == STORE_OK; i++)
        result = layer_add(store, app->id, &layers[i]);
    return result;
}

enum store_result store_app_find(struct store *store, int64_t account_id, const char *key,
                                 struct store_app *app)
{
    struct db_statement *statement = db_statement(
        store, "SELECT " APP_COLUMNS " FROM app WHERE sid = ?1 AND account = ?2 UNION ALL"
               " SELECT " APP_COLUMNS " FROM app WHERE unique_name = ?1 AND account = ?2 LIMIT 1");
    if (!statement)
        return STORE_FAILED;
    db_bind_text(statement, 1, key);
    db_bind_integer(statement, 2, account_id);
    enum store_result result = db_row(statement);
    if (result != STORE_OK)
        return result;
    app_from_row(statement, app);
    db_reset(statement);
    return STORE_OK;
}

enum store_result store_app_manifest(struct store *store, const struct store_app *app,
                                     uint8_t manifest[STORE_MANIFEST], size_t *size)
{
    uint32_t total = 0;
    enum store_result result =
        store->ops->blob_read(store, app->manifest_hash, 0, manifest, STORE_MANIFEST, size, &total);
    return result == STORE_OK && *size == total ? STORE_OK : STORE_FAILED;
}

static enum store_result run_for_id(struct store *store, const char *sql, int64_t id)
{
    struct db_statement *statement = db_statement(store, sql);
    if (!statement)
        return STORE_FAILED;
    db_bind_integer(statement, 1, id);
    return db_run(statement);
}

enum store_result store_app_delete(struct store *store, int64_t app_id)
{
    struct db_statement *used = db_statement(
        store, "SELECT 1 FROM device WHERE target_sid = (SELECT sid FROM app WHERE id = ?1)"
               " LIMIT 1");
    if (!used)
        return STORE_FAILED;
    db_bind_integer(used, 1, app_id);
    enum store_result result = db_exists(used);
    if (result != STORE_NOT_FOUND)
        return result == STORE_OK ? STORE_IN_USE : result;
    static const char delete_app[] = "DELETE FROM app WHERE id = ?1";
    static const char delete_blobs[] =
        "DELETE FROM blob WHERE ?1 <> 0 AND NOT EXISTS(SELECT 1 FROM app_layer WHERE"
        " app_layer.hash = blob.hash) AND NOT EXISTS(SELECT 1 FROM app WHERE"
        " app.manifest_hash = blob.hash)";
    store->blobs_removed = true;
    result = run_for_id(store, delete_app, app_id);
    return result == STORE_OK ? run_for_id(store, delete_blobs, 1) : result;
}

static void take_app(void *records, size_t index, struct db_statement *row)
{
    app_from_row(row, (struct store_app *)records + index);
}

enum store_result store_app_list(struct store *store, int64_t account_id,
                                 const struct store_page *page, struct store_app *apps,
                                 struct store_found *found)
{
    static const char forward[] = "SELECT " APP_COLUMNS " FROM app WHERE account = ?4 AND id > ?1"
                                  " ORDER BY id LIMIT ?2 OFFSET ?3";
    static const char backward[] = "SELECT * FROM (SELECT " APP_COLUMNS " FROM app"
                                   " WHERE account = ?4 AND id < ?1"
                                   " ORDER BY id DESC LIMIT ?2) AS page ORDER BY id";
    static const char edges[] = "SELECT EXISTS(SELECT 1 FROM app WHERE account = ?4 AND id < ?1),"
                                " EXISTS(SELECT 1 FROM app WHERE account = ?4 AND id > ?2)";
    const struct db_list list = {forward, backward, edges, {account_id}};
    return db_page(store, &list, page, take_app, apps, found);
}

enum store_result store_app_sid_by_hash(struct store *store, int64_t account_id,
                                        const char *target_sid, const uint8_t hash[STORE_HASH],
                                        char sid[SID_TEXT])
{
    struct db_statement *statement =
        db_statement(store, "SELECT sid FROM app WHERE manifest_hash = ?1 AND account = ?3"
                            " ORDER BY sid = ?2 DESC, id DESC LIMIT 1");
    if (!statement)
        return STORE_FAILED;
    db_bind_hash(statement, 1, hash);
    db_bind_text(statement, 2, target_sid);
    db_bind_integer(statement, 3, account_id);
    enum store_result result = db_row(statement);
    sid[0] = '\0';
    if (result != STORE_OK)
        return result == STORE_NOT_FOUND ? STORE_OK : result;
    db_get_text(statement, 0, sid, SID_TEXT);
    db_reset(statement);
    return STORE_OK;
}

/* STORE_OK if the device is entitled to the blob. */
static enum store_result blob_entitled(struct store *store, const char *device_sid,
                                       const uint8_t hash[STORE_HASH])
{
    struct db_statement *statement = db_statement(
        store, "SELECT 1 FROM blob, device WHERE blob.hash = ?1 AND device.sid = ?2"
               " AND device.retired = 0 AND EXISTS(SELECT 1 FROM app WHERE"
               " app.account = device.account AND"
               " (app.sid = device.target_sid OR app.manifest_hash = device.reported_hash)"
               " AND (app.manifest_hash = ?1 OR EXISTS(SELECT 1 FROM app_layer"
               " WHERE app_layer.app = app.id AND app_layer.hash = ?1)))");
    if (!statement)
        return STORE_FAILED;
    db_bind_hash(statement, 1, hash);
    db_bind_text(statement, 2, device_sid);
    return db_exists(statement);
}

enum store_result store_blob_read(struct store *store, const char *device_sid,
                                  const uint8_t hash[STORE_HASH], uint32_t offset, uint8_t *bytes,
                                  size_t size, size_t *got, uint32_t *total)
{
    enum store_result result = blob_entitled(store, device_sid, hash);
    if (result != STORE_OK)
        return result;
    return store->ops->blob_read(store, hash, offset, bytes, size, got, total);
}
