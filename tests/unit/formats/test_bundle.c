// Bundles: what is written reads back, and every kind of broken archive is refused by name.
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <zip.h>

#include "formats/host/bundle.h"

static const char manifest_name[] = "manifest";

struct member {
    const char *name;
    const void *bytes;
    size_t size;
};

// Builds an archive with any members, using libzip directly.
static uint8_t *make_zip(const struct member *members, size_t count, size_t *size)
{
    zip_error_t error;
    zip_error_init(&error);
    zip_source_t *out = zip_source_buffer_create(NULL, 0, 0, &error);
    assert_non_null(out);
    zip_t *archive = zip_open_from_source(out, ZIP_TRUNCATE, &error);
    assert_non_null(archive);
    zip_source_keep(out);
    for (size_t i = 0; i < count; i++) {
        zip_source_t *source = zip_source_buffer(archive, members[i].bytes, members[i].size, 0);
        assert_true(zip_file_add(archive, members[i].name, source, 0) >= 0);
    }
    assert_int_equal(zip_close(archive), 0);
    zip_stat_t stat;
    assert_int_equal(zip_source_stat(out, &stat), 0);
    *size = (size_t)stat.size;
    uint8_t *bytes = malloc(*size);
    assert_int_equal(zip_source_open(out), 0);
    assert_int_equal(zip_source_read(out, bytes, *size), (zip_int64_t)*size);
    zip_source_close(out);
    zip_source_free(out);
    return bytes;
}

static enum bundle_result read_members(const struct member *members, size_t count)
{
    size_t size;
    uint8_t *zip = make_zip(members, count, &size);
    struct bundle bundle;
    enum bundle_result result = bundle_read(zip, size, &bundle);
    assert_non_null(bundle_result_text(&bundle, result));
    bundle_free(&bundle);
    free(zip);
    return result;
}

struct sample {
    struct bundle bundle;
    uint8_t *zip;
    size_t size;
    char layer_name[BUNDLE_HEX_HASH_SIZE];
};

static int setup(void **state)
{
    struct sample *sample = calloc(1, sizeof *sample);
    uint8_t image[5000];
    for (size_t i = 0; i < sizeof image; i++) {
        image[i] = (uint8_t)(i * 7);
    }
    struct bundle_options options = {.connection_grace_time_sec = 30};
    assert_int_equal(bundle_make(image, sizeof image, &options, &sample->bundle), BUNDLE_OK);
    assert_int_equal(bundle_write(&sample->bundle, &sample->zip, &sample->size), BUNDLE_OK);
    bundle_hex_hash(sample->bundle.layers[0].hash, sample->layer_name);
    *state = sample;
    return 0;
}

static int teardown(void **state)
{
    struct sample *sample = *state;
    bundle_free(&sample->bundle);
    free(sample->zip);
    free(sample);
    return 0;
}

static void test_round_trip(void **state)
{
    struct sample *sample = *state;
    struct bundle again;
    assert_int_equal(bundle_read(sample->zip, sample->size, &again), BUNDLE_OK);
    assert_int_equal(again.layer_count, 1);
    assert_int_equal(again.layers[0].size, 5000);
    assert_memory_equal(again.layers[0].bytes, sample->bundle.layers[0].bytes, 5000);
    assert_int_equal(again.app.connectivity.connection_grace_time_sec, 30);
    assert_int_equal(again.app.layers[0].size, MANIFEST_APP_FLASH_SIZE);
    assert_null(again.envelope.signature);
    bundle_free(&again);
}

static void test_same_input_same_bytes(void **state)
{
    struct sample *sample = *state;
    uint8_t *zip;
    size_t size;
    assert_int_equal(bundle_write(&sample->bundle, &zip, &size), BUNDLE_OK);
    assert_int_equal(size, sample->size);
    assert_memory_equal(zip, sample->zip, size);
    free(zip);
}

static void test_every_cut_is_refused(void **state)
{
    struct sample *sample = *state;
    for (size_t cut = 0; cut < sample->size; cut += 13) {
        uint8_t *exact = malloc(cut + 1);
        memcpy(exact, sample->zip, cut);
        struct bundle bundle;
        assert_int_not_equal(bundle_read(exact, cut, &bundle), BUNDLE_OK);
        bundle_free(&bundle);
        free(exact);
    }
}

static void test_not_a_zip(void **state)
{
    (void)state;
    struct bundle bundle;
    assert_int_equal(bundle_read((const uint8_t *)"hello", 5, &bundle), BUNDLE_NOT_ZIP);
    static uint8_t huge[BUNDLE_ZIP_SIZE_MAX + 1];
    assert_int_equal(bundle_read(huge, sizeof huge, &bundle), BUNDLE_TOO_LARGE);
}

static void test_members(void **state)
{
    struct sample *s = *state;
    struct member manifest = {manifest_name, s->bundle.manifest_bytes, s->bundle.manifest_size};
    struct member layer = {s->layer_name, s->bundle.layers[0].bytes, s->bundle.layers[0].size};
    assert_int_equal(read_members((struct member[]){manifest, layer}, 2), BUNDLE_OK);
    assert_int_equal(read_members((struct member[]){layer}, 1), BUNDLE_NO_MANIFEST);
    assert_int_equal(read_members((struct member[]){manifest}, 1), BUNDLE_MISSING_LAYER);
    assert_int_equal(
        read_members((struct member[]){manifest, layer, {"../../etc/passwd", "x", 1}}, 3),
        BUNDLE_BAD_MEMBER);
    assert_int_equal(read_members((struct member[]){manifest, layer, {"folder/", "", 0}}, 3),
                     BUNDLE_BAD_MEMBER);
    struct member stray = {"0000000000000000000000000000000000000000000000000000000000000000", "x",
                           1};
    assert_int_equal(read_members((struct member[]){manifest, layer, stray}, 3), BUNDLE_BAD_MEMBER);
    struct member wrong = {s->layer_name, "other bytes", 11};
    assert_int_equal(read_members((struct member[]){manifest, wrong}, 2), BUNDLE_BAD_LAYER);
    struct member garbage = {manifest_name, "garbage", 7};
    assert_int_equal(read_members((struct member[]){garbage, layer}, 2), BUNDLE_BAD_MANIFEST);
}

static void test_zip_bomb(void **state)
{
    (void)state;
    size_t size = 64u * 1024 * 1024;
    uint8_t *zeros = calloc(1, size);
    struct member bomb = {manifest_name, zeros, size};
    assert_int_equal(read_members(&bomb, 1), BUNDLE_TOO_LARGE);
    free(zeros);
}

static void test_wrong_measurement(void **state)
{
    struct sample *s = *state;
    struct manifest_app app = s->bundle.app;
    app.layers[0].measurement_hash[5] ^= 1;
    uint8_t body[MANIFEST_BODY_SIZE_MAX], bytes[MANIFEST_SIZE_MAX];
    struct manifest_envelope envelope = {.body = body};
    size_t size;
    manifest_encode_app(&app, body, sizeof body, &envelope.body_size);
    manifest_encode_envelope(&envelope, bytes, sizeof bytes, &size);
    struct member manifest = {manifest_name, bytes, size};
    struct member layer = {s->layer_name, s->bundle.layers[0].bytes, s->bundle.layers[0].size};
    assert_int_equal(read_members((struct member[]){manifest, layer}, 2), BUNDLE_BAD_MEASUREMENT);
}

static void test_image_sizes(void **state)
{
    (void)state;
    struct bundle bundle;
    struct bundle_options options = {0};
    uint8_t *image = calloc(1, MANIFEST_APP_FLASH_SIZE);
    assert_int_equal(bundle_make(image, 0, &options, &bundle), BUNDLE_IMAGE_EMPTY);
    assert_int_equal(bundle_make(image, MANIFEST_APP_FLASH_SIZE, &options, &bundle),
                     BUNDLE_IMAGE_TOO_LARGE);
    assert_int_equal(bundle_make(image, MANIFEST_APP_FLASH_SIZE - 1, &options, &bundle), BUNDLE_OK);
    bundle_free(&bundle);
    free(image);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_round_trip, setup, teardown),
        cmocka_unit_test_setup_teardown(test_same_input_same_bytes, setup, teardown),
        cmocka_unit_test_setup_teardown(test_every_cut_is_refused, setup, teardown),
        cmocka_unit_test(test_not_a_zip),
        cmocka_unit_test_setup_teardown(test_members, setup, teardown),
        cmocka_unit_test(test_zip_bomb),
        cmocka_unit_test_setup_teardown(test_wrong_measurement, setup, teardown),
        cmocka_unit_test(test_image_sizes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
