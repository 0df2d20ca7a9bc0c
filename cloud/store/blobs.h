/*
 * Blobs (manifests and layers) as files folder/blobs/<SHA-256 in hex>. A file is durable before the
 * database row that names it is committed, and is removed only after the removal of the row is.
 * A crash in between leaves a file without a row, which the next start removes.
 */
#ifndef CLOUD_STORE_BLOBS_H
#define CLOUD_STORE_BLOBS_H

#include "cloud/store/store.h"

#define BLOBS_PATH 4096

/* Creates the folder if it is missing; out gets its path. */
bool blobs_open(const char *state_folder, char out[BLOBS_PATH]);

/* Makes sure that the file is there; a good one is left alone. */
bool blobs_add(const char *folder, const struct store_blob *blob);

/* Reads a piece. *total: size of the whole. False: the file is missing or cannot be read. */
bool blobs_read(const char *folder, const uint8_t hash[STORE_HASH], uint32_t offset, uint8_t *bytes,
                size_t size, size_t *got, uint32_t *total);

void blobs_remove(const char *folder, const uint8_t hash[STORE_HASH]);

/* Calls keep() for every file that is named like a hash and removes it if that says no; other
 * files (left by a crash while writing) are removed. */
void blobs_sweep(const char *folder, bool (*keep)(void *context, const uint8_t hash[STORE_HASH]),
                 void *context);

#endif
