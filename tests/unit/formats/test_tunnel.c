// Tunnel frames, OPEN payloads and control messages: round trips, limits, and bytes as specified.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "formats/tunnel.h"

static void frame_bytes(void **state)
{
    (void)state;
    static const uint8_t expected[] = {4, 0, 0x12, 0x34, 0, 3, 0, 0, 'a', 'b', 'c'};
    uint8_t out[64];
    struct tunnel_frame frame;
    assert_int_equal(
        tunnel_frame_write(out, sizeof out, TUNNEL_DATA, 0x1234, (const uint8_t *)"abc", 3), 11);
    assert_memory_equal(out, expected, sizeof expected);
    for (size_t size = 0; size < 11; size++)
        assert_int_equal(tunnel_frame_parse(out, size, &frame), 0);
    assert_int_equal(tunnel_frame_parse(out, sizeof out, &frame), 11);
    assert_int_equal(frame.type, TUNNEL_DATA);
    assert_int_equal(frame.stream, 0x1234);
    assert_int_equal(frame.length, 3);
    assert_memory_equal(frame.payload, "abc", 3);
}

static void frame_limits(void **state)
{
    (void)state;
    uint8_t out[TUNNEL_FRAME_MAX], payload[TUNNEL_PAYLOAD_MAX + 1] = {0};
    struct tunnel_frame frame;
    assert_int_equal(tunnel_frame_write(out, sizeof out, TUNNEL_DATA, 1, payload, 1024),
                     TUNNEL_FRAME_MAX);
    assert_int_equal(tunnel_frame_parse(out, sizeof out, &frame), TUNNEL_FRAME_MAX);
    assert_int_equal(tunnel_frame_write(out, sizeof out, TUNNEL_DATA, 1, payload, 1025),
                     TUNNEL_ERROR_LENGTH);
    assert_int_equal(tunnel_frame_write(out, 11, TUNNEL_DATA, 1, payload, 4), TUNNEL_ERROR_SPACE);
    static const struct {
        uint8_t header[8];
        int32_t result;
    } cases[] = {
        {{1, 0, 0, 0, 4, 1, 0, 0}, TUNNEL_ERROR_LENGTH},
        {{77, 0, 0, 0, 4, 1, 0, 0}, TUNNEL_ERROR_LENGTH},
        {{1, 0, 0, 1, 0, 0, 0, 0}, TUNNEL_ERROR_STREAM},
        {{2, 0, 0, 0, 0, 8, 0, 0}, TUNNEL_ERROR_STREAM},
        {{3, 0, 0, 0, 0, 4, 0, 0}, TUNNEL_ERROR_STREAM},
        {{4, 0, 0, 0, 0, 4, 0, 0}, TUNNEL_ERROR_STREAM},
        {{4, 0, 0, 1, 0, 0, 0, 0}, TUNNEL_ERROR_PAYLOAD},
        {{2, 0, 0, 1, 0, 7, 0, 0}, TUNNEL_ERROR_PAYLOAD},
        {{3, 0, 0, 1, 0, 5, 0, 0}, TUNNEL_ERROR_PAYLOAD},
        {{5, 0, 0, 1, 0, 3, 0, 0}, TUNNEL_ERROR_PAYLOAD},
        {{6, 0, 0, 1, 0, 0, 0, 0}, TUNNEL_ERROR_PAYLOAD},
        {{1, 255, 0, 0, 0, 0, 255, 255}, 8}, // flags and reserved are ignored
        {{0, 0, 9, 9, 0, 0, 0, 0}, 8},       // unknown types pass
        {{200, 0, 0, 0, 0, 0, 0, 0}, 8},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        assert_int_equal(tunnel_frame_parse(cases[i].header, 8, &frame), cases[i].result);
}

static void open_payloads(void **state)
{
    (void)state;
    uint8_t out[TUNNEL_FRAME_MAX];
    struct tunnel_frame frame;
    struct tunnel_open open = {
        .kind = TUNNEL_FETCH, .credit = 0x01020304, .offset = 5, .length = 0xFFFFFFFF};
    struct tunnel_open back;
    memset(open.hash, 0xAB, sizeof open.hash);
    int32_t size = tunnel_frame_write_open(out, sizeof out, 7, &open);
    assert_int_equal(size, 8 + 48);
    assert_int_equal(tunnel_frame_parse(out, (size_t)size, &frame), size);
    assert_true(tunnel_open_parse(&frame, &back));
    assert_int_equal(back.kind, TUNNEL_FETCH);
    assert_int_equal(back.credit, 0x01020304);
    assert_int_equal(back.offset, 5);
    assert_int_equal(back.length, 0xFFFFFFFF);
    assert_memory_equal(back.hash, open.hash, 32);
    frame.length = 47;
    assert_false(tunnel_open_parse(&frame, &back));
    open.kind = TUNNEL_LOG;
    size = tunnel_frame_write_open(out, sizeof out, 9, &open);
    assert_int_equal(size, 16);
    assert_int_equal(tunnel_frame_parse(out, (size_t)size, &frame), size);
    assert_true(tunnel_open_parse(&frame, &back));
    assert_int_equal(back.kind, TUNNEL_LOG);
    assert_int_equal(tunnel_frame_write_open(out, 15, 9, &open), TUNNEL_ERROR_SPACE);
}

static void numbers(void **state)
{
    (void)state;
    uint8_t out[16];
    uint32_t credit = 0;
    struct tunnel_frame frame;
    assert_int_equal(tunnel_frame_write_u32(out, sizeof out, TUNNEL_CLOSE, 3, 0xDEADBEEF), 12);
    assert_int_equal(tunnel_frame_parse(out, 12, &frame), 12);
    assert_int_equal(tunnel_frame_u32(&frame), 0xDEADBEEF);
    assert_true(tunnel_credit_add(&credit, TUNNEL_CREDIT_MAX));
    assert_false(tunnel_credit_add(&credit, 1));
    assert_int_equal(credit, TUNNEL_CREDIT_MAX);
    credit = 1;
    assert_false(tunnel_credit_add(&credit, 0xFFFFFFFF));
}

static void control_round_trip(void **state)
{
    (void)state;
    uint8_t out[TUNNEL_FRAME_MAX];
    struct tunnel_frame frame;
    tunnel_ControlMessage message = tunnel_ControlMessage_init_zero, back;
    tunnel_Hello *hello = &message.message.hello;
    message.which_message = tunnel_ControlMessage_hello_tag;
    hello->version_min = 1;
    hello->version_max = 3;
    memcpy(hello->device_id, "UV0123456789abcdef0123456789abcdef", 35);
    hello->device_us = UINT64_MAX;
    hello->has_app = true;
    hello->manifest_hash.size = 32;
    memset(hello->manifest_hash.bytes, 7, 32);
    hello->update_error = tunnel_UPDATE_ERROR_START;
    int32_t size = tunnel_control_write(out, sizeof out, &message);
    assert_true(size > 0);
    assert_int_equal(tunnel_frame_parse(out, (size_t)size, &frame), size);
    assert_true(tunnel_control_parse(&frame, &back));
    assert_int_equal(back.which_message, tunnel_ControlMessage_hello_tag);
    assert_string_equal(back.message.hello.device_id, hello->device_id);
    assert_true(back.message.hello.device_us == UINT64_MAX);
    assert_int_equal(back.message.hello.manifest_hash.size, 32);
    assert_int_equal(tunnel_control_write(out, 20, &message), TUNNEL_ERROR_SPACE);
    assert_int_equal(tunnel_control_write(out, 4, &message), TUNNEL_ERROR_SPACE);
    frame.length = (uint16_t)(frame.length - 1);
    assert_false(tunnel_control_parse(&frame, &back));
}

// A message kind of a later version is skipped; fields above their bounds are refused.
static void control_foreign(void **state)
{
    (void)state;
    static const uint8_t later[] = {0xFA, 0x01, 0x02, 0x08, 0x01}; // field 31
    uint8_t hash[40] = {0x22, 36, 0x0A, 33};                       // Target with a hash of 33 bytes
    struct tunnel_frame frame = {.type = TUNNEL_CONTROL, .length = sizeof later, .payload = later};
    tunnel_ControlMessage message;
    assert_true(tunnel_control_parse(&frame, &message));
    assert_int_equal(message.which_message, 0);
    frame.payload = hash;
    frame.length = 38;
    assert_false(tunnel_control_parse(&frame, &message));
    frame.length = 0;
    assert_true(tunnel_control_parse(&frame, &message));
    assert_int_equal(message.which_message, 0);
}

static void sids(void **state)
{
    (void)state;
    assert_true(tunnel_sid_valid("UV0123456789abcdefABCDEF0123456789", "UV"));
    assert_false(tunnel_sid_valid("KA0123456789abcdefABCDEF0123456789", "UV"));
    assert_false(tunnel_sid_valid("UV0123456789abcdefABCDEF012345678", "UV"));
    assert_false(tunnel_sid_valid("UV0123456789abcdefABCDEF01234567890", "UV"));
    assert_false(tunnel_sid_valid("UV0123456789abcdefABCDEF012345678g", "UV"));
    assert_false(tunnel_sid_valid("", "UV"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(frame_bytes),
        cmocka_unit_test(frame_limits),
        cmocka_unit_test(open_payloads),
        cmocka_unit_test(numbers),
        cmocka_unit_test(control_round_trip),
        cmocka_unit_test(control_foreign),
        cmocka_unit_test(sids),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
