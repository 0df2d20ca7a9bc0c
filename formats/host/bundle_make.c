// Making a bundle and writing its archive. Times and modes of members are fixed, so that the same
// image and options give the same archive, byte for byte.
#include "formats/host/bundle.h"

#include <stdlib.h>
#include <string.h>

#include <zip.h>

#include "formats/host/bundle_internal.h"

enum { DOS_DATE_1980_01_01 = 0x21, DOS_TIME_MIDNIGHT = 0, DEFLATE_LEVEL = 9 };

static enum bundle_result make_manifest(const struct manifest_app *app, struct bundle *bundle)
{
    uint8_t body[MANIFEST_BODY_SIZE_MAX];
    uint8_t manifest[MANIFEST_SIZE_MAX];
    struct manifest_envelope unsigned_envelope = {.body = body};
    size_t size = 0;
    bundle->manifest_result =
        manifest_encode_app(app, body, sizeof body, &unsigned_envelope.body_size);
    if (bundle->manifest_result == MANIFEST_OK) {
        bundle->manifest_result =
            manifest_encode_envelope(&unsigned_envelope, manifest, sizeof manifest, &size);
    }
    if (bundle->manifest_result != MANIFEST_OK) {
        return BUNDLE_BAD_MANIFEST;
    }
    return bundle_set_manifest(bundle, manifest, size);
}

static void apply_options(const struct bundle_options *options, struct manifest_app *app)
{
    app->update.minimum_kernel_version = options->minimum_kernel_version;
    app->update.maximum_politeness_time_sec = options->maximum_politeness_time_sec;
    app->has_crash = options->minimum_restart_ms != 0 || options->maximum_restart_ms != 0;
    app->crash.minimum_restart_ms = options->minimum_restart_ms;
    app->crash.maximum_restart_ms = options->maximum_restart_ms;
    app->connectivity.connection_grace_time_sec = options->connection_grace_time_sec;
    app->connectivity.minimum_check_in_time_sec = options->minimum_check_in_time_sec;
    if (options->debug_auth_pubkey != NULL) {
        app->has_debug = true;
        app->debug.has_auth_pubkey = true;
        memcpy(app->debug.auth_pubkey, options->debug_auth_pubkey, MANIFEST_POINT_SIZE);
    }
}

enum bundle_result bundle_make(const uint8_t *image, size_t size,
                               const struct bundle_options *options, struct bundle *bundle)
{
    memset(bundle, 0, sizeof *bundle);
    if (size == 0) {
        return BUNDLE_IMAGE_EMPTY;
    }
    if (size > BUNDLE_LAYER_SIZE_MAX) {
        return BUNDLE_IMAGE_TOO_LARGE;
    }
    struct bundle_layer *layer = &bundle->layers[0];
    layer->bytes = malloc(size);
    if (layer->bytes == NULL) {
        return BUNDLE_NO_MEMORY;
    }
    bundle->layer_count = 1;
    layer->size = size;
    memcpy(layer->bytes, image, size);
    bundle_hash(image, size, layer->hash);
    uint8_t measurement[MANIFEST_HASH_SIZE];
    bundle_measure(image, size, MANIFEST_APP_FLASH_SIZE, measurement);
    struct manifest_app app;
    manifest_app_init(&app, layer->hash, measurement);
    apply_options(options, &app);
    return make_manifest(&app, bundle);
}

static bool add_member(zip_t *archive, const char *name, const uint8_t *bytes, size_t size)
{
    zip_source_t *source = zip_source_buffer(archive, bytes, size, 0);
    if (source == NULL) {
        return false;
    }
    zip_int64_t index = zip_file_add(archive, name, source, 0);
    if (index < 0) {
        zip_source_free(source);
        return false;
    }
    zip_uint64_t member = (zip_uint64_t)index;
    return zip_set_file_compression(archive, member, ZIP_CM_DEFLATE, DEFLATE_LEVEL) == 0 &&
           zip_file_set_dostime(archive, member, DOS_TIME_MIDNIGHT, DOS_DATE_1980_01_01, 0) == 0;
}

static bool add_members(zip_t *archive, const struct bundle *bundle)
{
    for (size_t i = 0; i < bundle->layer_count; i++) {
        const struct bundle_layer *layer = &bundle->layers[i];
        char name[BUNDLE_HEX_HASH_SIZE];
        bundle_hex_hash(layer->hash, name);
        if (!add_member(archive, name, layer->bytes, layer->size)) {
            return false;
        }
    }
    return add_member(archive, "manifest", bundle->manifest_bytes, bundle->manifest_size);
}

// Copies what the archive wrote into `source` out into memory of the caller.
static bool take_bytes(zip_source_t *source, uint8_t **zip, size_t *size)
{
    zip_stat_t stat;
    if (zip_source_stat(source, &stat) != 0 || (stat.valid & ZIP_STAT_SIZE) == 0 ||
        stat.size == 0 || zip_source_open(source) != 0) {
        return false;
    }
    *size = (size_t)stat.size;
    *zip = malloc(*size);
    bool ok = *zip != NULL && zip_source_read(source, *zip, *size) == (zip_int64_t)*size;
    zip_source_close(source);
    if (!ok) {
        free(*zip);
        *zip = NULL;
    }
    return ok;
}

enum bundle_result bundle_write(const struct bundle *bundle, uint8_t **zip, size_t *size)
{
    *zip = NULL;
    *size = 0;
    zip_error_t error;
    zip_error_init(&error);
    zip_source_t *source = zip_source_buffer_create(NULL, 0, 0, &error);
    zip_t *archive = source == NULL ? NULL : zip_open_from_source(source, ZIP_TRUNCATE, &error);
    bool ok = false;
    if (archive != NULL) {
        zip_source_keep(source); // outlives the archive, to be read
        ok = add_members(archive, bundle) && zip_close(archive) == 0;
        if (ok) {
            ok = take_bytes(source, zip, size);
        } else {
            zip_discard(archive);
        }
    }
    if (source != NULL) {
        zip_source_free(source);
    }
    zip_error_fini(&error);
    return ok ? BUNDLE_OK : BUNDLE_NO_MEMORY;
}
