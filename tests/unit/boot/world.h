/* Everything around the update code: a cloud with signing key and blobs, a factory record, the
 * application control, log and clock. */
#ifndef TESTS_BOOT_WORLD_H
#define TESTS_BOOT_WORLD_H

#include <stdbool.h>
#include <stdint.h>

#include "formats/manifest.h"

#define WORLD_IMAGE_MAX 0x6000u

/* An application: its image and its signed manifest. */
struct bundle {
    uint8_t image[WORLD_IMAGE_MAX];
    uint32_t image_size;
    struct manifest_app app;
    uint8_t manifest[MANIFEST_SIZE_MAX];
    uint32_t manifest_size;
    uint8_t manifest_hash[32];
};

/* Fresh flash with a factory record; nothing runs, the cloud has no blobs, all faults off. */
void world_reset(void);
/* Makes an application whose bytes depend on `seed`, in one layer of region_size bytes. */
void world_bundle(struct bundle *bundle, uint32_t seed, uint32_t image_size, uint32_t region_size);
/* Signs again after bundle->app was changed. */
void world_sign(struct bundle *bundle);
/* Gives the cloud the layer (or some other bytes under its hash). */
void world_publish(const uint8_t hash[32], const uint8_t *bytes, uint32_t size);
void world_publish_bundle(const struct bundle *bundle);
/* Tells app_start what it may find in flash. */
void world_know(const struct bundle *bundle);

extern struct world {
    const struct bundle *running; /* what app_start found in flash; NULL: nothing runs */
    uint32_t stops;               /* app_stop calls */
    uint32_t fetched;             /* bytes delivered by fetches */
    uint32_t first_offset;        /* of the last fetch_begin */
    uint32_t lose_after;          /* bytes until the connection is lost; UINT32_MAX: never */
    uint32_t kernel_version;
    uint32_t told;        /* notifications of an update that waits */
    uint32_t wake_reason; /* for the next start */
    uint32_t check_in_s, grace_s;
    char log[4096];
} world;

#endif
