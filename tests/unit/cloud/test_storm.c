/* Well-formed and ill-formed frames in a random order, for some seconds (MV_STORM_S): the sanitized
 * server must live, stay correct for REST, and end with exit code 0. Same seed, same frames. */
#include "support.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define IMAGE_SIZE 60000u

static uint32_t seed = 12345;
static uint8_t layer_hash[32];

static uint32_t any(uint32_t below)
{
    seed ^= seed << 13;
    seed ^= seed >> 17;
    seed ^= seed << 5;
    return seed % below;
}

static int32_t storm_open(uint8_t *frame, uint16_t stream, uint8_t kind)
{
    struct tunnel_open open = {.kind = kind,
                               .credit = any(70000),
                               .offset = any(70000),
                               .length = any(3) ? any(70000) : 0};
    if (any(4) != 0)
        memcpy(open.hash, layer_hash, sizeof open.hash);
    return tunnel_frame_write_open(frame, TUNNEL_FRAME_MAX, stream, &open);
}

static int32_t storm_log(uint8_t *frame, uint16_t stream, const uint8_t *bytes, size_t size)
{
    uint8_t payload[LOGREC_BYTES_MAX];
    struct logrec record = {.type = (uint8_t)any(9),
                            .text_bytes = (uint16_t)(size > 900 ? 900 : size),
                            .sequence = any(1000),
                            .device_us = (uint64_t)any(UINT32_MAX) << any(32),
                            .text = bytes};
    int32_t length = logrec_write(payload, sizeof payload, &record);
    return tunnel_frame_write(frame, TUNNEL_FRAME_MAX, TUNNEL_DATA, stream, payload,
                              (size_t)length);
}

static int32_t storm_control(uint8_t *frame)
{
    tunnel_ControlMessage message = tunnel_ControlMessage_init_zero;
    if (any(2) != 0) {
        message.which_message = tunnel_ControlMessage_ping_tag;
        message.message.ping.device_us = any(UINT32_MAX);
    } else {
        message.which_message = tunnel_ControlMessage_update_report_tag;
        message.message.update_report.has_app = true;
        message.message.update_report.manifest_hash.size = 32;
        message.message.update_report.update_state = (tunnel_UpdateState)any(12);
        message.message.update_report.update_error = (tunnel_UpdateError)any(UINT32_MAX);
    }
    return tunnel_control_write(frame, TUNNEL_FRAME_MAX, &message);
}

static int32_t storm_frame(uint8_t *frame)
{
    uint8_t bytes[TUNNEL_PAYLOAD_MAX];
    size_t size = any(16) == 0 ? any(sizeof bytes + 1) : any(64);
    uint16_t stream = (uint16_t)(1 + 2 * any(10));
    for (size_t i = 0; i < size; i++)
        bytes[i] = (uint8_t)any(256);
    switch (any(8)) {
    case 0:
        return storm_open(frame, stream, TUNNEL_FETCH);
    case 1:
        return storm_open(frame, stream, TUNNEL_LOG);
    case 2:
        return tunnel_frame_write_u32(frame, TUNNEL_FRAME_MAX, TUNNEL_CREDIT, stream, any(20000));
    case 3:
        return tunnel_frame_write_u32(frame, TUNNEL_FRAME_MAX, TUNNEL_CLOSE, stream, any(10));
    case 4:
        return storm_log(frame, stream, bytes, size);
    case 5:
        return storm_control(frame);
    case 6:
        return tunnel_frame_write(frame, TUNNEL_FRAME_MAX, 200, 0, bytes, size);
    default: /* anything at all, rarely, because it mostly ends the connection */
        if (any(32) != 0)
            return 0;
        return tunnel_frame_write(frame, TUNNEL_FRAME_MAX, (uint8_t)any(8), stream, bytes, size);
    }
}

/* One connection; false if the server does not take it. */
static bool storm_connection(const struct server *server, struct device *device)
{
    uint8_t frame[TUNNEL_FRAME_MAX];
    struct got_frame got;
    if (!device_connect(server, device))
        return false;
    if (any(8) != 0)
        device_send_hello(device, device->sid, any(2) ? layer_hash : NULL);
    for (int i = 0; i < 200; i++) {
        int32_t size = storm_frame(frame);
        if (size > 0 && SSL_write(device->ssl, frame, size) <= 0)
            break;
        while (any(4) == 0 && device_receive(device, &got, 1))
            ;
    }
    device_disconnect(device);
    return true;
}

static void storm(void **state)
{
    (void)state;
    struct server server;
    struct device device;
    char app[40], path[128], form[96];
    const char *limit = getenv("MV_STORM_S");
    time_t end = time(NULL) + (limit ? atoi(limit) : 5);
    uint8_t *image = noise(IMAGE_SIZE, 7);
    sha256(image, IMAGE_SIZE, layer_hash);
    server_new(&server);
    server_start(&server, "{\"keepalive_s\": 1}");
    app_upload(&server, IMAGE_SIZE, 7, app);
    device_provision(&server, &device, NULL);
    snprintf(path, sizeof path, "/v1/Devices/%s", device.sid);
    snprintf(form, sizeof form, "TargetApp=%s&RestartApp=true", app);
    while (time(NULL) < end) {
        assert_true(storm_connection(&server, &device));
        if (any(8) != 0)
            continue;
        struct answer answer = rest(&server, "POST", path, form);
        assert_int_equal(answer.status, 200);
        answer_free(&answer);
    }
    device_free(&device);
    free(image);
    server_free(&server);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(storm)};
    signal(SIGPIPE, SIG_IGN);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
