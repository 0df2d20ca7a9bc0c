/* Bundles, good and bad: see support.h. */
#include "support.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/core_names.h>
#include <openssl/ecdsa.h>
#include <openssl/evp.h>
#include <zip.h>

void sha256(const void *bytes, size_t size, uint8_t hash[32])
{
    assert_int_equal(EVP_Digest(bytes, size, hash, NULL, EVP_sha256(), NULL), 1);
}

uint8_t *noise(size_t size, uint32_t seed)
{
    uint8_t *bytes = malloc(size > 0 ? size : 1);
    assert_non_null(bytes);
    for (size_t i = 0; i < size; i++) {
        seed = seed * 1664525u + 1013904223u;
        bytes[i] = (uint8_t)(seed >> 24);
    }
    return bytes;
}

static void measure(const struct bundle_options *options, uint8_t hash[32])
{
    size_t size = options->image_size > MANIFEST_APP_FLASH_SIZE ? options->image_size
                                                                : MANIFEST_APP_FLASH_SIZE;
    uint8_t *flash = malloc(size);
    assert_non_null(flash);
    memset(flash, 0xFF, size);
    if (options->image_size > 0)
        memcpy(flash, options->image, options->image_size);
    sha256(flash, size, hash);
    free(flash);
}

static void sign(EVP_PKEY *key, const uint8_t *message, size_t size, uint8_t raw[64])
{
    uint8_t der[80];
    const uint8_t *at = der;
    size_t der_size = sizeof der;
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    assert_int_equal(EVP_DigestSignInit(context, NULL, EVP_sha256(), NULL, key), 1);
    assert_int_equal(EVP_DigestSign(context, der, &der_size, message, size), 1);
    EVP_MD_CTX_free(context);
    ECDSA_SIG *pair = d2i_ECDSA_SIG(NULL, &at, (long)der_size);
    assert_non_null(pair);
    assert_true(BN_bn2binpad(ECDSA_SIG_get0_r(pair), raw, 32) >= 0);
    assert_true(BN_bn2binpad(ECDSA_SIG_get0_s(pair), raw + 32, 32) >= 0);
    ECDSA_SIG_free(pair);
}

static uint64_t key_id(EVP_PKEY *key)
{
    uint8_t point[65], input[MANIFEST_KEY_ID_INPUT_SIZE], hash[32];
    size_t size = 0;
    assert_int_equal(
        EVP_PKEY_get_octet_string_param(key, OSSL_PKEY_PARAM_PUB_KEY, point, sizeof point, &size),
        1);
    manifest_key_id_input(point, input);
    sha256(input, sizeof input, hash);
    return manifest_key_id(hash);
}

static size_t make_manifest(const struct bundle_options *options, const uint8_t fetch_hash[32],
                            uint8_t *out)
{
    struct manifest_app app;
    uint8_t measurement[32], body[MANIFEST_BODY_SIZE_MAX], message[MANIFEST_BODY_SIZE_MAX + 64];
    uint8_t signature[64];
    size_t size = 0, message_size = 0;
    struct manifest_envelope envelope = {.body = body};
    measure(options, measurement);
    if (options->wrong_measurement)
        measurement[0] ^= 1;
    manifest_app_init(&app, fetch_hash, measurement);
    app.layers[0].encrypted_with_key_id = options->encrypted ? 5 : 0;
    assert_int_equal(manifest_encode_app(&app, body, sizeof body, &envelope.body_size), 0);
    if (options->signer) {
        assert_int_equal(manifest_signed_message(body, envelope.body_size, message, sizeof message,
                                                 &message_size),
                         0);
        sign(options->signer, message, message_size, signature);
        envelope.signature = signature;
        envelope.signer_id = options->signer_id ? options->signer_id : key_id(options->signer);
    }
    assert_int_equal(manifest_encode_envelope(&envelope, out, MANIFEST_SIZE_MAX, &size), 0);
    return size;
}

static void add_member(zip_t *zip, const char *name, const void *bytes, size_t size)
{
    /* Lives until the zip is closed: all members come from the caller of bundle_zip(). */
    zip_source_t *source = zip_source_buffer(zip, bytes, size, 0);
    assert_true(zip_file_add(zip, name, source, 0) >= 0);
}

uint8_t *bundle_zip(const struct bundle_options *options, size_t *size)
{
    static const char garbage[] = "this is not a manifest at all";
    uint8_t hash[32], manifest[MANIFEST_SIZE_MAX];
    char name[65];
    zip_error_t error;
    zip_stat_t status;
    zip_source_t *target = zip_source_buffer_create(NULL, 0, 0, &error);
    zip_source_keep(target);
    zip_t *zip = zip_open_from_source(target, ZIP_TRUNCATE, &error);
    assert_non_null(zip);
    sha256(options->image, options->image_size, hash);
    for (int i = 0; i < 32; i++)
        sprintf(name + 2 * i, "%02x", hash[i]);
    size_t manifest_size = make_manifest(options, hash, manifest);
    if (options->garbage_manifest)
        add_member(zip, "manifest", garbage, sizeof garbage);
    else if (!options->no_manifest)
        add_member(zip, "manifest", manifest, manifest_size);
    if (!options->no_layer)
        add_member(zip, name, options->image, options->image_size - (options->wrong_layer ? 1 : 0));
    assert_int_equal(zip_close(zip), 0);
    assert_int_equal(zip_source_open(target), 0);
    assert_int_equal(zip_source_stat(target, &status), 0);
    uint8_t *bytes = malloc(status.size);
    assert_int_equal(zip_source_read(target, bytes, status.size), (zip_int64_t)status.size);
    zip_source_close(target);
    zip_source_free(target);
    *size = status.size;
    return bytes;
}

void app_upload(const struct server *server, size_t image_size, uint32_t seed, char sid[35])
{
    uint8_t *image = noise(image_size, seed);
    struct bundle_options options = {.image = image, .image_size = image_size};
    size_t size = 0;
    uint8_t *zip = bundle_zip(&options, &size);
    struct answer answer = rest_upload(server, zip, size, NULL);
    if (answer.status != 201)
        print_error("upload: %s\n", answer.body);
    assert_int_equal(answer.status, 201);
    assert_int_equal(strlen(answer_text(&answer, "sid")), 34);
    snprintf(sid, 35, "%s", answer_text(&answer, "sid"));
    answer_free(&answer);
    free(zip);
    free(image);
}
