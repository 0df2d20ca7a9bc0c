// Channel messages: bytes as specified, one pass into a small buffer, and hostile lengths.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "formats/channel.h"
#include "formats/tunnel.h"

static struct channel_text text(const char *string)
{
    return (struct channel_text){(const uint8_t *)string, (uint32_t)strlen(string)};
}

static void assert_text(struct channel_text got, const char *wanted)
{
    assert_int_equal(got.size, strlen(wanted));
    assert_memory_equal(got.bytes, wanted, got.size);
}

/* Body of a message that must have this type. */
static const uint8_t *body_of(const uint8_t *message, uint32_t size, uint8_t type,
                              uint32_t *body_bytes)
{
    struct channel_header header;
    assert_true(channel_header_parse(message, &header));
    assert_int_equal(header.type, type);
    assert_int_equal(header.body_bytes, size - CHANNEL_HEADER_BYTES);
    *body_bytes = header.body_bytes;
    return message + CHANNEL_HEADER_BYTES;
}

static uint32_t write_request(uint8_t *out, uint32_t size)
{
    struct channel_writer writer;
    channel_http_begin(&writer, out, size, 5000, 1, text("GET"), text("https://a/"));
    channel_put_string(&writer, "A: b", 4);
    channel_put_bytes(&writer, "hello", 5);
    return channel_end(&writer, CHANNEL_HTTP_REQUEST);
}

static void http_request_bytes(void **state)
{
    (void)state;
    static const uint8_t expected[] = {
        1,   0,   0,    0,    0,   0, 0,   36,                           /* header */
        0,   0,   0x13, 0x88, 0,   1, 0,   0,                            /* timeout, count */
        0,   3,   'G',  'E',  'T', 0, 10,  'h', 't', 't', 'p', 's', ':', /* method, URL */
        '/', '/', 'a',  '/',  0,   4, 'A', ':', ' ', 'b',                /* header */
        'h', 'e', 'l',  'l',  'o',                                       /* body */
    };
    uint8_t out[64];
    struct channel_http_request request;
    uint32_t size, body_bytes;
    assert_int_equal(write_request(out, sizeof out), sizeof expected);
    assert_memory_equal(out, expected, sizeof expected);
    const uint8_t *body = body_of(out, sizeof expected, CHANNEL_HTTP_REQUEST, &body_bytes);
    assert_true(channel_http_request_parse(body, body_bytes, &request));
    assert_int_equal(request.timeout_ms, 5000);
    assert_text(request.method, "GET");
    assert_text(request.url, "https://a/");
    assert_int_equal(request.header_count, 1);
    assert_text(request.headers[0], "A: b");
    assert_text(request.body, "hello");
    /* Too small a buffer is never written beyond its end; a cut body never parses. */
    for (size = 0; size < sizeof expected; size++) {
        memset(out, 0xA5, sizeof out);
        assert_int_equal(write_request(out, size), 0);
        for (uint32_t i = size; i < sizeof out; i++)
            assert_int_equal(out[i], 0xA5);
    }
    for (size = 0; size < sizeof expected - CHANNEL_HEADER_BYTES - 5; size++)
        assert_false(channel_http_request_parse(expected + CHANNEL_HEADER_BYTES, size, &request));
}

static void http_request_limits(void **state)
{
    (void)state;
    uint8_t out[256];
    struct channel_writer writer;
    struct channel_http_request request;
    for (uint32_t count = 32; count <= 33; count++) {
        channel_http_begin(&writer, out, sizeof out, 5000, count, text("GET"), text("u"));
        for (uint32_t i = 0; i < count; i++)
            channel_put_string(&writer, "A:b", 3);
        uint32_t size = channel_end(&writer, CHANNEL_HTTP_REQUEST);
        assert_int_not_equal(size, 0);
        assert_int_equal(channel_http_request_parse(out + 8, size - 8, &request), count == 32);
    }
}

static void http_response(void **state)
{
    (void)state;
    uint8_t out[128];
    struct channel_writer writer;
    struct channel_http_response response;
    struct channel_span span;
    uint32_t body_bytes;
    const struct channel_text headers[2] = {text("A: b"), text("Content-Type: text/plain")};
    channel_http_response_begin(&writer, out, sizeof out, CHANNEL_HTTP_OK, 404, headers, 2);
    channel_put_bytes(&writer, "gone", 4);
    uint32_t size = channel_end(&writer, CHANNEL_HTTP_RESPONSE);
    assert_int_equal(size, channel_http_response_size(2, 4 + 24, 4));
    const uint8_t *body = body_of(out, size, CHANNEL_HTTP_RESPONSE, &body_bytes);
    assert_true(channel_http_response_parse(body, body_bytes, &response));
    assert_int_equal(response.result, CHANNEL_HTTP_OK);
    assert_int_equal(response.status_code, 404);
    assert_int_equal(response.header_count, 2);
    assert_int_equal(response.body_length, 4);
    assert_memory_equal(body + response.body_offset, "gone", 4);
    for (uint32_t i = 0; i < 2; i++) {
        const uint8_t *entry = body + CHANNEL_HTTP_RESPONSE_FIXED + i * CHANNEL_HTTP_INDEX_ENTRY;
        assert_true(channel_http_span(&response, entry, &span));
        assert_int_equal(span.length, headers[i].size);
        assert_memory_equal(body + span.offset, headers[i].bytes, span.length);
    }
    for (uint32_t cut = 0; cut < response.body_offset; cut++) /* the fixed part says too much */
        assert_false(channel_http_response_parse(body, cut, &response));
    const uint8_t beyond[4] = {0, 5, 0, 24}; /* one byte behind the headers */
    assert_true(channel_http_response_parse(body, body_bytes, &response));
    assert_false(channel_http_span(&response, beyond, &span));
    out[8 + 11] = 65;
    assert_false(channel_http_response_parse(body, body_bytes, &response));
}

static void config(void **state)
{
    (void)state;
    uint8_t out[256];
    struct channel_writer writer;
    struct channel_config_request request;
    struct channel_config_response response;
    struct channel_config_item item;
    uint32_t body_bytes;
    channel_config_begin(&writer, out, sizeof out, 2);
    channel_config_put_key(&writer, CHANNEL_SCOPE_DEVICE, CHANNEL_STORE_SECRET, text("key"));
    channel_config_put_key(&writer, 700, 1, text("other")); /* saturates, stays invalid */
    uint32_t size = channel_end(&writer, CHANNEL_CONFIG_REQUEST);
    const uint8_t *body = body_of(out, size, CHANNEL_CONFIG_REQUEST, &body_bytes);
    assert_true(channel_config_request_parse(body, body_bytes, &request));
    assert_int_equal(request.count, 2);
    assert_int_equal(request.keys[0].scope, CHANNEL_SCOPE_DEVICE);
    assert_int_equal(request.keys[0].store, CHANNEL_STORE_SECRET);
    assert_text(request.keys[0].key, "key");
    assert_int_equal(request.keys[1].scope, 255);
    for (uint32_t cut = 0; cut < body_bytes; cut++)
        assert_false(channel_config_request_parse(body, cut, &request));

    const struct channel_config_value values[3] = {
        {CHANNEL_ITEM_OK, text("one")}, {CHANNEL_ITEM_NOT_FOUND, {0}}, {CHANNEL_ITEM_OK, text("")}};
    size = channel_config_response_write(out, sizeof out, CHANNEL_CONFIG_OK, values, 3);
    body = body_of(out, size, CHANNEL_CONFIG_RESPONSE, &body_bytes);
    assert_true(channel_config_response_parse(body, body_bytes, &response));
    assert_int_equal(response.count, 3);
    for (uint32_t i = 0; i < 3; i++) {
        const uint8_t *entry =
            body + CHANNEL_CONFIG_RESPONSE_FIXED + i * CHANNEL_CONFIG_INDEX_ENTRY;
        assert_true(channel_config_item(entry, 3, body_bytes, &item));
        assert_int_equal(item.result, values[i].result);
        assert_int_equal(item.value.length, values[i].value.size);
        assert_memory_equal(body + item.value.offset, values[i].value.bytes, item.value.length);
    }
    const uint8_t before[8] = {0, 0, 0, 8}, beyond[8] = {0, 0, 0, 35, 0, 1};
    assert_false(channel_config_item(before, 3, body_bytes, &item)); /* points into the index */
    assert_int_equal(body_bytes, 35);
    assert_false(channel_config_item(beyond, 3, body_bytes, &item));
    assert_false(channel_config_response_parse(body, 31, &response));
    assert_int_equal(channel_config_response_write(out, size - 1, 0, values, 3), 0);
}

static void mqtt_connect(void **state)
{
    (void)state;
    uint8_t out[256];
    struct channel_writer writer;
    struct channel_mqtt_connect connect;
    const struct channel_mqtt_connect_fixed fixed = {.protocol = 1,
                                                     .authentication = 1,
                                                     .flags = CHANNEL_MQTT_WILL,
                                                     .will_qos = 2,
                                                     .port = 8883,
                                                     .ca_count = 1,
                                                     .certificate_count = 2,
                                                     .keepalive_s = 70000};
    const char *strings[] = {"host", "id", "user", "pass", "will", "bye", "CA", "C1", "C2", "KEY"};
    channel_mqtt_connect_begin(&writer, out, sizeof out, &fixed);
    for (size_t i = 0; i < sizeof strings / sizeof strings[0]; i++)
        channel_put_string(&writer, strings[i], (uint32_t)strlen(strings[i]));
    uint32_t body_bytes, size = channel_end(&writer, CHANNEL_MQTT_CONNECT);
    const uint8_t *body = body_of(out, size, CHANNEL_MQTT_CONNECT, &body_bytes);
    assert_true(channel_mqtt_connect_parse(body, body_bytes, &connect));
    assert_memory_equal(&connect.fixed, &fixed, sizeof fixed);
    assert_text(connect.host, "host");
    assert_text(connect.password, "pass");
    assert_text(connect.will_payload, "bye");
    assert_text(connect.ca[0], "CA");
    assert_text(connect.certificates[1], "C2");
    assert_text(connect.key, "KEY");
    for (uint32_t cut = 0; cut < body_bytes; cut++)
        assert_false(channel_mqtt_connect_parse(body, cut, &connect));
    out[8 + 6] = 9;
    assert_false(channel_mqtt_connect_parse(body, body_bytes, &connect));
}

static void mqtt_requests(void **state)
{
    (void)state;
    uint8_t out[256];
    struct channel_writer writer;
    struct channel_mqtt_topics topics;
    struct channel_mqtt_publish publish;
    const struct channel_mqtt_subscription wanted = {2, 1, 0, 1, text("a/#")};
    channel_mqtt_topics_begin(&writer, out, sizeof out, 77, 2);
    channel_mqtt_put_subscription(&writer, &wanted);
    channel_mqtt_put_subscription(&writer, &wanted);
    uint32_t size = channel_end(&writer, CHANNEL_MQTT_SUBSCRIBE);
    assert_true(channel_mqtt_subscribe_parse(out + 8, size - 8, &topics));
    assert_int_equal(topics.correlation_id, 77);
    assert_int_equal(topics.count, 2);
    assert_int_equal(topics.topics[1].retain_handling, 1);
    assert_text(topics.topics[1].topic, "a/#");
    assert_false(channel_mqtt_subscribe_parse(out + 8, size - 9, &topics));

    channel_mqtt_topics_begin(&writer, out, sizeof out, 78, 1);
    channel_put_string(&writer, "a/#", 3);
    size = channel_end(&writer, CHANNEL_MQTT_UNSUBSCRIBE);
    assert_true(channel_mqtt_unsubscribe_parse(out + 8, size - 8, &topics));
    assert_text(topics.topics[0].topic, "a/#");
    out[8 + 5] = 9;
    assert_false(channel_mqtt_unsubscribe_parse(out + 8, size - 8, &topics));

    channel_mqtt_publish_begin(&writer, out, sizeof out, 79, 1, 1, text("t"));
    channel_put_bytes(&writer, "payload", 7);
    size = channel_end(&writer, CHANNEL_MQTT_PUBLISH);
    assert_true(channel_mqtt_publish_parse(out + 8, size - 8, &publish));
    assert_int_equal(publish.qos, 1);
    assert_text(publish.topic, "t");
    assert_text(publish.payload, "payload");

    assert_int_equal(channel_mqtt_acknowledge_write(out, sizeof out, 0x01020304), 12);
    assert_memory_equal(out, "\x14\0\0\0\0\0\0\4\1\2\3\4", 12);
    assert_int_equal(channel_mqtt_disconnect_write(out, sizeof out), 8);
}

static void mqtt_answers(void **state)
{
    (void)state;
    uint8_t out[64];
    struct channel_mqtt_outcome outcome = {CHANNEL_MQTT_NXDOMAIN, 0x8E}, outcome_back;
    struct channel_mqtt_codes codes = {0, 5, 3, {1, 2, 0x80}}, codes_back;
    struct channel_mqtt_published published = {3, 4, 0x97}, published_back;
    uint32_t size = channel_mqtt_outcome_write(out, sizeof out, CHANNEL_MQTT_CONNECTED, &outcome);
    assert_true(channel_mqtt_outcome_parse(out + 8, size - 8, &outcome_back));
    assert_memory_equal(&outcome_back, &outcome, sizeof outcome);
    size = channel_mqtt_codes_write(out, sizeof out, CHANNEL_MQTT_SUBSCRIBED, &codes);
    assert_true(channel_mqtt_codes_parse(out + 8, size - 8, &codes_back));
    assert_int_equal(codes_back.count, 3);
    assert_memory_equal(codes_back.codes, codes.codes, 3);
    assert_false(channel_mqtt_codes_parse(out + 8, size - 9, &codes_back));
    size = channel_mqtt_published_write(out, sizeof out, &published);
    assert_true(channel_mqtt_published_parse(out + 8, size - 8, &published_back));
    assert_memory_equal(&published_back, &published, sizeof published);
}

static void mqtt_messages(void **state)
{
    (void)state;
    uint8_t out[64];
    struct channel_mqtt_message message = {.correlation_id = 9, .qos = 2, .retain = 1}, back;
    struct channel_mqtt_lost lost;
    uint32_t body_bytes,
        size = channel_mqtt_message_write(out, sizeof out, &message, text("topic"), text("data"));
    assert_int_equal(size, channel_mqtt_message_size(5, 4));
    const uint8_t *body = body_of(out, size, CHANNEL_MQTT_MESSAGE, &body_bytes);
    assert_true(channel_mqtt_message_parse(body, body_bytes, &back));
    assert_int_equal(back.correlation_id, 9);
    assert_int_equal(back.qos, 2);
    assert_memory_equal(body + back.topic.offset, "topic", back.topic.length);
    assert_int_equal(back.payload.length, 4);
    assert_memory_equal(body + back.payload.offset, "data", 4);
    assert_false(channel_mqtt_message_parse(body, 12, &back)); /* topic beyond the end */

    size = channel_mqtt_lost_write(out, 24, 0, 5000, text("long/topic"));
    assert_int_equal(size, 24); /* cut to the receive buffer */
    body = body_of(out, size, CHANNEL_MQTT_LOST, &body_bytes);
    assert_true(channel_mqtt_lost_parse(body, body_bytes, &lost));
    assert_int_equal(lost.message_length, 5000);
    assert_int_equal(lost.topic.length, 4);
    assert_memory_equal(body + lost.topic.offset, "long", 4);
    assert_false(channel_mqtt_lost_parse(body, body_bytes - 1, &lost));
}

static void headers(void **state)
{
    (void)state;
    struct channel_header header;
    const uint8_t largest[8] = {0x21, 9, 9, 9, 0, 7, 0xFF, 0xF8},
                  more[8] = {1, 0, 0, 0, 0, 7, 0xFF, 0xF9};
    assert_true(channel_header_parse(largest, &header)); /* flags and reserved are ignored */
    assert_int_equal(header.body_bytes, CHANNEL_MESSAGE_MAX - CHANNEL_HEADER_BYTES);
    assert_false(channel_header_parse(more, &header));
}

static void open_payload(void **state)
{
    (void)state;
    uint8_t out[64];
    struct tunnel_frame frame;
    struct tunnel_open back, open = {
                                 .kind = TUNNEL_MQTT,
                                 .credit = 1024,
                                 .version = CHANNEL_VERSION,
                                 .receive_bytes = 2048,
                             };
    int32_t size = tunnel_frame_write_open(out, sizeof out, 3, &open);
    assert_int_equal(size, 8 + 16);
    assert_memory_equal(out + 8, "\4\0\0\0\0\0\4\0\1\0\0\0\0\0\x08\0", 16);
    assert_int_equal(tunnel_frame_parse(out, (size_t)size, &frame), size);
    assert_true(tunnel_open_parse(&frame, &back));
    assert_int_equal(back.version, CHANNEL_VERSION);
    assert_int_equal(back.receive_bytes, 2048);
    frame.length--;
    assert_false(tunnel_open_parse(&frame, &back));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(http_request_bytes),
        cmocka_unit_test(http_request_limits),
        cmocka_unit_test(http_response),
        cmocka_unit_test(config),
        cmocka_unit_test(mqtt_connect),
        cmocka_unit_test(mqtt_requests),
        cmocka_unit_test(mqtt_answers),
        cmocka_unit_test(mqtt_messages),
        cmocka_unit_test(headers),
        cmocka_unit_test(open_payload),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
