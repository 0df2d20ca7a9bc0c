/* Start, stop, kill -9, locks, options: what survives and what is refused. */
#include "support.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static void first_start(void **state)
{
    (void)state;
    struct server server, again;
    struct stat status;
    char path[160];
    server_new(&server);
    server_start(&server, NULL);
    assert_memory_equal(server.account_sid, "AC", 2);
    assert_int_equal(strlen(server.auth_token), 32);
    static const char *const secret[] = {"account.json",    "ca.key.pem",
                                         "gateway.key.pem", "manifest-signing.key.pem",
                                         "vault.key",       "microvisor.db"};
    size_t count = sizeof secret / sizeof secret[0] - (getenv("MV_TEST_POSTGRES") ? 1 : 0);
    for (size_t i = 0; i < count; i++) {
        snprintf(path, sizeof path, "%s/%s", server.state, secret[i]);
        assert_int_equal(stat(path, &status), 0);
        assert_int_equal(status.st_mode & 0777, 0600);
    }
    assert_int_equal(server_exit_code("--state", server.state, ""), 1); /* locked */
    assert_true(server_logged(&server, "ready"));
    assert_false(server_log_has(&server, server.auth_token));
    again = server;
    server_stop(&server);
    snprintf(path, sizeof path, "%s/run.json", server.state);
    assert_int_not_equal(access(path, F_OK), 0);
    server_start(&server, NULL);
    assert_string_equal(server.account_sid, again.account_sid);
    assert_string_equal(server.auth_token, again.auth_token);
    assert_string_equal(server.url, again.url); /* devices know the ports */
    assert_int_equal(server.gateway_port, again.gateway_port);
    server_free(&server);
}

/* Everything that was acknowledged is there after kill -9; nothing half-done is. */
static void killed(void **state)
{
    (void)state;
    struct server server;
    struct device device;
    char app[40], path[128], form[64];
    server_new(&server);
    server_start(&server, NULL);
    for (int round = 0; round < 3; round++) {
        app_upload(&server, 20000, 100 + (uint32_t)round, app);
        device_provision(&server, &device, NULL);
        snprintf(path, sizeof path, "/v1/Devices/%s", device.sid);
        snprintf(form, sizeof form, "TargetApp=%s&UniqueName=n%d", app, round);
        struct answer answer = rest(&server, "POST", path, form);
        assert_int_equal(answer.status, 200);
        server_kill(&server);
        server_start(&server, NULL);
        struct answer after = rest(&server, "GET", path, NULL);
        assert_string_equal(answer_text(&after, "app.target_sid"), app);
        assert_string_equal(answer_text(&after, "unique_name"),
                            answer_text(&answer, "unique_name"));
        answer_free(&after);
        answer_free(&answer);
        snprintf(path, sizeof path, "/v1/Apps/%s/Manifest", app);
        answer = rest(&server, "GET", path, NULL);
        assert_int_equal(answer.status, 200);
        answer_free(&answer);
        /* The device's certificate is still good, and its layer is there. */
        uint8_t *image = noise(20000, 100 + (uint32_t)round), *got = malloc(30000), hash[32];
        uint32_t total, reason;
        sha256(image, 20000, hash);
        device_open(&server, &device, NULL);
        assert_int_equal(device_fetch(&device, 1, hash, 0, 0, got, 30000, &total, &reason), 20000);
        assert_memory_equal(got, image, 20000);
        free(image);
        free(got);
        device_free(&device);
    }
    server_free(&server);
}

/* Devices are told, streams end, and the process ends soon although they are open. */
static void graceful(void **state)
{
    (void)state;
    struct server server;
    struct device device;
    char path[128];
    server_new(&server);
    server_start(&server, NULL);
    device_provision(&server, &device, NULL);
    device_open(&server, &device, NULL);
    snprintf(path, sizeof path, "/ext/v1/devices/%s/logs/stream", device.sid);
    int stream = stream_open(&server, path);
    assert_true(stream_wait(stream, "200 OK", 5));
    server_stop(&server);
    tunnel_ControlMessage message = device_expect(&device, tunnel_ControlMessage_goodbye_tag);
    assert_int_equal(message.message.goodbye.reason, tunnel_GOODBYE_SHUTDOWN);
    char byte;
    while (read(stream, &byte, 1) > 0)
        ;
    close(stream);
    device_free(&device);
    server_free(&server);
}

static void options(void **state)
{
    (void)state;
    assert_int_equal(server_exit_code("--help", "", ""), 0);
    assert_int_equal(server_exit_code("--version", "", ""), 0);
    assert_int_equal(server_exit_code("--nonsense", "", ""), 2);
    assert_int_equal(server_exit_code("--api", "127.0.0.1:0", ""), 2);
    assert_int_equal(server_exit_code("--state", "/tmp/x", "surplus"), 2);
    assert_int_equal(server_exit_code("--state=/tmp/x", "--api", "nowhere"), 2);
    assert_int_equal(server_exit_code("--state=/tmp/x", "--config", "/nowhere"), 2);
    assert_int_equal(server_exit_code("--state", "/proc/nothing", ""), 1);

    struct server server;
    struct device device;
    server_new(&server);
    server_start(&server, "{\"gateway_host\": \"10.0.2.2\", \"gateway_names\": "
                          "[\"gateway.microvisor.local\", \"gw.example.org\"], "
                          "\"public_url\": \"https://cloud.example.org\"}");
    device_provision(&server, &device, NULL);
    struct answer answer = rest(&server, "GET", "/v1/Devices", NULL);
    assert_string_equal(answer_text(&answer, "meta.first_page_url"),
                        "https://cloud.example.org/v1/Devices?PageSize=50&Page=0");
    answer_free(&answer);
    device_open(&server, &device, NULL);
    device_free(&device);
    server_free(&server);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(first_start),
        cmocka_unit_test(killed),
        cmocka_unit_test(graceful),
        cmocka_unit_test(options),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
