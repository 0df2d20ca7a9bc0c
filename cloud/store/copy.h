/*
 * Backups: the whole store as one SQLite database and its blobs, whichever database it is in, and
 * back into either. Works beside a running server; what is copied is the state of one moment.
 */
#ifndef CLOUD_STORE_COPY_H
#define CLOUD_STORE_COPY_H

#include "cloud/store/store.h"

/* Writes folder/microvisor.db, a new file. The store was opened with STORE_READ. */
bool store_copy_out(struct store *store, const char *folder);

/* Fills an empty store (STORE_SERVE) from folder/microvisor.db and blobs that read() gives. */
struct store_blob_source {
    /* Bytes of size that the caller frees; NULL if the blob is not there. */
    uint8_t *(*read)(void *context, const uint8_t hash[STORE_HASH], size_t size);
    void *context;
};
bool store_copy_in(struct store *store, const char *folder, const struct store_blob_source *source);

/* Calls take() for every blob of a store. False: it could not be read, or take() gave false. */
bool store_each_blob(struct store *store,
                     bool (*take)(void *context, const uint8_t hash[STORE_HASH], size_t size),
                     void *context);

/* A whole blob: size bytes that the caller frees; NULL if it is gone or has another size. */
uint8_t *store_blob_whole(struct store *store, const uint8_t hash[STORE_HASH], size_t size);

#endif
