// Reading a bundle: every member is checked before it is unpacked, and again while it is.
#include "formats/host/bundle.h"

#include <stdlib.h>
#include <string.h>

#include <openssl/evp.h>
#include <zip.h>

#include "formats/host/bundle_internal.h"

void bundle_hash(const uint8_t *bytes, size_t size, uint8_t hash[MANIFEST_HASH_SIZE])
{
    bundle_measure(bytes, size, size, hash);
}

void bundle_measure(const uint8_t *bytes, size_t size, size_t region_size,
                    uint8_t hash[MANIFEST_HASH_SIZE])
{
    uint8_t erased[4096];
    memset(erased, 0xff, sizeof erased);
    EVP_MD_CTX *sha = EVP_MD_CTX_new();
    bool ok = sha != NULL && EVP_DigestInit_ex(sha, EVP_sha256(), NULL) == 1 &&
              EVP_DigestUpdate(sha, bytes, size) == 1;
    for (size_t at = size; ok && at < region_size;) {
        size_t part = region_size - at < sizeof erased ? region_size - at : sizeof erased;
        ok = EVP_DigestUpdate(sha, erased, part) == 1;
        at += part;
    }
    ok = ok && EVP_DigestFinal_ex(sha, hash, NULL) == 1;
    EVP_MD_CTX_free(sha);
    if (!ok) {
        abort(); // no memory for a hash context: nothing sensible can follow
    }
}

void bundle_hex_hash(const uint8_t hash[MANIFEST_HASH_SIZE], char text[BUNDLE_HEX_HASH_SIZE])
{
    static const char digits[] = "0123456789abcdef";
    for (size_t i = 0; i < MANIFEST_HASH_SIZE; i++) {
        text[2 * i] = digits[hash[i] >> 4];
        text[2 * i + 1] = digits[hash[i] & 15];
    }
    text[2 * MANIFEST_HASH_SIZE] = '\0';
}

static bool is_layer_name(const char *name)
{
    return strlen(name) == BUNDLE_HEX_HASH_SIZE - 1 &&
           strspn(name, "0123456789abcdef") == BUNDLE_HEX_HASH_SIZE - 1;
}

// The directory of the archive must hold only what a bundle holds, within the limits.
static enum bundle_result check_member(zip_t *archive, zip_int64_t index, bool *is_manifest)
{
    zip_stat_t stat;
    const zip_uint64_t needed =
        ZIP_STAT_NAME | ZIP_STAT_SIZE | ZIP_STAT_COMP_METHOD | ZIP_STAT_ENCRYPTION_METHOD;
    if (zip_stat_index(archive, (zip_uint64_t)index, ZIP_FL_ENC_RAW, &stat) != 0 ||
        (stat.valid & needed) != needed) {
        return BUNDLE_NOT_ZIP;
    }
    *is_manifest = strcmp(stat.name, "manifest") == 0;
    if (!*is_manifest && !is_layer_name(stat.name)) {
        return BUNDLE_BAD_MEMBER;
    }
    if (stat.encryption_method != ZIP_EM_NONE ||
        (stat.comp_method != ZIP_CM_STORE && stat.comp_method != ZIP_CM_DEFLATE)) {
        return BUNDLE_BAD_MEMBER;
    }
    size_t limit = *is_manifest ? MANIFEST_SIZE_MAX : BUNDLE_LAYER_SIZE_MAX;
    return stat.size > limit ? BUNDLE_TOO_LARGE : BUNDLE_OK;
}

static enum bundle_result check_directory(zip_t *archive)
{
    zip_int64_t count = zip_get_num_entries(archive, 0);
    if (count > (zip_int64_t)BUNDLE_MEMBERS_MAX) {
        return BUNDLE_BAD_MEMBER;
    }
    unsigned manifests = 0;
    for (zip_int64_t i = 0; i < count; i++) {
        bool is_manifest;
        enum bundle_result result = check_member(archive, i, &is_manifest);
        if (result != BUNDLE_OK) {
            return result;
        }
        manifests += is_manifest;
        for (zip_int64_t j = 0; j < i; j++) {
            if (strcmp(zip_get_name(archive, (zip_uint64_t)i, ZIP_FL_ENC_RAW),
                       zip_get_name(archive, (zip_uint64_t)j, ZIP_FL_ENC_RAW)) == 0) {
                return BUNDLE_BAD_MEMBER;
            }
        }
    }
    return manifests == 1 ? BUNDLE_OK : BUNDLE_NO_MANIFEST;
}

// Unpacks one member; the directory's size is not trusted, so one byte more is asked for.
static enum bundle_result read_member(zip_t *archive, const char *name, size_t limit,
                                      uint8_t **bytes, size_t *size)
{
    *bytes = malloc(limit + 1);
    if (*bytes == NULL) {
        return BUNDLE_NO_MEMORY;
    }
    zip_file_t *file = zip_fopen(archive, name, ZIP_FL_ENC_RAW);
    zip_int64_t got = file == NULL ? -1 : zip_fread(file, *bytes, limit + 1);
    bool closed = file != NULL && zip_fclose(file) == 0; // says whether the CRC was right
    if (got < 0 || (!closed && got <= (zip_int64_t)limit)) {
        return BUNDLE_NOT_ZIP;
    }
    *size = (size_t)got;
    return *size > limit ? BUNDLE_TOO_LARGE : BUNDLE_OK;
}

static enum bundle_result read_manifest(zip_t *archive, struct bundle *bundle)
{
    uint8_t *bytes = NULL;
    size_t size = 0;
    enum bundle_result result = read_member(archive, "manifest", MANIFEST_SIZE_MAX, &bytes, &size);
    if (result == BUNDLE_OK) {
        result = bundle_set_manifest(bundle, bytes, size);
    }
    free(bytes);
    return result;
}

static enum bundle_result check_layer(const struct manifest_layer *wanted,
                                      const struct bundle_layer *layer)
{
    uint8_t hash[MANIFEST_HASH_SIZE];
    bundle_hash(layer->bytes, layer->size, hash);
    if (memcmp(hash, wanted->fetch_hash, sizeof hash) != 0 || layer->size == 0) {
        return BUNDLE_BAD_LAYER;
    }
    if (layer->size > wanted->size) {
        return BUNDLE_TOO_LARGE;
    }
    bundle_measure(layer->bytes, layer->size, wanted->size, hash);
    if (memcmp(hash, wanted->measurement_hash, sizeof hash) != 0) {
        return BUNDLE_BAD_MEASUREMENT;
    }
    return BUNDLE_OK;
}

static enum bundle_result read_layer(zip_t *archive, const struct manifest_layer *wanted,
                                     struct bundle *bundle)
{
    if (wanted->encrypted_with_key_id != 0 || wanted->external_flash) {
        return BUNDLE_UNSUPPORTED_LAYER;
    }
    char name[BUNDLE_HEX_HASH_SIZE];
    bundle_hex_hash(wanted->fetch_hash, name);
    if (zip_name_locate(archive, name, ZIP_FL_ENC_RAW) < 0) {
        return BUNDLE_MISSING_LAYER;
    }
    struct bundle_layer *layer = &bundle->layers[bundle->layer_count++];
    memcpy(layer->hash, wanted->fetch_hash, sizeof layer->hash);
    enum bundle_result result =
        read_member(archive, name, BUNDLE_LAYER_SIZE_MAX, &layer->bytes, &layer->size);
    return result == BUNDLE_OK ? check_layer(wanted, layer) : result;
}

static enum bundle_result read_archive(zip_t *archive, struct bundle *bundle)
{
    enum bundle_result result = check_directory(archive);
    if (result == BUNDLE_OK) {
        result = read_manifest(archive, bundle);
    }
    for (size_t i = 0; result == BUNDLE_OK && i < bundle->app.layer_count; i++) {
        result = read_layer(archive, &bundle->app.layers[i], bundle);
    }
    // Every layer of the archive has to be one that the manifest names.
    if (result == BUNDLE_OK &&
        zip_get_num_entries(archive, 0) > (zip_int64_t)(1 + bundle->app.layer_count)) {
        result = BUNDLE_BAD_MEMBER;
    }
    return result;
}

enum bundle_result bundle_read(const uint8_t *zip, size_t size, struct bundle *bundle)
{
    memset(bundle, 0, sizeof *bundle);
    if (size > BUNDLE_ZIP_SIZE_MAX) {
        return BUNDLE_TOO_LARGE;
    }
    zip_error_t error;
    zip_error_init(&error);
    zip_source_t *source = zip_source_buffer_create(zip, size, 0, &error);
    zip_t *archive =
        source == NULL ? NULL : zip_open_from_source(source, ZIP_RDONLY | ZIP_CHECKCONS, &error);
    enum bundle_result result = BUNDLE_NOT_ZIP;
    if (archive != NULL) {
        result = read_archive(archive, bundle);
        zip_discard(archive); // frees the source too
    } else if (source != NULL) {
        zip_source_free(source);
    }
    zip_error_fini(&error);
    return result;
}

enum bundle_result bundle_set_manifest(struct bundle *bundle, const uint8_t *manifest, size_t size)
{
    if (size > MANIFEST_SIZE_MAX) {
        return BUNDLE_TOO_LARGE;
    }
    memcpy(bundle->manifest_bytes, manifest, size);
    bundle->manifest_size = size;
    bundle->manifest_result =
        manifest_decode_envelope(bundle->manifest_bytes, size, &bundle->envelope);
    if (bundle->manifest_result == MANIFEST_OK) {
        bundle->manifest_result =
            manifest_decode_app(bundle->envelope.body, bundle->envelope.body_size, &bundle->app);
    }
    return bundle->manifest_result == MANIFEST_OK ? BUNDLE_OK : BUNDLE_BAD_MANIFEST;
}

void bundle_free(struct bundle *bundle)
{
    for (size_t i = 0; i < bundle->layer_count; i++) {
        free(bundle->layers[i].bytes);
    }
    bundle->layer_count = 0;
}

const char *bundle_result_text(const struct bundle *bundle, enum bundle_result result)
{
    static const char *const texts[] = {
        [BUNDLE_OK] = "the bundle is good",
        [BUNDLE_NOT_ZIP] = "the file is not a complete zip archive",
        [BUNDLE_TOO_LARGE] = "the archive or one of its members is larger than a bundle may be",
        [BUNDLE_BAD_MEMBER] = "the archive holds a member that does not belong in a bundle",
        [BUNDLE_NO_MANIFEST] = "the archive holds no manifest",
        [BUNDLE_MISSING_LAYER] = "the manifest names a layer that the archive does not hold",
        [BUNDLE_BAD_LAYER] = "a layer's bytes do not match its hash",
        [BUNDLE_BAD_MEASUREMENT] = "a layer's measurement hash does not match its bytes",
        [BUNDLE_UNSUPPORTED_LAYER] = "encrypted and external-flash layers cannot be installed",
        [BUNDLE_IMAGE_EMPTY] = "the image is empty",
        [BUNDLE_IMAGE_TOO_LARGE] = "the image is 1 MiB (1048576 bytes) or more",
        [BUNDLE_NO_MEMORY] = "there is not enough memory",
    };
    if (result == BUNDLE_BAD_MANIFEST) {
        return manifest_result_text(bundle->manifest_result);
    }
    return texts[result];
}
