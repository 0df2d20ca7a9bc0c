/*
 * Checks an uploaded bundle: a zip with `manifest` and one member per layer, named by its SHA-256.
 * An unsigned manifest is signed here. Runs on a worker thread; touches nothing but its arguments.
 */
#ifndef CLOUD_API_BUNDLE_H
#define CLOUD_API_BUNDLE_H

#include <stddef.h>
#include <stdint.h>

#include "cloud/api/errors.h"
#include "cloud/keys/signer.h"
#include "cloud/store/store.h"
#include "formats/manifest.h"

#define BUNDLE_FILE_MAX (4u * 1024 * 1024)

struct bundle_layer {
    uint8_t hash[MANIFEST_HASH_SIZE];
    uint8_t *bytes; /* owned */
    size_t size;
};

struct bundle {
    char unique_name[STORE_NAME_BYTES + 1];
    uint8_t manifest[MANIFEST_SIZE_MAX]; /* signed */
    size_t manifest_size;
    uint8_t manifest_hash[MANIFEST_HASH_SIZE];
    struct bundle_layer layers[MANIFEST_LAYERS_MAX];
    size_t layer_count;

    int error;         /* enum api_error, 0 if the bundle is good */
    char message[200]; /* what exactly is wrong; empty: the code's own text */
};

/* Reads the zip behind fd (which stays open) and fills everything but the name. */
void bundle_check(struct bundle *bundle, int fd, const struct signer *signer);

/* Frees the layers and the bundle itself. */
void bundle_free(struct bundle *bundle);

#endif
