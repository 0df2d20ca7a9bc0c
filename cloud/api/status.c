/*
 * GET /ext/v1/devices/{}/status: why a device is or is not up to date, as one of a closed list of
 * causes. The store thread works the answer out for both cases, connected and not; the loop, which
 * knows, picks one.
 */
#include "cloud/api/extensions.h"

#include <stdio.h>
#include <string.h>

#include "cloud/api/api.h"
#include "cloud/api/devices.h"
#include "cloud/base/clock.h"
#include "formats/tunnel.h"

/* `cause` is for programs and never changes its meaning; `reason` is for people. */
struct cause {
    const char *cause, *reason;
};

static const struct cause no_target = {"no-target", "no App is targeted"};
static const struct cause up_to_date = {"up-to-date", "the device runs its target"};
static const struct cause told = {"told", "the device has been told and has not answered yet"};

static const char *const state_names[] = {
    "none",       "fetching-manifest", "fetching-layers", "verifying", "waiting",
    "installing", "starting",          "complete",        "failed",
};

/* By tunnel_UpdateState: the cause while the device is at work on its target. */
static const char *const at_work[] = {
    [tunnel_UPDATE_STATE_FETCHING_MANIFEST] = "fetching",
    [tunnel_UPDATE_STATE_FETCHING_LAYERS] = "fetching",
    [tunnel_UPDATE_STATE_VERIFYING] = "verifying",
    [tunnel_UPDATE_STATE_WAITING] = "app-is-busy", /* it asked the update to wait */
    [tunnel_UPDATE_STATE_INSTALLING] = "installing",
    [tunnel_UPDATE_STATE_STARTING] = "starting",
    [tunnel_UPDATE_STATE_COMPLETE] = "starting", /* installed, and not yet measured */
};

/* By tunnel_UpdateError: the update stopped. */
static const struct cause stopped[] = {
    [tunnel_UPDATE_ERROR_NONE] = {"failed", "unknown error"},
    [tunnel_UPDATE_ERROR_MANIFEST_FETCH] = {"fetch-failed", "the manifest could not be fetched"},
    [tunnel_UPDATE_ERROR_MANIFEST_HASH] = {"fetch-failed", "the manifest does not have its hash"},
    [tunnel_UPDATE_ERROR_MANIFEST_PARSE] = {"manifest-refused", "the manifest is not valid"},
    [tunnel_UPDATE_ERROR_SIGNER_UNKNOWN] = {"manifest-refused",
                                            "the manifest is signed by a key that the device "
                                            "does not know"},
    [tunnel_UPDATE_ERROR_SIGNATURE] = {"manifest-refused", "the manifest's signature is not valid"},
    [tunnel_UPDATE_ERROR_LAYER_UNSUPPORTED] = {"layer-refused",
                                               "a layer is of a kind that the device does not "
                                               "support"},
    [tunnel_UPDATE_ERROR_LAYER_TOO_LARGE] = {"layer-refused", "a layer is too large"},
    [tunnel_UPDATE_ERROR_LAYER_FETCH] = {"fetch-failed", "a layer could not be fetched"},
    [tunnel_UPDATE_ERROR_LAYER_HASH] = {"fetch-failed", "a layer does not have its hash"},
    [tunnel_UPDATE_ERROR_STAGING] = {"flash-failed", "the staging flash failed"},
    [tunnel_UPDATE_ERROR_INSTALL] = {"flash-failed", "the internal flash failed"},
    [tunnel_UPDATE_ERROR_MEASUREMENT] = {"image-refused",
                                         "the installed image does not have its measurement hash"},
    [tunnel_UPDATE_ERROR_KERNEL_TOO_OLD] = {"kernel-too-old", "the manifest wants a newer kernel"},
    [tunnel_UPDATE_ERROR_START] = {"image-refused", "the application cannot be started"},
};

#define COUNT(list) (sizeof(list) / sizeof(list)[0])

static bool about_target(const struct store_device *device)
{
    return device->has_update_hash &&
           memcmp(device->update_hash, device->target_hash, STORE_HASH) == 0;
}

/* A device that is not connected. */
static struct cause absent(const struct store_device *device, char *room, size_t size)
{
    char seen[CLOCK_TEXT_S];
    if (device->last_seen_s == 0)
        return (struct cause){"never-connected", "the device has never connected"};
    clock_text_s(seen, device->last_seen_s);
    snprintf(room, size, "the device is offline since %s", seen);
    return (struct cause){"offline", room};
}

static struct cause failed(uint32_t error, char *room, size_t size)
{
    const struct cause *found = &stopped[error < COUNT(stopped) ? error : 0];
    snprintf(room, size, "the update failed: %s (%u)", found->reason, error);
    return (struct cause){found->cause, room};
}

/* room: for a sentence that is put together. */
static struct cause find_cause(const struct store_device *device, bool connected, char *room,
                               size_t size)
{
    const char *status = device_update_status(device);
    uint32_t state = device->update_state;
    if (!status)
        return no_target;
    if (strcmp(status, "up-to-date") == 0)
        return up_to_date;
    if (strcmp(status, "error") == 0)
        return failed(device->update_error, room, size);
    if (!connected)
        return absent(device, room, size);
    if (!about_target(device) || state >= COUNT(at_work) || !at_work[state])
        return told;
    snprintf(room, size, "the update is on its way: %s", state_names[state]);
    return (struct cause){at_work[state], room};
}

static json_t *status_json(const struct store_device *device, bool connected)
{
    char room[160];
    const char *status = device_update_status(device);
    struct cause cause = find_cause(device, connected, room, sizeof room);
    uint32_t state = device->update_state;
    return json_pack(
        "{s:o, s:s, s:s, s:s, s:I, s:o, s:o}", "status", json_text_or_null(status ? status : ""),
        "cause", cause.cause, "reason", cause.reason, "state",
        state < COUNT(state_names) ? state_names[state] : "unknown", "error_code",
        (json_int_t)device->update_error, "target_hash",
        json_hash_or_null(device->target_sid[0] != '\0', device->target_hash), "reported_hash",
        json_hash_or_null(device->has_reported_hash, device->reported_hash));
}

void extension_status(struct request *request, struct store *store)
{
    struct store_device device;
    if (!device_find(request, store, &device))
        return;
    request_answer(request, 200,
                   json_pack("{s:s, s:o, s:o, s:o, s:o, s:o}", "sid", device.sid, "unique_name",
                             json_text_or_null(device.unique_name), "kernel_version",
                             json_text_or_null(device.kernel_version), "last_seen",
                             json_date_or_null(device.last_seen_s), "update",
                             status_json(&device, true), "update_offline",
                             status_json(&device, false)));
}

void extension_status_finish(struct request *request)
{
    if (request->status != 200)
        return;
    const char *sid = json_string_value(json_object_get(request->answer, "sid"));
    struct presence *presence = presence_find(api_options(request->api)->presence, sid);
    json_object_set_new(request->answer, "connected", json_boolean(presence != NULL));
    json_object_set_new(request->answer, "connected_since",
                        json_date_or_null(presence ? presence->since_s : 0));
    json_object_set_new(request->answer, "remote",
                        json_text_or_null(presence ? presence->remote : ""));
    if (!presence)
        json_object_set(request->answer, "update",
                        json_object_get(request->answer, "update_offline"));
    json_object_del(request->answer, "update_offline");
}
