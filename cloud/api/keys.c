/* API keys and the audit log over REST: see keys.h. */
#include "cloud/api/keys.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/crypto.h>

#include "cloud/api/api.h"
#include "cloud/api/devices.h"
#include "cloud/api/paging.h"
#include "cloud/base/clock.h"
#include "cloud/base/memory.h"
#include "cloud/keys/credential.h"

#define GRACE_MAX_S (7L * 24 * 3600)

static const char *const role_names[] = {
    [STORE_ROLE_READ] = "read", [STORE_ROLE_OPERATE] = "operate", [STORE_ROLE_ADMIN] = "admin"};

/* SIDs of the devices that a key is limited to; null: the whole account. */
static json_t *devices_json(struct store *store, const struct store_key *key)
{
    char sids[FORM_FIELDS_MAX][SID_TEXT];
    size_t count = 0;
    if (!key->limited)
        return json_null();
    if (store_key_device_list(store, key->id, sids, FORM_FIELDS_MAX, &count) != STORE_OK)
        return NULL;
    json_t *devices = json_array();
    for (size_t i = 0; i < count; i++)
        json_array_append_new(devices, json_string(sids[i]));
    return devices;
}

static json_t *key_json(const struct request *request, struct store *store,
                        const struct store_key *key)
{
    return json_pack("{s:s, s:s, s:o, s:s, s:o, s:o, s:o, s:o, s:o}", "sid", key->sid,
                     "account_sid", request->access.account_sid, "name",
                     json_text_or_null(key->name), "role", role_names[key->role], "devices",
                     devices_json(store, key), "date_created",
                     json_date_or_null(key->date_created_s), "date_updated",
                     json_date_or_null(key->date_updated_s), "date_rotated",
                     json_date_or_null(key->secret.date_rotated_s), "url",
                     json_url(request, "/ext/v1/keys/%s", key->sid));
}

/* Answers with the key, and remembers it for the keyring. secret NULL: without. */
static void answer_key(struct request *request, struct store *store, int status,
                       const struct store_key *key, const char *secret)
{
    json_t *json = key_json(request, store, key);
    if (!json) {
        request_error(request, API_ERROR_INTERNAL, NULL);
        return;
    }
    if (secret)
        json_object_set_new(json, "secret", json_string(secret));
    request_answer(request, status, json);
    if (status != 200 || strcmp(request->route->method, "GET") != 0)
        request->changed_key = (struct store_key *)memory_copy(key, sizeof *key);
}

static bool key_find(struct request *request, struct store *store, struct store_key *key)
{
    enum store_result result =
        store_key_find(store, request->access.account_id, request->parameters[0], key);
    if (result == STORE_OK)
        memcpy(request->object, key->sid, sizeof key->sid);
    else
        request_store_error(request, result);
    return result == STORE_OK;
}

/* ---- parameters; all false after an error answer ---- */

static bool refuse(struct request *request, const char *message)
{
    request_error(request, API_ERROR_PARAMETER, message);
    return false;
}

static bool take_name(struct request *request, struct store_key *key)
{
    const char *name = form_get(&request->form, "Name");
    if (!name)
        return true;
    if (strlen(name) > STORE_NAME_BYTES)
        return refuse(request, "Name must have at most 256 bytes");
    snprintf(key->name, sizeof key->name, "%s", name);
    return true;
}

static bool take_role(struct request *request, struct store_key *key)
{
    const char *role = form_get(&request->form, "Role");
    if (!role && key->role != 0)
        return true;
    for (int i = STORE_ROLE_READ; role && i <= STORE_ROLE_ADMIN; i++) {
        if (strcmp(role, role_names[i]) == 0) {
            key->role = (enum store_role)i;
            return true;
        }
    }
    return refuse(request, "Role must be read, operate or admin");
}

/* AllDevices=true, or one or more Device; writes the list of a key that is in the store. */
static bool take_devices(struct request *request, struct store *store, struct store_key *key)
{
    bool cleared = false, all = false;
    const char *text = form_get(&request->form, "AllDevices");
    if (text && !form_parse_bool(text, &all))
        return refuse(request, "AllDevices must be true or false");
    for (size_t i = 0; i < request->form.count; i++) {
        struct store_device device;
        if (strcmp(request->form.fields[i].name, "Device") != 0)
            continue;
        enum store_result result = store_device_of(store, request->access.account_id,
                                                   request->form.fields[i].value, &device);
        if (result == STORE_NOT_FOUND || (result == STORE_OK && device.retired) || all)
            return refuse(request, all ? "AllDevices and Device exclude each other"
                                       : "Device is not the SID or name of a Device");
        if (result == STORE_OK && !cleared)
            result = store_key_device_clear(store, key->id);
        cleared = key->limited = true;
        if (result == STORE_OK)
            result = store_key_device_add(store, key->id, device.id);
        if (result != STORE_OK) {
            request_store_error(request, result);
            return false;
        }
    }
    if (all)
        key->limited = false;
    return true;
}

/* ---- operations ---- */

void keys_list(struct request *request, struct store *store)
{
    struct paging paging;
    struct store_found found;
    if (!paging_read(request, &paging))
        return;
    struct store_key *keys = memory_new(paging.page.limit * sizeof *keys);
    enum store_result result =
        store_key_list(store, request->access.account_id, &paging.page, keys, &found);
    if (result == STORE_OK) {
        json_t *records = json_array();
        for (size_t i = 0; i < found.count; i++)
            json_array_append_new(records, key_json(request, store, &keys[i]));
        paging_answer(request, &paging, "/ext/v1/keys", "keys", records, &found);
    } else {
        request_store_error(request, result);
    }
    free(keys);
}

void keys_create(struct request *request, struct store *store)
{
    struct store_key key = {.account_id = request->access.account_id};
    char secret[KEYRING_TEXT];
    size_t count;
    if (!take_name(request, &key) || !take_role(request, &key))
        return;
    credential_renew(&key.secret, 0, secret, sizeof secret);
    enum store_result result = store_key_count(store, key.account_id, &count);
    if (result == STORE_OK && count >= KEYRING_MAX) {
        request_error(request, API_ERROR_TOO_MANY_KEYS, NULL);
        return;
    }
    if (result == STORE_OK)
        result = store_key_add(store, &key);
    if (result != STORE_OK) {
        request_store_error(request, result);
        return;
    }
    if (!take_devices(request, store, &key))
        return;
    if (key.limited)
        result = store_key_write(store, &key);
    if (result == STORE_OK)
        answer_key(request, store, 201, &key, secret);
    else
        request_store_error(request, result);
    OPENSSL_cleanse(secret, sizeof secret);
}

void keys_fetch(struct request *request, struct store *store)
{
    struct store_key key;
    if (key_find(request, store, &key))
        answer_key(request, store, 200, &key, NULL);
}

static void write_key(struct request *request, struct store *store, struct store_key *key,
                      const char *secret)
{
    key->date_updated_s = clock_unix_s();
    enum store_result result = store_key_write(store, key);
    if (result == STORE_OK)
        answer_key(request, store, 200, key, secret);
    else
        request_store_error(request, result);
}

void keys_update(struct request *request, struct store *store)
{
    struct store_key key;
    if (key_find(request, store, &key) && take_name(request, &key) && take_role(request, &key) &&
        take_devices(request, store, &key))
        write_key(request, store, &key, NULL);
}

void keys_rotate(struct request *request, struct store *store)
{
    struct store_key key;
    char secret[KEYRING_TEXT];
    long grace_s = 0;
    const char *text = form_get(&request->form, "GraceSeconds");
    if (!key_find(request, store, &key))
        return;
    if (text && !form_parse_integer(text, 0, GRACE_MAX_S, &grace_s)) {
        refuse(request, "GraceSeconds must be a whole number from 0 to 604800");
        return;
    }
    credential_renew(&key.secret, grace_s, secret, sizeof secret);
    write_key(request, store, &key, secret);
    OPENSSL_cleanse(secret, sizeof secret);
}

void keys_delete(struct request *request, struct store *store)
{
    struct store_key key;
    if (!key_find(request, store, &key))
        return;
    enum store_result result = store_key_delete(store, key.id);
    if (result != STORE_OK) {
        request_store_error(request, result);
        return;
    }
    request_answer(request, 204, NULL);
    key.role = 0; /* gone */
    request->changed_key = (struct store_key *)memory_copy(&key, sizeof key);
}

void keys_finish(struct request *request)
{
    struct keyring *keyring = api_options(request->api)->keyring;
    if (!request->changed_key || request->status >= 400)
        return;
    if (request->changed_key->role == 0)
        keyring_remove(keyring, request->changed_key->sid);
    else
        keyring_put(keyring, request->changed_key);
}

/* ---- audit log ---- */

static json_t *audit_json(const struct store_audit *record)
{
    char time[CLOCK_TEXT_US], mac[2 * STORE_HASH + 1];
    clock_text_us(time, record->time_us);
    hex_text(mac, record->mac, STORE_HASH);
    json_t *parameters = json_loads(record->parameters, 0, NULL);
    return json_pack("{s:I, s:s, s:s, s:s, s:s, s:o, s:o, s:s}", "sequence",
                     (json_int_t)record->sequence, "time", time, "actor", record->actor,
                     "operation", record->operation, "path", record->path, "object",
                     json_text_or_null(record->object), "parameters",
                     parameters ? parameters : json_null(), "mac", mac);
}

void audit_list(struct request *request, struct store *store)
{
    struct paging paging;
    struct store_found found;
    if (!paging_read(request, &paging))
        return;
    struct store_audit *audits = memory_new(paging.page.limit * sizeof *audits);
    enum store_result result =
        store_audit_list(store, request->access.account_id, &paging.page, audits, &found);
    if (result == STORE_OK) {
        json_t *records = json_array();
        for (size_t i = 0; i < found.count; i++)
            json_array_append_new(records, audit_json(&audits[i]));
        paging_answer(request, &paging, "/ext/v1/audit", "records", records, &found);
    } else {
        request_store_error(request, result);
    }
    free(audits);
}
