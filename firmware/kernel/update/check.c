/* Manifest checks: see check.h. The signature is ECDSA P-256 over SHA-256 of MANIFEST_SIGN_PREFIX
 * (with its NUL) and the exact body bytes; signers come from the factory record.
 */
#include "kernel/update/check.h"

#include <string.h>

#include "mbedtls/ecdsa.h"
#include "mbedtls/ecp.h"
#include "mbedtls/sha256.h"

#include "drivers/flash.h"
#include "kernel/storage/identity.h"
#include "kernel/update/platform.h"

static bool key_id(const uint8_t point[IDENTITY_POINT_SIZE], uint64_t *id)
{
    uint8_t input[MANIFEST_KEY_ID_INPUT_SIZE], hash[32];
    manifest_key_id_input(point, input);
    if (mbedtls_sha256_ret(input, sizeof input, hash, 0) != 0) {
        return false;
    }
    *id = manifest_key_id(hash);
    return true;
}

/* The signer's public point, or NULL. */
static const uint8_t *signer_point(uint64_t signer_id)
{
    const struct identity *identity = identity_get();
    for (unsigned i = 0; identity != NULL && i < identity->signer_count; i++) {
        uint64_t id;
        if (key_id(identity->signers[i], &id) && id == signer_id) {
            return identity->signers[i];
        }
    }
    return NULL;
}

static bool message_hash(const struct manifest_envelope *envelope, uint8_t hash[32])
{
    mbedtls_sha256_context context;
    mbedtls_sha256_init(&context);
    bool good = mbedtls_sha256_starts_ret(&context, 0) == 0 &&
                mbedtls_sha256_update_ret(&context, (const uint8_t *)MANIFEST_SIGN_PREFIX,
                                          MANIFEST_SIGN_PREFIX_SIZE) == 0 &&
                mbedtls_sha256_update_ret(&context, envelope->body, envelope->body_size) == 0 &&
                mbedtls_sha256_finish_ret(&context, hash) == 0;
    mbedtls_sha256_free(&context);
    return good;
}

static bool signature_good(const uint8_t point[IDENTITY_POINT_SIZE], const uint8_t hash[32],
                           const uint8_t signature[MANIFEST_SIGNATURE_SIZE])
{
    mbedtls_ecp_group group;
    mbedtls_ecp_point public_point;
    mbedtls_mpi r, s;
    mbedtls_ecp_group_init(&group);
    mbedtls_ecp_point_init(&public_point);
    mbedtls_mpi_init(&r);
    mbedtls_mpi_init(&s);
    bool good =
        mbedtls_ecp_group_load(&group, MBEDTLS_ECP_DP_SECP256R1) == 0 &&
        mbedtls_ecp_point_read_binary(&group, &public_point, point, IDENTITY_POINT_SIZE) == 0 &&
        mbedtls_ecp_check_pubkey(&group, &public_point) == 0 &&
        mbedtls_mpi_read_binary(&r, signature, 32) == 0 &&
        mbedtls_mpi_read_binary(&s, signature + 32, 32) == 0 &&
        mbedtls_ecdsa_verify(&group, hash, 32, &public_point, &r, &s) == 0;
    mbedtls_mpi_free(&s);
    mbedtls_mpi_free(&r);
    mbedtls_ecp_point_free(&public_point);
    mbedtls_ecp_group_free(&group);
    return good;
}

static enum update_error check_signature(const struct manifest_envelope *envelope)
{
    uint8_t hash[32];
    const uint8_t *point = signer_point(envelope->signer_id);
    if (point == NULL) {
        return UPDATE_UNKNOWN_SIGNER;
    }
    if (envelope->signature == NULL || !message_hash(envelope, hash) ||
        !signature_good(point, hash, envelope->signature)) {
        return UPDATE_BAD_SIGNATURE;
    }
    return UPDATE_OK;
}

/* Regions were bounded and found disjoint by manifest_decode_app. */
static enum update_error check_layers(const struct manifest_app *app)
{
    for (size_t i = 0; i < app->layer_count; i++) {
        const struct manifest_layer *layer = &app->layers[i];
        if (layer->external_flash || layer->encrypted_with_key_id != 0 ||
            layer->start % FLASH_PAGE_SIZE != 0 || layer->size % FLASH_PAGE_SIZE != 0 ||
            layer->start >= FLASH_BANK_SIZE || layer->size > FLASH_BANK_SIZE - layer->start) {
            return UPDATE_UNSUPPORTED_LAYER;
        }
    }
    return UPDATE_OK;
}

enum update_error check_manifest(const uint8_t *manifest, uint32_t size, struct manifest_app *app)
{
    struct manifest_envelope envelope;
    if (manifest_decode_envelope(manifest, size, &envelope) != MANIFEST_OK) {
        return UPDATE_BAD_MANIFEST;
    }
    enum update_error error = check_signature(&envelope);
    if (error != UPDATE_OK) {
        return error;
    }
    if (manifest_decode_app(envelope.body, envelope.body_size, app) != MANIFEST_OK) {
        return UPDATE_BAD_MANIFEST;
    }
    if (app->update.minimum_kernel_version > platform_kernel_version()) {
        return UPDATE_KERNEL_TOO_OLD;
    }
    return check_layers(app);
}

bool check_known_manifest(const uint8_t *manifest, uint32_t size, struct manifest_app *app)
{
    struct manifest_envelope envelope;
    return manifest_decode_envelope(manifest, size, &envelope) == MANIFEST_OK &&
           manifest_decode_app(envelope.body, envelope.body_size, app) == MANIFEST_OK &&
           check_layers(app) == UPDATE_OK;
}
