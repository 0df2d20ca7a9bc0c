/* An MQTT channel, its life and what the device asks for: see mqtt.h. */
#include "cloud/egress/mqtt.h"

#include <stdlib.h>
#include <string.h>

#include <openssl/crypto.h>

#include "cloud/base/journal.h"
#include "cloud/base/memory.h"
#include "cloud/egress/mqtt_rules.h"

static struct mqtt_outlet *mqtt_of(void *outlet)
{
    return outlet;
}

static uint64_t now_ms(const struct mqtt_outlet *mqtt)
{
    return uv_now(mqtt->outlet.egress->options.loop);
}

/* ---- sending ---- */

void mqtt_free(struct mqtt_bytes *packet)
{
    if (packet->bytes)
        OPENSSL_cleanse(packet->bytes, packet->size);
    free(packet->bytes);
    packet->bytes = NULL;
    packet->size = 0;
}

void mqtt_send(struct mqtt_outlet *mqtt, struct mqtt_bytes packet)
{
    if (mqtt->link) {
        mqtt->sent_ms = now_ms(mqtt);
        tls_link_send(mqtt->link, packet.bytes, packet.size);
    }
    mqtt_free(&packet);
}

static void answer_outcome(struct mqtt_outlet *mqtt, enum channel_type type,
                           enum channel_mqtt_state state, uint32_t reason_code)
{
    struct channel_mqtt_outcome outcome = {.request_state = state, .reason_code = reason_code};
    uint8_t message[CHANNEL_HEADER_BYTES + CHANNEL_MQTT_STATE_FIXED];
    outlet_send(&mqtt->outlet, message,
                channel_mqtt_outcome_write(message, sizeof message, type, &outcome));
}

void mqtt_answer_codes(struct mqtt_outlet *mqtt, enum channel_type type,
                       const struct channel_mqtt_codes *codes)
{
    uint8_t message[CHANNEL_HEADER_BYTES + CHANNEL_MQTT_CODES_FIXED + CHANNEL_MQTT_TOPICS_MAX];
    outlet_send(&mqtt->outlet, message,
                channel_mqtt_codes_write(message, sizeof message, type, codes));
}

static void answer_state(struct mqtt_outlet *mqtt, enum channel_type type, uint32_t correlation_id,
                         enum channel_mqtt_state state)
{
    struct channel_mqtt_codes codes = {.request_state = state, .correlation_id = correlation_id};
    mqtt_answer_codes(mqtt, type, &codes);
}

void mqtt_answer_published(struct mqtt_outlet *mqtt, uint32_t correlation_id,
                           enum channel_mqtt_state state, uint32_t reason_code)
{
    struct channel_mqtt_published published = {
        .request_state = state, .correlation_id = correlation_id, .reason_code = reason_code};
    uint8_t message[CHANNEL_HEADER_BYTES + CHANNEL_MQTT_PUBLISHED_BYTES];
    outlet_send(&mqtt->outlet, message,
                channel_mqtt_published_write(message, sizeof message, &published));
}

/* ---- messages of the device under way ---- */

static void drop_waiting(struct mqtt_outlet *mqtt, struct mqtt_outgoing *outgoing)
{
    mqtt->waiting_bytes -= (uint32_t)outgoing->packet.size;
    outlet_count(&mqtt->outlet, -(long)outgoing->packet.size);
    mqtt_free(&outgoing->packet);
}

void mqtt_outgoing_done(struct mqtt_outlet *mqtt, uint32_t index)
{
    struct mqtt_outgoing *outgoing = &mqtt->outgoing[index];
    mqtt->under_way -= outgoing->sent;
    if (!outgoing->sent)
        drop_waiting(mqtt, outgoing);
    mqtt->outgoing_count--;
    memmove(outgoing, outgoing + 1, (mqtt->outgoing_count - index) * sizeof *outgoing);
}

void mqtt_send_waiting(struct mqtt_outlet *mqtt)
{
    for (uint32_t i = 0;
         i < mqtt->outgoing_count && mqtt->under_way < mqtt->receive_maximum && mqtt->link; i++) {
        struct mqtt_outgoing *outgoing = &mqtt->outgoing[i];
        if (outgoing->sent)
            continue;
        mqtt->sent_ms = now_ms(mqtt);
        tls_link_send(mqtt->link, outgoing->packet.bytes, outgoing->packet.size);
        drop_waiting(mqtt, outgoing);
        outgoing->sent = true;
        mqtt->under_way++;
    }
}

static bool id_is_used(const struct mqtt_outlet *mqtt, uint16_t id)
{
    for (uint32_t i = 0; i < mqtt->outgoing_count; i++) {
        if (mqtt->outgoing[i].id == id)
            return true;
    }
    return (mqtt->subscribe.busy && mqtt->subscribe.id == id) ||
           (mqtt->unsubscribe.busy && mqtt->unsubscribe.id == id);
}

static uint16_t take_id(struct mqtt_outlet *mqtt)
{
    do
        mqtt->next_id++;
    while (mqtt->next_id == 0 || id_is_used(mqtt, mqtt->next_id));
    return mqtt->next_id;
}

/* ---- the end of the connection ---- */

static void drop_connection(struct mqtt_outlet *mqtt, bool politely)
{
    struct egress *egress = mqtt->outlet.egress;
    struct tls_link *link = mqtt->link;
    if (mqtt->question)
        resolver_give_up(mqtt->question);
    mqtt->question = NULL;
    mqtt->link = NULL;
    if (link && politely)
        tls_link_finish(link);
    else if (link)
        tls_link_abort(link);
    if (mqtt->state != MQTT_IDLE && mqtt->state != MQTT_OVER)
        egress->mqtt_count--;
    mqtt->state = MQTT_OVER;
    SSL_CTX_free(mqtt->context);
    mqtt->context = NULL;
    free(mqtt->host);
    mqtt->host = NULL;
    mqtt_free(&mqtt->connect);
    mqtt_drop_all(mqtt);
    outlet_tick(&mqtt->outlet, false);
}

static void drop_requests(struct mqtt_outlet *mqtt)
{
    while (mqtt->outgoing_count > 0)
        mqtt_outgoing_done(mqtt, 0);
    mqtt->subscribe.busy = mqtt->unsubscribe.busy = false;
}

static void answer_unanswered(struct mqtt_outlet *mqtt)
{
    for (uint32_t i = 0; i < mqtt->outgoing_count; i++)
        mqtt_answer_published(mqtt, mqtt->outgoing[i].correlation_id, CHANNEL_MQTT_NOT_CONNECTED,
                              0);
    if (mqtt->subscribe.busy)
        answer_state(mqtt, CHANNEL_MQTT_SUBSCRIBED, mqtt->subscribe.correlation_id,
                     CHANNEL_MQTT_NOT_CONNECTED);
    if (mqtt->unsubscribe.busy)
        answer_state(mqtt, CHANNEL_MQTT_UNSUBSCRIBED, mqtt->unsubscribe.correlation_id,
                     CHANNEL_MQTT_NOT_CONNECTED);
    drop_requests(mqtt);
}

static void end_connection(struct mqtt_outlet *mqtt, enum channel_mqtt_state state,
                           uint32_t reason_code, bool politely)
{
    bool was_connected = mqtt->state == MQTT_CONNECTED;
    if (mqtt->state == MQTT_OVER)
        return;
    mqtt->outlet.egress->counters.mqtt_failures += !was_connected;
    drop_connection(mqtt, politely);
    answer_unanswered(mqtt);
    answer_outcome(mqtt, was_connected ? CHANNEL_MQTT_DISCONNECTED : CHANNEL_MQTT_CONNECTED, state,
                   reason_code);
}

void mqtt_over(struct mqtt_outlet *mqtt, enum channel_mqtt_state state, uint32_t reason_code)
{
    end_connection(mqtt, state, reason_code, false);
}

/* ---- the connection ---- */

static void on_open(void *context)
{
    struct mqtt_outlet *mqtt = context;
    mqtt->state = MQTT_GREETING;
    mqtt_send(mqtt, mqtt->connect);
    mqtt->connect = (struct mqtt_bytes){NULL, 0};
    tls_link_read(mqtt->link, true);
}

static void on_bytes(void *context, const uint8_t *bytes, size_t size)
{
    mqtt_take(context, bytes, size);
}

static void on_drained(void *context)
{
    struct mqtt_outlet *mqtt = context;
    mqtt_resume(mqtt);
    outlet_appetite(&mqtt->outlet);
}

static void on_failed(void *context, enum tls_link_failure failure)
{
    struct mqtt_outlet *mqtt = context;
    mqtt->link = NULL;
    mqtt_over(mqtt,
              failure == TLS_LINK_UNKNOWN_CA ? CHANNEL_MQTT_UNKNOWN_CA
              : failure == TLS_LINK_EXPIRED  ? CHANNEL_MQTT_CERTIFICATE_EXPIRED
                                             : CHANNEL_MQTT_SOCKET_ERROR,
              0);
}

static void on_memory(void *context, long bytes)
{
    outlet_count(&mqtt_of(context)->outlet, bytes);
}

static void on_resolved(void *context, const struct resolver_answer *found)
{
    static const struct tls_link_events events = {.on_open = on_open,
                                                  .on_bytes = on_bytes,
                                                  .on_drained = on_drained,
                                                  .on_failed = on_failed,
                                                  .on_memory = on_memory};
    struct mqtt_outlet *mqtt = context;
    mqtt->question = NULL;
    if (found->result != RESOLVER_OK) {
        mqtt_over(mqtt,
                  found->result == RESOLVER_NO_SUCH_NAME ? CHANNEL_MQTT_NXDOMAIN
                                                         : CHANNEL_MQTT_SOCKET_ERROR,
                  0);
        return;
    }
    mqtt->state = MQTT_OPENING;
    mqtt->link =
        tls_link_open(mqtt->outlet.egress, mqtt->context, mqtt->host, found, &events, mqtt);
}

static void mqtt_tick(struct outlet *outlet)
{
    struct mqtt_outlet *mqtt = mqtt_of(outlet);
    uint64_t now = now_ms(mqtt), keepalive_ms = mqtt->keepalive_s * 1000u;
    if (mqtt->state != MQTT_CONNECTED) {
        if (++mqtt->opening_s >= MQTT_OPEN_S)
            mqtt_over(mqtt, CHANNEL_MQTT_SOCKET_ERROR, 0);
        return;
    }
    if (tls_link_stalled_ms(mqtt->link) >= MQTT_STALL_MS ||
        (mqtt->ping_ms > 0 && now - mqtt->ping_ms >= keepalive_ms + MQTT_PING_MS)) {
        mqtt_over(mqtt, CHANNEL_MQTT_SOCKET_ERROR, 0);
        return;
    }
    if (keepalive_ms > 0 && mqtt->ping_ms == 0 && now - mqtt->sent_ms + 1000u >= keepalive_ms) {
        mqtt_send(mqtt, mqtt_write_empty(MQTT_PINGREQ));
        mqtt->ping_ms = now;
    }
    mqtt_resume(mqtt); /* others may have freed memory */
}

/* ---- requests ---- */

static void begin_connection(struct mqtt_outlet *mqtt, const struct channel_mqtt_connect *connect)
{
    struct egress *egress = mqtt->outlet.egress;
    mqtt->v5 = connect->fixed.protocol == 1;
    mqtt->keepalive_s = connect->fixed.keepalive_s;
    mqtt->port = connect->fixed.port;
    mqtt->host = memory_copy(connect->host.bytes, connect->host.size);
    mqtt->connect = mqtt_write_connect(connect, MQTT_UNACKED_MAX);
    mqtt->state = MQTT_RESOLVING;
    bucket_init(&mqtt->received, MQTT_RATE_PER_S, MQTT_BURST, now_ms(mqtt));
    egress->mqtt_count++;
    egress->counters.mqtt_connects++;
    outlet_tick(&mqtt->outlet, true);
    mqtt->question = resolver_ask(egress->resolver, mqtt->host, mqtt->port, on_resolved, mqtt);
}

static bool take_connect(struct mqtt_outlet *mqtt, const uint8_t *body, uint32_t size)
{
    struct channel_mqtt_connect connect;
    struct egress *egress = mqtt->outlet.egress;
    if (!channel_mqtt_connect_parse(body, size, &connect))
        return false;
    if (mqtt->state != MQTT_IDLE) {
        answer_outcome(mqtt, CHANNEL_MQTT_CONNECTED,
                       mqtt->state == MQTT_OVER ? CHANNEL_MQTT_NOT_CONNECTED
                                                : CHANNEL_MQTT_ALREADY_CONNECTED,
                       0);
        return true;
    }
    if (egress->mqtt_count >= EGRESS_MQTT_MAX) {
        egress->counters.refused++;
        outlet_fail(&mqtt->outlet, TUNNEL_CLOSE_LIMIT);
        return true;
    }
    if (mqtt_connect_valid(&connect))
        mqtt->context = mqtt_credentials(egress, &connect);
    if (mqtt->context)
        begin_connection(mqtt, &connect);
    else
        mqtt_over(mqtt, CHANNEL_MQTT_INVALID_PARAMETERS, 0);
    return true;
}

static bool take_topics(struct mqtt_outlet *mqtt, uint8_t type, const uint8_t *body, uint32_t size)
{
    bool subscribes = type == CHANNEL_MQTT_SUBSCRIBE;
    struct mqtt_service *service = subscribes ? &mqtt->subscribe : &mqtt->unsubscribe;
    enum channel_type answer = subscribes ? CHANNEL_MQTT_SUBSCRIBED : CHANNEL_MQTT_UNSUBSCRIBED;
    struct channel_mqtt_topics topics;
    if (!(subscribes ? channel_mqtt_subscribe_parse : channel_mqtt_unsubscribe_parse)(body, size,
                                                                                      &topics))
        return false;
    bool valid = (subscribes ? mqtt_subscribe_valid : mqtt_unsubscribe_valid)(&topics);
    if (mqtt->state != MQTT_CONNECTED) {
        answer_state(mqtt, answer, topics.correlation_id, CHANNEL_MQTT_NOT_CONNECTED);
    } else if (!valid || service->busy) {
        answer_state(mqtt, answer, topics.correlation_id, CHANNEL_MQTT_INVALID_PARAMETERS);
    } else {
        service->id = take_id(mqtt);
        service->busy = true;
        service->correlation_id = topics.correlation_id;
        service->count = topics.count;
        mqtt_send(mqtt, (subscribes ? mqtt_write_subscribe
                                    : mqtt_write_unsubscribe)(mqtt->v5, service->id, &topics));
    }
    return true;
}

static void publish(struct mqtt_outlet *mqtt, const struct channel_mqtt_publish *request)
{
    struct mqtt_bytes packet;
    uint16_t id = request->qos > 0 ? take_id(mqtt) : 0;
    packet = mqtt_write_publish(mqtt->v5, id, request);
    mqtt->outlet.egress->counters.mqtt_published++;
    if (request->qos == 0) {
        mqtt_send(mqtt, packet);
        mqtt_answer_published(mqtt, request->correlation_id, CHANNEL_MQTT_COMPLETED, 0);
        return;
    }
    mqtt->outgoing[mqtt->outgoing_count++] =
        (struct mqtt_outgoing){.qos = (uint8_t)request->qos,
                               .id = id,
                               .correlation_id = request->correlation_id,
                               .packet = packet};
    mqtt->waiting_bytes += (uint32_t)packet.size;
    outlet_count(&mqtt->outlet, (long)packet.size);
    mqtt_send_waiting(mqtt);
}

static bool take_publish(struct mqtt_outlet *mqtt, const uint8_t *body, uint32_t size)
{
    struct channel_mqtt_publish request;
    if (!channel_mqtt_publish_parse(body, size, &request))
        return false;
    uint32_t packet_bytes = request.topic.size + request.payload.size + MQTT_HEADER_MAX + 5;
    if (mqtt->state != MQTT_CONNECTED) {
        mqtt_answer_published(mqtt, request.correlation_id, CHANNEL_MQTT_NOT_CONNECTED, 0);
    } else if (!mqtt_publish_valid(&request) || packet_bytes > mqtt->maximum_packet_size) {
        mqtt_answer_published(mqtt, request.correlation_id, CHANNEL_MQTT_INVALID_PARAMETERS, 0);
    } else if (mqtt->outgoing_count == MQTT_PUBLISHES_MAX) {
        mqtt->outlet.egress->counters.refused++;
        outlet_fail(&mqtt->outlet, TUNNEL_CLOSE_LIMIT);
    } else {
        publish(mqtt, &request);
    }
    return true;
}

static bool take_acknowledge(struct mqtt_outlet *mqtt, const uint8_t *body, uint32_t size)
{
    struct channel_reader reader;
    channel_read(&reader, body, size);
    uint32_t correlation_id = channel_get_u32(&reader);
    for (uint32_t i = 0; i < mqtt->unacked_count; i++) {
        struct mqtt_unacked *one = &mqtt->unacked[i];
        if (one->correlation_id != correlation_id || mqtt->state != MQTT_CONNECTED)
            continue;
        mqtt_send(mqtt, mqtt_write_ack(one->qos == 1 ? MQTT_PUBACK : MQTT_PUBREC, one->id));
        mqtt->unacked_count--;
        memmove(one, one + 1, (mqtt->unacked_count - i) * sizeof *one);
        mqtt_resume(mqtt);
        break;
    }
    return !reader.bad;
}

static void take_disconnect(struct mqtt_outlet *mqtt)
{
    if (mqtt->state != MQTT_CONNECTED) {
        answer_outcome(mqtt, CHANNEL_MQTT_DISCONNECTED, CHANNEL_MQTT_NOT_CONNECTED, 0);
        return;
    }
    mqtt_send(mqtt, mqtt_write_empty(MQTT_DISCONNECT));
    end_connection(mqtt, CHANNEL_MQTT_COMPLETED, 0, true);
}

static bool mqtt_message(struct outlet *outlet, uint8_t type, const uint8_t *body, uint32_t size)
{
    struct mqtt_outlet *mqtt = mqtt_of(outlet);
    switch (type) {
    case CHANNEL_MQTT_CONNECT:
        return take_connect(mqtt, body, size);
    case CHANNEL_MQTT_SUBSCRIBE:
    case CHANNEL_MQTT_UNSUBSCRIBE:
        return take_topics(mqtt, type, body, size);
    case CHANNEL_MQTT_PUBLISH:
        return take_publish(mqtt, body, size);
    case CHANNEL_MQTT_ACKNOWLEDGE:
        return take_acknowledge(mqtt, body, size);
    case CHANNEL_MQTT_DISCONNECT:
        take_disconnect(mqtt);
        return true;
    default:
        return true;
    }
}

/* ---- the outlet ---- */

static bool mqtt_hungry(const struct outlet *outlet)
{
    const struct mqtt_outlet *mqtt = (const struct mqtt_outlet *)outlet;
    size_t unsent = mqtt->link ? tls_link_pending(mqtt->link) : 0;
    return unsent + mqtt->waiting_bytes < MQTT_PENDING_HI &&
           outlet_pending(outlet) < OUTLET_PENDING_HI;
}

static void mqtt_drained(struct outlet *outlet)
{
    mqtt_resume(mqtt_of(outlet));
}

/* Acknowledgements still go out; without DISCONNECT the broker publishes the will. */
static void mqtt_end(struct outlet *outlet)
{
    struct mqtt_outlet *mqtt = mqtt_of(outlet);
    drop_connection(mqtt, true);
    drop_requests(mqtt);
    outlet_done(outlet);
}

const struct outlet_kind outlet_mqtt = {
    .size = sizeof(struct mqtt_outlet),
    .message = mqtt_message,
    .drained = mqtt_drained,
    .tick = mqtt_tick,
    .hungry = mqtt_hungry,
    .end = mqtt_end,
};
