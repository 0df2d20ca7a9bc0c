/* MQTT messages of a channel: see channel.h. */
#include "formats/channel.h"

/* ---- device → cloud ---- */

void channel_mqtt_connect_begin(struct channel_writer *writer, uint8_t *out, uint32_t size,
                                const struct channel_mqtt_connect_fixed *fixed)
{
    channel_begin(writer, out, size);
    channel_put_u8(writer, fixed->protocol);
    channel_put_u8(writer, fixed->authentication);
    channel_put_u8(writer, fixed->flags);
    channel_put_u8(writer, fixed->will_qos);
    channel_put_u16(writer, fixed->port);
    channel_put_u8(writer, fixed->ca_count);
    channel_put_u8(writer, fixed->certificate_count);
    channel_put_u32(writer, fixed->keepalive_s);
}

static void get_fixed(struct channel_reader *reader, struct channel_mqtt_connect_fixed *fixed)
{
    fixed->protocol = channel_get_u8(reader);
    fixed->authentication = channel_get_u8(reader);
    fixed->flags = channel_get_u8(reader);
    fixed->will_qos = channel_get_u8(reader);
    fixed->port = channel_get_u16(reader);
    fixed->ca_count = channel_get_u8(reader);
    fixed->certificate_count = channel_get_u8(reader);
    fixed->keepalive_s = channel_get_u32(reader);
}

bool channel_mqtt_connect_parse(const uint8_t *body, uint32_t size,
                                struct channel_mqtt_connect *connect)
{
    struct channel_reader reader;
    channel_read(&reader, body, size);
    get_fixed(&reader, &connect->fixed);
    connect->host = channel_get_string(&reader);
    connect->client_id = channel_get_string(&reader);
    connect->user_name = channel_get_string(&reader);
    connect->password = channel_get_string(&reader);
    connect->will_topic = channel_get_string(&reader);
    connect->will_payload = channel_get_string(&reader);
    if (connect->fixed.ca_count > CHANNEL_MQTT_CERTIFICATES_MAX ||
        connect->fixed.certificate_count > CHANNEL_MQTT_CERTIFICATES_MAX)
        return false;
    for (uint32_t i = 0; i < connect->fixed.ca_count; i++)
        connect->ca[i] = channel_get_string(&reader);
    for (uint32_t i = 0; i < connect->fixed.certificate_count; i++)
        connect->certificates[i] = channel_get_string(&reader);
    connect->key = channel_get_string(&reader);
    return !reader.bad;
}

void channel_mqtt_topics_begin(struct channel_writer *writer, uint8_t *out, uint32_t size,
                               uint32_t correlation_id, uint32_t count)
{
    channel_begin(writer, out, size);
    channel_put_u32(writer, correlation_id);
    channel_put_u16(writer, count);
    channel_put_u16(writer, 0);
}

void channel_mqtt_put_subscription(struct channel_writer *writer,
                                   const struct channel_mqtt_subscription *subscription)
{
    channel_put_u8(writer, subscription->qos);
    channel_put_u8(writer, subscription->no_local);
    channel_put_u8(writer, subscription->retain_as_published);
    channel_put_u8(writer, subscription->retain_handling);
    channel_put_string(writer, subscription->topic.bytes, subscription->topic.size);
}

static bool parse_topics(const uint8_t *body, uint32_t size, struct channel_mqtt_topics *topics,
                         bool options)
{
    struct channel_reader reader;
    channel_read(&reader, body, size);
    topics->correlation_id = channel_get_u32(&reader);
    topics->count = channel_get_u16(&reader);
    channel_get_u16(&reader);
    if (topics->count > CHANNEL_MQTT_TOPICS_MAX)
        return false;
    for (uint32_t i = 0; i < topics->count; i++) {
        struct channel_mqtt_subscription *one = &topics->topics[i];
        one->qos = options ? channel_get_u8(&reader) : 0;
        one->no_local = options ? channel_get_u8(&reader) : 0;
        one->retain_as_published = options ? channel_get_u8(&reader) : 0;
        one->retain_handling = options ? channel_get_u8(&reader) : 0;
        one->topic = channel_get_string(&reader);
    }
    return !reader.bad;
}

bool channel_mqtt_subscribe_parse(const uint8_t *body, uint32_t size,
                                  struct channel_mqtt_topics *topics)
{
    return parse_topics(body, size, topics, true);
}

bool channel_mqtt_unsubscribe_parse(const uint8_t *body, uint32_t size,
                                    struct channel_mqtt_topics *topics)
{
    return parse_topics(body, size, topics, false);
}

void channel_mqtt_publish_begin(struct channel_writer *writer, uint8_t *out, uint32_t size,
                                uint32_t correlation_id, uint32_t qos, uint32_t retain,
                                struct channel_text topic)
{
    channel_begin(writer, out, size);
    channel_put_u32(writer, correlation_id);
    channel_put_u8(writer, qos);
    channel_put_u8(writer, retain);
    channel_put_string(writer, topic.bytes, topic.size);
}

bool channel_mqtt_publish_parse(const uint8_t *body, uint32_t size,
                                struct channel_mqtt_publish *publish)
{
    struct channel_reader reader;
    channel_read(&reader, body, size);
    publish->correlation_id = channel_get_u32(&reader);
    publish->qos = channel_get_u8(&reader);
    publish->retain = channel_get_u8(&reader);
    publish->topic = channel_get_string(&reader);
    publish->payload = channel_get_rest(&reader);
    return !reader.bad;
}

uint32_t channel_mqtt_acknowledge_write(uint8_t *out, uint32_t size, uint32_t correlation_id)
{
    struct channel_writer writer;
    channel_begin(&writer, out, size);
    channel_put_u32(&writer, correlation_id);
    return channel_end(&writer, CHANNEL_MQTT_ACKNOWLEDGE);
}

uint32_t channel_mqtt_disconnect_write(uint8_t *out, uint32_t size)
{
    struct channel_writer writer;
    channel_begin(&writer, out, size);
    return channel_end(&writer, CHANNEL_MQTT_DISCONNECT);
}

/* ---- cloud → device ---- */

bool channel_mqtt_outcome_parse(const uint8_t *body, uint32_t size,
                                struct channel_mqtt_outcome *outcome)
{
    struct channel_reader reader;
    channel_read(&reader, body, size);
    outcome->request_state = channel_get_u32(&reader);
    outcome->reason_code = channel_get_u32(&reader);
    return !reader.bad;
}

uint32_t channel_mqtt_outcome_write(uint8_t *out, uint32_t size, enum channel_type type,
                                    const struct channel_mqtt_outcome *outcome)
{
    struct channel_writer writer;
    channel_begin(&writer, out, size);
    channel_put_u32(&writer, outcome->request_state);
    channel_put_u32(&writer, outcome->reason_code);
    return channel_end(&writer, type);
}

bool channel_mqtt_codes_parse(const uint8_t *body, uint32_t size, struct channel_mqtt_codes *codes)
{
    struct channel_reader reader;
    channel_read(&reader, body, size);
    codes->request_state = channel_get_u32(&reader);
    codes->correlation_id = channel_get_u32(&reader);
    uint32_t count = channel_get_u16(&reader);
    channel_get_u16(&reader);
    if (count > CHANNEL_MQTT_TOPICS_MAX)
        return false;
    codes->count = count;
    for (uint32_t i = 0; i < count; i++)
        codes->codes[i] = (uint8_t)channel_get_u8(&reader);
    return !reader.bad;
}

uint32_t channel_mqtt_codes_write(uint8_t *out, uint32_t size, enum channel_type type,
                                  const struct channel_mqtt_codes *codes)
{
    struct channel_writer writer;
    if (codes->count > CHANNEL_MQTT_TOPICS_MAX)
        return 0;
    channel_begin(&writer, out, size);
    channel_put_u32(&writer, codes->request_state);
    channel_put_u32(&writer, codes->correlation_id);
    channel_put_u16(&writer, codes->count);
    channel_put_u16(&writer, 0);
    channel_put_bytes(&writer, codes->codes, codes->count);
    return channel_end(&writer, type);
}

bool channel_mqtt_published_parse(const uint8_t *body, uint32_t size,
                                  struct channel_mqtt_published *published)
{
    struct channel_reader reader;
    channel_read(&reader, body, size);
    published->request_state = channel_get_u32(&reader);
    published->correlation_id = channel_get_u32(&reader);
    published->reason_code = channel_get_u32(&reader);
    return !reader.bad;
}

uint32_t channel_mqtt_published_write(uint8_t *out, uint32_t size,
                                      const struct channel_mqtt_published *published)
{
    struct channel_writer writer;
    channel_begin(&writer, out, size);
    channel_put_u32(&writer, published->request_state);
    channel_put_u32(&writer, published->correlation_id);
    channel_put_u32(&writer, published->reason_code);
    return channel_end(&writer, CHANNEL_MQTT_PUBLISHED);
}

bool channel_mqtt_message_parse(const uint8_t fixed[CHANNEL_MQTT_MESSAGE_FIXED],
                                uint32_t body_bytes, struct channel_mqtt_message *message)
{
    struct channel_reader reader;
    if (body_bytes < CHANNEL_MQTT_MESSAGE_FIXED)
        return false;
    channel_read(&reader, fixed, CHANNEL_MQTT_MESSAGE_FIXED);
    message->correlation_id = channel_get_u32(&reader);
    message->qos = (uint8_t)channel_get_u8(&reader);
    message->retain = (uint8_t)channel_get_u8(&reader);
    message->topic.offset = CHANNEL_MQTT_MESSAGE_FIXED;
    message->topic.length = channel_get_u16(&reader);
    if (message->topic.length > body_bytes - CHANNEL_MQTT_MESSAGE_FIXED)
        return false;
    message->payload.offset = message->topic.offset + message->topic.length;
    message->payload.length = body_bytes - message->payload.offset;
    return true;
}

uint32_t channel_mqtt_message_size(uint32_t topic_bytes, uint32_t payload_bytes)
{
    if (topic_bytes > CHANNEL_STRING_MAX || payload_bytes > CHANNEL_MESSAGE_MAX)
        return CHANNEL_MESSAGE_MAX + 1;
    return CHANNEL_HEADER_BYTES + CHANNEL_MQTT_MESSAGE_FIXED + topic_bytes + payload_bytes;
}

uint32_t channel_mqtt_message_write(uint8_t *out, uint32_t size,
                                    const struct channel_mqtt_message *message,
                                    struct channel_text topic, struct channel_text payload)
{
    struct channel_writer writer;
    channel_begin(&writer, out, size);
    channel_put_u32(&writer, message->correlation_id);
    channel_put_u8(&writer, message->qos);
    channel_put_u8(&writer, message->retain);
    channel_put_string(&writer, topic.bytes, topic.size);
    channel_put_bytes(&writer, payload.bytes, payload.size);
    return channel_end(&writer, CHANNEL_MQTT_MESSAGE);
}

bool channel_mqtt_lost_parse(const uint8_t fixed[CHANNEL_MQTT_LOST_FIXED], uint32_t body_bytes,
                             struct channel_mqtt_lost *lost)
{
    struct channel_reader reader;
    if (body_bytes < CHANNEL_MQTT_LOST_FIXED)
        return false;
    channel_read(&reader, fixed, CHANNEL_MQTT_LOST_FIXED);
    lost->reason = channel_get_u32(&reader);
    lost->message_length = channel_get_u32(&reader);
    channel_get_u16(&reader);
    lost->topic.offset = CHANNEL_MQTT_LOST_FIXED;
    lost->topic.length = channel_get_u16(&reader);
    return lost->topic.length <= body_bytes - CHANNEL_MQTT_LOST_FIXED;
}

uint32_t channel_mqtt_lost_write(uint8_t *out, uint32_t size, uint32_t reason,
                                 uint32_t message_length, struct channel_text topic)
{
    struct channel_writer writer;
    const uint32_t room = CHANNEL_HEADER_BYTES + CHANNEL_MQTT_LOST_FIXED;
    if (size < room)
        return 0;
    if (topic.size > size - room)
        topic.size = size - room;
    channel_begin(&writer, out, size);
    channel_put_u32(&writer, reason);
    channel_put_u32(&writer, message_length);
    channel_put_u16(&writer, 0);
    channel_put_string(&writer, topic.bytes, topic.size);
    return channel_end(&writer, CHANNEL_MQTT_LOST);
}
