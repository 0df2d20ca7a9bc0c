// The manifest's bytes, with protoc as a referee that shares no code with us.
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "formats/manifest.h"

static const uint8_t hash_a[MANIFEST_HASH_SIZE] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ012345";
static const uint8_t hash_b[MANIFEST_HASH_SIZE] = "abcdefghijklmnopqrstuvwxyz!#$%&*";

// Written out by hand from the protobuf encoding rules: one layer, then two empty policies.
static const uint8_t golden_head[] = {0x0a, 0x4c, 0x0a, 0x06, 0x0a, 0x04,
                                      0x10, 0x80, 0x80, 0x40, 0x1a, 0x20};
static const uint8_t golden_middle[] = {0x22, 0x20};
static const uint8_t golden_tail[] = {0x22, 0x00, 0x2a, 0x00};

static size_t golden_body(uint8_t *body)
{
    size_t at = 0;
    memcpy(body + at, golden_head, sizeof golden_head);
    at += sizeof golden_head;
    memcpy(body + at, hash_a, sizeof hash_a);
    at += sizeof hash_a;
    memcpy(body + at, golden_middle, sizeof golden_middle);
    at += sizeof golden_middle;
    memcpy(body + at, hash_b, sizeof hash_b);
    at += sizeof hash_b;
    memcpy(body + at, golden_tail, sizeof golden_tail);
    return at + sizeof golden_tail;
}

// Encodes protobuf text with protoc and returns the bytes.
static size_t protoc_encode(const char *message, const char *text, uint8_t *out, size_t capacity)
{
    char input[] = "/tmp/manifest-test-XXXXXX";
    int fd = mkstemp(input);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, text, strlen(text)), (ssize_t)strlen(text));
    close(fd);
    char command[1024];
    snprintf(command, sizeof command, "protoc -I '%s' --encode=%s '%s/manifest.proto' < %s",
             MV_FORMATS_DIR, message, MV_FORMATS_DIR, input);
    FILE *pipe = popen(command, "r");
    assert_non_null(pipe);
    size_t size = fread(out, 1, capacity, pipe);
    assert_int_equal(pclose(pipe), 0);
    unlink(input);
    return size;
}

static void full_app(struct manifest_app *app)
{
    manifest_app_init(app, hash_a, hash_b);
    app->layer_count = 2;
    app->layers[0].size = 0x80000;
    app->layers[1] = (struct manifest_layer){.external_flash = true,
                                             .start = 4096,
                                             .size = 8192,
                                             .encrypted_with_key_id = 0x8123456789abcdef};
    memcpy(app->layers[1].fetch_hash, hash_b, sizeof hash_b);
    memcpy(app->layers[1].measurement_hash, hash_a, sizeof hash_a);
    app->has_debug = app->has_crash = true;
    app->debug.debuggable = app->debug.has_auth_pubkey = true;
    memset(app->debug.auth_pubkey, 'k', MANIFEST_POINT_SIZE);
    app->debug.auth_pubkey[0] = 4;
    app->crash = (struct manifest_crash){.minimum_restart_ms = 1000,
                                         .maximum_restart_ms = 4000000000u,
                                         .include_stack_bytes = 256,
                                         .has_report_pubkey = true};
    memset(app->crash.report_pubkey, 'c', MANIFEST_POINT_SIZE);
    app->crash.report_pubkey[0] = 4;
    app->update =
        (struct manifest_update){.maximum_politeness_time_sec = 3600, .minimum_kernel_version = 7};
    app->connectivity = (struct manifest_connectivity){.connection_grace_time_sec = 60,
                                                       .minimum_check_in_time_sec = 86400};
}

static const char full_text[] =
    "layers { target { internal_flash { size: 0x80000 } }"
    "  fetch_hash: 'ABCDEFGHIJKLMNOPQRSTUVWXYZ012345'"
    "  measurement_hash: 'abcdefghijklmnopqrstuvwxyz!#$%&*' }"
    "layers { target { external_flash { start: 4096 size: 8192 } }"
    "  encrypted_with_key_id: 0x8123456789abcdef"
    "  fetch_hash: 'abcdefghijklmnopqrstuvwxyz!#$%&*'"
    "  measurement_hash: 'ABCDEFGHIJKLMNOPQRSTUVWXYZ012345' }"
    "debug { debuggable: true debug_auth_pubkey: "
    "'\\004kkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkk' }"
    "crash { minimum_restart_ms: 1000 maximum_restart_ms: 4000000000 crash_report_pubkey: "
    "'\\004cccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccc'"
    "  include_stack_bytes: 256 }"
    "update { maximum_politeness_time_sec: 3600 minimum_kernel_version: 7 }"
    "connectivity { connection_grace_time_sec: 60 minimum_check_in_time_sec: 86400 }";

static void test_plain_body_is_golden(void **state)
{
    (void)state;
    uint8_t expected[MANIFEST_BODY_SIZE_MAX], body[MANIFEST_BODY_SIZE_MAX];
    size_t expected_size = golden_body(expected), size;
    struct manifest_app app;
    manifest_app_init(&app, hash_a, hash_b);
    assert_int_equal(manifest_encode_app(&app, body, sizeof body, &size), MANIFEST_OK);
    assert_int_equal(size, expected_size);
    assert_memory_equal(body, expected, size);
}

static void test_full_body_equals_protoc(void **state)
{
    (void)state;
    uint8_t expected[MANIFEST_BODY_SIZE_MAX], body[MANIFEST_BODY_SIZE_MAX];
    size_t size;
    size_t expected_size =
        protoc_encode("bundle.AppManifest.AppBody", full_text, expected, sizeof expected);
    struct manifest_app app, again;
    full_app(&app);
    assert_int_equal(manifest_encode_app(&app, body, sizeof body, &size), MANIFEST_OK);
    assert_int_equal(size, expected_size);
    assert_memory_equal(body, expected, size);
    assert_int_equal(manifest_decode_app(body, size, &again), MANIFEST_OK);
    assert_int_equal(again.layer_count, 2);
    assert_true(again.layers[1].external_flash);
    assert_true(again.layers[1].encrypted_with_key_id == 0x8123456789abcdef);
    assert_memory_equal(again.debug.auth_pubkey, app.debug.auth_pubkey, MANIFEST_POINT_SIZE);
    assert_int_equal(again.crash.maximum_restart_ms, 4000000000u);
    assert_int_equal(again.connectivity.minimum_check_in_time_sec, 86400);
}

static void test_envelope_equals_protoc(void **state)
{
    (void)state;
    uint8_t expected[MANIFEST_SIZE_MAX], bytes[MANIFEST_SIZE_MAX], signature[64];
    memset(signature, 's', sizeof signature);
    struct manifest_envelope envelope = {.signer_id = 0xfedcba9876543210,
                                         .body = (const uint8_t *)"body",
                                         .body_size = 4,
                                         .signature = signature};
    size_t size;
    assert_int_equal(manifest_encode_envelope(&envelope, bytes, sizeof bytes, &size), MANIFEST_OK);
    size_t expected_size =
        protoc_encode("bundle.OpaqueManifest",
                      "signer_id: 0xfedcba9876543210 body: 'body' signature: "
                      "'ssssssssssssssssssssssssssssssssssssssssssssssssssssssssssssssss'",
                      expected, sizeof expected);
    assert_int_equal(size, expected_size);
    assert_memory_equal(bytes, expected, size);

    struct manifest_envelope again;
    assert_int_equal(manifest_decode_envelope(bytes, size, &again), MANIFEST_OK);
    assert_true(again.signer_id == envelope.signer_id);
    assert_int_equal(again.body_size, 4);
    assert_memory_equal(again.body, "body", 4);
    assert_memory_equal(again.signature, signature, sizeof signature);
}

static void test_unsigned_envelope(void **state)
{
    (void)state;
    // An empty signature field, as other encoders may write it, is the same as none.
    static const uint8_t bytes[] = {0x12, 0x01, 'x', 0x1a, 0x00};
    struct manifest_envelope envelope;
    assert_int_equal(manifest_decode_envelope(bytes, sizeof bytes, &envelope), MANIFEST_OK);
    assert_null(envelope.signature);
    assert_true(envelope.signer_id == 0);
    uint8_t again[8];
    size_t size;
    assert_int_equal(manifest_encode_envelope(&envelope, again, sizeof again, &size), MANIFEST_OK);
    assert_int_equal(size, 3);
    assert_int_equal(manifest_encode_envelope(&envelope, again, 2, &size), MANIFEST_BUFFER_SMALL);
}

struct bad_envelope {
    const char *bytes;
    size_t size;
    enum manifest_result result;
};

static void test_bad_envelopes(void **state)
{
    (void)state;
    static const struct bad_envelope cases[] = {
        {"", 0, MANIFEST_NO_BODY},
        {"PK\3\4", 4, MANIFEST_MALFORMED},
        {"\x12", 1, MANIFEST_MALFORMED},                      // no length
        {"\x12\x05xxxx", 6, MANIFEST_MALFORMED},              // cut short
        {"\x12\xff\xff\xff\xff\x0fx", 7, MANIFEST_MALFORMED}, // length of 4 GiB
        {"\x12\x00", 2, MANIFEST_NO_BODY},                    // empty body
        {"\x12\x01x\x12\x01y", 6, MANIFEST_MALFORMED},        // two bodies
        {"\x08\x01\x08\x02\x12\x01x", 7, MANIFEST_MALFORMED}, // two signers
        {"\x10\x01", 2, MANIFEST_MALFORMED},                  // body as a number
        {"\x12\x01x\x1a\x01y", 6, MANIFEST_BAD_SIGNATURE},    // 1-byte signature
        {"\x00\x01", 2, MANIFEST_MALFORMED},                  // field number 0
        {"\x12\x01x\x08\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01", 15, MANIFEST_MALFORMED},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct manifest_envelope envelope;
        enum manifest_result result =
            manifest_decode_envelope((const uint8_t *)cases[i].bytes, cases[i].size, &envelope);
        if (result != cases[i].result) {
            fail_msg("case %zu: got %d, expected %d", i, result, cases[i].result);
        }
    }
    static uint8_t large[MANIFEST_SIZE_MAX + 1];
    struct manifest_envelope envelope;
    assert_int_equal(manifest_decode_envelope(large, sizeof large, &envelope), MANIFEST_TOO_LARGE);
}

static void test_unknown_fields_are_skipped(void **state)
{
    (void)state;
    static const uint8_t bytes[] = {0x22, 0x02, 'z', 'z', 0x12, 0x01, 'x', 0x28, 0x05};
    struct manifest_envelope envelope;
    assert_int_equal(manifest_decode_envelope(bytes, sizeof bytes, &envelope), MANIFEST_OK);
    assert_int_equal(envelope.body_size, 1);
    assert_int_equal(envelope.body[0], 'x');
}

static enum manifest_result decode_text(const char *text)
{
    static uint8_t bytes[65536];
    struct manifest_app app;
    size_t size = protoc_encode("bundle.AppManifest.AppBody", text, bytes, sizeof bytes);
    return manifest_decode_app(bytes, size, &app);
}

#define HASHES                                                                                     \
    "fetch_hash: 'ABCDEFGHIJKLMNOPQRSTUVWXYZ012345' "                                              \
    "measurement_hash: 'ABCDEFGHIJKLMNOPQRSTUVWXYZ012345' "
#define LAYER(region) "layers { target { " region " } " HASHES "} "

static void test_bad_bodies(void **state)
{
    (void)state;
    assert_int_equal(decode_text(""), MANIFEST_NO_BODY);
    assert_int_equal(decode_text("update { }"), MANIFEST_NO_BODY);
    assert_int_equal(decode_text("layers { " HASHES "}"), MANIFEST_BAD_REGION);
    assert_int_equal(decode_text("layers { target { } " HASHES "}"), MANIFEST_BAD_REGION);
    assert_int_equal(decode_text(LAYER("internal_flash { }")), MANIFEST_BAD_REGION);
    assert_int_equal(decode_text(LAYER("internal_flash { size: 0x100001 }")), MANIFEST_BAD_REGION);
    assert_int_equal(decode_text(LAYER("internal_flash { start: 0xffffffff size: 2 }")),
                     MANIFEST_BAD_REGION);
    assert_int_equal(decode_text(LAYER("external_flash { start: 0xfffffff0 size: 64 }")),
                     MANIFEST_BAD_REGION);
    assert_int_equal(decode_text(LAYER("internal_flash { size: 8193 }")
                                     LAYER("internal_flash { start: 8192 size: 8192 }")),
                     MANIFEST_BAD_REGION);
    assert_int_equal(decode_text(LAYER("internal_flash { size: 8192 }")
                                     LAYER("internal_flash { start: 8192 size: 8192 }")),
                     MANIFEST_OK);
    assert_int_equal(decode_text("layers { target { internal_flash { size: 4 } } "
                                 "fetch_hash: 'short' measurement_hash: 'x' }"),
                     MANIFEST_BAD_HASH);
    assert_int_equal(
        decode_text(LAYER("internal_flash { size: 4 }") "debug { debug_auth_pubkey: 'no point' }"),
        MANIFEST_BAD_KEY);
    char nine[4096] = "";
    size_t at = 0;
    for (int i = 0; i < 9; i++) {
        at += (size_t)snprintf(nine + at, sizeof nine - at,
                               LAYER("internal_flash { start: %d size: 4 }"), i * 4);
    }
    assert_int_equal(decode_text(nine), MANIFEST_MALFORMED);
}

static void test_every_cut_is_refused_or_shorter(void **state)
{
    (void)state;
    uint8_t body[MANIFEST_BODY_SIZE_MAX];
    size_t size;
    struct manifest_app app;
    full_app(&app);
    assert_int_equal(manifest_encode_app(&app, body, sizeof body, &size), MANIFEST_OK);
    for (size_t cut = 0; cut < size; cut++) {
        uint8_t *exact = malloc(cut + 1); // so that reading past the end is seen by the sanitizer
        memcpy(exact, body, cut);
        struct manifest_app shorter;
        enum manifest_result result = manifest_decode_app(exact, cut, &shorter);
        assert_true(result != MANIFEST_OK || shorter.layer_count < 2 || !shorter.has_connectivity);
        free(exact);
    }
}

static void test_signed_message_and_key_id(void **state)
{
    (void)state;
    uint8_t message[64], input[MANIFEST_KEY_ID_INPUT_SIZE], point[MANIFEST_POINT_SIZE];
    size_t size;
    assert_int_equal(
        manifest_signed_message((const uint8_t *)"BODY", 4, message, sizeof message, &size),
        MANIFEST_OK);
    assert_int_equal(size, 24);
    assert_memory_equal(message, "twlo-mv-manifest-v1\0BODY", 24);
    assert_int_equal(manifest_signed_message((const uint8_t *)"BODY", 4, message, 23, &size),
                     MANIFEST_BUFFER_SMALL);
    memset(point, 7, sizeof point);
    manifest_key_id_input(point, input);
    assert_memory_equal(input, "\0\0\7\7", 4);
    assert_true(manifest_key_id(hash_a) == 0x4142434445464748);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_plain_body_is_golden),
        cmocka_unit_test(test_full_body_equals_protoc),
        cmocka_unit_test(test_envelope_equals_protoc),
        cmocka_unit_test(test_unsigned_envelope),
        cmocka_unit_test(test_bad_envelopes),
        cmocka_unit_test(test_unknown_fields_are_skipped),
        cmocka_unit_test(test_bad_bodies),
        cmocka_unit_test(test_every_cut_is_refused_or_shorter),
        cmocka_unit_test(test_signed_message_and_key_id),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
