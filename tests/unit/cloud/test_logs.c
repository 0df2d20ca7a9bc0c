/* Log records from a device to the store and to live readers, with a test device over real TLS. */
#include "support.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define READERS 100

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

static void wait_credit(struct device *device)
{
    struct got_frame frame;
    do {
        assert_true(device_receive(device, &frame, 5000));
    } while (frame.type != TUNNEL_CREDIT);
}

static void open_log(struct device *device, uint16_t stream)
{
    uint8_t frame[TUNNEL_FRAME_MAX];
    struct tunnel_open open = {.kind = TUNNEL_LOG};
    int32_t size = tunnel_frame_write_open(frame, sizeof frame, stream, &open);
    device_send(device, frame, (size_t)size);
    wait_credit(device);
}

static void logs(void **state)
{
    (void)state;
    struct device device;
    char path[128];
    device_provision(&server, &device, NULL);
    snprintf(path, sizeof path, "/ext/v1/devices/%s/logs/stream?from=0", device.sid);
    int replay = stream_open(&server, path);
    *strchr(path, '?') = '\0';
    int live = stream_open(&server, path);
    assert_true(stream_wait(live, "200 OK", 5));
    device_open(&server, &device, NULL);
    open_log(&device, 1);
    device_send_log(&device, 1, LOGREC_APP_LOGGING, 1, 5250000, "[DEBUG] hello \xff world");
    wait_credit(&device);
    device_send_log(&device, 1, LOGREC_OTA_UPDATE, 2, 5300000, "INSTALLING_APP");
    wait_credit(&device);
    assert_true(stream_wait(live, "INSTALLING_APP", 5));
    assert_true(stream_wait(replay, "Connection established", 5));
    close(replay);

    struct answer answer = device_get(&server, &device, "/logs?limit=2");
    assert_int_equal(json_array_size(json_object_get(answer.json, "logs")), 2);
    assert_string_equal(answer_text(&answer, "logs.0.message"), "[DEBUG] hello \xef\xbf\xbd world");
    assert_string_equal(answer_text(&answer, "logs.0.type"), "app_logging");
    assert_string_equal(answer_text(&answer, "logs.1.type"), "ota_update");
    assert_true(strcmp(answer_text(&answer, "logs.0.time"), answer_text(&answer, "logs.1.time")) <=
                0);
    long long cursor = answer_number(&answer, "logs.0.sequence");
    answer_free(&answer);

    /* Replay behind a cursor begins with the record after it. */
    snprintf(path, sizeof path, "/ext/v1/devices/%s/logs/stream?from=%lld", device.sid, cursor);
    replay = stream_open(&server, path);
    assert_true(stream_wait(replay, "data: {", 5));
    close(replay);

    /* While logging is off, application records are dropped, others are kept. */
    device_post(&server, &device, "LoggingEnabled=false");
    device_expect(&device, tunnel_ControlMessage_logging_switch_tag);
    device_send_log(&device, 1, LOGREC_APP_LOGGING, 3, 5400000, "not wanted");
    wait_credit(&device);
    device_send_log(&device, 1, LOGREC_OTA_UPDATE, 4, 5500000, "COMPLETE");
    wait_credit(&device);
    answer = device_get(&server, &device, "/logs?limit=1");
    assert_string_equal(answer_text(&answer, "logs.0.message"), "COMPLETE");
    answer_free(&answer);
    answer = device_get(&server, &device, "/logs");
    assert_null(strstr(answer.body, "not wanted"));
    answer_free(&answer);

    /* A record that does not parse closes the stream, not the connection. */
    struct got_frame frame;
    device_send_frame(&device, TUNNEL_DATA, 1, "rubbish rubbish rubbish", 23);
    do {
        assert_true(device_receive(&device, &frame, 5000));
    } while (frame.type != TUNNEL_CLOSE);
    assert_int_equal(tunnel_get_u32(frame.payload), TUNNEL_CLOSE_PROTOCOL);
    open_log(&device, 3);

    /* DATA beyond the credit (8 KiB) breaks the connection. It is one TLS record, so no credit can
     * come back in between. */
    uint8_t burst[12 * TUNNEL_FRAME_MAX], text[LOGREC_TEXT_MAX] = {'x'};
    struct logrec record = {
        .type = LOGREC_KERNEL, .text_bytes = LOGREC_TEXT_MAX, .sequence = 9, .text = text};
    for (size_t at = 0; at < sizeof burst; at += TUNNEL_FRAME_MAX) {
        assert_int_equal(logrec_write(burst + at + 8, LOGREC_BYTES_MAX, &record), 1024);
        tunnel_frame_write(burst + at, TUNNEL_FRAME_MAX, TUNNEL_DATA, 3, burst + at + 8, 1024);
    }
    device_send(&device, burst, sizeof burst);
    assert_true(device_closed(&device, 5000));
    device_free(&device);
    close(live);
}

/* Fifty records a frame, faster than 200 a second with a burst of 1000. */
static void log_rate(void **state)
{
    (void)state;
    struct device device;
    uint32_t sequence = 0;
    device_provision(&server, &device, NULL);
    device_open(&server, &device, NULL);
    open_log(&device, 1);
    for (int i = 0; i < 80; i++) {
        uint8_t payload[TUNNEL_PAYLOAD_MAX];
        int32_t used = 0;
        for (int j = 0; j < 50; j++) {
            struct logrec record = {.type = LOGREC_APP_LOGGING,
                                    .text_bytes = 1,
                                    .sequence = sequence,
                                    .device_us = 6000000 + sequence,
                                    .text = (const uint8_t *)"f"};
            used += logrec_write(payload + used, sizeof payload - (size_t)used, &record);
            sequence++;
        }
        device_send_frame(&device, TUNNEL_DATA, 1, payload, (size_t)used);
        wait_credit(&device);
    }
    usleep(200000);
    device_send_log(&device, 1, LOGREC_APP_LOGGING, sequence, 7000000, "slow again");
    wait_credit(&device);
    struct answer answer = device_get(&server, &device, "/logs?limit=1000");
    assert_non_null(strstr(answer.body, "records dropped"));
    assert_non_null(strstr(answer.body, "slow again"));
    answer_free(&answer);
    device_free(&device);
}

/* What a device sends again after a cut is kept once; a new kernel start counts anew. */
static void log_twice(void **state)
{
    (void)state;
    struct device device;
    device_provision(&server, &device, NULL);
    for (int i = 0; i < 2; i++) {
        device_open(&server, &device, NULL);
        open_log(&device, 1);
        device_send_log(&device, 1, LOGREC_APP_LOGGING, 8, 6000000, "again and again");
        wait_credit(&device);
        device_disconnect(&device);
    }
    struct answer answer = device_get(&server, &device, "/logs");
    const char *first = strstr(answer.body, "again and again");
    assert_non_null(first);
    assert_null(strstr(first + 1, "again and again"));
    answer_free(&answer);
    device_free(&device);
}

/* Everybody gets every record; who comes later, or comes again, begins where it wants. */
static void many_readers(void **state)
{
    struct device device;
    int readers[READERS];
    char path[160], text[32];
    (void)state;
    device_provision(&server, &device, NULL);
    device_open(&server, &device, NULL);
    open_log(&device, 1);
    snprintf(path, sizeof path, "/ext/v1/devices/%s/logs/stream", device.sid);
    for (int i = 0; i < READERS; i++) {
        readers[i] = stream_open(&server, path);
        assert_true(stream_wait(readers[i], "text/event-stream", 10));
    }
    for (uint32_t i = 1; i <= 20; i++) {
        snprintf(text, sizeof text, "line %u of 20", i);
        device_send_log(&device, 1, LOGREC_APP_LOGGING, i, 7000000 + i, text);
        wait_credit(&device);
    }
    for (int i = 0; i < READERS; i++) {
        assert_true(stream_wait(readers[i], "line 20 of 20", 10));
        close(readers[i]);
    }
    struct answer answer = device_get(&server, &device, "/logs?limit=3");
    json_t *third = json_array_get(json_object_get(answer.json, "logs"), 0);
    long long cursor = json_integer_value(json_object_get(third, "sequence"));
    assert_string_equal(json_string_value(json_object_get(third, "message")), "line 18 of 20");
    answer_free(&answer);
    snprintf(path, sizeof path, "/ext/v1/devices/%s/logs/stream?from=%lld", device.sid, cursor);
    int replay = stream_open(&server, path);
    assert_true(stream_wait(replay, "line 19 of 20", 10));
    close(replay);
    snprintf(path, sizeof path,
             "/ext/v1/devices/%s/logs/stream HTTP/1.1\r\nLast-Event-ID: %lld\r\nX:", device.sid,
             cursor);
    replay = stream_open(&server, path);
    assert_true(stream_wait(replay, "line 19 of 20", 10));
    close(replay);
    device_free(&device);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(logs),
        cmocka_unit_test(log_rate),
        cmocka_unit_test(log_twice),
        cmocka_unit_test(many_readers),
    };
    return cmocka_run_group_tests(tests, start, stop);
}
