/* Configs and Secrets: see settings.h. */
#include "cloud/api/settings.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/crypto.h>

#include "cloud/api/api.h"
#include "cloud/api/devices.h"
#include "cloud/api/paging.h"
#include "cloud/base/journal.h"
#include "cloud/base/memory.h"
#include "cloud/keys/vault.h"

/* The list that a request is about. */
struct target {
    struct store_settings_of of;
    char device_sid[SID_TEXT]; /* "": the account */
    char path[80];             /* the list's own, with the SID */
    const char *key;           /* from the path; NULL for list and create */
    bool secret;
};

/* False after an error answer. */
static bool target_find(struct request *request, struct store *store, struct target *target)
{
    unsigned variant = request->route->variant;
    struct store_device device;
    memset(target, 0, sizeof *target);
    target->secret = variant & SETTINGS_SECRET;
    target->of.account_id = request->access.account_id;
    target->of.kind = target->secret ? STORE_SECRET : STORE_CONFIG;
    const char *list = target->secret ? "Secrets" : "Configs";
    if (!(variant & SETTINGS_OF_DEVICE)) {
        snprintf(target->path, sizeof target->path, "/v1/%s", list);
        target->key = request->parameters[0];
        return true;
    }
    if (!device_find(request, store, &device))
        return false;
    target->of.device_id = device.id;
    memcpy(target->device_sid, device.sid, sizeof device.sid);
    snprintf(target->path, sizeof target->path, "/v1/Devices/%s/%s", device.sid, list);
    target->key = request->parameters[1];
    return true;
}

static struct vault_place place_of(const struct request *request, const struct target *target,
                                   const char *key)
{
    return (struct vault_place){.account_sid = request->access.account_sid,
                                .device_sid = target->device_sid,
                                .kind = target->of.kind,
                                .key = key};
}

/* The value in the clear as JSON; NULL if it does not unseal. */
static json_t *value_json(const struct request *request, const struct target *target,
                          const struct store_setting *setting)
{
    size_t size;
    struct vault_place place = place_of(request, target, setting->key);
    char *text = vault_unseal(api_options(request->api)->vault, &place, setting->sealed,
                              setting->sealed_size, &size);
    json_t *value = text ? json_stringn(text, size) : NULL;
    if (text)
        OPENSSL_cleanse(text, size);
    free(text);
    return value;
}

/* NULL if the value does not unseal: the row was damaged or came from elsewhere. */
static json_t *setting_json(const struct request *request, const struct target *target,
                            const struct store_setting *setting)
{
    char key[3 * STORE_KEY_BYTES + 1];
    json_t *json = json_pack("{s:s}", "key", setting->key);
    if (target->of.device_id != 0)
        json_object_set_new(json, "device_sid", json_string(target->device_sid));
    json_object_set_new(json, target->secret ? "date_rotated" : "date_updated",
                        json_date_or_null(setting->date_updated_s));
    form_escape_segment(setting->key, key);
    json_object_set_new(json, "url", json_url(request, "%s/%s", target->path, key));
    if (!target->secret &&
        json_object_set_new(json, "value", value_json(request, target, setting)) != 0) {
        journal(JOURNAL_ERROR, "api", "a config's value does not unseal", "path", target->path);
        json_decref(json);
        return NULL;
    }
    return json;
}

static void answer_setting(struct request *request, int status, const struct target *target,
                           const struct store_setting *setting)
{
    json_t *json = setting_json(request, target, setting);
    if (json)
        request_answer(request, status, json);
    else
        request_error(request, API_ERROR_INTERNAL, NULL);
}

/* Key parameter of create; false after an error answer. */
static bool take_key(struct request *request, struct store_setting *setting)
{
    const char *key = form_get(&request->form, "Key");
    bool good = key && key[0] != '\0' && form_characters(key) <= SETTINGS_KEY_CHARACTERS &&
                strcmp(key, ".") != 0 && strcmp(key, "..") != 0; /* clients fold those in paths */
    if (good)
        snprintf(setting->key, sizeof setting->key, "%s", key);
    else
        request_error(request, API_ERROR_KEY, NULL);
    return good;
}

/* Value parameter, sealed into the setting; false after an error answer. */
static bool take_value(struct request *request, const struct target *target,
                       struct store_setting *setting)
{
    const char *value = form_get(&request->form, "Value");
    if (!value || form_characters(value) > SETTINGS_VALUE_CHARACTERS) {
        request_error(request, API_ERROR_VALUE, NULL);
        return false;
    }
    size_t size = strlen(value);
    struct vault_place place = place_of(request, target, setting->key);
    free(setting->sealed);
    setting->sealed_size = size + VAULT_OVERHEAD;
    setting->sealed = memory_new(setting->sealed_size);
    if (vault_seal(api_options(request->api)->vault, &place, value, size, setting->sealed))
        return true;
    request_error(request, API_ERROR_INTERNAL, NULL);
    return false;
}

void settings_list(struct request *request, struct store *store)
{
    struct target target;
    struct paging paging;
    struct store_found found;
    if (!paging_read(request, &paging) || !target_find(request, store, &target))
        return;
    struct store_setting *settings = memory_new(paging.page.limit * sizeof *settings);
    enum store_result result =
        store_setting_list(store, &target.of, &paging.page, settings, &found);
    if (result == STORE_OK) {
        bool whole = true;
        json_t *records = json_array();
        for (size_t i = 0; i < found.count && whole; i++)
            whole =
                json_array_append_new(records, setting_json(request, &target, &settings[i])) == 0;
        paging_answer(request, &paging, target.path, target.secret ? "secrets" : "configs", records,
                      &found);
        if (!whole)
            request_error(request, API_ERROR_INTERNAL, NULL);
    } else {
        request_store_error(request, result);
    }
    store_setting_release(settings, found.count);
    free(settings);
}

void settings_create(struct request *request, struct store *store)
{
    struct target target;
    struct store_setting setting = {.id = 0};
    if (!target_find(request, store, &target) || !take_key(request, &setting) ||
        !take_value(request, &target, &setting))
        return;
    enum store_result result = store_setting_add(store, &target.of, &setting);
    if (result == STORE_OK)
        answer_setting(request, 201, &target, &setting);
    else if (result == STORE_NAME_TAKEN)
        request_error(request, API_ERROR_KEY_TAKEN, NULL);
    else
        request_store_error(request, result);
    free(setting.sealed);
}

/* The setting that the path names; false after an error answer. */
static bool setting_find(struct request *request, struct store *store, struct target *target,
                         struct store_setting *setting)
{
    if (!target_find(request, store, target))
        return false;
    enum store_result result = store_setting_find(store, &target->of, target->key, setting);
    if (result != STORE_OK)
        request_store_error(request, result);
    return result == STORE_OK;
}

void settings_fetch(struct request *request, struct store *store)
{
    struct target target;
    struct store_setting setting;
    if (!setting_find(request, store, &target, &setting))
        return;
    answer_setting(request, 200, &target, &setting);
    free(setting.sealed);
}

void settings_update(struct request *request, struct store *store)
{
    struct target target;
    struct store_setting setting;
    if (!setting_find(request, store, &target, &setting))
        return;
    if (take_value(request, &target, &setting)) {
        enum store_result result = store_setting_write(store, &setting);
        if (result == STORE_OK)
            answer_setting(request, 200, &target, &setting);
        else
            request_store_error(request, result);
    }
    free(setting.sealed);
}

void settings_delete(struct request *request, struct store *store)
{
    struct target target;
    struct store_setting setting;
    if (!setting_find(request, store, &target, &setting))
        return;
    free(setting.sealed);
    enum store_result result = store_setting_delete(store, setting.id);
    if (result == STORE_OK)
        request_answer(request, 204, NULL);
    else
        request_store_error(request, result);
}
