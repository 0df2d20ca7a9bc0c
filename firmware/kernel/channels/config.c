/* Configuration fetch: one request and one response a channel. */
#include <string.h>

#include "formats/channel.h"
#include "kernel/calls/handlers.h"
#include "kernel/channels/request.h"
#include "kernel/channels/response.h"

#define PART_BYTES    32u
#define ITEMS_PER_KEY (1 + (CHANNEL_CONFIG_KEY_MAX + PART_BYTES - 1) / PART_BYTES)

/* ---- The request ---- */

static enum MvStatus put_count(struct job *job)
{
    const struct MvConfigKeyFetchParams *request = &job->copy.config;
    if (request->num_items > CHANNEL_CONFIG_ITEMS_MAX) {
        return MV_STATUS_TOOMANYCONFIGKEYS;
    }
    if (request->num_items != 0 &&
        !calls_may_read(request->keys_to_fetch,
                        request->num_items * sizeof *request->keys_to_fetch)) {
        return MV_STATUS_PARAMETERFAULT;
    }
    uint32_t word = __builtin_bswap32(request->num_items << 16);
    return request_put(job, &word, sizeof word);
}

/* Four characters at once: none below 0x20 or above 0x7E. */
static bool printable(uint32_t four)
{
    return ((four | (four - 0x20202020u) | (four + 0x01010101u)) & 0x80808080u) == 0;
}

static enum MvStatus put_head(struct job *job, const struct MvConfigKeyToFetch *item)
{
    uint8_t bytes[4] = {(uint8_t)item->scope, (uint8_t)item->store, 0, (uint8_t)item->key.length};
    if ((uint32_t)item->scope > MV_CONFIGKEYFETCHSCOPE_DEVICE) {
        return MV_STATUS_UNKNOWNCONFIGSCOPE;
    }
    if ((uint32_t)item->store > MV_CONFIGKEYFETCHSTORE_CONFIG) {
        return MV_STATUS_UNKNOWNCONFIGSTORE;
    }
    if (item->key.length == 0 || item->key.length > CHANNEL_CONFIG_KEY_MAX) {
        return MV_STATUS_INVALIDCONFIGKEY;
    }
    return request_put(job, bytes, sizeof bytes);
}

/* A part of the key: copied, checked in the copy, and put from there. */
static enum MvStatus put_part(struct job *job, const struct MvSizedString *key, uint32_t offset)
{
    uint32_t words[PART_BYTES / 4];
    if (offset >= key->length) {
        return JOB_AGAIN;
    }
    uint32_t size = key->length - offset < PART_BYTES ? key->length - offset : PART_BYTES;
    memset(words, ' ', sizeof words);
    if (!calls_copy_in(words, key->data + offset, size)) {
        return MV_STATUS_LATEFAULT;
    }
    for (uint32_t i = 0; i < PART_BYTES / 4; i++) {
        if (!printable(words[i])) {
            return MV_STATUS_INVALIDCONFIGKEY;
        }
    }
    return request_put(job, words, size);
}

static enum MvStatus put(struct job *job, uint32_t item)
{
    struct MvConfigKeyToFetch key;
    if (item == 0) {
        return put_count(job);
    }
    uint32_t index = (item - 1) / ITEMS_PER_KEY, part = (item - 1) % ITEMS_PER_KEY;
    if (index == job->copy.config.num_items) {
        return JOB_DONE;
    }
    enum MvStatus status = request_element(&key, job->copy.config.keys_to_fetch, index, sizeof key,
                                           MV_STATUS_LATEFAULT);
    if (status != MV_STATUS_OKAY) {
        return status;
    }
    return part == 0 ? put_head(job, &key) : put_part(job, &key.key, (part - 1) * PART_BYTES);
}

static const struct request config_request = {
    .channel = MV_CHANNELTYPE_CONFIGFETCH,
    .message = CHANNEL_CONFIG_REQUEST,
    .once = true,
    .size = sizeof(struct MvConfigKeyFetchParams),
    .put = put,
    .too_long = MV_STATUS_INVALIDBUFFERSIZE,
};

enum MvStatus call_mvSendConfigFetchRequest(MvChannelHandle handle,
                                            const struct MvConfigKeyFetchParams *request)
{
    return REQUEST_CALL(&config_request, handle, request);
}

/* ---- The response ---- */

/* Result and number of items, checked. */
static bool head_is_good(const struct job *job)
{
    if (job->words[1] > CHANNEL_CONFIG_ITEMS_MAX) {
        channel_fail(job->channel);
        return false;
    }
    return true;
}

static enum MvStatus next_of_data(struct job *job, uint32_t item)
{
    void *out = (void *)(uintptr_t)job->call.argument[1];
    if (item == 0) {
        return response_check_buffer(job, job->call.argument[1],
                                     sizeof(struct MvConfigResponseData));
    }
    if (!head_is_good(job)) {
        return MV_STATUS_CHANNELCLOSED;
    }
    struct MvConfigResponseData data = {(enum MvConfigFetchResult)job->words[0], job->words[1]};
    memcpy(out, &data, sizeof data);
    return JOB_DONE;
}

static const struct response data_response = {
    .channel = MV_CHANNELTYPE_CONFIGFETCH, .checks = 1, .words = 2, .next = next_of_data};

enum MvStatus call_mvReadConfigFetchResponseData(MvChannelHandle handle,
                                                 struct MvConfigResponseData *response_data)
{
    return RESPONSE_CALL(&data_response, handle, response_data);
}

static enum MvStatus begin_item(struct job *job)
{
    uint32_t entry[2], index = job->copy.item.item_index;
    if (!head_is_good(job)) {
        return MV_STATUS_CHANNELCLOSED;
    }
    if (job->words[0] != MV_CONFIGFETCHRESULT_OK) {
        return MV_STATUS_REQUESTUNSUCCESSFUL;
    }
    if (index >= job->words[1]) {
        return MV_STATUS_INDEXINVALID;
    }
    if (!channel_words(job->channel, &job->front,
                       CHANNEL_CONFIG_RESPONSE_FIXED + index * CHANNEL_CONFIG_INDEX_ENTRY, entry,
                       2)) {
        return MV_STATUS_CHANNELCLOSED;
    }
    uint32_t offset = entry[0], length = entry[1] >> 16, size = job->copy.item.buf.size;
    if (offset > job->front.body_bytes || length > job->front.body_bytes - offset) {
        channel_fail(job->channel);
        return MV_STATUS_CHANNELCLOSED;
    }
    length = length < size ? length : size;
    job->words[2] = entry[1] >> 8 & 0xFFu; /* the item's result */
    job->words[3] = length;
    response_copy(job, offset, length, job->copy.item.buf.data);
    return JOB_AGAIN;
}

static enum MvStatus next_of_item(struct job *job, uint32_t item)
{
    const struct MvConfigResponseReadItemParams *params = &job->copy.item;
    switch (item) {
    case 0:
        return response_check_sized(job, &params->buf);
    case 1:
        return response_may_write_word(params->result) ? JOB_AGAIN : MV_STATUS_PARAMETERFAULT;
    case 2:
        return begin_item(job);
    default:
        response_word(params->buf.length, job->words[3]);
        response_word(params->result, job->words[2]);
        return JOB_DONE;
    }
}

static const struct response config_item = {
    .channel = MV_CHANNELTYPE_CONFIGFETCH,
    .size = sizeof(struct MvConfigResponseReadItemParams),
    .checks = 2,
    .words = 2,
    .next = next_of_item,
};

enum MvStatus call_mvReadConfigResponseItem(MvChannelHandle handle,
                                            const struct MvConfigResponseReadItemParams *params)
{
    return RESPONSE_CALL(&config_item, handle, params);
}
