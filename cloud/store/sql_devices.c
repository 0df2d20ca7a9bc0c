/* Devices: see store.h. */
#include <string.h>

#include "cloud/base/clock.h"
#include "cloud/store/db.h"

#define DEVICE_COLUMNS                                                                             \
    "id, sid, unique_name, retired, date_created, date_updated, target_sid, target_hash,"          \
    " target_size, target_generation, date_targeted, reported_sid, reported_hash, date_reported,"  \
    " update_hash, update_state, update_error, logging_expires, restart_pending, kernel_version,"  \
    " last_seen, account, (SELECT sid FROM account WHERE account.id = device.account),"            \
    " (SELECT suspended FROM account WHERE account.id = device.account)"

static void device_from_row(struct db_statement *row, struct store_device *device)
{
    memset(device, 0, sizeof *device);
    device->id = db_integer(row, 0);
    db_get_text(row, 1, device->sid, sizeof device->sid);
    db_get_text(row, 2, device->unique_name, sizeof device->unique_name);
    device->retired = db_integer(row, 3) != 0;
    device->date_created_s = db_integer(row, 4);
    device->date_updated_s = db_integer(row, 5);
    db_get_text(row, 6, device->target_sid, sizeof device->target_sid);
    db_get_hash(row, 7, device->target_hash);
    device->target_size = db_integer(row, 8);
    device->target_generation = db_integer(row, 9);
    device->date_targeted_s = db_integer(row, 10);
    db_get_text(row, 11, device->reported_sid, sizeof device->reported_sid);
    device->has_reported_hash = db_get_hash(row, 12, device->reported_hash);
    device->date_reported_s = db_integer(row, 13);
    device->has_update_hash = db_get_hash(row, 14, device->update_hash);
    device->update_state = (uint32_t)db_integer(row, 15);
    device->update_error = (uint32_t)db_integer(row, 16);
    device->logging_expires_s = db_integer(row, 17);
    device->restart_pending = db_integer(row, 18) != 0;
    db_get_text(row, 19, device->kernel_version, sizeof device->kernel_version);
    device->last_seen_s = db_integer(row, 20);
    device->account_id = db_integer(row, 21);
    db_get_text(row, 22, device->account_sid, sizeof device->account_sid);
    device->account_suspended = db_integer(row, 23) != 0;
}

enum store_result store_device_add(struct store *store, struct store_device *device)
{
    struct db_statement *statement = db_statement(
        store, "INSERT INTO device(sid, unique_name, retired, date_created, date_updated,"
               " logging_expires, account) VALUES(?1, ?2, 0, ?3, ?3, ?4, ?5) RETURNING id");
    if (!statement)
        return STORE_FAILED;
    device->date_created_s = device->date_updated_s = clock_unix_s();
    db_bind_text(statement, 1, device->sid);
    db_bind_name(statement, 2, device->unique_name);
    db_bind_integer(statement, 3, device->date_created_s);
    db_bind_integer(statement, 4, device->logging_expires_s);
    db_bind_integer(statement, 5, device->account_id);
    return db_insert(statement, &device->id);
}

static enum store_result take_one(struct db_statement *statement, struct store_device *device)
{
    enum store_result result = db_row(statement);
    if (result != STORE_OK)
        return result;
    device_from_row(statement, device);
    db_reset(statement);
    return STORE_OK;
}

enum store_result store_device_find(struct store *store, const char *sid,
                                    struct store_device *device)
{
    struct db_statement *statement =
        db_statement(store, "SELECT " DEVICE_COLUMNS " FROM device WHERE sid = ?1");
    if (!statement)
        return STORE_FAILED;
    db_bind_text(statement, 1, sid);
    return take_one(statement, device);
}

enum store_result store_device_of(struct store *store, int64_t account_id, const char *key,
                                  struct store_device *device)
{
    struct db_statement *statement = db_statement(
        store, "SELECT " DEVICE_COLUMNS " FROM device WHERE sid = ?1 AND account = ?2 UNION ALL"
               " SELECT " DEVICE_COLUMNS " FROM device WHERE unique_name = ?1 AND account = ?2"
               " LIMIT 1");
    if (!statement)
        return STORE_FAILED;
    db_bind_text(statement, 1, key);
    db_bind_integer(statement, 2, account_id);
    return take_one(statement, device);
}

static void take_device(void *records, size_t index, struct db_statement *row)
{
    device_from_row(row, (struct store_device *)records + index);
}

#define LISTED                                                                                     \
    "account = ?4 AND retired = 0 AND"                                                             \
    " (?5 = 0 OR id IN (SELECT key_device.device FROM key_device WHERE key_device.key = ?5))"

enum store_result store_device_list(struct store *store, int64_t account_id, int64_t key_id,
                                    const struct store_page *page, struct store_device *devices,
                                    struct store_found *found)
{
    static const char forward[] = "SELECT " DEVICE_COLUMNS " FROM device WHERE id > ?1 AND " LISTED
                                  " ORDER BY id LIMIT ?2 OFFSET ?3";
    static const char backward[] =
        "SELECT * FROM (SELECT " DEVICE_COLUMNS " FROM device WHERE id < ?1 AND " LISTED
        " ORDER BY id DESC LIMIT ?2) AS page ORDER BY id";
    static const char edges[] = "SELECT EXISTS(SELECT 1 FROM device WHERE id < ?1 AND " LISTED "),"
                                " EXISTS(SELECT 1 FROM device WHERE id > ?2 AND " LISTED ")";
    const struct db_list list = {forward, backward, edges, {account_id, key_id}};
    return db_page(store, &list, page, take_device, devices, found);
}

enum store_result store_device_write(struct store *store, const struct store_device *device)
{
    struct db_statement *statement = db_statement(
        store,
        "UPDATE device SET unique_name = ?2, retired = ?3, date_updated = ?4, target_sid = ?5,"
        " target_hash = ?6, target_size = ?7, target_generation = ?8, date_targeted = ?9,"
        " reported_sid = ?10, reported_hash = ?11, date_reported = ?12, update_hash = ?13,"
        " update_state = ?14, update_error = ?15, logging_expires = ?16, restart_pending = ?17,"
        " kernel_version = ?18, last_seen = ?19 WHERE id = ?1");
    if (!statement)
        return STORE_FAILED;
    db_bind_integer(statement, 1, device->id);
    db_bind_name(statement, 2, device->unique_name);
    db_bind_integer(statement, 3, device->retired);
    db_bind_integer(statement, 4, device->date_updated_s);
    db_bind_name(statement, 5, device->target_sid);
    db_bind_hash_if(statement, 6, device->target_sid[0] != '\0', device->target_hash);
    db_bind_integer(statement, 7, device->target_size);
    db_bind_integer(statement, 8, device->target_generation);
    db_bind_integer(statement, 9, device->date_targeted_s);
    db_bind_name(statement, 10, device->reported_sid);
    db_bind_hash_if(statement, 11, device->has_reported_hash, device->reported_hash);
    db_bind_integer(statement, 12, device->date_reported_s);
    db_bind_hash_if(statement, 13, device->has_update_hash, device->update_hash);
    db_bind_integer(statement, 14, device->update_state);
    db_bind_integer(statement, 15, device->update_error);
    db_bind_integer(statement, 16, device->logging_expires_s);
    db_bind_integer(statement, 17, device->restart_pending);
    db_bind_name(statement, 18, device->kernel_version);
    db_bind_integer(statement, 19, device->last_seen_s);
    return db_run(statement);
}
