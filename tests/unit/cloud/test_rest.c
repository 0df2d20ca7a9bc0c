/* Each REST operation and its errors, over real sockets. */
#include "support.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static struct server server;

static int start(void **state)
{
    (void)state;
    server_new(&server);
    server_start(&server, NULL);
    return 0;
}

static int stop(void **state)
{
    (void)state;
    server_free(&server);
    return 0;
}

static void credentials(void **state)
{
    (void)state;
    struct answer answer = rest_as(&server, NULL, NULL, "GET", "/v1/Apps", NULL);
    assert_non_null(strstr(answer.headers, "WWW-Authenticate: Basic realm="));
    assert_string_equal(answer_text(&answer, "message"), "Authenticate");
    assert_error(answer, 401, 20003);
    assert_error(rest_as(&server, server.account_sid, "wrong", "GET", "/v1/Apps", NULL), 401,
                 20003);
    assert_error(rest_as(&server, "ACwrong", server.auth_token, "GET", "/v1/Devices", NULL), 401,
                 20003);
    assert_error(rest_as(&server, "", "", "POST", "/v1/Apps", "x"), 401, 20003);
    assert_error(rest_as(&server, NULL, NULL, "GET", "/nowhere", NULL), 401, 20003);
    answer = rest_as(&server, NULL, NULL, "GET", "/healthz", NULL);
    assert_int_equal(answer.status, 200);
    answer_free(&answer);
}

static void paths(void **state)
{
    (void)state;
    struct answer answer = rest(&server, "GET", "/v1/Apps/KA00", NULL);
    assert_string_equal(answer_text(&answer, "message"),
                        "The requested resource /v1/Apps/KA00 was not found");
    assert_error(answer, 404, 20404);
    assert_error(rest(&server, "GET", "/", NULL), 404, 20404);
    assert_error(rest(&server, "GET", "/v1/Apps/", NULL), 404, 20404);
    assert_error(rest(&server, "GET", "/v1/Devices/a%2Fb%3Fc", NULL), 404, 20404);
    assert_error(rest(&server, "GET", "/v1/Devices/a%00b", NULL), 404, 20404);
    assert_error(rest(&server, "GET", "/v1/Devices/%ff", NULL), 404, 20404);
    assert_error(rest(&server, "GET", "/1/2/3/4/5/6/7/8/9/10", NULL), 404, 20404);
    char *longest = malloc(6001);
    memset(longest, 'x', 6000);
    memcpy(longest, "/v1/Apps/", 9);
    longest[6000] = '\0';
    assert_error(rest(&server, "GET", longest, NULL), 404, 20404);
    memcpy(longest, "/v1/Apps?", 9);
    assert_error(rest(&server, "GET", longest, NULL), 404, 20404);
    free(longest);
    assert_error(rest(&server, "PUT", "/v1/Apps", NULL), 405, 20004);
    assert_error(rest(&server, "DELETE", "/v1/Devices/x", NULL), 405, 20004);
    assert_error(rest(&server, "POST", "/v1/Devices/x/Secrets/a%2Fb", "Value=1"), 404, 20404);
    answer = rest(&server, "GET", "/ext/v1/errors/20404", NULL);
    assert_int_equal(answer.status, 200);
    answer_free(&answer);
    answer = rest_as(&server, NULL, NULL, "OPTIONS", "/v1/Apps", NULL);
    assert_int_equal(answer.status, 204);
    assert_non_null(strstr(answer.headers, "Access-Control-Allow-Origin: *"));
    answer_free(&answer);
    answer = rest(&server, "HEAD", "/v1/Apps", NULL);
    assert_int_equal(answer.status, 200);
    assert_int_equal(answer.body_size, 0);
    answer_free(&answer);
}

static void empty_lists(void **state)
{
    (void)state;
    char url[128];
    struct answer answer = rest(&server, "GET", "/v1/Apps", NULL);
    assert_int_equal(answer.status, 200);
    assert_int_equal(json_array_size(json_object_get(answer.json, "apps")), 0);
    assert_int_equal(answer_number(&answer, "meta.page"), 0);
    assert_int_equal(answer_number(&answer, "meta.page_size"), 50);
    assert_string_equal(answer_text(&answer, "meta.key"), "apps");
    snprintf(url, sizeof url, "%s/v1/Apps?PageSize=50&Page=0", server.url);
    assert_string_equal(answer_text(&answer, "meta.first_page_url"), url);
    assert_string_equal(answer_text(&answer, "meta.url"), url);
    assert_string_equal(answer_text(&answer, "meta.next_page_url"), "");
    assert_string_equal(answer_text(&answer, "meta.previous_page_url"), "");
    assert_non_null(strstr(answer.headers, "Access-Control-Allow-Origin"));
    assert_non_null(strstr(answer.headers, "Content-Type: application/json"));
    answer_free(&answer);
    assert_error(rest(&server, "GET", "/v1/Apps?PageSize=0", NULL), 400, 20001);
    assert_error(rest(&server, "GET", "/v1/Apps?PageSize=1001", NULL), 400, 20001);
    assert_error(rest(&server, "GET", "/v1/Apps?PageSize=abc", NULL), 400, 20001);
    assert_error(rest(&server, "GET", "/v1/Devices?Page=-1", NULL), 400, 20001);
    assert_error(rest(&server, "GET", "/v1/Devices?PageToken=zz", NULL), 400, 20001);
}

/* Follows next and previous links as the official clients do. */
static void paging(void **state)
{
    (void)state;
    char sids[5][40];
    struct answer answer;
    for (int i = 0; i < 5; i++) {
        struct device device;
        device_provision(&server, &device, NULL);
        snprintf(sids[i], sizeof sids[i], "%s", device.sid);
        device_free(&device);
    }
    char path[256] = "/v1/Devices?PageSize=2";
    char previous[256] = "";
    for (int page = 0; page < 3; page++) {
        answer = rest(&server, "GET", path, NULL);
        assert_int_equal(answer.status, 200);
        assert_int_equal(answer_number(&answer, "meta.page"), page);
        assert_int_equal(json_array_size(json_object_get(answer.json, "devices")),
                         page == 2 ? 1 : 2);
        assert_string_equal(answer_text(&answer, "devices.0.sid"), sids[2 * page]);
        const char *next = answer_text(&answer, "meta.next_page_url");
        assert_int_equal(next[0] != '\0', page < 2);
        assert_int_equal(answer_text(&answer, "meta.previous_page_url")[0] != '\0', page > 0);
        snprintf(path, sizeof path, "%s", next[0] ? next + strlen(server.url) : "");
        snprintf(previous, sizeof previous, "%s", answer_text(&answer, "meta.previous_page_url"));
        answer_free(&answer);
    }
    answer = rest(&server, "GET", previous + strlen(server.url), NULL);
    assert_int_equal(answer_number(&answer, "meta.page"), 1);
    assert_string_equal(answer_text(&answer, "devices.0.sid"), sids[2]);
    answer_free(&answer);
    answer = rest(&server, "GET", "/v1/Devices?PageSize=2&Page=2", NULL);
    assert_string_equal(answer_text(&answer, "devices.0.sid"), sids[4]);
    answer_free(&answer);
}

static void check_device_object(const struct answer *answer, const char *sid)
{
    char url[160];
    snprintf(url, sizeof url, "%s/v1/Devices/%s", server.url, sid);
    assert_string_equal(answer_text(answer, "sid"), sid);
    assert_string_equal(answer_text(answer, "account_sid"), server.account_sid);
    assert_string_equal(answer_text(answer, "url"), url);
    snprintf(url, sizeof url, "%s/v1/Devices/%s/Configs", server.url, sid);
    assert_string_equal(answer_text(answer, "links.device_configs"), url);
    static const char *const keys[] = {"unique_name",  "app",          "logging",
                                       "date_created", "date_updated", "links"};
    for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++)
        assert_non_null(json_object_get(answer->json, keys[i]));
    static const char *const app_keys[] = {"target_sid",    "target_hash",       "date_targeted",
                                           "update_status", "update_error_code", "reported_sid",
                                           "date_reported"};
    json_t *app = json_object_get(answer->json, "app");
    for (size_t i = 0; i < sizeof app_keys / sizeof app_keys[0]; i++)
        assert_non_null(json_object_get(app, app_keys[i]));
    assert_int_equal(strlen(answer_text(answer, "date_created")), 20);
}

static void device_update(void **state)
{
    (void)state;
    struct device device;
    char path[128];
    device_provision(&server, &device, "first%20name");
    snprintf(path, sizeof path, "/v1/Devices/%s", device.sid);
    struct answer answer = rest(&server, "GET", "/v1/Devices/first%20name", NULL);
    assert_int_equal(answer.status, 200);
    check_device_object(&answer, device.sid);
    assert_int_equal(answer_number(&answer, "logging.enabled"), 1);
    answer_free(&answer);

    /* Spaces as the three kinds of clients send them. */
    answer = rest(&server, "POST", path, "UniqueName=bare space+plus%20escape");
    assert_int_equal(answer.status, 200);
    check_device_object(&answer, device.sid);
    assert_string_equal(answer_text(&answer, "unique_name"), "bare space plus escape");
    answer_free(&answer);
    answer = rest(&server, "POST", path, "UniqueName=a%2Fb%3Fc");
    answer_free(&answer);
    answer = rest(&server, "GET", "/v1/Devices/a%2Fb%3Fc", NULL);
    assert_string_equal(answer_text(&answer, "sid"), device.sid);
    answer_free(&answer);

    answer = rest(&server, "POST", path, "LoggingEnabled=False");
    assert_int_equal(answer_number(&answer, "logging.enabled"), 0);
    assert_true(
        json_is_null(json_object_get(json_object_get(answer.json, "logging"), "date_expires")));
    answer_free(&answer);
    answer = rest(&server, "POST", path, "LoggingEnabled=TRUE&RestartApp=true");
    assert_int_equal(answer_number(&answer, "logging.enabled"), 1);
    assert_int_equal(strlen(answer_text(&answer, "logging.date_expires")), 20);
    answer_free(&answer);

    assert_error(rest(&server, "POST", path, "LoggingEnabled=yes"), 400, 20001);
    assert_error(rest(&server, "POST", path, "RestartApp=1"), 400, 20001);
    assert_error(rest(&server, "POST", path, "TargetApp=nothing"), 400, 20001);
    assert_error(rest(&server, "POST", path, "UniqueName=%ff"), 400, 20001);
    assert_error(rest(&server, "POST", path, "UniqueName=a%00b"), 400, 20001);
    assert_error(rest(&server, "POST", path, "UniqueName=UV00000000000000000000000000000000"), 400,
                 20001);
    assert_error(rest(&server, "POST", "/v1/Devices/unknown", "UniqueName=x"), 404, 20404);

    struct device other;
    device_provision(&server, &other, "taken");
    assert_error(rest(&server, "POST", path, "UniqueName=taken"), 409, 20409);
    /* A refused update changes nothing of what else it asked. */
    assert_error(rest(&server, "POST", path, "LoggingEnabled=false&UniqueName=taken"), 409, 20409);
    answer = rest(&server, "GET", path, NULL);
    assert_int_equal(answer_number(&answer, "logging.enabled"), 1);
    answer_free(&answer);
    device_free(&other);
    device_free(&device);
}

static void large_bodies(void **state)
{
    (void)state;
    char *form = malloc(200001);
    memset(form, 'a', 200000);
    form[200000] = '\0';
    memcpy(form, "UniqueName=", 11);
    assert_error(rest(&server, "POST", "/v1/Devices/x", form), 413, 20413);
    form[1000] = '\0';
    struct device device;
    char path[128];
    device_provision(&server, &device, NULL);
    snprintf(path, sizeof path, "/v1/Devices/%s", device.sid);
    assert_error(rest(&server, "POST", path, form), 400, 20001);
    for (int i = 0; i < 400; i++)
        memcpy(form + 2 * i, "a&", 2);
    form[800] = '\0';
    assert_error(rest(&server, "POST", path, form), 400, 20001);
    device_free(&device);
    free(form);
}

static void provisioning_errors(void **state)
{
    (void)state;
    assert_error(rest(&server, "POST", "/ext/v1/devices", ""), 400, 65130);
    assert_error(rest(&server, "POST", "/ext/v1/devices", "Csr=nonsense"), 400, 65130);
    assert_error(rest(&server, "GET", "/ext/v1/devices/unknown/logs", NULL), 404, 20404);
    assert_error(rest(&server, "GET", "/ext/v1/devices/unknown/status", NULL), 404, 20404);
    assert_error(rest(&server, "GET", "/ext/v1/devices/unknown/logs/stream", NULL), 404, 20404);
    assert_error(rest(&server, "GET", "/ext/v1/devices/unknown/logs?limit=0", NULL), 400, 20001);
}

/* Some clients break if the server keeps a connection that they asked to close. */
static void connection_close(void **state)
{
    (void)state;
    char request[] = "GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n";
    char bytes[2048];
    int fd = stream_open(&server, "/healthz");
    assert_int_equal(write(fd, request, sizeof request - 1), sizeof request - 1);
    size_t used = 0;
    ssize_t got;
    while ((got = read(fd, bytes + used, sizeof bytes - 1 - used)) > 0)
        used += (size_t)got;
    bytes[used] = '\0';
    assert_int_equal(got, 0);
    assert_non_null(strstr(bytes, "Connection: close"));
    close(fd);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(credentials),      cmocka_unit_test(paths),
        cmocka_unit_test(empty_lists),      cmocka_unit_test(paging),
        cmocka_unit_test(device_update),    cmocka_unit_test(large_bodies),
        cmocka_unit_test(connection_close), cmocka_unit_test(provisioning_errors),
    };
    return cmocka_run_group_tests(tests, start, stop);
}
