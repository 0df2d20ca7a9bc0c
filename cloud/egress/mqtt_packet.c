/* MQTT control packets: see mqtt_packet.h. */
#include "cloud/egress/mqtt_packet.h"

#include <string.h>

#include "cloud/base/memory.h"

enum property {
    PROPERTY_SESSION_EXPIRY = 0x11,
    PROPERTY_SERVER_KEEP_ALIVE = 0x13,
    PROPERTY_RECEIVE_MAXIMUM = 0x21,
    PROPERTY_MAXIMUM_PACKET_SIZE = 0x27,
};

#define SESSION_FOREVER 0xFFFFFFFFu

/* ---- writing ---- */

/* Two passes: the first only counts, because lengths stand before what they count. */
struct writer {
    uint8_t *out; /* NULL: counting */
    size_t used;
};

static void put_bytes(struct writer *writer, const void *bytes, size_t size)
{
    if (writer->out && size > 0)
        memcpy(writer->out + writer->used, bytes, size);
    writer->used += size;
}

static void put_u8(struct writer *writer, uint32_t value)
{
    uint8_t byte = (uint8_t)value;
    put_bytes(writer, &byte, 1);
}

static void put_u16(struct writer *writer, uint32_t value)
{
    put_u8(writer, value >> 8);
    put_u8(writer, value);
}

static void put_u32(struct writer *writer, uint32_t value)
{
    put_u16(writer, value >> 16);
    put_u16(writer, value);
}

static void put_text(struct writer *writer, struct channel_text text)
{
    put_u16(writer, text.size);
    put_bytes(writer, text.bytes, text.size);
}

static void put_length(struct writer *writer, size_t value)
{
    do {
        put_u8(writer, (uint32_t)(value & 0x7F) | (value > 0x7F ? 0x80 : 0));
        value >>= 7;
    } while (value > 0);
}

typedef void (*body_writer)(struct writer *writer, const void *context);

static struct mqtt_bytes write_packet(enum mqtt_type type, unsigned flags, body_writer body,
                                      const void *context)
{
    struct writer count = {NULL, 0}, writer;
    body(&count, context);
    writer.out = memory_new(MQTT_HEADER_MAX + count.used);
    writer.used = 0;
    put_u8(&writer, (unsigned)type << 4 | flags);
    put_length(&writer, count.used);
    body(&writer, context);
    return (struct mqtt_bytes){writer.out, writer.used};
}

struct connect_context {
    const struct channel_mqtt_connect *connect;
    uint32_t receive_maximum;
};

static uint32_t connect_flags(const struct channel_mqtt_connect *connect)
{
    const struct channel_mqtt_connect_fixed *fixed = &connect->fixed;
    uint32_t flags = fixed->flags & CHANNEL_MQTT_CLEAN_START ? 0x02 : 0;
    if (fixed->flags & CHANNEL_MQTT_WILL)
        flags |= 0x04u | fixed->will_qos << 3;
    if ((fixed->flags & CHANNEL_MQTT_WILL) && (fixed->flags & CHANNEL_MQTT_WILL_RETAIN))
        flags |= 0x20;
    return fixed->authentication ? flags | 0xC0 : flags;
}

static void connect_body(struct writer *writer, const void *context)
{
    const struct connect_context *own = context;
    const struct channel_mqtt_connect *connect = own->connect;
    bool v5 = connect->fixed.protocol == 1,
         keeps = !(connect->fixed.flags & CHANNEL_MQTT_CLEAN_START);
    put_text(writer, (struct channel_text){(const uint8_t *)"MQTT", 4});
    put_u8(writer, v5 ? 5 : 4);
    put_u8(writer, connect_flags(connect));
    put_u16(writer, connect->fixed.keepalive_s);
    if (v5) {
        put_length(writer, keeps ? 8 : 3);
        put_u8(writer, PROPERTY_RECEIVE_MAXIMUM);
        put_u16(writer, own->receive_maximum);
        if (keeps) { /* as a session of 3.1.1: until a clean start */
            put_u8(writer, PROPERTY_SESSION_EXPIRY);
            put_u32(writer, SESSION_FOREVER);
        }
    }
    put_text(writer, connect->client_id);
    if (connect->fixed.flags & CHANNEL_MQTT_WILL) {
        if (v5)
            put_length(writer, 0);
        put_text(writer, connect->will_topic);
        put_text(writer, connect->will_payload);
    }
    if (connect->fixed.authentication) {
        put_text(writer, connect->user_name);
        put_text(writer, connect->password);
    }
}

struct mqtt_bytes mqtt_write_connect(const struct channel_mqtt_connect *connect,
                                     uint32_t receive_maximum)
{
    struct connect_context context = {connect, receive_maximum};
    return write_packet(MQTT_CONNECT, 0, connect_body, &context);
}

struct topics_context {
    bool v5, options;
    uint16_t id;
    const struct channel_mqtt_topics *topics;
};

static void topics_body(struct writer *writer, const void *context)
{
    const struct topics_context *own = context;
    put_u16(writer, own->id);
    if (own->v5)
        put_length(writer, 0);
    for (uint32_t i = 0; i < own->topics->count; i++) {
        const struct channel_mqtt_subscription *one = &own->topics->topics[i];
        put_text(writer, one->topic);
        if (own->options && own->v5)
            put_u8(writer, one->qos | one->no_local << 2 | one->retain_as_published << 3 |
                               one->retain_handling << 4);
        else if (own->options)
            put_u8(writer, one->qos);
    }
}

struct mqtt_bytes mqtt_write_subscribe(bool v5, uint16_t id,
                                       const struct channel_mqtt_topics *topics)
{
    struct topics_context context = {v5, true, id, topics};
    return write_packet(MQTT_SUBSCRIBE, 2, topics_body, &context);
}

struct mqtt_bytes mqtt_write_unsubscribe(bool v5, uint16_t id,
                                         const struct channel_mqtt_topics *topics)
{
    struct topics_context context = {v5, false, id, topics};
    return write_packet(MQTT_UNSUBSCRIBE, 2, topics_body, &context);
}

struct publish_context {
    bool v5;
    uint16_t id;
    const struct channel_mqtt_publish *publish;
};

static void publish_body(struct writer *writer, const void *context)
{
    const struct publish_context *own = context;
    put_text(writer, own->publish->topic);
    if (own->publish->qos > 0)
        put_u16(writer, own->id);
    if (own->v5)
        put_length(writer, 0);
    put_bytes(writer, own->publish->payload.bytes, own->publish->payload.size);
}

struct mqtt_bytes mqtt_write_publish(bool v5, uint16_t id,
                                     const struct channel_mqtt_publish *publish)
{
    struct publish_context context = {v5, id, publish};
    return write_packet(MQTT_PUBLISH, publish->qos << 1 | publish->retain, publish_body, &context);
}

struct mqtt_bytes mqtt_write_ack(enum mqtt_type type, uint16_t id)
{
    const uint8_t packet[4] = {(uint8_t)((unsigned)type << 4 | (type == MQTT_PUBREL ? 2u : 0u)), 2,
                               (uint8_t)(id >> 8), (uint8_t)id};
    return (struct mqtt_bytes){(uint8_t *)memory_copy(packet, sizeof packet), sizeof packet};
}

struct mqtt_bytes mqtt_write_empty(enum mqtt_type type)
{
    const uint8_t packet[2] = {(uint8_t)((unsigned)type << 4), 0};
    return (struct mqtt_bytes){(uint8_t *)memory_copy(packet, sizeof packet), sizeof packet};
}

/* ---- reading ---- */

/* Variable byte integer: 1 read, 0 more is needed, -1 longer than four bytes. */
static int read_length(const uint8_t *in, size_t size, uint32_t *value, uint32_t *bytes)
{
    *value = 0;
    for (uint32_t i = 0; i < 4; i++) {
        if (i >= size)
            return 0;
        *value |= (uint32_t)(in[i] & 0x7F) << (7 * i);
        *bytes = i + 1;
        if (!(in[i] & 0x80))
            return 1;
    }
    return -1;
}

static bool flags_are_right(const struct mqtt_header *header)
{
    if (header->type == MQTT_PUBLISH)
        return (header->flags >> 1 & 3) != 3;
    return header->flags == (header->type == MQTT_PUBREL ? 2 : 0);
}

int mqtt_read_header(const uint8_t *in, size_t size, struct mqtt_header *header)
{
    uint32_t bytes = 0;
    if (size < 2)
        return 0;
    header->type = in[0] >> 4;
    header->flags = in[0] & 15;
    if (!flags_are_right(header))
        return -1;
    int result = read_length(in + 1, size - 1, &header->body_bytes, &bytes);
    header->header_bytes = 1 + bytes;
    return result;
}

/* Bytes of a property's value behind its identifier; 0: unknown. Kinds as in MQTT 5 §2.2.2.2. */
static uint32_t property_bytes(struct channel_reader *reader, uint32_t identifier)
{
    const uint8_t *at = reader->in + reader->at;
    uint32_t left = reader->size - reader->at, value, bytes = 0, first;
    switch (identifier) {
    case 0x01: /* one byte */
    case 0x17:
    case 0x19:
    case 0x24:
    case 0x25:
    case 0x28:
    case 0x29:
    case 0x2A:
        return 1;
    case 0x13: /* two */
    case 0x21:
    case 0x22:
    case 0x23:
        return 2;
    case 0x02: /* four */
    case 0x11:
    case 0x18:
    case 0x27:
        return 4;
    case 0x0B: /* variable byte integer */
        return read_length(at, left, &value, &bytes) == 1 ? bytes : 0;
    case 0x26: /* pair of texts */
        if (left < 2)
            return 0;
        first = 2u + ((uint32_t)at[0] << 8 | at[1]);
        return left < first + 2 ? 0 : first + 2u + ((uint32_t)at[first] << 8 | at[first + 1]);
    case 0x03: /* text or bytes */
    case 0x08:
    case 0x09:
    case 0x12:
    case 0x15:
    case 0x16:
    case 0x1A:
    case 0x1C:
    case 0x1F:
        return left < 2 ? 0 : 2u + ((uint32_t)at[0] << 8 | at[1]);
    default:
        return 0;
    }
}

static void take_property(struct mqtt_connack *connack, uint32_t identifier, const uint8_t *value)
{
    uint32_t two = (uint32_t)value[0] << 8 | value[1];
    if (identifier == PROPERTY_RECEIVE_MAXIMUM)
        connack->receive_maximum = two;
    if (identifier == PROPERTY_SERVER_KEEP_ALIVE) {
        connack->has_keep_alive = true;
        connack->keep_alive_s = two;
    }
    if (identifier == PROPERTY_MAXIMUM_PACKET_SIZE)
        connack->maximum_packet_size = two << 16 | (uint32_t)value[2] << 8 | value[3];
}

/* Reads the properties of a CONNACK, in which only numbers matter to us. */
static bool read_properties(struct channel_reader *reader, struct mqtt_connack *connack)
{
    uint32_t total, bytes = 0;
    if (read_length(reader->in + reader->at, reader->size - reader->at, &total, &bytes) != 1)
        return false;
    reader->at += bytes;
    if (total > reader->size - reader->at)
        return false;
    reader->size = reader->at + total;
    while (reader->at < reader->size) {
        uint8_t value[4] = {0};
        uint32_t identifier = channel_get_u8(reader);
        uint32_t size = property_bytes(reader, identifier);
        if (size == 0 || size > reader->size - reader->at)
            return false;
        memcpy(value, reader->in + reader->at, size < sizeof value ? size : sizeof value);
        take_property(connack, identifier, value);
        reader->at += size;
    }
    return connack->receive_maximum > 0 && connack->maximum_packet_size > 0;
}

bool mqtt_read_connack(bool v5, const uint8_t *body, size_t size, struct mqtt_connack *connack)
{
    struct channel_reader reader;
    memset(connack, 0, sizeof *connack);
    connack->receive_maximum = 65535;
    connack->maximum_packet_size = MQTT_LENGTH_MAX + MQTT_HEADER_MAX;
    channel_read(&reader, body, (uint32_t)size);
    uint32_t flags = channel_get_u8(&reader);
    connack->reason = (uint8_t)channel_get_u8(&reader);
    if (reader.bad || flags > 1)
        return false;
    connack->session_present = flags == 1;
    return !v5 || read_properties(&reader, connack);
}

int mqtt_read_publish(bool v5, const struct mqtt_header *header, const uint8_t *body, size_t size,
                      struct mqtt_publish *publish)
{
    uint32_t at = 2, properties = 0, bytes = 0, total = header->body_bytes;
    if (total < 2)
        return -1;
    if (size < 2)
        return 0;
    publish->qos = header->flags >> 1 & 3;
    publish->retain = header->flags & 1;
    publish->topic.size = (uint32_t)body[0] << 8 | body[1];
    publish->topic.bytes = body + at;
    publish->id = 0;
    at += publish->topic.size;
    uint32_t fixed = at + (publish->qos > 0 ? 2 : 0);
    if (fixed + (v5 ? 1 : 0) > total)
        return -1;
    if (size < fixed)
        return 0;
    if (publish->qos > 0)
        publish->id = (uint16_t)(body[at] << 8 | body[at + 1]);
    if (publish->qos > 0 && publish->id == 0)
        return -1;
    if (v5) {
        int result = read_length(body + fixed, size - fixed, &properties, &bytes);
        if (result != 1)
            return size >= total ? -1 : result;
        if (properties > total - fixed - bytes)
            return -1;
    }
    publish->payload_offset = fixed + bytes + properties;
    publish->payload_bytes = total - publish->payload_offset;
    return 1;
}

bool mqtt_read_ack(bool v5, const uint8_t *body, size_t size, struct mqtt_ack *ack)
{
    if (size < 2 || (!v5 && size != 2))
        return false;
    ack->id = (uint16_t)(body[0] << 8 | body[1]);
    ack->reason = size > 2 ? body[2] : 0;
    return ack->id != 0;
}

bool mqtt_read_codes(bool v5, const uint8_t *body, size_t size, struct mqtt_codes *codes)
{
    uint32_t at = 2, properties = 0, bytes = 0;
    if (size < 2)
        return false;
    codes->id = (uint16_t)(body[0] << 8 | body[1]);
    if (v5) {
        if (read_length(body + at, size - at, &properties, &bytes) != 1 ||
            properties > size - at - bytes)
            return false;
        at += bytes + properties;
    }
    codes->codes.bytes = body + at;
    codes->codes.size = (uint32_t)size - at;
    return true;
}

bool mqtt_read_disconnect(const uint8_t *body, size_t size, uint8_t *reason)
{
    *reason = size > 0 ? body[0] : 0;
    return true;
}
