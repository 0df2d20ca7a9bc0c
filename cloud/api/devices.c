/* Operations on Devices: see devices.h. */
#include "cloud/api/devices.h"

#include <stdlib.h>
#include <string.h>

#include "cloud/api/api.h"
#include "cloud/api/names.h"
#include "cloud/api/paging.h"
#include "cloud/base/clock.h"
#include "cloud/base/memory.h"
#include "formats/tunnel.h"

const char *device_update_status(const struct store_device *device)
{
    if (device->target_sid[0] == '\0')
        return NULL;
    if (device->has_reported_hash &&
        memcmp(device->reported_hash, device->target_hash, STORE_HASH) == 0)
        return "up-to-date";
    if (device->update_state == tunnel_UPDATE_STATE_FAILED && device->has_update_hash &&
        memcmp(device->update_hash, device->target_hash, STORE_HASH) == 0)
        return "error";
    return "pending";
}

static json_t *app_json(const struct store_device *device)
{
    const char *status = device_update_status(device);
    bool failed = status && strcmp(status, "error") == 0;
    return json_pack("{s:o, s:o, s:o, s:o, s:i, s:o, s:o}", "target_sid",
                     json_text_or_null(device->target_sid), "target_hash",
                     json_hash_or_null(device->target_sid[0] != '\0', device->target_hash),
                     "date_targeted", json_date_or_null(device->date_targeted_s), "update_status",
                     json_text_or_null(status ? status : ""), "update_error_code",
                     failed ? (int)device->update_error : 0, "reported_sid",
                     json_text_or_null(device->reported_sid), "date_reported",
                     json_date_or_null(device->date_reported_s));
}

static json_t *device_json(const struct request *request, const struct store_device *device)
{
    bool logging = device->logging_expires_s > clock_unix_s();
    json_t *links = json_pack(
        "{s:o, s:o}", "device_configs", json_url(request, "/v1/Devices/%s/Configs", device->sid),
        "device_secrets", json_url(request, "/v1/Devices/%s/Secrets", device->sid));
    json_t *log = json_pack("{s:b, s:o}", "enabled", logging, "date_expires",
                            json_date_or_null(logging ? device->logging_expires_s : 0));
    return json_pack("{s:s, s:o, s:s, s:o, s:o, s:o, s:o, s:o, s:o}", "sid", device->sid,
                     "unique_name", json_text_or_null(device->unique_name), "account_sid",
                     request->access.account_sid, "app", app_json(device), "logging", log,
                     "date_created", json_date_or_null(device->date_created_s), "date_updated",
                     json_date_or_null(device->date_updated_s), "url",
                     json_url(request, "/v1/Devices/%s", device->sid), "links", links);
}

bool device_find(struct request *request, struct store *store, struct store_device *device)
{
    enum store_result result =
        store_device_of(store, request->access.account_id, request->parameters[0], device);
    if (result == STORE_OK && device->retired)
        result = STORE_NOT_FOUND;
    if (result == STORE_OK && request->access.limited)
        result = store_key_device_check(store, request->access.key_id, device->id);
    if (result == STORE_OK)
        memcpy(request->object, device->sid, sizeof device->sid);
    else
        request_store_error(request, result);
    return result == STORE_OK;
}

void devices_list(struct request *request, struct store *store)
{
    struct paging paging;
    struct store_found found;
    if (!paging_read(request, &paging))
        return;
    struct store_device *devices = memory_new(paging.page.limit * sizeof *devices);
    enum store_result result = store_device_list(
        store, request->access.account_id, request->access.limited ? request->access.key_id : 0,
        &paging.page, devices, &found);
    if (result == STORE_OK) {
        json_t *records = json_array();
        for (size_t i = 0; i < found.count; i++)
            json_array_append_new(records, device_json(request, &devices[i]));
        paging_answer(request, &paging, "/v1/Devices", "devices", records, &found);
    } else {
        request_store_error(request, result);
    }
    free(devices);
}

void devices_fetch(struct request *request, struct store *store)
{
    struct store_device device;
    if (device_find(request, store, &device))
        request_answer(request, 200, device_json(request, &device));
}

/* An optional boolean parameter; false after an error answer. */
static bool take_bool(struct request *request, const char *name, bool *present, bool *value)
{
    const char *text = form_get(&request->form, name);
    *present = text != NULL;
    *value = false;
    if (!text || form_parse_bool(text, value))
        return true;
    char message[80];
    snprintf(message, sizeof message, "%s must be true or false", name);
    request_error(request, API_ERROR_PARAMETER, message);
    return false;
}

static bool apply_name(struct request *request, struct store_device *device)
{
    const char *name = form_get(&request->form, "UniqueName");
    if (name && request->access.limited) { /* else "taken" would tell of foreign devices */
        request_error(request, API_ERROR_FORBIDDEN,
                      "Credentials limited to some devices cannot name devices");
        return false;
    }
    if (!name || name_take(name, device->unique_name))
        return true;
    request_error(request, API_ERROR_PARAMETER,
                  "UniqueName must have at most 256 bytes, no control characters, and not the form "
                  "of a SID");
    return false;
}

/* Targeting the same App once more is a new try: what the device reported about it is forgotten. */
static bool apply_target(struct request *request, struct store *store, struct store_device *device)
{
    const char *key = form_get(&request->form, "TargetApp");
    struct store_app app;
    uint8_t manifest[STORE_MANIFEST];
    size_t size = 0;
    if (!key)
        key = form_get(&request->form, "AppSid"); /* name in scripts from before August 2022 */
    if (!key)
        return true;
    device->target_sid[0] = '\0';
    device->target_generation++;
    device->date_targeted_s = clock_unix_s();
    device->has_update_hash = false;
    device->update_state = device->update_error = 0;
    if (key[0] == '\0')
        return true; /* no target any more; the device keeps what it runs */
    enum store_result result = store_app_find(store, request->access.account_id, key, &app);
    if (result == STORE_OK)
        result = store_app_manifest(store, &app, manifest, &size);
    if (result == STORE_NOT_FOUND)
        request_error(request, API_ERROR_PARAMETER, "TargetApp is not the SID or name of an App");
    else if (result != STORE_OK)
        request_store_error(request, result);
    if (result != STORE_OK)
        return false;
    memcpy(device->target_sid, app.sid, sizeof device->target_sid);
    memcpy(device->target_hash, app.manifest_hash, STORE_HASH);
    device->target_size = (int64_t)size;
    return true;
}

void devices_update(struct request *request, struct store *store)
{
    struct store_device device;
    bool has_logging, logging, has_restart, restart;
    if (!device_find(request, store, &device) ||
        !take_bool(request, "LoggingEnabled", &has_logging, &logging) ||
        !take_bool(request, "RestartApp", &has_restart, &restart) ||
        !apply_name(request, &device) || !apply_target(request, store, &device))
        return;
    if (has_logging)
        device.logging_expires_s = logging ? clock_unix_s() + API_LOGGING_S : 0;
    if (restart)
        device.restart_pending = true;
    device.date_updated_s = clock_unix_s();
    enum store_result result = store_device_write(store, &device);
    if (result != STORE_OK) {
        request_store_error(request, result);
        return;
    }
    request_changed(request, device.sid);
    request_answer(request, 200, device_json(request, &device));
}
