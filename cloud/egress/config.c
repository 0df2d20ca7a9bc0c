/*
 * CONFIG channels: values of the device's own configs and secrets and of its account's, unsealed
 * on the store thread. The device comes from the session's certificate, so no request can name
 * another one. Values are wiped as soon as they are sent.
 */
#include <stdlib.h>
#include <string.h>

#include <openssl/crypto.h>

#include "cloud/base/journal.h"
#include "cloud/base/memory.h"
#include "cloud/egress/outlet.h"

struct config_item {
    struct store_settings_of of; /* device_id is filled in by the job */
    bool of_device, invalid;     /* invalid: unknown scope or store */
    char key[STORE_KEY_BYTES + 1];
    enum channel_item_result result;
    char *value; /* unsealed */
    size_t size;
};

struct config_outlet {
    struct outlet outlet;
    bool requested, working, ended;
};

struct config_job {
    struct store_job job;
    struct config_outlet *config;
    const struct vault *vault;
    char device_sid[SID_TEXT];
    uint32_t count;
    struct config_item items[];
};

/* ---- store thread ---- */

static void read_item(struct config_job *job, struct store *store,
                      const struct store_device *device, struct config_item *item)
{
    struct store_setting setting = {.id = 0};
    item->of.account_id = device->account_id;
    item->of.device_id = item->of_device ? device->id : 0;
    enum store_result found = store_setting_find(store, &item->of, item->key, &setting);
    item->result = found == STORE_NOT_FOUND ? CHANNEL_ITEM_NOT_FOUND : CHANNEL_ITEM_SERVER_ERROR;
    if (found != STORE_OK)
        return;
    struct vault_place place = {.account_sid = device->account_sid,
                                .device_sid = item->of_device ? job->device_sid : "",
                                .kind = item->of.kind,
                                .key = setting.key};
    item->value =
        vault_unseal(job->vault, &place, setting.sealed, setting.sealed_size, &item->size);
    free(setting.sealed);
    if (item->value && item->size <= CHANNEL_STRING_MAX)
        item->result = CHANNEL_ITEM_OK;
    else
        journal(JOURNAL_ERROR, "egress", "a setting does not unseal", "device", job->device_sid);
}

static bool run_fetch(struct store_job *store_job, struct store *store)
{
    struct config_job *job = (struct config_job *)store_job;
    struct store_device device;
    enum store_result found = store_device_find(store, job->device_sid, &device);
    bool good = found == STORE_OK && !device.retired && !device.account_suspended;
    for (uint32_t i = 0; i < job->count; i++) {
        if (good && !job->items[i].invalid)
            read_item(job, store, &device, &job->items[i]);
        else
            job->items[i].result = CHANNEL_ITEM_SERVER_ERROR;
    }
    return true;
}

/* ---- loop thread ---- */

static void send_response(struct config_job *job)
{
    struct outlet *outlet = &job->config->outlet;
    struct channel_config_value values[CHANNEL_CONFIG_ITEMS_MAX] = {0};
    uint8_t *message = memory_new(outlet->receive_bytes);
    struct egress_counters *counters = &outlet->egress->counters;
    for (uint32_t i = 0; i < job->count; i++) {
        values[i].result = (uint8_t)job->items[i].result;
        if (job->items[i].result != CHANNEL_ITEM_OK)
            continue;
        values[i].value.bytes = (const uint8_t *)job->items[i].value;
        values[i].value.size = (uint32_t)job->items[i].size;
    }
    uint32_t size = channel_config_response_write(message, outlet->receive_bytes, CHANNEL_CONFIG_OK,
                                                  values, job->count);
    for (uint32_t i = 0; size > 0 && i < job->count; i++) {
        bool given = job->items[i].result == CHANNEL_ITEM_OK;
        counters->config_items += given && job->items[i].of.kind == STORE_CONFIG;
        counters->secret_items += given && job->items[i].of.kind == STORE_SECRET;
    }
    if (size == 0)
        size = channel_config_response_write(message, outlet->receive_bytes,
                                             CHANNEL_CONFIG_RESPONSE_TOO_LARGE, NULL, 0);
    counters->config_fetches++;
    outlet_send(outlet, message, size);
    OPENSSL_cleanse(message, outlet->receive_bytes);
    free(message);
}

static void done_fetch(struct store_job *store_job, bool failed)
{
    struct config_job *job = (struct config_job *)store_job;
    struct config_outlet *config = job->config;
    config->working = false;
    for (uint32_t i = 0; failed && i < job->count; i++)
        job->items[i].result = CHANNEL_ITEM_SERVER_ERROR;
    if (config->ended)
        outlet_done(&config->outlet);
    else
        send_response(job);
    for (uint32_t i = 0; i < job->count; i++) {
        if (job->items[i].value)
            OPENSSL_cleanse(job->items[i].value, job->items[i].size);
        free(job->items[i].value);
    }
    free(job);
}

static void take_item(struct config_item *item, const struct channel_config_key *key)
{
    item->of.kind = key->store == CHANNEL_STORE_SECRET ? STORE_SECRET : STORE_CONFIG;
    item->of_device = key->scope == CHANNEL_SCOPE_DEVICE;
    item->invalid = key->store > CHANNEL_STORE_CONFIG || key->scope > CHANNEL_SCOPE_DEVICE;
    /* No stored key is empty, longer, or has a NUL: an empty one is not found. */
    if (key->key.size <= STORE_KEY_BYTES && !memchr(key->key.bytes, '\0', key->key.size))
        memcpy(item->key, key->key.bytes, key->key.size);
}

static bool config_message(struct outlet *outlet, uint8_t type, const uint8_t *body, uint32_t size)
{
    struct config_outlet *config = (struct config_outlet *)outlet;
    struct egress *egress = outlet->egress;
    struct channel_config_request request;
    if (type != CHANNEL_CONFIG_REQUEST)
        return true;
    if (config->requested || !channel_config_request_parse(body, size, &request))
        return false;
    struct config_job *job = memory_new(sizeof *job + request.count * sizeof job->items[0]);
    job->job.run = run_fetch;
    job->job.done = done_fetch;
    job->config = config;
    job->vault = egress->options.vault;
    memcpy(job->device_sid, outlet->device_sid, SID_TEXT);
    job->count = request.count;
    for (uint32_t i = 0; i < request.count; i++)
        take_item(&job->items[i], &request.keys[i]);
    config->requested = config->working = true;
    if (store_queue_submit(egress->options.queue, &job->job, false))
        return true;
    config->working = false;
    free(job);
    egress->counters.refused++;
    outlet_fail(outlet, TUNNEL_CLOSE_LIMIT);
    return true;
}

static void config_end(struct outlet *outlet)
{
    struct config_outlet *config = (struct config_outlet *)outlet;
    config->ended = true;
    if (!config->working)
        outlet_done(outlet);
}

const struct outlet_kind outlet_config = {
    .size = sizeof(struct config_outlet),
    .message = config_message,
    .end = config_end,
};
