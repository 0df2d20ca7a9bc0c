/* Channels: see channel.h. */
#include "kernel/channels/channel.h"

#include <string.h>

#include "formats/channel.h"
#include "kernel/channels/job.h"
#include "kernel/channels/stream.h"
#include "kernel/notify/handle.h"
#include "kernel/notify/notify.h"
#include "kernel/time/time.h"
#include "kernel/work/lock.h"
#include "kernel/work/work.h"

struct channel channels[CHANNELS_MAX];

static struct {
    uint32_t count, since_us;
} opens;

struct channel *channel_find_any(MvChannelHandle handle)
{
    int32_t index = handle_find(HANDLE_CHANNEL, handle);
    return index >= 0 ? &channels[index] : NULL;
}

struct channel *channel_find(MvChannelHandle handle, enum MvChannelType type)
{
    struct channel *channel = channel_find_any(handle);
    return channel != NULL && channel->type == type ? channel : NULL;
}

/* ---- Opening and closing ---- */

static bool rate_allows(void)
{
    uint32_t now_us = time_us_low();
    if (opens.count == 0 || now_us - opens.since_us >= CHANNEL_OPENS_US) {
        opens.count = 0;
        opens.since_us = now_us;
    }
    if (opens.count == CHANNEL_OPENS) {
        return false;
    }
    opens.count++;
    return true;
}

static struct channel *free_channel(void)
{
    for (uint32_t i = 0; i < CHANNELS_MAX; i++) {
        if (channels[i].state == CHANNEL_FREE) {
            return &channels[i];
        }
    }
    return NULL;
}

enum MvStatus channel_create(const struct MvOpenChannelParams *params, MvChannelHandle *handle)
{
    if (!rate_allows()) {
        return MV_STATUS_RATELIMITED;
    }
    struct channel *channel = free_channel();
    if (channel == NULL) {
        return MV_STATUS_TOOMANYCHANNELS;
    }
    *handle = handle_new(HANDLE_CHANNEL, (uint8_t)(channel - channels));
    if (*handle == 0) {
        return MV_STATUS_UNAVAILABLE;
    }
    memset(channel, 0, sizeof *channel);
    channel->type = (uint8_t)params->v1.channel_type;
    channel->handle = *handle;
    channel->centre = params->v1.notification_handle;
    channel->tag = params->v1.notification_tag;
    channel->receive.memory = params->v1.receive_buffer;
    channel->receive.size = params->v1.receive_buffer_len;
    channel->send.memory = params->v1.send_buffer;
    channel->send.size = params->v1.send_buffer_len;
    bool raw = params->v1.channel_type == MV_CHANNELTYPE_OPAQUEBYTES;
    channel->state = raw ? CHANNEL_OPEN : CHANNEL_OPENING;
    work_wake();
    return MV_STATUS_OKAY;
}

static void forget(struct channel *channel)
{
    stream_cancel(channel);
    handle_free(channel->handle);
    memset(channel, 0, sizeof *channel);
}

void channel_destroy(struct channel *channel)
{
    forget(channel);
    work_wake();
}

static bool overlaps(const struct lent *lent, uintptr_t first, uintptr_t end)
{
    uintptr_t begin = (uintptr_t)lent->memory;
    return first < begin + lent->size && begin < end;
}

bool channel_uses(uintptr_t first, uintptr_t end)
{
    for (uint32_t i = 0; i < CHANNELS_MAX; i++) {
        if (overlaps(&channels[i].receive, first, end) || overlaps(&channels[i].send, first, end)) {
            return true;
        }
    }
    return false;
}

void channels_reset(void)
{
    for (uint32_t i = 0; i < CHANNELS_MAX; i++) {
        uint32_t lock = lock_take();
        if (channels[i].state != CHANNEL_FREE) {
            forget(&channels[i]);
        }
        lock_release(lock);
    }
    job_reset();
    opens.count = 0;
}

/* ---- Telling the application ---- */

void channel_notify(const struct channel *channel, enum MvEventType type)
{
    (void)notify_post(channel->centre, type, channel->tag);
}

void channel_has_space(struct channel *channel)
{
    if (channel->refused) {
        channel->refused = false;
        channel_notify(channel, MV_EVENTTYPE_CHANNELDATAWRITESPACE);
    }
}

void channel_over(struct channel *channel, enum MvClosureReason reason)
{
    if (channel->state == CHANNEL_OVER) {
        return;
    }
    channel->state = CHANNEL_OVER;
    channel->reason = (uint8_t)reason;
    channel->stream = 0;
    channel_notify(channel, MV_EVENTTYPE_CHANNELNOTCONNECTED);
}

void channel_fail(struct channel *channel)
{
    channel->whole = 0;
    stream_cancel(channel);
    channel_over(channel, MV_CLOSUREREASON_UNEXPECTEDLYTERMINATED);
    work_wake();
}

/* ---- Messages received ---- */

enum MvStatus channel_front(struct channel *channel, struct channel_front *front)
{
    uint32_t words[2];
    if (channel->whole == 0) {
        return channel->state == CHANNEL_OVER ? MV_STATUS_CHANNELCLOSED
                                              : MV_STATUS_RESPONSENOTPRESENT;
    }
    lent_get(&channel->receive, 0, words, sizeof words);
    front->type = (uint8_t)words[0]; /* the first byte */
    front->body_bytes = __builtin_bswap32(words[1]);
    if (front->body_bytes > channel->whole - CHANNEL_HEADER_BYTES) {
        channel_fail(channel); /* the application wrote over it */
        return MV_STATUS_CHANNELCLOSED;
    }
    return MV_STATUS_OKAY;
}

bool channel_words(struct channel *channel, const struct channel_front *front, uint32_t offset,
                   uint32_t *words, uint32_t count)
{
    if (offset > front->body_bytes || count * 4 > front->body_bytes - offset) {
        channel_fail(channel);
        return false;
    }
    lent_get(&channel->receive, CHANNEL_HEADER_BYTES + offset, words, count * 4);
    for (uint32_t i = 0; i < count; i++) {
        words[i] = __builtin_bswap32(words[i]);
    }
    return true;
}

void channel_consume(struct channel *channel, const struct channel_front *front)
{
    uint32_t bytes = CHANNEL_HEADER_BYTES + front->body_bytes;
    lent_drop(&channel->receive, bytes);
    channel->whole -= bytes;
    channel->turn++;
    work_wake(); /* there is credit to give */
}
