// Application bundles: a zip with one member "manifest" and one member for each layer, named by the
// lower-case hexadecimal SHA-256 of its bytes. Host only: it uses libzip and OpenSSL's SHA-256.
//
// A bundle comes from outside, so reading is bounded in every direction: size of the archive,
// number and names of members, size of each member before and while it is unpacked.
#ifndef FORMATS_HOST_BUNDLE_H
#define FORMATS_HOST_BUNDLE_H

#include "formats/manifest.h"

#define BUNDLE_ZIP_SIZE_MAX   (4u * 1024 * 1024)
#define BUNDLE_LAYER_SIZE_MAX (MANIFEST_APP_FLASH_SIZE - 1) // strictly below 1 MiB
#define BUNDLE_MEMBERS_MAX    (1u + MANIFEST_LAYERS_MAX)
#define BUNDLE_HEX_HASH_SIZE  (2u * MANIFEST_HASH_SIZE + 1) // with the NUL

enum bundle_result {
    BUNDLE_OK = 0,
    BUNDLE_NOT_ZIP,         // not a zip archive, or cut short
    BUNDLE_TOO_LARGE,       // archive or a member above the limits
    BUNDLE_BAD_MEMBER,      // a member that is neither the manifest nor a layer, or is there twice
    BUNDLE_NO_MANIFEST,     // no member named "manifest"
    BUNDLE_BAD_MANIFEST,    // see bundle.manifest_result
    BUNDLE_MISSING_LAYER,   // the manifest names a layer that the archive does not hold
    BUNDLE_BAD_LAYER,       // a layer's bytes do not have the hash of its name
    BUNDLE_BAD_MEASUREMENT, // measurement_hash is not that of the layer's written region
    BUNDLE_UNSUPPORTED_LAYER, // encrypted, or for external flash: no kernel installs that
    BUNDLE_IMAGE_EMPTY,       // making: there are no bytes to bundle
    BUNDLE_IMAGE_TOO_LARGE,   // making: 1 MiB or more
    BUNDLE_NO_MEMORY,
};

struct bundle_layer {
    uint8_t hash[MANIFEST_HASH_SIZE];
    uint8_t *bytes; // owned by the bundle
    size_t size;
};

// A bundle taken apart. envelope.body and envelope.signature point into manifest_bytes.
struct bundle {
    enum manifest_result manifest_result; // why, when the result is BUNDLE_BAD_MANIFEST
    uint8_t manifest_bytes[MANIFEST_SIZE_MAX];
    size_t manifest_size;
    struct manifest_envelope envelope;
    struct manifest_app app;
    size_t layer_count;
    struct bundle_layer layers[MANIFEST_LAYERS_MAX];
};

// Policies that a developer chooses when bundling; all zero is the default.
struct bundle_options {
    const uint8_t *debug_auth_pubkey; // MANIFEST_POINT_SIZE bytes, or NULL
    uint32_t connection_grace_time_sec;
    uint32_t minimum_check_in_time_sec;
    uint32_t minimum_kernel_version;
    uint32_t maximum_politeness_time_sec;
    uint32_t minimum_restart_ms, maximum_restart_ms;
};

// Reads and checks a whole bundle. `bundle` is always in a state that bundle_free accepts.
enum bundle_result bundle_read(const uint8_t *zip, size_t size, struct bundle *bundle);

// Makes an unsigned bundle of one image (the bytes from the start of application flash).
enum bundle_result bundle_make(const uint8_t *image, size_t size,
                               const struct bundle_options *options, struct bundle *bundle);

// Replaces the manifest, for example by the signed one. Keeps the layers.
enum bundle_result bundle_set_manifest(struct bundle *bundle, const uint8_t *manifest, size_t size);

// Writes the archive; the same bundle gives the same bytes. The caller frees *zip with free().
enum bundle_result bundle_write(const struct bundle *bundle, uint8_t **zip, size_t *size);

void bundle_free(struct bundle *bundle);

// SHA-256 of bytes followed by 0xff up to region_size: flash after erasing and writing.
void bundle_measure(const uint8_t *bytes, size_t size, size_t region_size,
                    uint8_t hash[MANIFEST_HASH_SIZE]);

// Lower-case hexadecimal with a NUL.
void bundle_hex_hash(const uint8_t hash[MANIFEST_HASH_SIZE], char text[BUNDLE_HEX_HASH_SIZE]);

// One sentence for people, without a final full stop.
const char *bundle_result_text(const struct bundle *bundle, enum bundle_result result);

#endif
