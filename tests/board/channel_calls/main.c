// Channels while connected, from an application's view: HTTP against a server that does as its
// paths say (tests/unit/cloud/https_server.py at BASE), and a raw channel. Failures and totals go
// to the server's log.
#include "tests/board/online.h"

#define SECURE_RAM ((void *)0x30080000u)

enum { CHANNELS = 4, RECEIVE = 4096, SEND = 2048 };

static uint8_t receive[CHANNELS + 1][RECEIVE] __attribute__((aligned(512)));
static uint8_t send[CHANNELS + 1][SEND] __attribute__((aligned(512)));
static uint8_t body[RECEIVE];

static void pause_us(uint32_t us)
{
    uint64_t end_us = now_us() + us;
    while (now_us() < end_us) {
    }
}

// ---- channels ----

static enum MvStatus open_as(uint32_t index, enum MvChannelType type, const char *endpoint,
                             MvChannelHandle *channel)
{
    const struct MvOpenChannelParams params = {.version = 1,
                                               .v1 = {.notification_handle = events.handle,
                                                      .notification_tag = 100 + index,
                                                      .network_handle = network,
                                                      .receive_buffer = receive[index],
                                                      .receive_buffer_len = RECEIVE,
                                                      .send_buffer = send[index],
                                                      .send_buffer_len = SEND,
                                                      .channel_type = type,
                                                      .endpoint = text(endpoint)}};
    enum MvStatus status = mvOpenChannel(&params, channel);
    while (status == MV_STATUS_RATELIMITED) { // as applications are told to
        pause_us(1000000);
        status = mvOpenChannel(&params, channel);
    }
    return status;
}

static MvChannelHandle open_http(uint32_t index)
{
    MvChannelHandle channel = 0;
    check("open", open_as(index, MV_CHANNELTYPE_HTTP, "", &channel), MV_STATUS_OKAY);
    return channel;
}

static void close_it(MvChannelHandle *channel)
{
    check("close", mvCloseChannel(channel), MV_STATUS_OKAY);
    check("handle is zero", *channel, 0);
}

static struct MvHttpRequest get(const char *url)
{
    return (struct MvHttpRequest){
        .method = text("GET"), .url = text(url), .body = {NULL, 0}, .timeout_ms = 5000};
}

// Polls, as many applications do; notifications are looked at in one test.
static struct MvHttpResponseData wait_for(MvChannelHandle channel)
{
    struct MvHttpResponseData data = {MV_HTTPRESULT__MAX, 0, 0, 0};
    uint64_t end_us = now_us() + WAIT_US;
    while (mvReadHttpResponseData(channel, &data) == MV_STATUS_RESPONSENOTPRESENT &&
           now_us() < end_us) {
        pause_us(2000);
    }
    return data;
}

static struct MvHttpResponseData ask(const struct MvHttpRequest *request)
{
    MvChannelHandle channel = open_http(0);
    check("send", mvSendHttpRequest(channel, request), MV_STATUS_OKAY);
    struct MvHttpResponseData data = wait_for(channel);
    memset(body, 0, sizeof body);
    (void)mvReadHttpResponseBody(channel, 0, body, sizeof body - 1);
    close_it(&channel);
    return data;
}

static bool body_has(const char *words)
{
    return strstr((const char *)body, words) != NULL;
}

// ---- tests ----

static void results(void)
{
    struct MvHttpRequest request = get(BASE "/echo");
    check("GET", ask(&request).result, MV_HTTPRESULT_OK);
    check("GET seen", body_has("\"method\": \"GET\""), 1);
    request.url = text("http://localhost/");
    check("scheme", ask(&request).result, MV_HTTPRESULT_UNSUPPORTEDURISCHEME);
    request = get(BASE "/echo");
    request.method = text("BREW");
    check("method", ask(&request).result, MV_HTTPRESULT_UNSUPPORTEDMETHOD);
    const struct MvHttpHeader bad = {.length = 7, .data = (const uint8_t *)"no room"};
    request = get(BASE "/echo");
    request.headers = &bad;
    request.num_headers = 1;
    check("headers", ask(&request).result, MV_HTTPRESULT_INVALIDHEADERS);
    request = get(BASE "/echo");
    request.timeout_ms = 4999;
    check("timeout 4999", ask(&request).result, MV_HTTPRESULT_INVALIDTIMEOUT);
    request.timeout_ms = 10001;
    check("timeout 10001", ask(&request).result, MV_HTTPRESULT_INVALIDTIMEOUT);
    request = get("https://localhost:1/");
    check("nobody there", ask(&request).result, MV_HTTPRESULT_REQUESTFAILED);
    request = get(BASE "/body/4096");
    check("too large", ask(&request).result, MV_HTTPRESULT_RESPONSETOOLARGE);
}

static void methods(void)
{
    static const char *const names[] = {"POST", "PUT", "DELETE", "PATCH", "OPTIONS"};
    for (unsigned i = 0; i < sizeof names / sizeof *names; i++) {
        struct MvHttpRequest request = get(BASE "/echo");
        request.method = text(names[i]);
        request.body = text("what is sent");
        struct MvHttpResponseData data = ask(&request);
        check(names[i], data.status_code, 200);
        check("method seen", body_has(names[i]), 1);
        check("body seen", body_has("what is sent"), 1);
    }
    struct MvHttpRequest request = get(BASE "/body/100");
    request.method = text("HEAD");
    struct MvHttpResponseData data = ask(&request);
    check("HEAD", data.status_code, 200);
    check("HEAD has no body", data.body_length, 0);
    request = get(BASE "/redirect");
    check("redirect is not followed", ask(&request).status_code, 302);
    request = get(BASE "/status/503");
    data = ask(&request);
    check("503 is a result like others", data.result, MV_HTTPRESULT_OK);
    check("503", data.status_code, 503);
}

static void thirty_two_headers(void)
{
    static char lines[33][16];
    static struct MvHttpHeader headers[33];
    for (uint32_t i = 0; i < 33; i++) {
        headers[i].length = (uint32_t)snprintf(lines[i], sizeof lines[i], "X-%lu: v%lu",
                                               (unsigned long)i, (unsigned long)i);
        headers[i].data = (const uint8_t *)lines[i];
    }
    struct MvHttpRequest request = get(BASE "/echo");
    request.headers = headers;
    request.num_headers = 32;
    check("32 headers", ask(&request).status_code, 200);
    check("first header seen", body_has("X-0: v0"), 1);
    check("last header seen", body_has("X-31: v31"), 1);
    request.num_headers = 33;
    MvChannelHandle channel = open_http(0);
    check("33 headers", mvSendHttpRequest(channel, &request), MV_STATUS_TOOMANYELEMENTS);
    request.num_headers = 1;
    check("the channel takes another", mvSendHttpRequest(channel, &request), MV_STATUS_OKAY);
    check("but only one", mvSendHttpRequest(channel, &request), MV_STATUS_REQUESTALREADYSENT);
    (void)wait_for(channel);
    close_it(&channel);
}

static void reading(void)
{
    MvChannelHandle channel = open_http(0);
    struct MvHttpRequest request = get(BASE "/body/3000");
    uint32_t right = 0;
    check("not there yet", mvReadHttpResponseBody(channel, 0, body, 10),
          MV_STATUS_RESPONSENOTPRESENT);
    check("send", mvSendHttpRequest(channel, &request), MV_STATUS_OKAY);
    struct MvHttpResponseData data = wait_for(channel);
    check("length", data.body_length, 3000);
    memset(body, '#', sizeof body);
    check("whole", mvReadHttpResponseBody(channel, 0, body, sizeof body), MV_STATUS_OKAY);
    for (uint32_t i = 0; i < sizeof body; i++) {
        right += body[i] == (i < 3000 ? 'x' : '#');
    }
    check("as sent, and nothing behind it", right, sizeof body);
    check("at its end", mvReadHttpResponseBody(channel, 3000, body, 1), MV_STATUS_OKAY);
    check("behind it", mvReadHttpResponseBody(channel, 3001, body, 1), MV_STATUS_OFFSETINVALID);
    check("header too many", mvReadHttpResponseHeader(channel, data.num_headers, body, 9),
          MV_STATUS_INDEXINVALID);
    check("last header", mvReadHttpResponseHeader(channel, data.num_headers - 1, body, 9),
          MV_STATUS_OKAY);
    check("body into secure memory", mvReadHttpResponseBody(channel, 0, SECURE_RAM, 10),
          MV_STATUS_PARAMETERFAULT);
    check("no MQTT on it", mvMqttRequestDisconnect(channel), MV_STATUS_INVALIDHANDLE);
    close_it(&channel);
}

static void four_at_once(void)
{
    static const char *const urls[] = {BASE "/body/1", BASE "/body/2", BASE "/body/3",
                                       BASE "/body/4"};
    MvChannelHandle channels[CHANNELS + 1] = {0};
    struct MvNotification event;
    uint32_t readable = 0;
    while (mv_events_next(&events, &event)) {
    }
    for (uint32_t i = 0; i < CHANNELS; i++) {
        struct MvHttpRequest request = get(urls[i]);
        channels[i] = open_http(i);
        check("four sends", mvSendHttpRequest(channels[i], &request), MV_STATUS_OKAY);
    }
    check("the fifth", open_as(CHANNELS, MV_CHANNELTYPE_HTTP, "", &channels[CHANNELS]),
          MV_STATUS_TOOMANYCHANNELS);
    check("a buffer twice", open_as(2, MV_CHANNELTYPE_HTTP, "", &channels[CHANNELS]),
          MV_STATUS_BUFFERALREADYINUSE);
    for (uint32_t i = 0; i < CHANNELS; i++) {
        check("each its own response", wait_for(channels[i]).body_length, i + 1);
    }
    while (mv_events_next(&events, &event)) {
        readable += event.event_type == MV_EVENTTYPE_CHANNELDATAREADABLE && event.tag >= 100;
    }
    check("four notifications", readable, CHANNELS);
    for (uint32_t i = 0; i < CHANNELS; i++) {
        close_it(&channels[i]);
    }
}

static void eight_opens(void)
{
    struct MvOpenChannelParams params = {.version = 1,
                                         .v1 = {.notification_handle = events.handle,
                                                .network_handle = network,
                                                .receive_buffer = receive[0],
                                                .receive_buffer_len = RECEIVE,
                                                .send_buffer = send[0],
                                                .send_buffer_len = SEND,
                                                .channel_type = MV_CHANNELTYPE_CONFIGFETCH}};
    params.v1.endpoint = text("dummy");
    uint32_t opened = 0;
    enum MvStatus status;
    MvChannelHandle channel = 0;
    pause_us(1100000);
    while ((status = mvOpenChannel(&params, &channel)) == MV_STATUS_OKAY && opened < 20) {
        opened++;
        close_it(&channel);
    }
    check("opens in a row", opened, 8);
    check("then", status, MV_STATUS_RATELIMITED);
    pause_us(1000000);
    check("a second later", mvOpenChannel(&params, &channel), MV_STATUS_OKAY);
    close_it(&channel);
}

static void late_fault(void)
{
    struct MvHttpHeader headers[2] = {{.length = 4, .data = (const uint8_t *)"A: b"},
                                      {.length = 4, .data = SECURE_RAM}};
    struct MvHttpRequest request = get(BASE "/echo");
    enum MvClosureReason reason = MV_CLOSUREREASON_NONE;
    MvChannelHandle channel = open_http(0);
    request.headers = headers;
    request.num_headers = 2;
    check("late fault", mvSendHttpRequest(channel, &request), MV_STATUS_LATEFAULT);
    request.num_headers = 1;
    check("of no use any more", mvSendHttpRequest(channel, &request), MV_STATUS_CHANNELCLOSED);
    check("reason", mvGetChannelClosureReason(channel, &reason), MV_STATUS_OKAY);
    check("reason's value", reason, MV_CLOSUREREASON_UNEXPECTEDLYTERMINATED);
    close_it(&channel);
}

static void raw(void)
{
    MvChannelHandle channel = 0;
    uint32_t count = 0;
    uint8_t *place = NULL;
    check("open raw", open_as(0, MV_CHANNELTYPE_OPAQUEBYTES, "log", &channel), MV_STATUS_OKAY);
    check("room", mvWriteChannel(channel, NULL, 0, &count), MV_STATUS_OKAY);
    check("room's size", count, SEND);
    check("write", mvWriteChannelStream(channel, (const uint8_t *)"a raw line\n", 11, &count),
          MV_STATUS_OKAY);
    check("written", count, 11);
    check("read", mvReadChannel(channel, &place, &count), MV_STATUS_OKAY);
    check("nothing to read", count, 0);
    check("read complete", mvReadChannelComplete(channel, 0), MV_STATUS_OKAY);
    pause_us(1000000); // the line is taken meanwhile
    check("all sent", mvWriteChannel(channel, NULL, 0, &count), MV_STATUS_OKAY);
    check("room again", count, SEND);
    close_it(&channel);
}

int main(void)
{
    go_online();
    // No answer in time: takes as long as it may, so it is waited for last.
    const struct MvHttpRequest hang = get(BASE "/hang");
    MvChannelHandle slow = open_http(CHANNELS - 1);
    check("send", mvSendHttpRequest(slow, &hang), MV_STATUS_OKAY);
    results();
    methods();
    check("no answer in time", wait_for(slow).result, MV_HTTPRESULT_REQUESTFAILED);
    close_it(&slow);
    thirty_two_headers();
    reading();
    four_at_once();
    eight_opens();
    late_fault();
    raw();
    tell_totals();
}
