/* Configs and secrets: see store.h. Values arrive sealed and are never looked into. */
#include <stdlib.h>
#include <string.h>

#include "cloud/base/clock.h"
#include "cloud/base/memory.h"
#include "cloud/store/db.h"

#define COLUMNS "id, key, sealed, date_updated"
#define LISTED  "account = ?4 AND device = ?5 AND kind = ?6"

static void from_row(void *records, size_t index, struct db_statement *row)
{
    struct store_setting *setting = (struct store_setting *)records + index;
    memset(setting, 0, sizeof *setting);
    setting->id = db_integer(row, 0);
    db_get_text(row, 1, setting->key, sizeof setting->key);
    struct db_value sealed = row->store->ops->column(row, 2);
    setting->sealed_size = sealed.size;
    setting->sealed = (uint8_t *)memory_copy(sealed.size > 0 ? sealed.bytes : "", sealed.size);
    setting->date_updated_s = db_integer(row, 3);
}

void store_setting_release(struct store_setting *settings, size_t count)
{
    for (size_t i = 0; i < count; i++)
        free(settings[i].sealed);
}

static void bind_place(struct db_statement *statement, const struct store_settings_of *of,
                       const char *key)
{
    db_bind_integer(statement, 1, of->device_id);
    db_bind_integer(statement, 2, (int)of->kind);
    db_bind_text(statement, 3, key);
    db_bind_integer(statement, 4, of->account_id);
}

enum store_result store_setting_add(struct store *store, const struct store_settings_of *of,
                                    struct store_setting *setting)
{
    struct db_statement *statement =
        db_statement(store, "INSERT INTO setting(device, kind, key, account, sealed, date_updated)"
                            " VALUES(?1, ?2, ?3, ?4, ?5, ?6) RETURNING id");
    if (!statement)
        return STORE_FAILED;
    setting->date_updated_s = clock_unix_s();
    bind_place(statement, of, setting->key);
    db_bind_bytes(statement, 5, setting->sealed, setting->sealed_size);
    db_bind_integer(statement, 6, setting->date_updated_s);
    return db_insert(statement, &setting->id);
}

enum store_result store_setting_find(struct store *store, const struct store_settings_of *of,
                                     const char *key, struct store_setting *setting)
{
    struct db_statement *statement = db_statement(
        store, "SELECT " COLUMNS " FROM setting WHERE device = ?1 AND kind = ?2 AND key = ?3"
               " AND account = ?4");
    if (!statement)
        return STORE_FAILED;
    bind_place(statement, of, key);
    enum store_result result = db_row(statement);
    if (result != STORE_OK)
        return result;
    from_row(setting, 0, statement);
    db_reset(statement);
    return STORE_OK;
}

enum store_result store_setting_write(struct store *store, struct store_setting *setting)
{
    struct db_statement *statement =
        db_statement(store, "UPDATE setting SET sealed = ?2, date_updated = ?3 WHERE id = ?1");
    if (!statement)
        return STORE_FAILED;
    setting->date_updated_s = clock_unix_s();
    db_bind_integer(statement, 1, setting->id);
    db_bind_bytes(statement, 2, setting->sealed, (int)setting->sealed_size);
    db_bind_integer(statement, 3, setting->date_updated_s);
    return db_run(statement);
}

enum store_result store_setting_delete(struct store *store, int64_t setting_id)
{
    struct db_statement *statement = db_statement(store, "DELETE FROM setting WHERE id = ?1");
    if (!statement)
        return STORE_FAILED;
    db_bind_integer(statement, 1, setting_id);
    return db_run(statement);
}

enum store_result store_setting_delete_all(struct store *store, int64_t device_id)
{
    struct db_statement *statement = db_statement(store, "DELETE FROM setting WHERE device = ?1");
    if (!statement)
        return STORE_FAILED;
    db_bind_integer(statement, 1, device_id);
    return db_run(statement);
}

enum store_result store_setting_list(struct store *store, const struct store_settings_of *of,
                                     const struct store_page *page, struct store_setting *settings,
                                     struct store_found *found)
{
    static const char forward[] = "SELECT " COLUMNS " FROM setting WHERE id > ?1 AND " LISTED
                                  " ORDER BY id LIMIT ?2 OFFSET ?3";
    static const char backward[] =
        "SELECT * FROM (SELECT " COLUMNS " FROM setting WHERE id < ?1 AND " LISTED
        " ORDER BY id DESC LIMIT ?2) AS page ORDER BY id";
    static const char edges[] = "SELECT EXISTS(SELECT 1 FROM setting WHERE id < ?1 AND " LISTED "),"
                                " EXISTS(SELECT 1 FROM setting WHERE id > ?2 AND " LISTED ")";
    const struct db_list list = {
        forward, backward, edges, {of->account_id, of->device_id, (int)of->kind}};
    return db_page(store, &list, page, from_row, settings, found);
}

enum store_result store_sealed_next(struct store *store, int64_t after, struct store_sealed *sealed)
{
    struct db_statement *statement = db_statement(
        store, "SELECT setting.id, account.sid, device.sid, setting.kind, setting.key,"
               " setting.sealed FROM setting JOIN account ON account.id = setting.account"
               " LEFT JOIN device ON device.id = setting.device"
               " WHERE setting.id > ?1 ORDER BY setting.id LIMIT 1");
    if (!statement)
        return STORE_FAILED;
    db_bind_integer(statement, 1, after);
    enum store_result result = db_row(statement);
    if (result != STORE_OK)
        return result;
    memset(sealed, 0, sizeof *sealed);
    sealed->id = db_integer(statement, 0);
    db_get_text(statement, 1, sealed->account_sid, sizeof sealed->account_sid);
    db_get_text(statement, 2, sealed->device_sid, sizeof sealed->device_sid);
    sealed->kind = (enum store_setting_kind)db_integer(statement, 3);
    db_get_text(statement, 4, sealed->key, sizeof sealed->key);
    struct db_value value = store->ops->column(statement, 5);
    sealed->sealed = (uint8_t *)memory_copy(value.bytes ? value.bytes : "", value.size);
    sealed->sealed_size = value.size;
    db_reset(statement);
    return STORE_OK;
}

enum store_result store_sealed_write(struct store *store, const struct store_sealed *sealed)
{
    struct db_statement *statement =
        db_statement(store, "UPDATE setting SET sealed = ?2 WHERE id = ?1");
    if (!statement)
        return STORE_FAILED;
    db_bind_integer(statement, 1, sealed->id);
    db_bind_bytes(statement, 2, sealed->sealed, sealed->sealed_size);
    return db_run(statement);
}
