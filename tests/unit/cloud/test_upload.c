/* Upload of bundles: good ones, and each kind of bad one. */
#include "support.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static struct server server;
static uint8_t *image;
#define IMAGE_SIZE 50000u

static int start(void **state)
{
    (void)state;
    server_new(&server);
    server_start(&server, NULL);
    image = noise(IMAGE_SIZE, 1);
    return 0;
}

static int stop(void **state)
{
    (void)state;
    free(image);
    server_free(&server);
    return 0;
}

static struct answer upload(const struct bundle_options *options, const char *name)
{
    size_t size;
    uint8_t *zip = bundle_zip(options, &size);
    struct answer answer = rest_upload(&server, zip, size, name);
    free(zip);
    return answer;
}

static size_t app_count(void)
{
    struct answer answer = rest(&server, "GET", "/v1/Apps?PageSize=1000", NULL);
    size_t count = json_array_size(json_object_get(answer.json, "apps"));
    answer_free(&answer);
    return count;
}

static void good(void **state)
{
    (void)state;
    struct bundle_options options = {.image = image, .image_size = IMAGE_SIZE};
    struct answer app = upload(&options, "first app");
    assert_int_equal(app.status, 201);
    assert_memory_equal(answer_text(&app, "sid"), "KA", 2);
    assert_memory_equal(answer_text(&app, "hash"), "sha256:", 7);
    assert_string_equal(answer_text(&app, "unique_name"), "first app");

    struct answer fetched = rest(&server, "GET", "/v1/Apps/first%20app", NULL);
    assert_int_equal(fetched.status, 200);
    assert_true(json_equal(app.json, fetched.json));
    answer_free(&fetched);

    struct answer manifest = rest(&server, "GET", "/v1/Apps/first%20app/Manifest", NULL);
    assert_int_equal(manifest.status, 200);
    assert_string_equal(answer_text(&manifest, "app_sid"), answer_text(&app, "sid"));
    assert_string_equal(answer_text(&manifest, "hash"), answer_text(&app, "hash"));
    uint8_t bytes[8192], hash[32];
    char text[80] = "sha256:";
    const char *base64 = answer_text(&manifest, "encoded_bytes");
    int size = EVP_DecodeBlock(bytes, (const unsigned char *)base64, (int)strlen(base64));
    size -= base64[strlen(base64) - 1] == '=' ? 1 : 0;
    size -= base64[strlen(base64) - 2] == '=' ? 1 : 0;
    sha256(bytes, (size_t)size, hash);
    for (int i = 0; i < 32; i++)
        sprintf(text + 7 + 2 * i, "%02x", hash[i]);
    assert_string_equal(text, answer_text(&app, "hash"));
    struct manifest_envelope envelope;
    assert_int_equal(manifest_decode_envelope(bytes, (size_t)size, &envelope), MANIFEST_OK);
    assert_non_null(envelope.signature);
    assert_true(envelope.signer_id != 0);
    answer_free(&manifest);

    assert_error(upload(&options, "first app"), 409, 20409);
    struct answer second = upload(&options, NULL);
    assert_int_equal(second.status, 201);
    assert_string_not_equal(answer_text(&second, "sid"), answer_text(&app, "sid"));
    answer_free(&second);
    answer_free(&app);
}

static void bad_bundles(void **state)
{
    (void)state;
    size_t before = app_count();
    struct bundle_options base = {.image = image, .image_size = IMAGE_SIZE}, options;
    assert_error(rest_upload(&server, "hello", 5, NULL), 400, 65102);
    assert_error(rest_upload(&server, "", 0, NULL), 400, 65102);
    assert_error(rest_upload(&server, image, IMAGE_SIZE, NULL), 400, 65102);
    options = base;
    options.no_manifest = true;
    assert_error(upload(&options, NULL), 400, 65103);
    options = base;
    options.garbage_manifest = true;
    assert_error(upload(&options, NULL), 400, 65104);
    options = base;
    options.no_layer = true;
    assert_error(upload(&options, NULL), 400, 65105);
    options = base;
    options.wrong_layer = true;
    assert_error(upload(&options, NULL), 400, 65106);
    options = base;
    options.encrypted = true;
    assert_error(upload(&options, NULL), 400, 65108);
    options = base;
    options.wrong_measurement = true;
    assert_error(upload(&options, NULL), 400, 65109);
    assert_error(upload(&base, "KA00000000000000000000000000000000"), 400, 20001);
    assert_int_equal(app_count(), before);
}

static void image_sizes(void **state)
{
    (void)state;
    uint8_t *large = noise(0x100000, 3);
    struct bundle_options options = {.image = large, .image_size = 0x100000};
    assert_error(upload(&options, NULL), 400, 65107);
    memset(large, 0, 0x100000); /* compresses to nothing, is as large */
    assert_error(upload(&options, NULL), 400, 65107);
    free(large);
    large = noise(0x0FFFFF, 4);
    options = (struct bundle_options){.image = large, .image_size = 0x0FFFFF};
    struct answer answer = upload(&options, NULL);
    assert_int_equal(answer.status, 201);
    answer_free(&answer);
    free(large);
    large = noise(5 * 1024 * 1024, 5);
    assert_error(rest_upload(&server, large, 5 * 1024 * 1024, NULL), 413, 65101);
    free(large);
}

static void signatures(void **state)
{
    (void)state;
    EVP_PKEY *key = EVP_EC_gen("P-256");
    struct bundle_options options = {.image = image, .image_size = IMAGE_SIZE, .signer = key};
    assert_error(upload(&options, NULL), 400, 65110);
    /* Claims to be the server's key. */
    struct bundle_options plain = {.image = image, .image_size = IMAGE_SIZE};
    struct answer app = upload(&plain, NULL);
    char path[128];
    snprintf(path, sizeof path, "/v1/Apps/%s/Manifest", answer_text(&app, "sid"));
    answer_free(&app);
    struct answer manifest = rest(&server, "GET", path, NULL);
    uint8_t bytes[8192];
    const char *base64 = answer_text(&manifest, "encoded_bytes");
    int size = EVP_DecodeBlock(bytes, (const unsigned char *)base64, (int)strlen(base64));
    size -= base64[strlen(base64) - 1] == '=' ? 1 : 0;
    size -= base64[strlen(base64) - 2] == '=' ? 1 : 0;
    struct manifest_envelope envelope;
    assert_int_equal(manifest_decode_envelope(bytes, (size_t)size, &envelope), MANIFEST_OK);
    options.signer_id = envelope.signer_id;
    answer_free(&manifest);
    assert_error(upload(&options, NULL), 400, 65111);
    EVP_PKEY_free(key);
}

static void bad_requests(void **state)
{
    (void)state;
    assert_error(rest(&server, "POST", "/v1/Apps", "File=x"), 400, 65100);
    assert_error(rest(&server, "POST", "/v1/Apps", ""), 400, 65100);
}

/* The connection ends in the middle of the body: nothing is stored, the server goes on. */
static void cut_short(void **state)
{
    (void)state;
    size_t before = app_count(), size;
    struct bundle_options options = {.image = image, .image_size = IMAGE_SIZE};
    uint8_t *zip = bundle_zip(&options, &size);
    for (int i = 0; i < 3; i++) {
        char head[1024], user[128], base64[256];
        int fd = stream_open(&server, "/healthz"); /* connected; now our own request */
        int length = snprintf(user, sizeof user, "%s:%s", server.account_sid, server.auth_token);
        EVP_EncodeBlock((unsigned char *)base64, (unsigned char *)user, length);
        length = snprintf(head, sizeof head,
                          "POST /v1/Apps HTTP/1.1\r\nHost: x\r\nAuthorization: Basic %s\r\n"
                          "Content-Type: multipart/form-data; boundary=bound\r\n"
                          "Content-Length: %zu\r\n\r\n--bound\r\nContent-Disposition: form-data; "
                          "name=\"File\"; filename=\"b.zip\"\r\n\r\n",
                          base64, size + 400);
        assert_int_equal(write(fd, head, (size_t)length), length);
        assert_true(write(fd, zip, size / 2) > 0);
        usleep(100000);
        close(fd);
    }
    assert_int_equal(app_count(), before);
    /* Cut on the way, so that the zip itself is short. */
    assert_error(rest_upload(&server, zip, size / 2, NULL), 400, 65102);
    assert_int_equal(app_count(), before);
    free(zip);
}

static void deletion(void **state)
{
    (void)state;
    char sid[40], path[128], form[128];
    struct device device;
    app_upload(&server, 3000, 9, sid);
    device_provision(&server, &device, NULL);
    snprintf(path, sizeof path, "/v1/Devices/%s", device.sid);
    snprintf(form, sizeof form, "TargetApp=%s", sid);
    struct answer answer = rest(&server, "POST", path, form);
    assert_int_equal(answer.status, 200);
    assert_string_equal(answer_text(&answer, "app.target_sid"), sid);
    assert_string_equal(answer_text(&answer, "app.update_status"), "pending");
    assert_int_equal(strlen(answer_text(&answer, "app.date_targeted")), 20);
    answer_free(&answer);
    snprintf(path, sizeof path, "/v1/Apps/%s", sid);
    assert_error(rest(&server, "DELETE", path, NULL), 400, 65120);
    snprintf(path, sizeof path, "/v1/Devices/%s", device.sid);
    answer = rest(&server, "POST", path, "TargetApp=");
    assert_int_equal(answer.status, 200);
    assert_string_equal(answer_text(&answer, "app.target_sid"), "");
    answer_free(&answer);
    snprintf(path, sizeof path, "/v1/Apps/%s", sid);
    answer = rest(&server, "DELETE", path, NULL);
    assert_int_equal(answer.status, 204);
    assert_int_equal(answer.body_size, 0);
    answer_free(&answer);
    assert_error(rest(&server, "GET", path, NULL), 404, 20404);
    assert_error(rest(&server, "DELETE", path, NULL), 404, 20404);
    device_free(&device);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(good),       cmocka_unit_test(bad_bundles),  cmocka_unit_test(image_sizes),
        cmocka_unit_test(signatures), cmocka_unit_test(bad_requests), cmocka_unit_test(cut_short),
        cmocka_unit_test(deletion),
    };
    return cmocka_run_group_tests(tests, start, stop);
}
