/* See world.h. Signing is OpenSSL's, so that nothing of what is tested also makes the test's data.
 */
#include "world.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ecdsa.h>
#include <openssl/evp.h>
#include <openssl/sha.h>

#include "mbedtls/memory_buffer_alloc.h"

#include "flash_model.h"
#include "formats/identity.h"
#include "formats/tunnel.h"
#include "kernel/app/app.h"
#include "kernel/log/log.h"
#include "kernel/net/fetch.h"
#include "kernel/net_policy/policy.h"
#include "kernel/notify/notify.h"
#include "kernel/time/time.h"
#include "kernel/update/platform.h"
#include "kernel/work/work.h"
#include "layout.h"

#define BLOBS 5u
#define KNOWN 5u
#define CHUNK 700u

struct world world;

static EVP_PKEY *signer;
static uint8_t signer_point[IDENTITY_POINT_SIZE];
static struct {
    uint8_t hash[32];
    const uint8_t *bytes;
    uint32_t size;
} blobs[BLOBS];
static uint32_t blob_count;
static const struct bundle *known[KNOWN];
static uint32_t known_count;
static struct {
    int blob; /* index, -1: none */
    uint32_t offset;
    bool over;
    int32_t reason;
} fetch;
static uint64_t now_us;

/* ---- the cloud ---- */

static void signer_make(void)
{
    size_t length;
    signer = EVP_EC_gen("P-256");
    assert_non_null(signer);
    EVP_PKEY_set_utf8_string_param(signer, OSSL_PKEY_PARAM_EC_POINT_CONVERSION_FORMAT,
                                   "uncompressed");
    assert_int_equal(EVP_PKEY_get_octet_string_param(signer, OSSL_PKEY_PARAM_PUB_KEY, signer_point,
                                                     sizeof signer_point, &length),
                     1);
}

static uint64_t signer_id(void)
{
    uint8_t input[MANIFEST_KEY_ID_INPUT_SIZE], hash[32];
    manifest_key_id_input(signer_point, input);
    SHA256(input, sizeof input, hash);
    return manifest_key_id(hash);
}

static void sign(const uint8_t *data, size_t size, uint8_t signature[64])
{
    uint8_t der[80];
    size_t der_size = sizeof der;
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    assert_int_equal(EVP_DigestSignInit(context, NULL, EVP_sha256(), NULL, signer), 1);
    assert_int_equal(EVP_DigestSign(context, der, &der_size, data, size), 1);
    EVP_MD_CTX_free(context);
    const uint8_t *at = der;
    ECDSA_SIG *pair = d2i_ECDSA_SIG(NULL, &at, (long)der_size);
    BN_bn2binpad(ECDSA_SIG_get0_r(pair), signature, 32);
    BN_bn2binpad(ECDSA_SIG_get0_s(pair), signature + 32, 32);
    ECDSA_SIG_free(pair);
}

void world_sign(struct bundle *bundle)
{
    uint8_t body[MANIFEST_BODY_SIZE_MAX], message[MANIFEST_BODY_SIZE_MAX + 32], signature[64];
    size_t body_size, message_size, manifest_size;
    assert_int_equal(manifest_encode_app(&bundle->app, body, sizeof body, &body_size), MANIFEST_OK);
    assert_int_equal(
        manifest_signed_message(body, body_size, message, sizeof message, &message_size),
        MANIFEST_OK);
    sign(message, message_size, signature);
    struct manifest_envelope envelope = {signer_id(), body, body_size, signature};
    assert_int_equal(manifest_encode_envelope(&envelope, bundle->manifest, sizeof bundle->manifest,
                                              &manifest_size),
                     MANIFEST_OK);
    bundle->manifest_size = (uint32_t)manifest_size;
    SHA256(bundle->manifest, manifest_size, bundle->manifest_hash);
}

static void image_make(struct bundle *bundle, uint32_t seed)
{
    uint32_t vectors[2] = {0x20080000u, 0x08000201u}, random = seed;
    for (uint32_t i = 0; i < bundle->image_size; i++) {
        random = random * 1664525u + 1013904223u;
        bundle->image[i] = (uint8_t)(random >> 24);
    }
    memcpy(bundle->image, vectors, sizeof vectors);
    if (bundle->image_size > 0x204) {
        memcpy(bundle->image + 0x200, "\xFE\xE7", 2); /* the reset handler: b . */
    }
    bundle->image[bundle->image_size - 1] = 0x11; /* a known end */
}

void world_bundle(struct bundle *bundle, uint32_t seed, uint32_t image_size, uint32_t region_size)
{
    uint8_t padded[MANIFEST_APP_FLASH_SIZE], fetch_hash[32], measurement_hash[32];
    memset(bundle, 0, sizeof *bundle);
    bundle->image_size = image_size;
    image_make(bundle, seed);
    memset(padded, 0xFF, sizeof padded);
    memcpy(padded, bundle->image, image_size);
    SHA256(bundle->image, image_size, fetch_hash);
    SHA256(padded, region_size, measurement_hash);
    manifest_app_init(&bundle->app, fetch_hash, measurement_hash);
    bundle->app.layers[0].size = region_size;
    world_sign(bundle);
}

void world_publish(const uint8_t hash[32], const uint8_t *bytes, uint32_t size)
{
    assert_true(blob_count < BLOBS);
    memcpy(blobs[blob_count].hash, hash, 32);
    blobs[blob_count].bytes = bytes;
    blobs[blob_count++].size = size;
}

void world_publish_bundle(const struct bundle *bundle)
{
    world_publish(bundle->app.layers[0].fetch_hash, bundle->image, bundle->image_size);
}

void world_know(const struct bundle *bundle)
{
    assert_true(known_count < KNOWN);
    known[known_count++] = bundle;
}

/* ---- the device's factory record ---- */

static void identity_write(void)
{
    static const uint8_t der[4] = {0x30, 2, 5, 0};
    struct identity identity = {.server_host = "h",
                                .server_name = "n",
                                .server_port = 1,
                                .device_certificate_size = sizeof der,
                                .ca_certificate_size = sizeof der,
                                .signer_count = 1,
                                .device_certificate = der,
                                .ca_certificate = der};
    memset(identity.device_id, 'U', IDENTITY_DEVICE_ID_SIZE);
    memcpy(identity.signers[0], signer_point, sizeof signer_point);
    assert_int_equal(
        identity_encode(&identity, model_bank2 + LAYOUT_IDENTITY_BASE - LAYOUT_BANK2_BASE),
        IDENTITY_OK);
}

void world_reset(void)
{
    static unsigned char arena[32768];
    if (signer == NULL) {
        signer_make();
        mbedtls_memory_buffer_alloc_init(arena, sizeof arena);
    }
    model_reset();
    identity_write();
    memset(&world, 0, sizeof world);
    world.lose_after = UINT32_MAX;
    world.kernel_version = 5;
    blob_count = known_count = 0;
    memset(&fetch, 0, sizeof fetch);
    fetch.blob = -1;
}

/* ---- what update calls ---- */

static bool flash_holds(const struct bundle *bundle)
{
    if (memcmp(model_bank1, bundle->image, bundle->image_size) != 0) {
        return false;
    }
    for (uint32_t at = bundle->image_size; at < MANIFEST_APP_FLASH_SIZE; at++) {
        if (model_bank1[at] != 0xFF) {
            return false;
        }
    }
    return true;
}

void app_start(void)
{
    world.running = NULL;
    for (uint32_t i = 0; i < known_count; i++) {
        if (flash_holds(known[i])) {
            world.running = known[i];
        }
    }
    assert_non_null(world.running); /* never start anything else */
}

void app_stop(void)
{
    world.running = NULL;
    world.stops++;
}

bool app_running(void)
{
    return world.running != NULL;
}

void app_set_wake_reason(enum MvWakeReason reason)
{
    world.wake_reason = reason;
}

void app_set_crash_policy(uint32_t minimum_ms, uint32_t maximum_ms)
{
    assert_true(minimum_ms <= maximum_ms);
}

void log_system(uint8_t type, const char *text)
{
    size_t length = strlen(world.log);
    if (type == LOGREC_OTA_UPDATE) {
        snprintf(world.log + length, sizeof world.log - length, "%s\n", text);
    }
}

void policy_reason(uint32_t reason_bit, bool on)
{
    (void)reason_bit;
    (void)on;
}

void policy_connectivity(uint32_t check_in_s, uint32_t grace_s)
{
    world.check_in_s = check_in_s;
    world.grace_s = grace_s;
}

void notify_system(enum MvSystemNotificationSource source, enum MvEventType type)
{
    assert_int_equal(source, MV_SYSTEMNOTIFICATIONSOURCE_UPDATE);
    assert_int_equal(type, MV_EVENTTYPE_UPDATEDOWNLOADED);
    world.told++;
}

void work_wake(void)
{
}

uint64_t time_us(void)
{
    return now_us += 1000;
}

void work_sleep_us(uint32_t time_us_)
{
    now_us += time_us_;
}

uint32_t platform_kernel_version(void)
{
    return world.kernel_version;
}

void platform_reset(void)
{
    model_stop();
}

bool fetch_begin(const uint8_t hash[32], uint32_t offset, uint32_t length)
{
    assert_int_equal(length, 0);
    fetch.blob = -1;
    fetch.offset = world.first_offset = offset;
    fetch.over = false;
    for (uint32_t i = 0; i < blob_count; i++) {
        if (memcmp(blobs[i].hash, hash, 32) == 0) {
            fetch.blob = (int)i;
        }
    }
    return true;
}

static int32_t fetch_over(int32_t reason)
{
    fetch.over = true;
    fetch.reason = reason;
    return -1;
}

int32_t fetch_read(uint8_t *buffer, uint32_t size_bytes)
{
    if (fetch.blob < 0) {
        return fetch_over(TUNNEL_CLOSE_NOT_FOUND);
    }
    uint32_t size = blobs[fetch.blob].size;
    if (fetch.offset > size) {
        return fetch_over(TUNNEL_CLOSE_RANGE);
    }
    if (world.lose_after < CHUNK) {
        world.lose_after = UINT32_MAX;
        return fetch_over(-1);
    }
    uint32_t step = size - fetch.offset < CHUNK ? size - fetch.offset : CHUNK;
    step = step < size_bytes ? step : size_bytes;
    if (step == 0) {
        return fetch_over(TUNNEL_CLOSE_DONE);
    }
    memcpy(buffer, blobs[fetch.blob].bytes + fetch.offset, step);
    fetch.offset += step;
    world.fetched += step;
    if (world.lose_after != UINT32_MAX) {
        world.lose_after -= step;
    }
    return (int32_t)step;
}

int32_t fetch_reason(void)
{
    assert_true(fetch.over);
    return fetch.reason;
}

void fetch_end(void)
{
    fetch.blob = -1;
}
