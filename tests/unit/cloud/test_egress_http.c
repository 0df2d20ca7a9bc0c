/* HTTP and CONFIG channels: a device on the tunnel, a real HTTPS server behind the cloud. */
#include "channels.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static struct server server;
static struct device device;
static char folder[] = "/tmp/mv-egress-test-XXXXXX";
static pid_t https;
static int port;

static int start(void **state)
{
    char config[256];
    (void)state;
    assert_non_null(mkdtemp(folder));
    pki_make(folder);
    https = https_start(folder, "server", &port);
    snprintf(config, sizeof config,
             "{\"egress_allow_private\": true, \"egress_ca\": \"%s/ca.pem\"}", folder);
    server_new(&server);
    server_start(&server, config);
    return 0;
}

static int stop(void **state)
{
    char command[64];
    (void)state;
    server_free(&server);
    program_stop(https);
    snprintf(command, sizeof command, "rm -rf %s", folder);
    return system(command);
}

/* Each test has its own device, for the cloud counts what one device opens. */
static int connect_device(void **state)
{
    (void)state;
    channels_reset();
    device_provision(&server, &device, NULL);
    device_open(&server, &device, NULL);
    return 0;
}

static int disconnect_device(void **state)
{
    (void)state;
    device_free(&device);
    return 0;
}

/* ---- one request ---- */

struct http {
    const char *method, *url; /* url "/…": of the test's server */
    const char *headers[34];
    const char *body;
    uint32_t body_size; /* 0: of the text */
    uint32_t timeout_ms, receive_bytes;
};

struct reply {
    uint32_t result, status, header_count;
    char headers[4096]; /* lines */
    char *body;         /* with a NUL */
    uint32_t body_size;
};

static uint16_t next_stream = 1;

static struct channel_text text_of(const char *text)
{
    struct channel_text out = {(const uint8_t *)text, (uint32_t)strlen(text)};
    return out;
}

static uint32_t write_request(const struct http *http, uint8_t *out, uint32_t size)
{
    struct channel_writer writer;
    char url[512];
    uint32_t count = 0;
    while (http->headers[count])
        count++;
    snprintf(url, sizeof url, "https://localhost:%d%s", port, http->url);
    channel_http_begin(&writer, out, size, http->timeout_ms ? http->timeout_ms : 8000, count,
                       text_of(http->method ? http->method : "GET"),
                       text_of(http->url[0] == '/' ? url : http->url));
    for (uint32_t i = 0; i < count; i++)
        channel_put_string(&writer, http->headers[i], (uint32_t)strlen(http->headers[i]));
    if (http->body)
        channel_put_bytes(&writer, http->body,
                          http->body_size ? http->body_size : (uint32_t)strlen(http->body));
    uint32_t used = channel_end(&writer, CHANNEL_HTTP_REQUEST);
    assert_true(used > 0);
    return used;
}

static void begin(struct channel *channel, struct device *from, const struct http *http)
{
    static uint8_t message[CHANNEL_MESSAGE_MAX];
    uint32_t size = write_request(http, message, sizeof message);
    channel_open(channel, from, TUNNEL_HTTP, next_stream,
                 http->receive_bytes ? http->receive_bytes : 4096);
    next_stream += 2;
    channel_send(channel, message, size);
}

static struct reply finish(struct channel *channel)
{
    struct reply reply = {.result = 99};
    struct channel_http_response response;
    const uint8_t *body;
    uint32_t size;
    assert_int_equal(channel_receive(channel, &body, &size, 20000), CHANNEL_HTTP_RESPONSE);
    assert_true(size >= CHANNEL_HTTP_RESPONSE_FIXED);
    assert_true(channel_http_response_parse(body, size, &response));
    reply.result = response.result;
    reply.status = response.status_code;
    reply.header_count = response.header_count;
    reply.body_size = response.body_length;
    for (uint32_t i = 0; i < response.header_count; i++) {
        struct channel_span span;
        size_t used = strlen(reply.headers);
        assert_true(channel_http_span(
            &response, body + CHANNEL_HTTP_RESPONSE_FIXED + (size_t)i * CHANNEL_HTTP_INDEX_ENTRY,
            &span));
        snprintf(reply.headers + used, sizeof reply.headers - used, "%.*s\n", (int)span.length,
                 body + span.offset);
    }
    reply.body = strndup((const char *)body + response.body_offset, response.body_length);
    channel_close(channel);
    return reply;
}

static struct reply ask(const struct http *http)
{
    struct channel channel;
    begin(&channel, &device, http);
    return finish(&channel);
}

static void expect_result(const struct http *http, uint32_t result)
{
    struct reply reply = ask(http);
    if (reply.result != result)
        print_error("%s %s: %u\n", http->method ? http->method : "GET", http->url, reply.result);
    assert_int_equal(reply.result, result);
    assert_int_equal(reply.status, 0);
    assert_int_equal(reply.header_count, 0);
    assert_int_equal(reply.body_size, 0);
    free(reply.body);
}

/* ---- good ways ---- */

static void echo(void **state)
{
    static const char *const methods[] = {"GET", "POST", "PUT", "DELETE", "PATCH", "OPTIONS"};
    (void)state;
    for (size_t i = 0; i < sizeof methods / sizeof methods[0]; i++) {
        bool sends = i != 0 && i != 5;
        struct reply reply =
            ask(&(struct http){.method = methods[i],
                               .url = "/echo/x?a=b%20c",
                               .headers = {"X-One: 1", "x-two:  spaced  ", "Empty:"},
                               .body = sends ? "hello \x01 world" : NULL});
        assert_int_equal(reply.result, 0);
        assert_int_equal(reply.status, 200);
        json_t *seen = json_loads(reply.body, 0, NULL);
        assert_non_null(seen);
        assert_string_equal(json_string_value(json_object_get(seen, "method")), methods[i]);
        assert_string_equal(json_string_value(json_object_get(seen, "path")), "/echo/x?a=b%20c");
        assert_string_equal(json_string_value(json_object_get(seen, "body")),
                            sends ? "hello \x01 world" : "");
        char *headers = json_dumps(json_object_get(seen, "headers"), 0);
        assert_non_null(strstr(headers, "\"X-One: 1\""));
        assert_non_null(strstr(headers, "\"x-two: spaced"));
        assert_non_null(strstr(headers, "\"Empty: \""));
        assert_null(strstr(headers, "Content-Type")); /* nothing that the application did not say */
        assert_null(strstr(headers, "Expect"));
        assert_non_null(strstr(reply.headers, "Content-Type: application/json\n"));
        free(headers);
        json_decref(seen);
        free(reply.body);
    }
}

static void statuses(void **state)
{
    (void)state;
    struct reply reply = ask(&(struct http){.method = "HEAD", .url = "/body/500"});
    assert_int_equal(reply.result, 0);
    assert_int_equal(reply.status, 200);
    assert_int_equal(reply.body_size, 0);
    assert_non_null(strstr(reply.headers, "Content-Length: 500\n"));
    free(reply.body);
    reply = ask(&(struct http){.url = "/nothing"});
    assert_int_equal(reply.status, 404);
    assert_string_equal(reply.body, "no such path");
    free(reply.body);
    reply = ask(&(struct http){.url = "/status/503"});
    assert_int_equal(reply.status, 503);
    free(reply.body);
    /* Not followed: the application sees where it is sent. */
    reply = ask(&(struct http){.url = "/redirect"});
    assert_int_equal(reply.result, 0);
    assert_int_equal(reply.status, 302);
    assert_non_null(strstr(reply.headers, "Location: https://127.0.0.1:9/inside\n"));
    free(reply.body);
    reply = ask(&(struct http){.url = "/chunked/50"});
    assert_int_equal(reply.body_size, 300);
    assert_int_equal(memcmp(reply.body, "000000000001", 12), 0);
    free(reply.body);
    char host[32];
    snprintf(host, sizeof host, "Host: localhost:%d", port);
    reply = ask(&(struct http){
        .method = "POST", .url = "/echo", .headers = {host, "Content-Length: 2"}, .body = "ab"});
    assert_int_equal(reply.status, 200);
    free(reply.body);
}

/* The largest messages either way, in pieces as each side has room. */
static void large(void **state)
{
    (void)state;
    enum { REQUEST = 500000, RECEIVE = 512 * 1024, BODY = RECEIVE - 600 };
    char *body = malloc(REQUEST + 1), url[32];
    memset(body, 'b', REQUEST);
    body[REQUEST] = '\0';
    struct reply reply = ask(&(struct http){.method = "POST",
                                            .url = "/echo",
                                            .body = body,
                                            .body_size = REQUEST,
                                            .receive_bytes = RECEIVE});
    assert_int_equal(reply.status, 200);
    assert_non_null(strstr(reply.body, body));
    free(reply.body);
    free(body);
    snprintf(url, sizeof url, "/body/%d", BODY);
    reply = ask(&(struct http){.url = url, .receive_bytes = RECEIVE});
    assert_int_equal(reply.status, 200);
    assert_int_equal(reply.body_size, BODY);
    free(reply.body);
}

/* ---- what is refused ---- */

static void rules(void **state)
{
    (void)state;
    expect_result(&(struct http){.url = "http://localhost/"}, 1);
    expect_result(&(struct http){.url = "file:///etc/passwd"}, 1);
    expect_result(&(struct http){.url = ""}, 1);
    expect_result(&(struct http){.method = "TRACE", .url = "/echo"}, 2);
    expect_result(&(struct http){.method = "get", .url = "/echo"}, 2);
    expect_result(&(struct http){.url = "/echo", .headers = {"no colon"}}, 3);
    expect_result(&(struct http){.url = "/echo", .headers = {"A: b\r\nEvil: yes"}}, 3);
    expect_result(&(struct http){.url = "/echo", .headers = {"Host: elsewhere.example"}}, 3);
    expect_result(&(struct http){.url = "/echo", .headers = {"Transfer-Encoding: chunked"}}, 3);
    expect_result(&(struct http){.url = "/echo", .timeout_ms = 4999}, 4);
    expect_result(&(struct http){.url = "/echo", .timeout_ms = 10001}, 4);
}

static void failures(void **state)
{
    (void)state;
    expect_result(&(struct http){.url = "https://nobody.invalid/"}, 5);
    expect_result(&(struct http){.url = "https://localhost:1/"}, 5);
    expect_result(&(struct http){.url = "https://"}, 5);
    expect_result(&(struct http){.url = "https://a b/"}, 5);
    expect_result(&(struct http){.url = "/cut"}, 5);
    expect_result(&(struct http){.url = "/garbage"}, 5);
}

static void too_large(void **state)
{
    (void)state;
    expect_result(&(struct http){.url = "/body/4096"}, 6);
    expect_result(&(struct http){.url = "/body/100000000"}, 6);
    expect_result(&(struct http){.url = "/chunked/1000"}, 6);
    expect_result(&(struct http){.url = "/many/70", .receive_bytes = 65536}, 6);
    expect_result(&(struct http){.url = "/many/40", .receive_bytes = 512}, 6);
}

/* The time covers everything: a server that never answers, and one that never ends. */
static void timeouts(void **state)
{
    (void)state;
    struct channel hang, drip, cancelled;
    begin(&hang, &device, &(struct http){.url = "/hang", .timeout_ms = 5000});
    begin(&cancelled, &device, &(struct http){.url = "/hang", .timeout_ms = 10000});
    channel_close(&cancelled);
    begin(&drip, &device, &(struct http){.url = "/drip", .timeout_ms = 6000});
    struct reply reply = finish(&hang);
    assert_int_equal(reply.result, 5);
    free(reply.body);
    reply = finish(&drip);
    assert_int_equal(reply.result, 5);
    free(reply.body);
}

static void certificates(void **state)
{
    static const char *const names[] = {"foreign", "expired", "misnamed"};
    (void)state;
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        int bad_port;
        char url[64];
        pid_t bad = https_start(folder, names[i], &bad_port);
        snprintf(url, sizeof url, "https://localhost:%d/echo", bad_port);
        expect_result(&(struct http){.url = url}, 5);
        program_stop(bad);
    }
}

/* A server that offers only what costs its clients much is left. */
static void expensive_tls(void **state)
{
    static const struct {
        const char *option, *value, *version;
        uint32_t result;
    } cases[] = {{"-cipher", "ECDHE-RSA-AES128-GCM-SHA256", "-tls1_2", 0},
                 {"-cipher", "DHE-RSA-AES128-GCM-SHA256", "-tls1_2", 5},
                 {"-groups", "P-256", "-tls1_3", 0},
                 {"-groups", "ffdhe8192", "-tls1_3", 5},
                 {"-cipher", "ECDHE-RSA-AES128-SHA:@SECLEVEL=0", "-tls1_1", 5}};
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char pem[128], key[128], where[32], url[64];
        int own_port = free_port();
        snprintf(pem, sizeof pem, "%s/server_rsa.pem", folder);
        snprintf(key, sizeof key, "%s/server_rsa.key", folder);
        snprintf(where, sizeof where, "127.0.0.1:%d", own_port);
        char *argv[] = {"/usr/bin/openssl",
                        "s_server",
                        "-accept",
                        where,
                        "-www",
                        "-cert",
                        pem,
                        "-key",
                        key,
                        (char *)(uintptr_t)cases[i].option,
                        (char *)(uintptr_t)cases[i].value,
                        (char *)(uintptr_t)cases[i].version,
                        NULL};
        pid_t pid = program_start(argv, NULL, 0);
        port_wait(own_port);
        snprintf(url, sizeof url, "https://%s/", where);
        struct reply reply = ask(&(struct http){.url = url, .receive_bytes = 65536});
        if (reply.result != cases[i].result)
            print_error("%s: %u\n", cases[i].value, reply.result);
        assert_int_equal(reply.result, cases[i].result);
        free(reply.body);
        program_stop(pid);
    }
}

/* ---- the cloud's own network is not the devices' ---- */

static long long metric(const struct server *of, const char *name)
{
    struct answer answer = rest(of, "GET", "/metrics", NULL);
    char line[128];
    snprintf(line, sizeof line, "\nmicrovisor_%s ", name);
    const char *at = strstr(answer.body, line);
    assert_non_null(at);
    long long value = atoll(at + strlen(line));
    answer_free(&answer);
    return value;
}

static void private_addresses(void **state)
{
    static const char *const hosts[] = {
        "127.0.0.1",       "localhost",   "[::1]",           "[::ffff:127.0.0.1]", "2130706433",
        "0x7f000001",      "127.1",       "0.0.0.0",         "[64:ff9b::7f00:1]",  "10.0.0.1",
        "169.254.169.254", "[fe80::1]",   "[2002:7f00:1::]", "192.168.0.1",        "local.test",
        "mixed.test",      "mapped.test", "alias.test"};
    int dns_port;
    pid_t dns = script_start("dns_server.py", NULL, folder, "server", &dns_port);
    struct server strict;
    struct device other;
    char config[128];
    (void)state;
    snprintf(config, sizeof config,
             "{\"egress_ca\": \"%s/ca.pem\", \"egress_dns\": \"127.0.0.1:%d\"}", folder, dns_port);
    server_new(&strict);
    server_start(&strict, config);
    device_provision(&strict, &other, NULL);
    device_open(&strict, &other, NULL);
    for (size_t i = 0; i < sizeof hosts / sizeof hosts[0]; i++) {
        struct channel channel;
        char url[64];
        long long before = metric(&strict, "egress_addresses_refused_total");
        snprintf(url, sizeof url, "https://%s:%d/echo", hosts[i], port);
        if (i == 12) { /* as many as one device may open at once */
            device_free(&other);
            device_provision(&strict, &other, NULL);
            device_open(&strict, &other, NULL);
        }
        begin(&channel, &other, &(struct http){.url = url});
        struct reply reply = finish(&channel);
        if (reply.result != 5 || metric(&strict, "egress_addresses_refused_total") <= before)
            print_error("%s: %u\n", url, reply.result);
        assert_int_equal(reply.result, 5);
        assert_true(metric(&strict, "egress_addresses_refused_total") > before);
        free(reply.body);
    }
    device_free(&other);
    server_free(&strict);
    program_stop(dns);
}

/* ---- streams ---- */

static void hostile_streams(void **state)
{
    static const uint8_t unknown[] = {0x77, 0, 0, 0, 0, 0, 0, 3, 'a', 'b', 'c'};
    static const uint8_t huge[] = {CHANNEL_HTTP_REQUEST, 0, 0, 0, 0, 8, 0, 0};
    static const uint8_t cut[] = {CHANNEL_HTTP_REQUEST, 0, 0, 0, 0, 0, 0, 2, 1, 2};
    uint8_t message[1024];
    struct channel channel;
    (void)state;
    channel_open_raw(&channel, &device, TUNNEL_HTTP, 101, 2, 4096, 4096);
    assert_int_equal(channel_closes(&channel, 5000), TUNNEL_CLOSE_UNSUPPORTED);
    channel_close(&channel);
    channel_open_raw(&channel, &device, TUNNEL_HTTP, 101, CHANNEL_VERSION, 511, 0);
    assert_int_equal(channel_closes(&channel, 5000), TUNNEL_CLOSE_PROTOCOL);
    channel_close(&channel);

    channel_open(&channel, &device, TUNNEL_HTTP, 101, 4096);
    channel_send(&channel, huge, sizeof huge);
    assert_int_equal(channel_closes(&channel, 5000), TUNNEL_CLOSE_PROTOCOL);
    channel_close(&channel);
    channel_open(&channel, &device, TUNNEL_HTTP, 101, 4096);
    channel_send(&channel, cut, sizeof cut);
    assert_int_equal(channel_closes(&channel, 5000), TUNNEL_CLOSE_PROTOCOL);
    channel_close(&channel);

    /* Unknown messages are skipped; one request a stream, in as small pieces as one likes. */
    channel_open(&channel, &device, TUNNEL_HTTP, 101, 4096);
    channel_send(&channel, unknown, sizeof unknown);
    uint32_t size = write_request(&(struct http){.url = "/echo"}, message, sizeof message);
    for (uint32_t i = 0; i < size; i++)
        channel_send(&channel, message + i, 1);
    const uint8_t *body;
    uint32_t got;
    assert_int_equal(channel_receive(&channel, &body, &got, 10000), CHANNEL_HTTP_RESPONSE);
    channel_send(&channel, message, size);
    assert_int_equal(channel_closes(&channel, 5000), TUNNEL_CLOSE_PROTOCOL);
    channel_close(&channel);
}

/* Incomplete messages fill what one device may have buffered, and no more: credit ends, another
 * device notices nothing. What is sent nevertheless ends the connection. */
static void memory_share(void **state)
{
    enum { STREAMS = 7 };
    uint8_t piece[TUNNEL_PAYLOAD_MAX] = {CHANNEL_HTTP_REQUEST, 0, 0, 0, 0, 7, 0xFF, 0xF8};
    struct channel channels[STREAMS] = {0}, one;
    struct device other;
    uint32_t sent = 0;
    bool stuck = false;
    (void)state;
    for (uint16_t i = 0; i < STREAMS && !stuck; i++) {
        channel_open(&channels[i], &device, TUNNEL_HTTP, (uint16_t)(401 + 2 * i), 512);
        for (uint32_t mine = 0; mine < 500000 && !stuck; mine += sizeof piece) {
            while (channels[i].credit < sizeof piece && !stuck)
                stuck = !channel_step(&channels[i], 2500);
            if (stuck)
                break;
            device_send_frame(&device, TUNNEL_DATA, channels[i].stream, piece, sizeof piece);
            channels[i].credit -= sizeof piece;
            sent += sizeof piece;
        }
    }
    assert_true(stuck);
    assert_true(sent < 2 * 1024 * 1024);
    device_provision(&server, &other, NULL);
    device_open(&server, &other, NULL);
    begin(&one, &other, &(struct http){.url = "/status/200"});
    struct reply reply = finish(&one);
    assert_int_equal(reply.status, 200);
    free(reply.body);
    device_free(&other);
    uint16_t last = 0;
    while (last + 1 < STREAMS && channels[last + 1].device == &device)
        last++;
    for (int i = 0; i < 32; i++)
        device_send_frame(&device, TUNNEL_DATA, channels[last].stream, piece, sizeof piece);
    tunnel_ControlMessage message = device_expect(&device, tunnel_ControlMessage_goodbye_tag);
    assert_int_equal(message.message.goodbye.reason, tunnel_GOODBYE_PROTOCOL);
    for (uint16_t i = 0; i <= last; i++)
        channel_forget(&channels[i]);
}

/* A device that opens channels as fast as it can is slowed down; it alone. */
static void open_rate(void **state)
{
    struct device other;
    struct channel channel;
    unsigned refused = 0;
    (void)state;
    for (int i = 0; i < 60; i++) {
        channel_open(&channel, &device, TUNNEL_HTTP, 201, 4096);
        while (!channel.accepted && !channel.closed)
            assert_true(channel_step(&channel, 5000));
        refused += channel.closed && channel.reason == TUNNEL_CLOSE_LIMIT;
        channel_close(&channel);
    }
    assert_true(refused > 0);
    device_provision(&server, &other, NULL);
    device_open(&server, &other, NULL);
    begin(&channel, &other, &(struct http){.url = "/status/200"});
    struct reply reply = finish(&channel);
    assert_int_equal(reply.status, 200);
    free(reply.body);
    device_free(&other);
}

/* A response that the device takes no byte of holds up nothing else on its connection. */
static void stalled_stream(void **state)
{
    struct channel stalled;
    struct http big = {.url = "/body/3000"};
    uint8_t message[1024];
    (void)state;
    uint32_t size = write_request(&big, message, sizeof message);
    channel_open_raw(&stalled, &device, TUNNEL_HTTP, 301, CHANNEL_VERSION, 4096, 0);
    channel_send(&stalled, message, size);
    for (int i = 0; i < 3; i++) {
        struct reply reply = ask(&big);
        assert_int_equal(reply.body_size, 3000);
        free(reply.body);
    }
    assert_int_equal(stalled.in_used, 0);
    device_send_u32(&device, TUNNEL_CREDIT, 301, 4096);
    struct reply reply = finish(&stalled);
    assert_int_equal(reply.body_size, 3000);
    free(reply.body);
}

/* ---- CONFIG ---- */

static void set(const struct device *of, const char *kind, const char *key, const char *value)
{
    char path[128], form[5000];
    if (of)
        snprintf(path, sizeof path, "/v1/Devices/%s/%s", of->sid, kind);
    else
        snprintf(path, sizeof path, "/v1/%s", kind);
    snprintf(form, sizeof form, "Key=%s&Value=%s", key, value);
    struct answer answer = rest(&server, "POST", path, form);
    assert_int_equal(answer.status, 201);
    answer_free(&answer);
}

struct wanted {
    uint8_t scope, store;
    const char *key;
    uint8_t result;
    const char *value;
};

static void config_fetch(struct device *from, uint32_t receive_bytes, uint32_t result,
                         const struct wanted *wanted, uint32_t count)
{
    struct channel channel;
    struct channel_writer writer;
    struct channel_config_response response;
    uint8_t message[4096];
    const uint8_t *body;
    uint32_t size;
    channel_config_begin(&writer, message, sizeof message, count);
    for (uint32_t i = 0; i < count; i++)
        channel_config_put_key(&writer, wanted[i].scope, wanted[i].store, text_of(wanted[i].key));
    size = channel_end(&writer, CHANNEL_CONFIG_REQUEST);
    channel_open(&channel, from, TUNNEL_CONFIG, next_stream, receive_bytes);
    next_stream += 2;
    channel_send(&channel, message, size);
    assert_int_equal(channel_receive(&channel, &body, &size, 10000), CHANNEL_CONFIG_RESPONSE);
    assert_true(channel_config_response_parse(body, size, &response));
    assert_int_equal(response.result, result);
    assert_int_equal(response.count, result == 0 ? count : 0);
    for (uint32_t i = 0; i < response.count; i++) {
        struct channel_config_item item;
        assert_true(channel_config_item(body + CHANNEL_CONFIG_RESPONSE_FIXED +
                                            (size_t)i * CHANNEL_CONFIG_INDEX_ENTRY,
                                        count, size, &item));
        assert_int_equal(item.result, wanted[i].result);
        assert_int_equal(item.value.length, strlen(wanted[i].value));
        assert_memory_equal(body + item.value.offset, wanted[i].value, item.value.length);
    }
    channel_close(&channel);
}

static void config(void **state)
{
    struct device other;
    char value[4097];
    (void)state;
    device_provision(&server, &other, NULL);
    device_open(&server, &other, NULL);
    memset(value, 'v', 4096);
    value[4096] = '\0';
    set(NULL, "Configs", "shared", "for-all");
    set(NULL, "Secrets", "shared", "secret-for-all");
    set(&device, "Configs", "mine", "config-one");
    set(&device, "Secrets", "mine", "secret-one");
    set(&other, "Secrets", "mine", "secret-two");
    set(&device, "Secrets", "long", value);
    const struct wanted wanted[] = {{1, 0, "mine", 0, "secret-one"},
                                    {1, 1, "mine", 0, "config-one"},
                                    {0, 0, "shared", 0, "secret-for-all"},
                                    {0, 1, "shared", 0, "for-all"},
                                    {0, 0, "mine", 1, ""},
                                    {1, 1, "shared", 1, ""},
                                    {1, 0, "", 1, ""},
                                    {2, 0, "mine", 2, ""},
                                    {1, 9, "mine", 2, ""},
                                    {1, 0, "long", 0, value}};
    config_fetch(&device, 8192, 0, wanted, sizeof wanted / sizeof wanted[0]);
    const struct wanted theirs[] = {{1, 0, "mine", 0, "secret-two"}, {1, 0, "long", 1, ""}};
    config_fetch(&other, 512, 0, theirs, 2);
    config_fetch(&device, 4096, 1, wanted, sizeof wanted / sizeof wanted[0]);
    config_fetch(&device, 512, 0, NULL, 0);
    /* Secrets stand nowhere else. */
    assert_false(server_log_has(&server, "secret-one"));
    device_free(&other);
}

/* Two secrets were given above, and counted. */
static void metrics(void **state)
{
    (void)state;
    assert_true(metric(&server, "egress_secret_items_total") >= 3);
    assert_true(metric(&server, "egress_http_requests_total{result=\"ok\"}") > 5);
    assert_true(metric(&server, "egress_http_requests_total{result=\"failed\"}") > 5);
    assert_int_equal(metric(&server, "egress_http_active"), 0);
    assert_int_equal(metric(&server, "egress_channels"), 0);
    assert_int_equal(metric(&server, "egress_buffered_bytes"), 0);
}

#define WITH_DEVICE(test) cmocka_unit_test_setup_teardown(test, connect_device, disconnect_device)

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_DEVICE(echo),
        WITH_DEVICE(statuses),
        WITH_DEVICE(large),
        WITH_DEVICE(rules),
        WITH_DEVICE(failures),
        WITH_DEVICE(too_large),
        WITH_DEVICE(timeouts),
        WITH_DEVICE(certificates),
        WITH_DEVICE(expensive_tls),
        cmocka_unit_test(private_addresses),
        WITH_DEVICE(hostile_streams),
        WITH_DEVICE(open_rate),
        WITH_DEVICE(stalled_stream),
        WITH_DEVICE(config),
        WITH_DEVICE(memory_share),
        cmocka_unit_test(metrics),
    };
    return cmocka_run_group_tests(tests, start, stop);
}
