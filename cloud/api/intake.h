/*
 * Takes in an uploaded bundle: the bundle library reads and checks it, an unsigned manifest is
 * signed here. Runs on a worker thread; touches nothing but its arguments.
 */
#ifndef CLOUD_API_INTAKE_H
#define CLOUD_API_INTAKE_H

#include "cloud/api/errors.h"
#include "cloud/keys/signer.h"
#include "cloud/store/store.h"
#include "formats/host/bundle.h"

struct intake {
    char unique_name[STORE_NAME_BYTES + 1];
    struct bundle bundle; /* with the signed manifest */
    uint8_t manifest_hash[MANIFEST_HASH_SIZE];

    int error;         /* enum api_error, 0 if the bundle is good */
    char message[200]; /* what exactly is wrong; empty: the code's own text */
};

/* Reads the zip of size bytes behind fd (which stays open); fills everything but the name. */
void intake_check(struct intake *intake, int fd, size_t size, const struct signer *signer);

void intake_free(struct intake *intake);

#endif
