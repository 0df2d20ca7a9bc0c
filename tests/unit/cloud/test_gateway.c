/* The tunnel, with a test device over real TLS: good ways and hostile ones. */
#include "support.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static struct server server;

static int start(void **state)
{
    (void)state;
    server_new(&server);
    server_start(&server, "{\"keepalive_s\": 2}");
    return 0;
}

static int stop(void **state)
{
    (void)state;
    server_free(&server);
    return 0;
}

static bool status_is(const struct device *device, const char *path, const char *key,
                      const char *value)
{
    for (int i = 0; i < 100; i++) {
        struct answer answer = device_get(&server, device, path);
        bool same = strcmp(answer_text(&answer, key), value) == 0;
        if (!same && i == 99)
            print_error("%s is %s\n", key, answer_text(&answer, key));
        answer_free(&answer);
        if (same)
            return true;
        usleep(50000);
    }
    return false;
}

static void target(const struct device *device, const char *app_sid)
{
    char form[64];
    snprintf(form, sizeof form, "TargetApp=%s", app_sid);
    device_post(&server, device, form);
}

/* ---- identity ---- */

static void welcome(void **state)
{
    (void)state;
    struct device device;
    device_provision(&server, &device, NULL);
    assert_true(status_is(&device, "/status", "update.reason", "no App is targeted"));
    assert_true(device_connect(&server, &device));
    device_send_hello(&device, device.sid, NULL);
    tunnel_ControlMessage message = device_expect(&device, tunnel_ControlMessage_welcome_tag);
    assert_int_equal(message.message.welcome.version, 1);
    assert_true(message.message.welcome.session_id != 0);
    assert_true(message.message.welcome.logging_enabled);
    assert_int_equal(message.message.welcome.keepalive_s, 2);
    assert_true((uint64_t)time(NULL) - message.message.welcome.unix_us / 1000000 < 3);
    message = device_expect(&device, tunnel_ControlMessage_target_tag);
    assert_int_equal(message.message.target.manifest_hash.size, 0);
    struct answer answer = device_get(&server, &device, "/status");
    assert_int_equal(answer_number(&answer, "connected"), 1);
    assert_string_equal(answer_text(&answer, "kernel_version"), "0.0.1-test");
    answer_free(&answer);
    answer = device_get(&server, &device, "/logs");
    char text[128];
    snprintf(text, sizeof text, "Connection established for device %s", device.sid);
    assert_string_equal(answer_text(&answer, "logs.0.message"), text);
    assert_string_equal(answer_text(&answer, "logs.0.type"), "connection");
    assert_int_equal(strlen(answer_text(&answer, "logs.0.time")), 27);
    answer_free(&answer);
    device_disconnect(&device);
    for (int i = 0; i < 100; i++) {
        answer = device_get(&server, &device, "/status");
        bool gone = answer_number(&answer, "connected") == 0;
        answer_free(&answer);
        if (gone)
            break;
        assert_true(i < 99);
        usleep(20000);
    }
    device_free(&device);
}

static void refused_identities(void **state)
{
    (void)state;
    struct server other;
    struct device device, foreign;
    server_new(&other);
    server_start(&other, NULL);
    device_provision(&server, &device, NULL);
    device_provision(&other, &foreign, NULL);

    /* A certificate of another CA (but trusting this server). */
    X509_free(foreign.ca);
    foreign.ca = X509_dup(device.ca);
    if (device_connect(&server, &foreign))
        assert_true(device_closed(&foreign, 5000));
    device_disconnect(&foreign);
    assert_true(server_logged(&server, "handshake failed"));

    /* The server is checked too: this device trusts the other CA only. */
    X509 *own = device.ca;
    device.ca = X509_dup(foreign.certificate);
    assert_false(device_connect(&server, &device));
    X509_free(device.ca);
    device.ca = own;

    /* No certificate at all. */
    X509 *certificate = device.certificate;
    device.certificate = NULL;
    if (device_connect(&server, &device))
        assert_true(device_closed(&device, 5000));
    device_disconnect(&device);
    device.certificate = certificate;

    /* No ALPN, and another one. */
    device.alpn = "";
    if (device_connect(&server, &device))
        assert_true(device_closed(&device, 5000));
    device_disconnect(&device);
    device.alpn = "\x08http/1.1";
    if (device_connect(&server, &device))
        assert_true(device_closed(&device, 5000));
    device_disconnect(&device);
    device.alpn = NULL;

    /* Says to be another device than its certificate. */
    assert_true(device_connect(&server, &device));
    device_send_hello(&device, "UV00000000000000000000000000000000", NULL);
    tunnel_ControlMessage message = device_expect(&device, tunnel_ControlMessage_goodbye_tag);
    assert_int_equal(message.message.goodbye.reason, tunnel_GOODBYE_PROTOCOL);
    assert_true(device_closed(&device, 5000));
    device_disconnect(&device);

    /* And all is well with the right one. */
    device_open(&server, &device, NULL);
    device_free(&device);
    device_free(&foreign);
    server_free(&other);
}

/* Retired while it is connected, it is sent away; later it is refused. An unknown one too. */
static void retired(void **state)
{
    (void)state;
    struct device device;
    char path[128];
    device_provision(&server, &device, "worn out");
    device_open(&server, &device, NULL);
    snprintf(path, sizeof path, "/ext/v1/devices/%s", device.sid);
    struct answer answer = rest(&server, "DELETE", path, NULL);
    assert_int_equal(answer.status, 204);
    answer_free(&answer);
    tunnel_ControlMessage message = device_expect(&device, tunnel_ControlMessage_goodbye_tag);
    assert_int_equal(message.message.goodbye.reason, tunnel_GOODBYE_RETIRED_DEVICE);
    device_disconnect(&device);
    assert_true(device_connect(&server, &device));
    device_send_hello(&device, device.sid, NULL);
    message = device_expect(&device, tunnel_ControlMessage_goodbye_tag);
    assert_int_equal(message.message.goodbye.reason, tunnel_GOODBYE_RETIRED_DEVICE);
    assert_error(device_get(&server, &device, ""), 404, 20404);
    answer = rest(&server, "GET", "/v1/Devices?PageSize=1000", NULL);
    assert_null(strstr(answer.body, device.sid));
    answer_free(&answer);
    device_free(&device);
    device_provision(&server, &device, "worn out"); /* the name is free again */
    device_free(&device);
}

/* The CA is that of this state folder, the database is not: nobody knows the device. */
static void unknown(void **state)
{
    (void)state;
    struct server other;
    struct device device;
    server_new(&other);
    server_start(&other, NULL);
    device_provision(&other, &device, NULL);
    server_stop(&other);
    server_forget(&other);
    server_start(&other, NULL);
    assert_true(device_connect(&other, &device));
    device_send_hello(&device, device.sid, NULL);
    tunnel_ControlMessage message = device_expect(&device, tunnel_ControlMessage_goodbye_tag);
    assert_int_equal(message.message.goodbye.reason, tunnel_GOODBYE_UNKNOWN_DEVICE);
    assert_true(server_logged(&other, "unknown device refused"));
    device_free(&device);
    server_free(&other);
}

static void plain_text(void **state)
{
    (void)state;
    struct device device;
    device_provision(&server, &device, NULL);
    struct server gateway = server;
    snprintf(gateway.url, sizeof gateway.url, "http://127.0.0.1:%d", server.gateway_port);
    int fd = stream_open(&gateway, "/");
    char bytes[256];
    ssize_t got;
    while ((got = read(fd, bytes, sizeof bytes)) > 0)
        ;
    assert_true(got <= 0);
    close(fd);
    device_open(&server, &device, NULL);
    device_free(&device);
}

static void replaced(void **state)
{
    (void)state;
    struct device first, second;
    device_provision(&server, &first, NULL);
    second = first;
    device_open(&server, &first, NULL);
    device_open(&server, &second, NULL);
    tunnel_ControlMessage message = device_expect(&first, tunnel_ControlMessage_goodbye_tag);
    assert_int_equal(message.message.goodbye.reason, tunnel_GOODBYE_REPLACED);
    assert_true(device_closed(&first, 5000));
    struct answer answer = device_get(&server, &second, "/status");
    assert_int_equal(answer_number(&answer, "connected"), 1);
    answer_free(&answer);
    device_disconnect(&first);
    device_free(&second);
}

static void resumption(void **state)
{
    (void)state;
    struct device device;
    device_provision(&server, &device, NULL);
    device_open(&server, &device, NULL);
    device.session = SSL_get1_session(device.ssl);
    SSL_shutdown(device.ssl);
    device_disconnect(&device);
    device_open(&server, &device, NULL);
    assert_int_equal(SSL_session_reused(device.ssl), 1);
    device_free(&device);
}

/* ---- control ---- */

static void pushes(void **state)
{
    (void)state;
    struct device device;
    char app[40];
    app_upload(&server, 1000, 21, app);
    device_provision(&server, &device, NULL);
    device_open(&server, &device, NULL);
    target(&device, app);
    tunnel_ControlMessage message = device_expect(&device, tunnel_ControlMessage_target_tag);
    assert_int_equal(message.message.target.manifest_hash.size, 32);
    assert_true(message.message.target.manifest_size > 64);
    /* The same App again is a new try. */
    target(&device, app);
    device_expect(&device, tunnel_ControlMessage_target_tag);
    device_post(&server, &device, "LoggingEnabled=false");
    message = device_expect(&device, tunnel_ControlMessage_logging_switch_tag);
    assert_false(message.message.logging_switch.enabled);
    device_post(&server, &device, "LoggingEnabled=true");
    message = device_expect(&device, tunnel_ControlMessage_logging_switch_tag);
    assert_true(message.message.logging_switch.enabled);
    device_post(&server, &device, "RestartApp=true");
    message = device_expect(&device, tunnel_ControlMessage_restart_tag);
    assert_int_equal(message.message.restart.kind, tunnel_RESTART_APPLICATION);
    device_post(&server, &device, "RestartApp=true");
    device_expect(&device, tunnel_ControlMessage_restart_tag);
    device_disconnect(&device);

    /* What was asked while it was away comes with the next connection, once. */
    usleep(200000);
    device_post(&server, &device, "RestartApp=true");
    device_open(&server, &device, NULL);
    device_expect(&device, tunnel_ControlMessage_restart_tag);
    usleep(300000);
    device_disconnect(&device);
    device_open(&server, &device, NULL);
    memset(&message, 0, sizeof message);
    message.which_message = tunnel_ControlMessage_ping_tag;
    message.message.ping.token = 99;
    device_send_control(&device, &message);
    message = device_expect(&device, tunnel_ControlMessage_pong_tag); /* and no Restart before */
    assert_int_equal(message.message.pong.token, 99);
    device_free(&device);
}

static void keepalive(void **state)
{
    (void)state;
    struct device device;
    device_provision(&server, &device, NULL);
    device_open(&server, &device, NULL);
    tunnel_ControlMessage message = device_expect(&device, tunnel_ControlMessage_ping_tag);
    message.which_message = tunnel_ControlMessage_pong_tag;
    device_send_control(&device, &message);
    device_expect(&device, tunnel_ControlMessage_ping_tag);
    /* Now the device is silent; after 2.5 periods it is dropped. */
    for (;;) {
        struct got_frame got;
        if (!device_receive(&device, &got, 10000))
            break;
    }
    assert_true(server_logged(&server, "nothing heard for too long"));
    device_free(&device);
}

/* ---- update ---- */

static void update_states(void **state)
{
    (void)state;
    struct device device;
    char app[40], next[40];
    uint8_t hash[32], next_hash[32];
    app_upload(&server, 1000, 31, app);
    app_upload(&server, 1000, 32, next);
    device_provision(&server, &device, NULL);
    target(&device, app);
    assert_true(status_is(&device, "/status", "update.reason", "the device has never connected"));
    assert_true(status_is(&device, "/status", "update.cause", "never-connected"));
    assert_true(device_connect(&server, &device));
    device_send_hello(&device, device.sid, NULL);
    device_expect(&device, tunnel_ControlMessage_welcome_tag);
    tunnel_ControlMessage message = device_expect(&device, tunnel_ControlMessage_target_tag);
    memcpy(hash, message.message.target.manifest_hash.bytes, 32);
    assert_true(status_is(&device, "", "app.update_status", "pending"));
    assert_true(status_is(&device, "/status", "update.cause", "told"));
    device_send_report(&device, NULL, tunnel_UPDATE_STATE_FETCHING_LAYERS, 0, hash);
    assert_true(status_is(&device, "/status", "update.reason",
                          "the update is on its way: fetching-layers"));
    static const struct {
        uint32_t state;
        const char *cause;
    } at_work[] = {{tunnel_UPDATE_STATE_FETCHING_MANIFEST, "fetching"},
                   {tunnel_UPDATE_STATE_VERIFYING, "verifying"},
                   {tunnel_UPDATE_STATE_WAITING, "app-is-busy"},
                   {tunnel_UPDATE_STATE_INSTALLING, "installing"},
                   {tunnel_UPDATE_STATE_STARTING, "starting"},
                   {77, "told"}};
    for (size_t i = 0; i < sizeof at_work / sizeof at_work[0]; i++) {
        device_send_report(&device, NULL, at_work[i].state, 0, hash);
        assert_true(status_is(&device, "/status", "update.cause", at_work[i].cause));
    }
    device_send_report(&device, hash, tunnel_UPDATE_STATE_COMPLETE, 0, hash);
    assert_true(status_is(&device, "", "app.update_status", "up-to-date"));
    assert_true(status_is(&device, "", "app.reported_sid", app));

    target(&device, next);
    message = device_expect(&device, tunnel_ControlMessage_target_tag);
    memcpy(next_hash, message.message.target.manifest_hash.bytes, 32);
    assert_true(status_is(&device, "", "app.update_status", "pending"));
    device_send_report(&device, hash, tunnel_UPDATE_STATE_FAILED, tunnel_UPDATE_ERROR_LAYER_HASH,
                       next_hash);
    assert_true(status_is(&device, "", "app.update_status", "error"));
    struct answer answer = device_get(&server, &device, "");
    assert_int_equal(answer_number(&answer, "app.update_error_code"), 9);
    assert_string_equal(answer_text(&answer, "app.reported_sid"), app);
    answer_free(&answer);
    assert_true(status_is(&device, "/status", "update.reason",
                          "the update failed: a layer does not have its hash (9)"));
    static const char *const causes[] = {
        "failed",           "fetch-failed",     "fetch-failed",  "manifest-refused",
        "manifest-refused", "manifest-refused", "layer-refused", "layer-refused",
        "fetch-failed",     "fetch-failed",     "flash-failed",  "flash-failed",
        "image-refused",    "kernel-too-old",   "image-refused", "failed"};
    for (uint32_t i = 0; i < sizeof causes / sizeof causes[0]; i++) {
        device_send_report(&device, hash, tunnel_UPDATE_STATE_FAILED, i, next_hash);
        assert_true(status_is(&device, "/status", "update.cause", causes[i]));
    }
    /* Targeted again it is pending again. */
    target(&device, next);
    assert_true(status_is(&device, "", "app.update_status", "pending"));
    device_disconnect(&device);
    assert_true(status_is(&device, "/status", "update.cause", "offline"));
    target(&device, app);
    assert_true(status_is(&device, "/status", "update.cause", "up-to-date"));
    target(&device, "");
    assert_true(status_is(&device, "/status", "update.cause", "no-target"));
    device_free(&device);
}

/* ---- fetch ---- */

static void fetches(void **state)
{
    (void)state;
    struct device device;
    char app[40], other_app[40];
    uint8_t manifest[8192], layer_hash[32], other_hash[32];
    uint32_t total, reason;
    uint8_t *image = noise(100000, 41), *other = noise(2000, 42), *got = malloc(200000);
    sha256(image, 100000, layer_hash);
    sha256(other, 2000, other_hash);
    app_upload(&server, 100000, 41, app);
    app_upload(&server, 2000, 42, other_app);
    device_provision(&server, &device, NULL);
    target(&device, app);
    assert_true(device_connect(&server, &device));
    device_send_hello(&device, device.sid, NULL);
    device_expect(&device, tunnel_ControlMessage_welcome_tag);
    tunnel_Target wanted = device_expect(&device, tunnel_ControlMessage_target_tag).message.target;

    size_t size = device_fetch(&device, 1, wanted.manifest_hash.bytes, 0, 0, manifest,
                               sizeof manifest, &total, &reason);
    assert_int_equal(reason, TUNNEL_CLOSE_DONE);
    assert_int_equal(size, wanted.manifest_size);
    assert_int_equal(total, size);
    uint8_t hash[32];
    sha256(manifest, size, hash);
    assert_memory_equal(hash, wanted.manifest_hash.bytes, 32);

    size = device_fetch(&device, 3, layer_hash, 0, 0, got, 200000, &total, &reason);
    assert_int_equal(reason, TUNNEL_CLOSE_DONE);
    assert_int_equal(size, 100000);
    assert_memory_equal(got, image, 100000);

    /* Ranges. */
    size = device_fetch(&device, 5, layer_hash, 70000, 0, got, 200000, &total, &reason);
    assert_int_equal(size, 30000);
    assert_int_equal(total, 100000);
    assert_memory_equal(got, image + 70000, 30000);
    size = device_fetch(&device, 5, layer_hash, 10, 7, got, 200000, &total, &reason);
    assert_int_equal(size, 7);
    assert_memory_equal(got, image + 10, 7);
    size = device_fetch(&device, 5, layer_hash, 99990, 5000, got, 200000, &total, &reason);
    assert_int_equal(size, 10);
    size = device_fetch(&device, 5, layer_hash, 100000, 0, got, 200000, &total, &reason);
    assert_int_equal(size, 0);
    assert_int_equal(reason, TUNNEL_CLOSE_DONE);
    device_fetch(&device, 5, layer_hash, 100001, 0, got, 200000, &total, &reason);
    assert_int_equal(reason, TUNNEL_CLOSE_RANGE);

    /* Not entitled, and not there. */
    device_fetch(&device, 7, other_hash, 0, 0, got, 200000, &total, &reason);
    assert_int_equal(reason, TUNNEL_CLOSE_NOT_FOUND);
    memset(hash, 0x5A, 32);
    device_fetch(&device, 9, hash, 0, 0, got, 200000, &total, &reason);
    assert_int_equal(reason, TUNNEL_CLOSE_NOT_FOUND);

    /* No credit: the size comes, the bytes wait. */
    struct got_frame frame;
    device_open_fetch(&device, 11, layer_hash, 0, 2000, 0);
    assert_true(device_receive(&device, &frame, 5000));
    assert_int_equal(frame.type, TUNNEL_ACCEPT);
    assert_false(device_receive(&device, &frame, 300));
    device_send_u32(&device, TUNNEL_CREDIT, 11, 10);
    assert_true(device_receive(&device, &frame, 5000));
    assert_int_equal(frame.type, TUNNEL_DATA);
    assert_int_equal(frame.length, 10);
    device_send_u32(&device, TUNNEL_CLOSE, 11, TUNNEL_CLOSE_CANCELLED);
    size = device_fetch(&device, 11, layer_hash, 0, 2000, got, 200000, &total, &reason);
    assert_int_equal(size, 2000);

    /* The connection is cut in the middle; the next one goes on at the offset. */
    device_open_fetch(&device, 13, layer_hash, 0, 0, 30000);
    size = 0;
    while (size < 20000) {
        assert_true(device_receive(&device, &frame, 5000));
        if (frame.type != TUNNEL_DATA)
            continue;
        memcpy(got + size, frame.payload, frame.length);
        size += frame.length;
    }
    device_disconnect(&device);
    device_open(&server, &device, NULL);
    size += device_fetch(&device, 1, layer_hash, (uint32_t)size, 0, got + size, 200000 - size,
                         &total, &reason);
    assert_int_equal(size, 100000);
    assert_memory_equal(got, image, 100000);
    assert_true(server_logged(&server, "sent=100000"));

    /* Eight streams and no more. */
    for (uint16_t stream = 1; stream < 17; stream += 2)
        device_open_fetch(&device, stream, layer_hash, 0, 0, 0);
    device_open_fetch(&device, 17, layer_hash, 0, 0, 0);
    do {
        assert_true(device_receive(&device, &frame, 5000));
    } while (frame.type != TUNNEL_CLOSE);
    assert_int_equal(frame.stream, 17);
    assert_int_equal(tunnel_get_u32(frame.payload), TUNNEL_CLOSE_LIMIT);
    free(image);
    free(other);
    free(got);
    device_free(&device);
}

/* ---- hostile frames ---- */

static void hostile(void **state)
{
    (void)state;
    static const struct {
        const char *what;
        uint8_t bytes[40];
        size_t size;
    } cases[] = {
        {"oversize length", {1, 0, 0, 0, 0xFF, 0xFF, 0, 0}, 8},
        {"control on a stream", {1, 0, 0, 1, 0, 0, 0, 0}, 8},
        {"data on stream 0", {4, 0, 0, 0, 0, 1, 0, 0, 9}, 9},
        {"empty data", {4, 0, 0, 1, 0, 0, 0, 0}, 8},
        {"short credit", {5, 0, 0, 1, 0, 2, 0, 0, 0, 0}, 10},
        {"short open", {2, 0, 0, 1, 0, 2, 0, 0, 1, 0}, 10},
        {"open with even number", {2, 0, 0, 2, 0, 8, 0, 0, 2, 0, 0, 0, 0, 0, 0, 0}, 16},
        {"bad protobuf", {1, 0, 0, 0, 0, 3, 0, 0, 0xFF, 0xFF, 0xFF}, 11},
        {"second Hello", {1, 0, 0, 0, 0, 2, 0, 0, 0x0A, 0x00}, 10},
    };
    struct device device;
    device_provision(&server, &device, NULL);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        device_open(&server, &device, NULL);
        device_send(&device, cases[i].bytes, cases[i].size);
        tunnel_ControlMessage message = device_expect(&device, tunnel_ControlMessage_goodbye_tag);
        if (message.message.goodbye.reason != tunnel_GOODBYE_PROTOCOL)
            print_error("%s\n", cases[i].what);
        assert_int_equal(message.message.goodbye.reason, tunnel_GOODBYE_PROTOCOL);
        assert_true(device_closed(&device, 5000));
        device_disconnect(&device);
    }
    /* Before Hello nothing else may come. */
    assert_true(device_connect(&server, &device));
    device_send_u32(&device, TUNNEL_CREDIT, 1, 5);
    device_expect(&device, tunnel_ControlMessage_goodbye_tag);
    device_disconnect(&device);
    /* Unknown frame types and short-opened FETCH are survivable. */
    device_open(&server, &device, NULL);
    device_send_frame(&device, 200, 77, "what is this", 12);
    device_send_frame(&device, TUNNEL_OPEN, 1, "\1\0\0\0\0\0\0\0", 8);
    struct got_frame frame;
    assert_true(device_receive(&device, &frame, 5000));
    assert_int_equal(frame.type, TUNNEL_CLOSE);
    assert_int_equal(tunnel_get_u32(frame.payload), TUNNEL_CLOSE_PROTOCOL);
    device_send_frame(&device, TUNNEL_OPEN, 3, "\177\0\0\0\0\0\0\0", 8);
    assert_true(device_receive(&device, &frame, 5000));
    assert_int_equal(tunnel_get_u32(frame.payload), TUNNEL_CLOSE_UNSUPPORTED);
    device_send_u32(&device, TUNNEL_CREDIT, 9, 5);
    device_free(&device);
    /* Random bytes, many times. */
    device_provision(&server, &device, NULL);
    for (uint32_t seed = 1; seed < 12; seed++) {
        uint8_t *bytes = noise(3000, seed);
        device_open(&server, &device, NULL);
        device_send(&device, bytes, 3000);
        free(bytes);
        device_closed(&device, 1500);
        device_disconnect(&device);
    }
    device_open(&server, &device, NULL);
    device_free(&device);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(welcome),    cmocka_unit_test(refused_identities),
        cmocka_unit_test(retired),    cmocka_unit_test(unknown),
        cmocka_unit_test(plain_text), cmocka_unit_test(replaced),
        cmocka_unit_test(resumption), cmocka_unit_test(pushes),
        cmocka_unit_test(keepalive),  cmocka_unit_test(update_states),
        cmocka_unit_test(fetches),

        cmocka_unit_test(hostile),
    };
    return cmocka_run_group_tests(tests, start, stop);
}
