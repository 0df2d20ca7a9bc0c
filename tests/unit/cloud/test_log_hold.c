/* The cloud holds the logging of a device that logs far too much, and lets go of it again. */
#include "support.h"

#include <string.h>

static void send_records(struct device *device, uint32_t *sequence)
{
    uint8_t payload[TUNNEL_PAYLOAD_MAX];
    int32_t used = 0;
    for (int i = 0; i < 50; i++, (*sequence)++) {
        struct logrec record = {.type = LOGREC_APP_LOGGING,
                                .text_bytes = 1,
                                .sequence = *sequence,
                                .device_us = 6000000 + *sequence,
                                .text = (const uint8_t *)"f"};
        used += logrec_write(payload + used, sizeof payload - (size_t)used, &record);
    }
    device_send_frame(device, TUNNEL_DATA, 1, payload, (size_t)used);
}

/* Waits for the credit of what was sent; true if the switch came before it. */
static bool took(struct device *device, bool *enabled)
{
    struct got_frame got;
    bool switched = false;
    do {
        tunnel_ControlMessage message = tunnel_ControlMessage_init_zero;
        assert_true(device_receive(device, &got, 10000));
        struct tunnel_frame frame = {
            .type = got.type, .stream = got.stream, .length = got.length, .payload = got.payload};
        if (got.type != TUNNEL_CONTROL)
            continue;
        assert_true(tunnel_control_parse(&frame, &message));
        if (message.which_message != tunnel_ControlMessage_logging_switch_tag)
            continue;
        switched = true;
        *enabled = message.message.logging_switch.enabled;
    } while (got.type != TUNNEL_CREDIT);
    return switched;
}

static struct answer logs(const struct server *server, const struct device *device)
{
    char path[128];
    snprintf(path, sizeof path, "/ext/v1/devices/%s/logs?limit=1000", device->sid);
    return rest(server, "GET", path, NULL);
}

static void hold(void **state)
{
    static const uint8_t open[8] = {TUNNEL_LOG};
    struct server server;
    struct device device;
    uint32_t sequence = 1;
    bool enabled = true, held = false;
    (void)state;
    server_new(&server);
    server_start(&server, "{\"log_hold_s\": 2}");
    device_provision(&server, &device, NULL);
    device_open(&server, &device, NULL);
    device_send_frame(&device, TUNNEL_OPEN, 1, open, sizeof open);
    assert_false(took(&device, &enabled));
    while (!held && sequence < 50000) {
        send_records(&device, &sequence);
        held = took(&device, &enabled);
    }
    assert_true(held);
    assert_false(enabled);
    assert_true(sequence > 6000); /* a burst and what is too much */
    assert_true(server_logged(&server, "its logging is held"));

    /* While it lasts, nothing of the application is kept; other records are. */
    device_send_log(&device, 1, LOGREC_APP_LOGGING, sequence++, 7000000, "during the hold");
    took(&device, &enabled);
    tunnel_ControlMessage message =
        device_expect(&device, tunnel_ControlMessage_logging_switch_tag);
    assert_true(message.message.logging_switch.enabled);
    device_send_log(&device, 1, LOGREC_APP_LOGGING, sequence++, 8000000, "after the hold");
    took(&device, &enabled);
    struct answer answer = logs(&server, &device);
    assert_non_null(strstr(answer.body, "after the hold"));
    assert_non_null(strstr(answer.body, "records dropped"));
    assert_null(strstr(answer.body, "during the hold"));
    answer_free(&answer);
    device_free(&device);
    server_free(&server);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(hold)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
