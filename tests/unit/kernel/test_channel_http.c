/* HTTP and configuration fetch: requests as the cloud reads them, responses as it writes them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "channel_world.h"
#include "fakes.h"

static MvChannelHandle channel;

static struct MvHttpRequest *request_of(const char *method, const char *url, const char *body)
{
    struct MvHttpRequest *request = app_memory(sizeof *request);
    *request = (struct MvHttpRequest){.method = app_string(method),
                                      .url = app_string(url),
                                      .body = app_string(body),
                                      .timeout_ms = 5000};
    return request;
}

static enum MvStatus send_request(const struct MvHttpRequest *request)
{
    return CALLED(call_mvSendHttpRequest(channel, request));
}

static bool text_is(struct channel_text text, const char *want)
{
    return text.size == strlen(want) && memcmp(text.bytes, want, text.size) == 0;
}

static struct MvHttpHeader *headers_of(uint32_t count)
{
    struct MvHttpHeader *headers = app_memory(count * sizeof *headers);
    for (uint32_t i = 0; i < count; i++) {
        char text[24];
        snprintf(text, sizeof text, "X-%u: %u", (unsigned)i, (unsigned)(i * i));
        headers[i].data = app_text(text);
        headers[i].length = (uint32_t)strlen(text);
    }
    return headers;
}

static void received(struct channel_http_request *got)
{
    struct channel_header header;
    const uint8_t *body;
    assert_true(cloud_receive(&header, &body));
    assert_int_equal(header.type, CHANNEL_HTTP_REQUEST);
    assert_true(channel_http_request_parse(body, header.body_bytes, got));
}

/* ---- requests ---- */

static void request_arrives(void **state)
{
    (void)state;
    struct channel_http_request got;
    channel = app_channel(MV_CHANNELTYPE_HTTP);
    struct MvHttpRequest *request = request_of("POST", "https://example.com/a?b=c", "body of it");
    request->headers = headers_of(32);
    request->num_headers = 32;
    assert_int_equal(send_request(request), MV_STATUS_OKAY);
    received(&got);
    assert_true(text_is(got.method, "POST") && text_is(got.url, "https://example.com/a?b=c"));
    assert_true(text_is(got.body, "body of it"));
    assert_int_equal(got.timeout_ms, 5000);
    assert_int_equal(got.header_count, 32);
    assert_true(text_is(got.headers[0], "X-0: 0") && text_is(got.headers[31], "X-31: 961"));
}

/* No headers, no body: their pointers may be anything. */
static void least_request(void **state)
{
    (void)state;
    struct channel_http_request got;
    channel = app_channel(MV_CHANNELTYPE_HTTP);
    struct MvHttpRequest *request = request_of("GET", "https://example.com", "");
    request->body.data = NULL;
    request->headers = NULL;
    assert_int_equal(send_request(request), MV_STATUS_OKAY);
    received(&got);
    assert_int_equal(got.header_count, 0);
    assert_int_equal(got.body.size, 0);
}

/* Wrong values are the cloud's to judge: the request goes out. */
static void values_are_not_judged(void **state)
{
    (void)state;
    struct channel_http_request got;
    channel = app_channel(MV_CHANNELTYPE_HTTP);
    struct MvHttpRequest *request = request_of("BREW", "coap://pot", "");
    request->timeout_ms = 1;
    assert_int_equal(send_request(request), MV_STATUS_OKAY);
    received(&got);
    assert_true(text_is(got.method, "BREW") && text_is(got.url, "coap://pot"));
    assert_int_equal(got.timeout_ms, 1);
}

static void one_request(void **state)
{
    (void)state;
    channel = app_channel(MV_CHANNELTYPE_HTTP);
    struct MvHttpRequest *request = request_of("GET", "https://example.com", "");
    assert_int_equal(send_request(request), MV_STATUS_OKAY);
    assert_int_equal(send_request(request), MV_STATUS_REQUESTALREADYSENT);
    stream_closed(cloud_stream, TUNNEL_CLOSE_DONE);
    assert_int_equal(send_request(request), MV_STATUS_CHANNELCLOSED);
}

/* A request may be written before the cloud has accepted the channel. */
static void request_before_accept(void **state)
{
    (void)state;
    struct channel_http_request got;
    struct MvOpenChannelParams *params = app_channel_params(MV_CHANNELTYPE_HTTP);
    MvChannelHandle *handle = app_memory(sizeof *handle);
    assert_int_equal(CALLED(call_mvOpenChannel(params, handle)), MV_STATUS_OKAY);
    channel = *handle;
    assert_int_equal(send_request(request_of("GET", "https://a", "")), MV_STATUS_OKAY);
    cloud_accept();
    received(&got);
    assert_true(text_is(got.url, "https://a"));
}

/* What does not fit the send buffer is refused whole, and the channel takes a shorter one. */
static void too_large(void **state)
{
    (void)state;
    static char text[WORLD_SEND_BYTES + 1];
    struct channel_http_request got;
    channel = app_channel(MV_CHANNELTYPE_HTTP);
    memset(text, 'b', WORLD_SEND_BYTES);
    /* header 8, fixed 8, lengths 2 + 2, method 3, URL 9 */
    text[WORLD_SEND_BYTES - 32 + 1] = 0;
    assert_int_equal(send_request(request_of("PUT", "https://a", text)),
                     MV_STATUS_INVALIDBUFFERSIZE);
    text[WORLD_SEND_BYTES - 32] = 0;
    assert_int_equal(send_request(request_of("PUT", "https://a", text)), MV_STATUS_OKAY);
    received(&got);
    assert_int_equal(got.body.size, WORLD_SEND_BYTES - 32);
    struct MvHttpRequest *request = request_of("GET", "https://a", "");
    request->url.length = 0x10000;
    channel = app_channel(MV_CHANNELTYPE_HTTP);
    assert_int_equal(send_request(request), MV_STATUS_INVALIDBUFFERSIZE);
}

static void bad_pointers(void **state)
{
    (void)state;
    channel = app_channel(MV_CHANNELTYPE_HTTP);
    struct MvHttpRequest *request = request_of("GET", "https://a", "x");
    assert_int_equal(send_request(SECRET), MV_STATUS_PARAMETERFAULT);
    assert_int_equal(send_request(NULL), MV_STATUS_PARAMETERFAULT);
    request->num_headers = 33;
    request->headers = SECRET;
    assert_int_equal(send_request(request), MV_STATUS_TOOMANYELEMENTS);
    request->num_headers = 0xFFFFFFFF;
    assert_int_equal(send_request(request), MV_STATUS_TOOMANYELEMENTS);
    request->num_headers = 2;
    assert_int_equal(send_request(request), MV_STATUS_PARAMETERFAULT);
    request->headers = headers_of(2);
    request->url.data = SECRET;
    assert_int_equal(send_request(request), MV_STATUS_PARAMETERFAULT);
    request->url = app_string("https://a");
    request->method.data = SECRET;
    assert_int_equal(send_request(request), MV_STATUS_PARAMETERFAULT);
    request->method = app_string("GET");
    request->body.data = SECRET;
    assert_int_equal(send_request(request), MV_STATUS_PARAMETERFAULT);
    request->body = app_string("x");
    assert_int_equal(send_request(request), MV_STATUS_OKAY); /* none of that was a request */
}

/* A bad pointer in an array is found late: the channel cannot be used any more. */
static void late_fault(void **state)
{
    (void)state;
    struct channel_header header;
    const uint8_t *body;
    enum MvClosureReason *reason = app_memory(sizeof *reason);
    channel = app_channel(MV_CHANNELTYPE_HTTP);
    struct MvHttpRequest *request = request_of("GET", "https://a", "");
    struct MvHttpHeader *headers = headers_of(3);
    request->headers = headers;
    request->num_headers = 3;
    headers[2].data = SECRET;
    assert_int_equal(send_request(request), MV_STATUS_LATEFAULT);
    assert_false(cloud_receive(&header, &body)); /* nothing of it goes out */
    assert_int_equal(send_request(request), MV_STATUS_CHANNELCLOSED);
    assert_int_equal(CALLED(call_mvGetChannelClosureReason(channel, reason)), MV_STATUS_OKAY);
    assert_int_equal(*reason, MV_CLOSUREREASON_UNEXPECTEDLYTERMINATED);
    assert_int_equal(app_events(MV_EVENTTYPE_CHANNELNOTCONNECTED), 1);
}

/* Two tasks write requests to two channels at once: the kernel's steps of one are thrown away by
 * the other's, and both requests come out whole. */
static MvChannelHandle other_channel;
static const struct MvHttpRequest *other_request;
static bool other_sent;
static void other_task(void)
{
    if (!other_sent) {
        world_between = NULL;
        bool again = world_again;
        uint32_t steps = world_steps;
        assert_int_equal(CALLED(call_mvSendHttpRequest(other_channel, other_request)),
                         MV_STATUS_OKAY);
        other_sent = true;
        world_again = again;
        world_steps = steps;
    }
}

static void two_tasks(void **state)
{
    (void)state;
    struct channel_http_request got;
    other_channel = app_channel(MV_CHANNELTYPE_HTTP);
    other_request = request_of("PUT", "https://other", "from the other");
    other_sent = false;
    channel = app_channel(MV_CHANNELTYPE_HTTP);
    world_between = other_task;
    assert_int_equal(send_request(request_of("GET", "https://one", "from one")), MV_STATUS_OKAY);
    assert_true(other_sent);
    for (uint32_t i = 0; i < 2; i++) {
        received(&got);
        bool first = text_is(got.method, "GET");
        assert_true(text_is(got.url, first ? "https://one" : "https://other"));
        assert_true(text_is(got.body, first ? "from one" : "from the other"));
    }
}

/* ---- responses ---- */

static uint8_t message[8192];

static void answer(uint32_t result, const char *body)
{
    struct channel_text headers[] = {{(const uint8_t *)"Content-Type: text/plain", 24},
                                     {(const uint8_t *)"Server: test", 12}};
    struct channel_writer writer;
    bool good = result == CHANNEL_HTTP_OK;
    channel_http_response_begin(&writer, message, sizeof message, result, good ? 201 : 0, headers,
                                good ? 2 : 0);
    channel_put_bytes(&writer, body, good ? (uint32_t)strlen(body) : 0);
    assert_true(cloud_send(message, channel_end(&writer, CHANNEL_HTTP_RESPONSE)));
}

static void response_is_read(void **state)
{
    (void)state;
    struct MvHttpResponseData *data = app_memory(sizeof *data);
    uint8_t *buffer = app_memory(64);
    channel = app_channel(MV_CHANNELTYPE_HTTP);
    assert_int_equal(send_request(request_of("GET", "https://a", "")), MV_STATUS_OKAY);
    assert_int_equal(CALLED(call_mvReadHttpResponseData(channel, data)),
                     MV_STATUS_RESPONSENOTPRESENT);
    assert_int_equal(CALLED(call_mvReadHttpResponseBody(channel, 0, buffer, 64)),
                     MV_STATUS_RESPONSENOTPRESENT);
    assert_int_equal(CALLED(call_mvReadHttpResponseHeader(channel, 0, buffer, 64)),
                     MV_STATUS_RESPONSENOTPRESENT);
    answer(CHANNEL_HTTP_OK, "hello, world");
    assert_int_equal(app_events(MV_EVENTTYPE_CHANNELDATAREADABLE), 1);
    assert_int_equal(CALLED(call_mvReadHttpResponseData(channel, data)), MV_STATUS_OKAY);
    assert_int_equal(data->result, MV_HTTPRESULT_OK);
    assert_int_equal(data->status_code, 201);
    assert_int_equal(data->num_headers, 2);
    assert_int_equal(data->body_length, 12);
    memset(buffer, '#', 64);
    assert_int_equal(CALLED(call_mvReadHttpResponseHeader(channel, 1, buffer, 64)), MV_STATUS_OKAY);
    assert_memory_equal(buffer, "Server: test#", 13); /* nothing behind it is written */
    assert_int_equal(CALLED(call_mvReadHttpResponseHeader(channel, 0, buffer, 7)), MV_STATUS_OKAY);
    assert_memory_equal(buffer, "Content test#", 13); /* cut to the buffer */
    assert_int_equal(CALLED(call_mvReadHttpResponseHeader(channel, 2, buffer, 64)),
                     MV_STATUS_INDEXINVALID);
    memset(buffer, '#', 64);
    assert_int_equal(CALLED(call_mvReadHttpResponseBody(channel, 7, buffer, 64)), MV_STATUS_OKAY);
    assert_memory_equal(buffer, "world#", 6);
    assert_int_equal(CALLED(call_mvReadHttpResponseBody(channel, 12, buffer, 64)), MV_STATUS_OKAY);
    assert_int_equal(CALLED(call_mvReadHttpResponseBody(channel, 13, buffer, 64)),
                     MV_STATUS_OFFSETINVALID);
    assert_int_equal(CALLED(call_mvReadHttpResponseBody(channel, 0, SECRET, 4)),
                     MV_STATUS_PARAMETERFAULT);
    assert_int_equal(CALLED(call_mvReadHttpResponseHeader(channel, 0, SECRET, 4)),
                     MV_STATUS_PARAMETERFAULT);
    assert_int_equal(CALLED(call_mvReadHttpResponseData(channel, SECRET)),
                     MV_STATUS_PARAMETERFAULT);
    for (uint32_t i = 0; i < sizeof world_secret; i++) {
        assert_int_equal(world_secret[i], 0x5E);
    }
    /* What has come can still be read when the channel is over. */
    stream_closed(cloud_stream, TUNNEL_CLOSE_DONE);
    assert_int_equal(CALLED(call_mvReadHttpResponseData(channel, data)), MV_STATUS_OKAY);
}

static void results_of_the_cloud(void **state)
{
    (void)state;
    struct MvHttpResponseData *data = app_memory(sizeof *data);
    uint8_t *buffer = app_memory(64);
    for (uint32_t result = 1; result <= 6; result++) {
        channel = app_channel(MV_CHANNELTYPE_HTTP);
        assert_int_equal(send_request(request_of("GET", "https://a", "")), MV_STATUS_OKAY);
        answer(result, "");
        assert_int_equal(CALLED(call_mvReadHttpResponseData(channel, data)), MV_STATUS_OKAY);
        assert_int_equal(data->result, result);
        assert_int_equal(data->num_headers + data->body_length + data->status_code, 0);
        assert_int_equal(CALLED(call_mvReadHttpResponseBody(channel, 0, buffer, 64)),
                         MV_STATUS_REQUESTUNSUCCESSFUL);
        MvChannelHandle *handle = app_memory(sizeof *handle);
        *handle = channel;
        assert_int_equal(CALLED(call_mvCloseChannel(handle)), MV_STATUS_OKAY);
        assert_int_equal(CALLED(call_mvReadHttpResponseData(channel, data)),
                         MV_STATUS_INVALIDHANDLE);
    }
}

static void closed_before_the_response(void **state)
{
    (void)state;
    struct MvHttpResponseData *data = app_memory(sizeof *data);
    channel = app_channel(MV_CHANNELTYPE_HTTP);
    streams_lost(MV_CLOSUREREASON_CONNECTIONTERMINATED);
    assert_int_equal(CALLED(call_mvReadHttpResponseData(channel, data)), MV_STATUS_CHANNELCLOSED);
}

/* Bytes from the cloud, and the application's writing over them, never lead outside the buffer. */
static void lying_responses(void **state)
{
    (void)state;
    struct MvHttpResponseData *data = app_memory(sizeof *data);
    static const uint32_t words[][4] = {
        {0, 200, 65, 0},         {0, 200, 0xFFFFFFFF, 0}, {0, 200, 0, 0xFFFFFFFF},
        {0, 200, 1, 0xFFFF},     {0, 200, 0x40000000, 0}, {0, 200, 64, 65535},
        {0, 200, 1, 0xFFFFFFF0},
    };
    for (uint32_t i = 0; i < sizeof words / sizeof *words; i++) {
        struct channel_writer writer;
        channel = app_channel(MV_CHANNELTYPE_HTTP);
        channel_begin(&writer, message, sizeof message);
        for (uint32_t k = 0; k < 4; k++) {
            channel_put_u32(&writer, words[i][k]);
        }
        assert_true(cloud_send(message, channel_end(&writer, CHANNEL_HTTP_RESPONSE)));
        assert_int_equal(CALLED(call_mvReadHttpResponseData(channel, data)),
                         MV_STATUS_CHANNELCLOSED);
        MvChannelHandle *handle = app_memory(sizeof *handle);
        *handle = channel;
        (void)CALLED(call_mvCloseChannel(handle));
        fake_time_us += 2000000;
    }
}

static void overwritten_buffer(void **state)
{
    (void)state;
    struct MvHttpResponseData *data = app_memory(sizeof *data);
    uint8_t *buffer = app_memory(WORLD_RECEIVE_BYTES);
    struct MvOpenChannelParams *params = app_channel_params(MV_CHANNELTYPE_HTTP);
    MvChannelHandle *handle = app_memory(sizeof *handle);
    uint32_t seed = 1;
    for (uint32_t round = 0; round < 300; round++) {
        fake_time_us += 1000000;
        assert_int_equal(CALLED(call_mvOpenChannel(params, handle)), MV_STATUS_OKAY);
        channel = *handle;
        cloud_accept();
        answer(CHANNEL_HTTP_OK, "some body or other");
        for (uint32_t i = 0; i < 60; i++) {
            seed = seed * 1664525u + 1013904223u;
            if (seed >> 30 == 0) {
                params->v1.receive_buffer[i] = (uint8_t)(seed >> 16);
            }
        }
        (void)CALLED(call_mvReadHttpResponseData(channel, data));
        (void)CALLED(
            call_mvReadHttpResponseHeader(channel, seed >> 8 & 3, buffer, WORLD_RECEIVE_BYTES));
        (void)CALLED(
            call_mvReadHttpResponseBody(channel, seed >> 16 & 31, buffer, WORLD_RECEIVE_BYTES));
        (void)CALLED(call_mvCloseChannel(handle));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(request_arrives, world_reset),
        cmocka_unit_test_setup(least_request, world_reset),
        cmocka_unit_test_setup(values_are_not_judged, world_reset),
        cmocka_unit_test_setup(one_request, world_reset),
        cmocka_unit_test_setup(request_before_accept, world_reset),
        cmocka_unit_test_setup(too_large, world_reset),
        cmocka_unit_test_setup(bad_pointers, world_reset),
        cmocka_unit_test_setup(late_fault, world_reset),
        cmocka_unit_test_setup(two_tasks, world_reset),
        cmocka_unit_test_setup(response_is_read, world_reset),
        cmocka_unit_test_setup(results_of_the_cloud, world_reset),
        cmocka_unit_test_setup(closed_before_the_response, world_reset),
        cmocka_unit_test_setup(lying_responses, world_reset),
        cmocka_unit_test_setup(overwritten_buffer, world_reset),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
