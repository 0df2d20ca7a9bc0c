/* Checks of an uploaded bundle: see bundle.h. */
#include "cloud/api/bundle.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <zip.h>

#include "cloud/base/hex.h"
#include "cloud/base/memory.h"

static bool fail(struct bundle *bundle, enum api_error error, const char *message)
{
    bundle->error = error;
    snprintf(bundle->message, sizeof bundle->message, "%s", message);
    return false;
}

/* Reads one member completely, at most limit bytes; libzip checks its CRC at the end. */
static uint8_t *member_read(zip_t *zip, zip_int64_t index, size_t limit, size_t *size,
                            bool *too_large)
{
    zip_stat_t status;
    *too_large = false;
    if (zip_stat_index(zip, (zip_uint64_t)index, 0, &status) != 0 ||
        !(status.valid & ZIP_STAT_SIZE))
        return NULL;
    if (status.size > limit) {
        *too_large = true;
        return NULL;
    }
    zip_file_t *file = zip_fopen_index(zip, (zip_uint64_t)index, 0);
    if (!file)
        return NULL;
    uint8_t *bytes = memory_new(status.size + 1);
    zip_int64_t got = zip_fread(file, bytes, status.size);
    /* The CRC is checked when the end is reached, so ask for the byte behind it. */
    uint8_t behind;
    bool whole = got == (zip_int64_t)status.size && zip_fread(file, &behind, 1) == 0;
    zip_fclose(file);
    if (!whole) {
        free(bytes);
        return NULL;
    }
    *size = (size_t)status.size;
    return bytes;
}

static bool take_manifest(struct bundle *bundle, zip_t *zip)
{
    bool too_large;
    zip_int64_t index = zip_name_locate(zip, "manifest", 0);
    if (index < 0)
        return fail(bundle, API_ERROR_NO_MANIFEST, "");
    uint8_t *bytes = member_read(zip, index, MANIFEST_SIZE_MAX, &bundle->manifest_size, &too_large);
    if (!bytes)
        return too_large
                   ? fail(bundle, API_ERROR_MANIFEST, "The manifest is larger than 4096 bytes")
                   : fail(bundle, API_ERROR_NOT_A_ZIP, "The manifest cannot be unpacked");
    memcpy(bundle->manifest, bytes, bundle->manifest_size);
    free(bytes);
    return true;
}

static bool manifest_failed(struct bundle *bundle, enum manifest_result result)
{
    char message[160];
    snprintf(message, sizeof message, "The manifest is not valid: %s",
             manifest_result_text(result));
    return fail(bundle, API_ERROR_MANIFEST, message);
}

/* Signs an unsigned manifest, or verifies the signature of a signed one. */
static bool settle_signature(struct bundle *bundle, struct manifest_envelope *envelope,
                             const struct signer *signer)
{
    uint8_t signature[MANIFEST_SIGNATURE_SIZE], body[MANIFEST_BODY_SIZE_MAX];
    if (envelope->signature) {
        if (envelope->signer_id != signer->id)
            return fail(bundle, API_ERROR_SIGNER_UNKNOWN, "");
        if (!signer_verify(signer, envelope->body, envelope->body_size, envelope->signature))
            return fail(bundle, API_ERROR_SIGNATURE, "");
        return true;
    }
    if (envelope->signer_id != 0)
        return fail(bundle, API_ERROR_SIGNATURE,
                    "The manifest names a signer but has no signature");
    memcpy(body, envelope->body, envelope->body_size); /* it points into what is written next */
    if (!signer_sign(signer, body, envelope->body_size, signature))
        return fail(bundle, API_ERROR_INTERNAL, "");
    struct manifest_envelope sealed = {.signer_id = signer->id,
                                       .body = body,
                                       .body_size = envelope->body_size,
                                       .signature = signature};
    enum manifest_result result = manifest_encode_envelope(
        &sealed, bundle->manifest, sizeof bundle->manifest, &bundle->manifest_size);
    return result == MANIFEST_OK || manifest_failed(bundle, result);
}

static bool layer_content(struct bundle *bundle, const struct manifest_layer *layer,
                          struct bundle_layer *out)
{
    uint8_t hash[MANIFEST_HASH_SIZE];
    if (out->size == 0)
        return fail(bundle, API_ERROR_MANIFEST, "A layer is empty");
    signer_sha256(out->bytes, out->size, hash);
    if (memcmp(hash, layer->fetch_hash, sizeof hash) != 0)
        return fail(bundle, API_ERROR_LAYER_HASH, "");
    if (out->size > layer->size)
        return fail(bundle, API_ERROR_LAYER_TOO_LARGE, "A layer is larger than its flash region");
    signer_sha256_padded(out->bytes, out->size, layer->size, hash);
    if (memcmp(hash, layer->measurement_hash, sizeof hash) != 0)
        return fail(bundle, API_ERROR_MEASUREMENT, "");
    return true;
}

static bool take_layer(struct bundle *bundle, zip_t *zip, const struct manifest_layer *layer)
{
    char name[2 * MANIFEST_HASH_SIZE + 1];
    bool too_large;
    if (layer->external_flash || layer->encrypted_with_key_id != 0)
        return fail(bundle, API_ERROR_LAYER_KIND, "");
    hex_text(name, layer->fetch_hash, MANIFEST_HASH_SIZE);
    zip_int64_t index = zip_name_locate(zip, name, 0);
    if (index < 0)
        return fail(bundle, API_ERROR_LAYER_MISSING, "");
    struct bundle_layer *out = &bundle->layers[bundle->layer_count];
    memcpy(out->hash, layer->fetch_hash, sizeof out->hash);
    out->bytes = member_read(zip, index, MANIFEST_APP_FLASH_SIZE - 1, &out->size, &too_large);
    if (!out->bytes)
        return too_large ? fail(bundle, API_ERROR_LAYER_TOO_LARGE, "")
                         : fail(bundle, API_ERROR_NOT_A_ZIP, "A layer cannot be unpacked");
    bundle->layer_count++;
    return layer_content(bundle, layer, out);
}

static void check_zip(struct bundle *bundle, zip_t *zip, const struct signer *signer)
{
    struct manifest_envelope envelope;
    struct manifest_app app;
    if (!take_manifest(bundle, zip))
        return;
    enum manifest_result result =
        manifest_decode_envelope(bundle->manifest, bundle->manifest_size, &envelope);
    if (result == MANIFEST_OK)
        result = manifest_decode_app(envelope.body, envelope.body_size, &app);
    if (result != MANIFEST_OK) {
        manifest_failed(bundle, result);
        return;
    }
    for (size_t i = 0; i < app.layer_count; i++) {
        if (!take_layer(bundle, zip, &app.layers[i]))
            return;
    }
    if (settle_signature(bundle, &envelope, signer))
        signer_sha256(bundle->manifest, bundle->manifest_size, bundle->manifest_hash);
}

void bundle_check(struct bundle *bundle, int fd, const struct signer *signer)
{
    int copy = dup(fd); /* libzip closes what it gets */
    int error = 0;
    zip_t *zip = copy >= 0 ? zip_fdopen(copy, ZIP_CHECKCONS, &error) : NULL;
    if (!zip) {
        if (copy >= 0)
            close(copy);
        fail(bundle, API_ERROR_NOT_A_ZIP, "");
        return;
    }
    check_zip(bundle, zip, signer);
    zip_discard(zip);
}

void bundle_free(struct bundle *bundle)
{
    if (!bundle)
        return;
    for (size_t i = 0; i < MANIFEST_LAYERS_MAX; i++)
        free(bundle->layers[i].bytes);
    free(bundle);
}
