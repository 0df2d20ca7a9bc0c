/* Devices in SQLite: see store.h. */
#include <string.h>

#include "cloud/base/clock.h"
#include "cloud/store/sqlite.h"

#define DEVICE_COLUMNS                                                                             \
    "id, sid, unique_name, retired, date_created, date_updated, target_sid, target_hash,"          \
    " target_size, target_generation, date_targeted, reported_sid, reported_hash, date_reported,"  \
    " update_hash, update_state, update_error, logging_expires, restart_pending, kernel_version,"  \
    " last_seen"

static void device_from_row(sqlite3_stmt *row, struct store_device *device)
{
    memset(device, 0, sizeof *device);
    device->id = sqlite3_column_int64(row, 0);
    sqlite_get_text(row, 1, device->sid, sizeof device->sid);
    sqlite_get_text(row, 2, device->unique_name, sizeof device->unique_name);
    device->retired = sqlite3_column_int(row, 3) != 0;
    device->date_created_s = sqlite3_column_int64(row, 4);
    device->date_updated_s = sqlite3_column_int64(row, 5);
    sqlite_get_text(row, 6, device->target_sid, sizeof device->target_sid);
    sqlite_get_hash(row, 7, device->target_hash);
    device->target_size = sqlite3_column_int64(row, 8);
    device->target_generation = sqlite3_column_int64(row, 9);
    device->date_targeted_s = sqlite3_column_int64(row, 10);
    sqlite_get_text(row, 11, device->reported_sid, sizeof device->reported_sid);
    device->has_reported_hash = sqlite_get_hash(row, 12, device->reported_hash);
    device->date_reported_s = sqlite3_column_int64(row, 13);
    device->has_update_hash = sqlite_get_hash(row, 14, device->update_hash);
    device->update_state = (uint32_t)sqlite3_column_int64(row, 15);
    device->update_error = (uint32_t)sqlite3_column_int64(row, 16);
    device->logging_expires_s = sqlite3_column_int64(row, 17);
    device->restart_pending = sqlite3_column_int(row, 18) != 0;
    sqlite_get_text(row, 19, device->kernel_version, sizeof device->kernel_version);
    device->last_seen_s = sqlite3_column_int64(row, 20);
}

enum store_result store_device_add(struct store *store, struct store_device *device)
{
    sqlite3_stmt *statement = sqlite_statement(
        store, "INSERT INTO device(sid, unique_name, retired, date_created, date_updated,"
               " logging_expires) VALUES(?1, ?2, 0, ?3, ?3, ?4)");
    if (!statement)
        return STORE_FAILED;
    device->date_created_s = device->date_updated_s = clock_unix_s();
    sqlite_bind_text(statement, 1, device->sid);
    sqlite_bind_name(statement, 2, device->unique_name);
    sqlite3_bind_int64(statement, 3, device->date_created_s);
    sqlite3_bind_int64(statement, 4, device->logging_expires_s);
    enum store_result result = sqlite_run(store, statement);
    device->id = sqlite3_last_insert_rowid(store->db);
    return result;
}

enum store_result store_device_find(struct store *store, const char *key,
                                    struct store_device *device)
{
    sqlite3_stmt *statement = sqlite_statement(
        store, "SELECT " DEVICE_COLUMNS " FROM device WHERE sid = ?1 UNION ALL"
               " SELECT " DEVICE_COLUMNS " FROM device WHERE unique_name = ?1 LIMIT 1");
    if (!statement)
        return STORE_FAILED;
    sqlite_bind_text(statement, 1, key);
    enum store_result result = sqlite_row(store, statement);
    if (result != STORE_OK)
        return result;
    device_from_row(statement, device);
    sqlite3_reset(statement);
    return STORE_OK;
}

static void take_device(void *records, size_t index, sqlite3_stmt *row)
{
    device_from_row(row, (struct store_device *)records + index);
}

#define LISTED "NOT retired AND (?4 = 0 OR id IN (SELECT device FROM key_device WHERE key = ?4))"

enum store_result store_device_list(struct store *store, int64_t key_id,
                                    const struct store_page *page, struct store_device *devices,
                                    struct store_found *found)
{
    static const char forward[] = "SELECT " DEVICE_COLUMNS " FROM device WHERE id > ?1 AND " LISTED
                                  " ORDER BY id LIMIT ?2 OFFSET ?3";
    static const char backward[] =
        "SELECT " DEVICE_COLUMNS " FROM (SELECT * FROM device WHERE id < ?1 AND " LISTED
        " ORDER BY id DESC LIMIT ?2) ORDER BY id";
    static const char edges[] = "SELECT EXISTS(SELECT 1 FROM device WHERE id < ?1 AND " LISTED "),"
                                " EXISTS(SELECT 1 FROM device WHERE id > ?2 AND " LISTED ")";
    const struct sqlite_list list = {forward, backward, edges, {key_id, 0}};
    return sqlite_page(store, &list, page, take_device, devices, found);
}

enum store_result store_device_write(struct store *store, const struct store_device *device)
{
    sqlite3_stmt *statement = sqlite_statement(
        store,
        "UPDATE device SET unique_name = ?2, retired = ?3, date_updated = ?4, target_sid = ?5,"
        " target_hash = ?6, target_size = ?7, target_generation = ?8, date_targeted = ?9,"
        " reported_sid = ?10, reported_hash = ?11, date_reported = ?12, update_hash = ?13,"
        " update_state = ?14, update_error = ?15, logging_expires = ?16, restart_pending = ?17,"
        " kernel_version = ?18, last_seen = ?19 WHERE id = ?1");
    if (!statement)
        return STORE_FAILED;
    sqlite3_bind_int64(statement, 1, device->id);
    sqlite_bind_name(statement, 2, device->unique_name);
    sqlite3_bind_int(statement, 3, device->retired);
    sqlite3_bind_int64(statement, 4, device->date_updated_s);
    sqlite_bind_name(statement, 5, device->target_sid);
    sqlite_bind_hash_if(statement, 6, device->target_sid[0] != '\0', device->target_hash);
    sqlite3_bind_int64(statement, 7, device->target_size);
    sqlite3_bind_int64(statement, 8, device->target_generation);
    sqlite3_bind_int64(statement, 9, device->date_targeted_s);
    sqlite_bind_name(statement, 10, device->reported_sid);
    sqlite_bind_hash_if(statement, 11, device->has_reported_hash, device->reported_hash);
    sqlite3_bind_int64(statement, 12, device->date_reported_s);
    sqlite_bind_hash_if(statement, 13, device->has_update_hash, device->update_hash);
    sqlite3_bind_int64(statement, 14, device->update_state);
    sqlite3_bind_int64(statement, 15, device->update_error);
    sqlite3_bind_int64(statement, 16, device->logging_expires_s);
    sqlite3_bind_int(statement, 17, device->restart_pending);
    sqlite_bind_name(statement, 18, device->kernel_version);
    sqlite3_bind_int64(statement, 19, device->last_seen_s);
    return sqlite_run(store, statement);
}
