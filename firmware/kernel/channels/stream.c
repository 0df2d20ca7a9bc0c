/* Channels as streams of the tunnel: see stream.h. */
#include "kernel/channels/stream.h"

#include <string.h>

#include "formats/channel.h"
#include "formats/logrec.h"
#include "kernel/log/log.h"
#include "kernel/work/lock.h"
#include "kernel/work/work.h"

#define CHUNK_BYTES 64u  /* moved with the lock held */
#define LINE_BYTES  256u /* longest line of a raw channel */

/* Streams that the application has left and the cloud does not know it yet. The channel may be in
 * use again. */
static struct {
    uint16_t stream;
    bool failed;
} cancelled[CHANNELS_MAX];

static struct channel *by_stream(uint16_t stream)
{
    for (uint32_t i = 0; i < CHANNELS_MAX && stream != 0; i++) {
        if (channels[i].stream == stream) {
            return &channels[i];
        }
    }
    return NULL;
}

void stream_cancel(struct channel *channel)
{
    if (channel->stream != 0) {
        cancelled[channel - channels].stream = channel->stream;
        cancelled[channel - channels].failed = false;
        channel->stream = 0;
    }
}

bool stream_is_channel(uint16_t stream)
{
    for (uint32_t i = 0; i < CHANNELS_MAX; i++) {
        if (channels[i].stream == stream || cancelled[i].stream == stream) {
            return true;
        }
    }
    return false;
}

void stream_accepted(uint16_t stream)
{
    uint32_t lock = lock_take();
    struct channel *channel = by_stream(stream);
    if (channel != NULL && channel->state == CHANNEL_OPENING) {
        channel->state = CHANNEL_OPEN;
    }
    lock_release(lock);
}

bool stream_credit(uint16_t stream, uint32_t more)
{
    uint32_t lock = lock_take();
    struct channel *channel = by_stream(stream);
    bool good = channel == NULL || tunnel_credit_add(&channel->credit, more);
    lock_release(lock);
    return good;
}

/* What the tunnel's reasons are to an application. */
static enum MvClosureReason closure(uint32_t tunnel_close)
{
    return tunnel_close == TUNNEL_CLOSE_DONE || tunnel_close == TUNNEL_CLOSE_CANCELLED
               ? MV_CLOSUREREASON_CHANNELCLOSEDBYSERVER
               : MV_CLOSUREREASON_CHANNELRESETBYSERVER;
}

void stream_closed(uint16_t stream, uint32_t tunnel_close)
{
    uint32_t lock = lock_take();
    struct channel *channel = by_stream(stream);
    if (channel != NULL) {
        channel_over(channel, closure(tunnel_close));
    }
    lock_release(lock);
}

void streams_lost(enum MvClosureReason reason)
{
    for (uint32_t i = 0; i < CHANNELS_MAX; i++) {
        uint32_t lock = lock_take();
        cancelled[i].stream = 0;
        if (channels[i].state != CHANNEL_FREE) {
            channel_over(&channels[i], reason);
        }
        lock_release(lock);
    }
}

/* ---- Receiving ---- */

static bool wanted(const struct channel *channel, uint8_t type)
{
    switch (channel->type) {
    case MV_CHANNELTYPE_HTTP:
        return type == CHANNEL_HTTP_RESPONSE && channel->whole == 0;
    case MV_CHANNELTYPE_CONFIGFETCH:
        return type == CHANNEL_CONFIG_RESPONSE && channel->whole == 0;
    default:
        return type >= CHANNEL_MQTT_MESSAGE && type <= CHANNEL_MQTT_DISCONNECTED;
    }
}

/* An answer makes room for the next request of its kind. */
static void answered(struct channel *channel, uint8_t type)
{
    switch (type) {
    case CHANNEL_MQTT_SUBSCRIBED:
        channel->subscribing = false;
        break;
    case CHANNEL_MQTT_UNSUBSCRIBED:
        channel->unsubscribing = false;
        break;
    case CHANNEL_MQTT_PUBLISHED:
        channel->publishes -= channel->publishes != 0;
        break;
    case CHANNEL_MQTT_DISCONNECTED: /* nothing else is answered after that */
        channel->subscribing = channel->unsubscribing = channel->disconnecting = false;
        channel->publishes = 0;
        break;
    default:
        return;
    }
    channel_has_space(channel);
}

/* False: the message cannot be taken. */
static bool begin_message(struct channel *channel)
{
    struct channel_header header;
    if (!channel_header_parse(channel->header, &header) ||
        header.body_bytes > channel->receive.size - CHANNEL_HEADER_BYTES) {
        return false;
    }
    channel->body_left = header.body_bytes;
    channel->skipping = !wanted(channel, header.type);
    return true;
}

static void finish_message(struct channel *channel)
{
    uint32_t bytes = channel->receive.used - channel->whole;
    channel->header_bytes = 0;
    if (channel->skipping) {
        channel->receive.used -= bytes;
        return;
    }
    channel->whole += bytes;
    channel_notify(channel, MV_EVENTTYPE_CHANNELDATAREADABLE);
    answered(channel, channel->header[0]);
}

/* Takes as much as belongs together; the number of bytes, or 0 if the message is impossible. */
static uint32_t take_run(struct channel *channel, const uint8_t *data, uint32_t size)
{
    uint32_t run = CHANNEL_HEADER_BYTES - channel->header_bytes;
    bool body = run == 0;
    if (body) {
        run = channel->body_left;
    }
    run = run < size ? run : size;
    if (run > channel->receive.size - channel->receive.used) {
        return 0; /* cannot be: credit is less */
    }
    lent_put(&channel->receive, channel->receive.used, data, run);
    channel->receive.used += run;
    if (body) {
        channel->body_left -= run;
        return run;
    }
    memcpy(channel->header + channel->header_bytes, data, run);
    channel->header_bytes += (uint8_t)run;
    if (channel->header_bytes == CHANNEL_HEADER_BYTES && !begin_message(channel)) {
        return 0;
    }
    return run;
}

static bool is_complete(const struct channel *channel)
{
    return channel->header_bytes == CHANNEL_HEADER_BYTES && channel->body_left == 0;
}

/* Bytes that came, as far as they are taken. */
struct arrival {
    const uint8_t *data;
    uint32_t size;
};

/* As much as is done with the lock held: a part of a header, a part of a body, or what the end of a
 * message brings about. False if there is no more to do. */
static bool take_step(struct channel *channel, struct arrival *arrival)
{
    if (is_complete(channel)) {
        finish_message(channel);
        return arrival->size != 0;
    }
    uint32_t size = arrival->size < CHUNK_BYTES ? arrival->size : CHUNK_BYTES;
    uint32_t run = take_run(channel, arrival->data, size);
    if (run == 0) {
        uint32_t index = (uint32_t)(channel - channels);
        channel_fail(channel);
        cancelled[index].failed = true;
        return false;
    }
    arrival->data += run;
    arrival->size -= run;
    return arrival->size != 0 || is_complete(channel);
}

bool stream_data(uint16_t stream, const uint8_t *data, uint32_t size_bytes)
{
    struct arrival arrival = {data, size_bytes};
    uint32_t lock = lock_take();
    struct channel *channel = by_stream(stream);
    bool good = channel == NULL || size_bytes <= channel->granted;
    bool more = channel != NULL && good;
    if (more) {
        channel->granted -= size_bytes;
    }
    lock_release(lock);
    while (more) {
        lock = lock_take();
        channel = by_stream(stream); /* the application may have closed it meanwhile */
        more = channel != NULL && take_step(channel, &arrival);
        lock_release(lock);
    }
    return good;
}

/* ---- Sending ---- */

uint16_t stream_take_cancelled(uint32_t index, uint32_t *tunnel_close)
{
    uint32_t lock = lock_take();
    uint16_t stream = cancelled[index].stream;
    *tunnel_close = cancelled[index].failed ? TUNNEL_CLOSE_PROTOCOL : TUNNEL_CLOSE_CANCELLED;
    cancelled[index].stream = 0;
    lock_release(lock);
    return stream;
}

static uint8_t kind(uint8_t type)
{
    switch (type) {
    case MV_CHANNELTYPE_HTTP:
        return TUNNEL_HTTP;
    case MV_CHANNELTYPE_MQTT:
        return TUNNEL_MQTT;
    default:
        return TUNNEL_CONFIG;
    }
}

bool stream_take_open(uint32_t index, uint16_t stream, struct tunnel_open *open)
{
    struct channel *channel = &channels[index];
    uint32_t lock = lock_take();
    bool wants = channel->state == CHANNEL_OPENING && channel->stream == 0;
    if (wants) {
        channel->stream = stream;
        channel->granted = channel->receive.size;
        channel->credit = 0;
        *open = (struct tunnel_open){.kind = kind(channel->type),
                                     .credit = channel->receive.size,
                                     .version = CHANNEL_VERSION,
                                     .receive_bytes = channel->receive.size};
    }
    lock_release(lock);
    return wants;
}

uint16_t stream_take_grant(uint32_t index, uint32_t *credit)
{
    struct channel *channel = &channels[index];
    uint32_t lock = lock_take();
    uint32_t room = channel->receive.size - channel->receive.used - channel->granted;
    bool worth = channel->stream != 0 && room != 0 &&
                 (room >= channel->receive.size / 4 || channel->receive.used == 0);
    if (worth) {
        channel->granted += room;
        *credit = room;
    }
    uint16_t stream = worth ? channel->stream : 0;
    lock_release(lock);
    return stream;
}

static uint32_t least(uint32_t a, uint32_t b)
{
    return a < b ? a : b;
}

/* Copies the next bytes to send, a chunk at a time; 0 if the channel has gone meanwhile. */
static uint32_t copy_out(const struct channel *channel, uint16_t stream, uint8_t *to, uint32_t size)
{
    for (uint32_t done = 0; done < size; done += CHUNK_BYTES) {
        uint32_t lock = lock_take();
        bool there = channel->stream == stream;
        if (there) {
            lent_get(&channel->send, done, to + done, least(size - done, CHUNK_BYTES));
        }
        lock_release(lock);
        if (!there) {
            return 0;
        }
    }
    return size;
}

uint16_t stream_take_data(uint32_t index, uint8_t *to, uint32_t limit_bytes, uint32_t *size_bytes)
{
    struct channel *channel = &channels[index];
    uint32_t lock = lock_take();
    uint16_t stream = channel->stream;
    uint32_t size = least(least(channel->send.used, channel->credit), limit_bytes);
    lock_release(lock);
    if (stream == 0 || size == 0 || copy_out(channel, stream, to, size) == 0) {
        return 0;
    }
    lock = lock_take();
    bool there = channel->stream == stream;
    if (there) {
        lent_drop(&channel->send, size);
        channel->credit -= size;
        channel_has_space(channel);
    }
    lock_release(lock);
    *size_bytes = size;
    return there ? stream : 0;
}

/* ---- Raw channels ---- */

/* Copies the first bytes out; the number of them, or 0 if the channel has gone meanwhile. */
static uint32_t look(const struct channel *channel, MvChannelHandle handle, char *to, uint32_t size)
{
    for (uint32_t done = 0; done < size; done += CHUNK_BYTES) {
        uint32_t lock = lock_take();
        bool there = channel->handle == handle;
        if (there) {
            lent_get(&channel->send, done, to + done, least(size - done, CHUNK_BYTES));
        }
        lock_release(lock);
        if (!there) {
            return 0;
        }
    }
    return size;
}

/* Takes the first line, without its end, terminated. Lines that are too long are cut. */
static bool take_line(struct channel *channel, char line[LINE_BYTES + 1])
{
    uint32_t lock = lock_take();
    MvChannelHandle handle = channel->handle;
    uint32_t used = channel->send.used;
    bool full = used >= LINE_BYTES || used == channel->send.size;
    lock_release(lock);
    uint32_t size = look(channel, handle, line, least(used, LINE_BYTES));
    const char *end = memchr(line, '\n', size);
    uint32_t length = end != NULL ? (uint32_t)(end - line) : size;
    if (size == 0 || (end == NULL && !full)) {
        return false;
    }
    line[length] = 0;
    lock = lock_take();
    bool there = channel->handle == handle;
    if (there) {
        lent_drop(&channel->send, length + (end != NULL));
        channel_has_space(channel);
    }
    lock_release(lock);
    return there;
}

void stream_raw_poll(void)
{
    char line[LINE_BYTES + 1];
    for (uint32_t i = 0; i < CHANNELS_MAX; i++) {
        if (channels[i].state == CHANNEL_OPEN && channels[i].type == MV_CHANNELTYPE_OPAQUEBYTES &&
            take_line(&channels[i], line)) {
            log_system(LOGREC_APP_LOGGING, line);
        }
    }
}
