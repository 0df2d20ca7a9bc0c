// An MQTT channel between a hostile broker and a hostile device, without a network: whatever both
// send, in whatever pieces, the device gets whole messages that fit its buffer, within its credit,
// and the memory held stays bounded.
// fuzz-libs: mv_cloud
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "cloud/base/journal.h"
#include "cloud/egress/mqtt.h"

#define RECEIVE_BYTES 1024u
#define MEMORY_MAX    (1024u * 1024)

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

static struct egress *egress;
static SSL_CTX *context;
static uv_loop_t loop;

struct peer {
    uint8_t in[2 * RECEIVE_BYTES];
    size_t used;
    uint32_t credit;
    bool over;
};

static void on_send(void *owner, const uint8_t *bytes, size_t size)
{
    struct peer *peer = owner;
    struct channel_header header;
    if (size == 0 || size > peer->credit || size > sizeof peer->in - peer->used)
        abort();
    peer->credit -= (uint32_t)size;
    memcpy(peer->in + peer->used, bytes, size);
    peer->used += size;
    while (peer->used >= CHANNEL_HEADER_BYTES) {
        if (!channel_header_parse(peer->in, &header) || header.type < CHANNEL_MQTT_MESSAGE ||
            header.type > CHANNEL_MQTT_DISCONNECTED ||
            header.body_bytes > RECEIVE_BYTES - CHANNEL_HEADER_BYTES)
            abort();
        size_t total = CHANNEL_HEADER_BYTES + header.body_bytes;
        if (peer->used < total)
            return;
        memmove(peer->in, peer->in + total, peer->used - total);
        peer->used -= total;
    }
}

static void on_grant(void *owner, uint32_t credit)
{
    (void)owner;
    if (credit == 0 || credit > OUTLET_WINDOW)
        abort();
}

static void on_over(void *owner, enum tunnel_close reason)
{
    (void)reason;
    ((struct peer *)owner)->over = true;
}

static bool on_congested(const void *owner)
{
    (void)owner;
    return false;
}

static void on_nothing(void *owner)
{
    (void)owner;
}

static void on_bytes(void *owner, const uint8_t *bytes, size_t size)
{
    (void)owner, (void)bytes, (void)size;
}

static void on_failed(void *owner, enum tls_link_failure failure)
{
    (void)owner, (void)failure;
}

static void on_memory(void *owner, long bytes)
{
    outlet_count(&((struct mqtt_outlet *)owner)->outlet, bytes);
}

static void start(void)
{
    struct egress_options options = {.loop = &loop, .ca_file = "", .dns = ""};
    uv_loop_init(&loop);
    journal_set_level(JOURNAL_ERROR);
    egress = egress_start(&options);
    context = SSL_CTX_new(TLS_client_method());
    if (egress == NULL || context == NULL)
        abort();
}

static struct mqtt_outlet *connected(struct egress_share *share, struct peer *peer, bool v5)
{
    static const struct outlet_owner calls = {
        .send = on_send, .grant = on_grant, .over = on_over, .congested = on_congested};
    static const struct tls_link_events events = {.on_open = on_nothing,
                                                  .on_bytes = on_bytes,
                                                  .on_drained = on_nothing,
                                                  .on_failed = on_failed,
                                                  .on_memory = on_memory};
    struct tunnel_open open = {
        .kind = TUNNEL_MQTT, .version = 1, .receive_bytes = RECEIVE_BYTES, .credit = RECEIVE_BYTES};
    struct resolver_answer nowhere = {.count = 0};
    struct mqtt_outlet *mqtt = (struct mqtt_outlet *)outlet_open(
        egress, share, &open, "UV00000000000000000000000000000000", &calls, peer);
    if (mqtt == NULL)
        abort();
    peer->credit = RECEIVE_BYTES;
    outlet_begin_work(&mqtt->outlet);
    mqtt->state = MQTT_GREETING;
    egress->mqtt_count++;
    mqtt->v5 = v5;
    bucket_init(&mqtt->received, MQTT_RATE_PER_S, MQTT_BURST, uv_now(&loop));
    mqtt->link = tls_link_open(egress, context, "localhost", &nowhere, &events, mqtt);
    return mqtt;
}

// One step: a byte that says who and how much, then the bytes.
static size_t step(struct mqtt_outlet *mqtt, struct peer *peer, const uint8_t *bytes, size_t size)
{
    size_t piece = bytes[0] & 0x3F;
    if (piece > size - 1)
        piece = size - 1;
    if ((bytes[0] & 0xC0) == 0x40) {
        uint32_t credit = RECEIVE_BYTES - peer->credit - (uint32_t)peer->used;
        if (peer->credit + peer->used < RECEIVE_BYTES) {
            peer->credit += credit;
            outlet_credit(&mqtt->outlet, credit);
        }
    } else if (bytes[0] & 0x80) {
        if (mqtt->link != NULL)
            mqtt_take(mqtt, bytes + 1, piece);
    } else if (piece > 0 && outlet_granted(&mqtt->outlet, (uint32_t)piece)) {
        outlet_data(&mqtt->outlet, bytes + 1, (uint32_t)piece);
    }
    return 1 + piece;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    struct peer peer = {.used = 0};
    if (egress == NULL)
        start();
    if (size == 0)
        return 0;
    struct egress_share *share = egress_share_new(egress);
    struct mqtt_outlet *mqtt = connected(share, &peer, bytes[0] & 1);
    for (size_t at = 1; at < size && !peer.over;) {
        at += step(mqtt, &peer, bytes + at, size - at);
        if (share->buffered > MEMORY_MAX)
            abort();
    }
    if (!peer.over)
        outlet_end(&mqtt->outlet);
    while (egress_active(egress) > 0)
        uv_run(&loop, UV_RUN_NOWAIT);
    if (share->buffered != 0 || egress->buffered != 0 || egress->mqtt_count != 0)
        abort();
    egress_share_release(share);
    return 0;
}
