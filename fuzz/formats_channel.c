// Channel messages from hostile bytes, at both ends: every text and span lies within the body, and
// a response that was written parses to what was put in.
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "formats/channel.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

static const uint8_t *begin, *end;

static void text_inside(struct channel_text text)
{
    if (text.size > 0 && (text.bytes < begin || text.size > (size_t)(end - text.bytes)))
        abort();
}

static void span_inside(struct channel_span span)
{
    if (span.offset > (size_t)(end - begin) || span.length > (size_t)(end - begin) - span.offset)
        abort();
}

static void http(const uint8_t *in, uint32_t size)
{
    struct channel_http_request request;
    struct channel_http_response response;
    struct channel_span span;
    if (channel_http_request_parse(in, size, &request)) {
        text_inside(request.method);
        text_inside(request.url);
        text_inside(request.body);
        for (uint32_t i = 0; i < request.header_count; i++)
            text_inside(request.headers[i]);
    }
    if (size < CHANNEL_HTTP_RESPONSE_FIXED || !channel_http_response_parse(in, size, &response))
        return;
    span_inside((struct channel_span){response.body_offset, response.body_length});
    for (uint32_t i = 0; i < response.header_count; i++) {
        if (channel_http_span(
                &response, in + CHANNEL_HTTP_RESPONSE_FIXED + i * CHANNEL_HTTP_INDEX_ENTRY, &span))
            span_inside(span);
    }
}

static void config(const uint8_t *in, uint32_t size)
{
    struct channel_config_request request;
    struct channel_config_response response;
    struct channel_config_item item;
    if (channel_config_request_parse(in, size, &request)) {
        for (uint32_t i = 0; i < request.count; i++)
            text_inside(request.keys[i].key);
    }
    if (size < CHANNEL_CONFIG_RESPONSE_FIXED || !channel_config_response_parse(in, size, &response))
        return;
    for (uint32_t i = 0; i < response.count; i++) {
        if (channel_config_item(in + CHANNEL_CONFIG_RESPONSE_FIXED + i * CHANNEL_CONFIG_INDEX_ENTRY,
                                response.count, size, &item))
            span_inside(item.value);
    }
}

static void mqtt_requests(const uint8_t *in, uint32_t size)
{
    struct channel_mqtt_connect connect;
    struct channel_mqtt_topics topics;
    struct channel_mqtt_publish publish;
    if (channel_mqtt_connect_parse(in, size, &connect)) {
        text_inside(connect.host);
        text_inside(connect.will_payload);
        text_inside(connect.key);
        for (uint32_t i = 0; i < connect.fixed.ca_count; i++)
            text_inside(connect.ca[i]);
        for (uint32_t i = 0; i < connect.fixed.certificate_count; i++)
            text_inside(connect.certificates[i]);
    }
    for (int options = 0; options < 2; options++) {
        if (options ? channel_mqtt_subscribe_parse(in, size, &topics)
                    : channel_mqtt_unsubscribe_parse(in, size, &topics)) {
            for (uint32_t i = 0; i < topics.count; i++)
                text_inside(topics.topics[i].topic);
        }
    }
    if (channel_mqtt_publish_parse(in, size, &publish)) {
        text_inside(publish.topic);
        text_inside(publish.payload);
    }
}

static void mqtt_answers(const uint8_t *in, uint32_t size)
{
    uint8_t out[64];
    struct channel_mqtt_codes codes;
    struct channel_mqtt_message message;
    struct channel_mqtt_lost lost;
    if (channel_mqtt_codes_parse(in, size, &codes)) {
        uint32_t length =
            channel_mqtt_codes_write(out, sizeof out, CHANNEL_MQTT_SUBSCRIBED, &codes);
        if (length == 0 || memcmp(out + CHANNEL_HEADER_BYTES, in, 10) != 0)
            abort();
    }
    if (size >= CHANNEL_MQTT_MESSAGE_FIXED && channel_mqtt_message_parse(in, size, &message)) {
        span_inside(message.topic);
        span_inside(message.payload);
    }
    if (size >= CHANNEL_MQTT_LOST_FIXED && channel_mqtt_lost_parse(in, size, &lost))
        span_inside(lost.topic);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    struct channel_header header;
    if (size < CHANNEL_HEADER_BYTES || !channel_header_parse(bytes, &header))
        return 0;
    begin = bytes + CHANNEL_HEADER_BYTES;
    end = bytes + size;
    uint32_t body_bytes = (uint32_t)(end - begin);
    http(begin, body_bytes);
    config(begin, body_bytes);
    mqtt_requests(begin, body_bytes);
    mqtt_answers(begin, body_bytes);
    return 0;
}
