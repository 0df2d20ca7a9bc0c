/* What the broker sends on an MQTT channel: see mqtt.h. */
#include <stdlib.h>
#include <string.h>

#include <openssl/crypto.h>

#include "cloud/base/memory.h"
#include "cloud/egress/mqtt.h"

enum taken {
    TAKEN,      /* the packet is done with */
    TAKE_LATER, /* the device must acknowledge something first */
    TAKE_NEVER, /* the broker broke the protocol */
};

static void drop_in(struct mqtt_outlet *mqtt)
{
    if (mqtt->in)
        OPENSSL_cleanse(mqtt->in, mqtt->in_size);
    free(mqtt->in);
    outlet_count(&mqtt->outlet, -(long)mqtt->in_size);
    mqtt->in = NULL;
    mqtt->in_used = mqtt->in_size = 0;
}

/* Takes the first one out. */
static void drop_held(struct mqtt_outlet *mqtt)
{
    struct mqtt_held *held = mqtt->held;
    mqtt->held = held->next;
    mqtt->held_bytes -= held->size;
    outlet_count(&mqtt->outlet, -(long)held->size);
    OPENSSL_cleanse(held->message, held->size);
    free(held);
}

void mqtt_drop_all(struct mqtt_outlet *mqtt)
{
    drop_in(mqtt);
    while (mqtt->held)
        drop_held(mqtt);
}

/* ---- messages ---- */

/* Counts a message; false: more than the limit came. */
static bool within_rate(struct mqtt_outlet *mqtt)
{
    struct egress *egress = mqtt->outlet.egress;
    egress->counters.mqtt_received++;
    if (bucket_take(&mqtt->received, uv_now(egress->options.loop)))
        return true;
    egress->counters.mqtt_breaks++;
    mqtt_over(mqtt, CHANNEL_MQTT_CIRCUIT_BREAKER, 0);
    return false;
}

/* The device can never take it: it learns so, and the broker is rid of it. */
static void lose(struct mqtt_outlet *mqtt, const struct mqtt_publish *publish)
{
    uint32_t size = mqtt->outlet.receive_bytes;
    uint8_t *message = memory_new(size);
    size = channel_mqtt_lost_write(message, size, 0, publish->payload_bytes, publish->topic);
    mqtt->outlet.egress->counters.mqtt_lost++;
    if (publish->qos > 0)
        mqtt_send(mqtt, mqtt_write_ack(publish->qos == 1 ? MQTT_PUBACK : MQTT_PUBREC, publish->id));
    outlet_send(&mqtt->outlet, message, size);
    free(message);
}

static bool is_known(const struct mqtt_outlet *mqtt, const struct mqtt_publish *publish)
{
    for (uint32_t i = 0; publish->qos > 0 && i < mqtt->unacked_count; i++) {
        if (mqtt->unacked[i].id == publish->id)
            return true;
    }
    for (const struct mqtt_held *held = mqtt->held; publish->qos > 0 && held; held = held->next) {
        if (held->id == publish->id)
            return true;
    }
    return false;
}

static bool window_is_full(const struct mqtt_outlet *mqtt)
{
    return mqtt->held || mqtt->unacked_count == MQTT_UNACKED_MAX;
}

/* Gives the device the messages that its acknowledgements made room for. */
static void send_held(struct mqtt_outlet *mqtt)
{
    while (mqtt->held && mqtt->unacked_count < MQTT_UNACKED_MAX &&
           outlet_pending(&mqtt->outlet) < OUTLET_PENDING_HI) {
        const struct mqtt_held *held = mqtt->held;
        mqtt->unacked[mqtt->unacked_count++] =
            (struct mqtt_unacked){held->correlation_id, held->id, held->qos};
        outlet_send(&mqtt->outlet, held->message, held->size);
        drop_held(mqtt);
    }
}

static void hold(struct mqtt_outlet *mqtt, struct mqtt_held *held)
{
    struct mqtt_held **end = &mqtt->held;
    while (*end)
        end = &(*end)->next;
    *end = held;
    mqtt->held_bytes += held->size;
    outlet_count(&mqtt->outlet, (long)held->size);
}

static void deliver(struct mqtt_outlet *mqtt, const struct mqtt_publish *publish,
                    const uint8_t *body)
{
    struct channel_text payload = {body + publish->payload_offset, publish->payload_bytes};
    struct channel_mqtt_message message = {.correlation_id = ++mqtt->next_correlation_id,
                                           .qos = publish->qos,
                                           .retain = publish->retain};
    uint32_t size = channel_mqtt_message_size(publish->topic.size, payload.size);
    struct mqtt_held *held = memory_new(sizeof *held + size);
    held->correlation_id = message.correlation_id;
    held->id = publish->id;
    held->qos = publish->qos;
    held->size = channel_mqtt_message_write(held->message, size, &message, publish->topic, payload);
    if (publish->qos > 0) {
        hold(mqtt, held);
        send_held(mqtt);
        return;
    }
    outlet_send(&mqtt->outlet, held->message, held->size);
    free(held);
}

static enum taken take_publish(struct mqtt_outlet *mqtt, const struct mqtt_header *header,
                               const uint8_t *body)
{
    struct mqtt_publish publish;
    if (mqtt_read_publish(mqtt->v5, header, body, header->body_bytes, &publish) != 1 ||
        publish.topic.size == 0)
        return TAKE_NEVER;
    if (is_known(mqtt, &publish))
        return TAKEN; /* sent once more */
    uint32_t size = channel_mqtt_message_size(publish.topic.size, publish.payload_bytes);
    bool fits = size <= mqtt->outlet.receive_bytes;
    if (fits && publish.qos > 0 && window_is_full(mqtt) && mqtt->held_bytes + size > MQTT_HELD_MAX)
        return TAKE_LATER;
    if (!within_rate(mqtt))
        return TAKEN;
    if (fits)
        deliver(mqtt, &publish, body);
    else
        lose(mqtt, &publish);
    return TAKEN;
}

/* ---- answers ---- */

static enum taken take_connack(struct mqtt_outlet *mqtt, const uint8_t *body, uint32_t size)
{
    struct mqtt_connack connack;
    struct channel_mqtt_outcome outcome = {.request_state = CHANNEL_MQTT_COMPLETED};
    uint8_t message[CHANNEL_HEADER_BYTES + CHANNEL_MQTT_STATE_FIXED];
    if (mqtt->state != MQTT_GREETING || !mqtt_read_connack(mqtt->v5, body, size, &connack))
        return TAKE_NEVER;
    if (connack.reason != 0) {
        mqtt_over(mqtt, CHANNEL_MQTT_COMPLETED, connack.reason);
        return TAKEN;
    }
    mqtt->state = MQTT_CONNECTED;
    mqtt->receive_maximum = connack.receive_maximum;
    mqtt->maximum_packet_size = connack.maximum_packet_size;
    if (connack.has_keep_alive)
        mqtt->keepalive_s = connack.keep_alive_s;
    outlet_send(
        &mqtt->outlet, message,
        channel_mqtt_outcome_write(message, sizeof message, CHANNEL_MQTT_CONNECTED, &outcome));
    return TAKEN;
}

static int find_outgoing(const struct mqtt_outlet *mqtt, uint16_t id)
{
    for (uint32_t i = 0; i < mqtt->outgoing_count; i++) {
        if (mqtt->outgoing[i].id == id && mqtt->outgoing[i].sent)
            return (int)i;
    }
    return -1;
}

/* PUBACK, PUBREC and PUBCOMP of what the device published. */
static void take_published(struct mqtt_outlet *mqtt, uint8_t type, const struct mqtt_ack *ack)
{
    int index = find_outgoing(mqtt, ack->id);
    struct mqtt_outgoing *outgoing = index < 0 ? NULL : &mqtt->outgoing[index];
    if (type == MQTT_PUBREC && ack->reason < 0x80) {
        if (outgoing) {
            outgoing->released = true;
            outgoing->reason = ack->reason;
        }
        mqtt_send(mqtt, mqtt_write_ack(MQTT_PUBREL, ack->id));
        return;
    }
    if (!outgoing || outgoing->qos != (type == MQTT_PUBACK ? 1 : 2) ||
        (type == MQTT_PUBCOMP && !outgoing->released))
        return;
    mqtt_answer_published(mqtt, outgoing->correlation_id, CHANNEL_MQTT_COMPLETED,
                          ack->reason != 0 ? ack->reason : outgoing->reason);
    mqtt_outgoing_done(mqtt, (uint32_t)index);
    mqtt_send_waiting(mqtt);
}

static enum taken take_ack(struct mqtt_outlet *mqtt, uint8_t type, const uint8_t *body,
                           uint32_t size)
{
    struct mqtt_ack ack;
    if (!mqtt_read_ack(mqtt->v5, body, size, &ack))
        return TAKE_NEVER;
    if (type == MQTT_PUBREL)
        mqtt_send(mqtt, mqtt_write_ack(MQTT_PUBCOMP, ack.id));
    else
        take_published(mqtt, type, &ack);
    return TAKEN;
}

static enum taken take_codes(struct mqtt_outlet *mqtt, uint8_t type, const uint8_t *body,
                             uint32_t size)
{
    bool subscribes = type == MQTT_SUBACK;
    struct mqtt_service *service = subscribes ? &mqtt->subscribe : &mqtt->unsubscribe;
    struct channel_mqtt_codes answer = {.request_state = CHANNEL_MQTT_COMPLETED,
                                        .correlation_id = service->correlation_id,
                                        .count = service->count};
    struct mqtt_codes codes;
    if (!mqtt_read_codes(mqtt->v5, body, size, &codes))
        return TAKE_NEVER;
    if (!service->busy || codes.id != service->id)
        return TAKEN;
    bool none = !subscribes && !mqtt->v5;
    if (codes.codes.size != (none ? 0 : service->count))
        return TAKE_NEVER;
    if (!none)
        memcpy(answer.codes, codes.codes.bytes, codes.codes.size);
    service->busy = false;
    mqtt_answer_codes(mqtt, subscribes ? CHANNEL_MQTT_SUBSCRIBED : CHANNEL_MQTT_UNSUBSCRIBED,
                      &answer);
    return TAKEN;
}

static enum taken take_packet(struct mqtt_outlet *mqtt, const struct mqtt_header *header,
                              const uint8_t *body)
{
    uint32_t size = header->body_bytes;
    uint8_t reason;
    if (header->type == MQTT_CONNACK)
        return take_connack(mqtt, body, size);
    if (mqtt->state != MQTT_CONNECTED)
        return TAKE_NEVER;
    switch (header->type) {
    case MQTT_PUBLISH:
        return take_publish(mqtt, header, body);
    case MQTT_PUBACK:
    case MQTT_PUBREC:
    case MQTT_PUBREL:
    case MQTT_PUBCOMP:
        return take_ack(mqtt, header->type, body, size);
    case MQTT_SUBACK:
    case MQTT_UNSUBACK:
        return take_codes(mqtt, header->type, body, size);
    case MQTT_PINGRESP:
        mqtt->ping_ms = 0;
        return TAKEN;
    case MQTT_DISCONNECT:
        if (!mqtt->v5 || !mqtt_read_disconnect(body, size, &reason))
            return TAKE_NEVER;
        mqtt_over(mqtt, CHANNEL_MQTT_COMPLETED, reason);
        return TAKEN;
    default:
        return TAKE_NEVER;
    }
}

/* ---- bytes ---- */

/* The beginning of a message that is larger than the device's buffer: the rest is passed over. */
static enum taken take_beginning(struct mqtt_outlet *mqtt, const struct mqtt_header *header,
                                 const uint8_t *body, uint32_t size, bool *more)
{
    struct mqtt_publish publish;
    if (header->type != MQTT_PUBLISH || mqtt->state != MQTT_CONNECTED)
        return TAKE_NEVER;
    int result = mqtt_read_publish(mqtt->v5, header, body, size, &publish);
    *more = result == 0;
    if (result <= 0)
        return result == 0 ? TAKEN : TAKE_NEVER;
    if (within_rate(mqtt))
        lose(mqtt, &publish);
    return TAKEN;
}

/* One packet at the front: the bytes that it took; 0: it is not complete, waits, or all is over. */
static uint32_t take_front(struct mqtt_outlet *mqtt, const uint8_t *in, uint32_t size)
{
    struct mqtt_header header;
    bool more = false;
    int result = mqtt_read_header(in, size, &header);
    enum taken taken = TAKE_NEVER;
    if (result == 0)
        return 0;
    uint32_t total = header.header_bytes + header.body_bytes;
    bool large = result > 0 && total > mqtt->outlet.receive_bytes + MQTT_PACKET_SLACK;
    if (large)
        taken = take_beginning(mqtt, &header, in + header.header_bytes, size - header.header_bytes,
                               &more);
    else if (result > 0 && size >= total)
        taken = take_packet(mqtt, &header, in + header.header_bytes);
    else if (result > 0)
        return 0;
    if (taken == TAKE_NEVER)
        mqtt_over(mqtt, CHANNEL_MQTT_SOCKET_ERROR, 0);
    mqtt->blocked = taken == TAKE_LATER;
    if (taken != TAKEN || more || mqtt->state == MQTT_OVER)
        return 0;
    if (size >= total)
        return total;
    mqtt->skip = total - size;
    return size;
}

static bool has_room(const struct mqtt_outlet *mqtt)
{
    return outlet_pending(&mqtt->outlet) < OUTLET_PENDING_HI &&
           tls_link_pending(mqtt->link) < MQTT_PENDING_HI &&
           egress_may_buffer(mqtt->outlet.egress, mqtt->outlet.share);
}

/* Takes what can be taken now, and reads on from the broker only if all of it could. */
static void take_fronts(struct mqtt_outlet *mqtt)
{
    uint32_t at = 0, took = 1;
    if (mqtt->taking)
        return; /* an answer that was sent from here made room */
    mqtt->taking = true;
    send_held(mqtt);
    while (mqtt->state != MQTT_OVER && took > 0 && at < mqtt->in_used && has_room(mqtt)) {
        took = take_front(mqtt, mqtt->in + at, mqtt->in_used - at);
        at += took;
    }
    mqtt->taking = false;
    if (mqtt->state == MQTT_OVER || outlet_over(&mqtt->outlet))
        return;
    mqtt->in_used -= at;
    if (mqtt->in_used == 0)
        drop_in(mqtt);
    else
        memmove(mqtt->in, mqtt->in + at, mqtt->in_used);
    bool reads = !mqtt->blocked && has_room(mqtt);
    if (!reads && mqtt->ping_ms > 0)
        mqtt->ping_ms = uv_now(mqtt->outlet.egress->options.loop); /* its answer cannot be seen */
    tls_link_read(mqtt->link, reads);
    outlet_appetite(&mqtt->outlet);
}

static void append(struct mqtt_outlet *mqtt, const uint8_t *bytes, uint32_t size)
{
    uint32_t needed = mqtt->in_used + size;
    if (needed > mqtt->in_size) {
        uint32_t used = mqtt->in_used, grown = needed > 2 * used ? needed : 2 * used;
        uint8_t *in = memory_new(grown);
        if (used > 0)
            memcpy(in, mqtt->in, used);
        drop_in(mqtt);
        outlet_count(&mqtt->outlet, (long)grown);
        mqtt->in = in;
        mqtt->in_size = grown;
        mqtt->in_used = used;
    }
    memcpy(mqtt->in + mqtt->in_used, bytes, size);
    mqtt->in_used = needed;
}

void mqtt_take(struct mqtt_outlet *mqtt, const uint8_t *bytes, size_t size)
{
    uint32_t skipped = size < mqtt->skip ? (uint32_t)size : mqtt->skip;
    mqtt->skip -= skipped;
    if (size > skipped)
        append(mqtt, bytes + skipped, (uint32_t)size - skipped);
    take_fronts(mqtt);
}

void mqtt_resume(struct mqtt_outlet *mqtt)
{
    if ((mqtt->state == MQTT_CONNECTED || mqtt->state == MQTT_GREETING) && mqtt->link)
        take_fronts(mqtt);
}
