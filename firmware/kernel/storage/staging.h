/* Applications in external flash: three equal slots that take turns. One is the source of what runs
 * now, one keeps the application before it, one receives the next.
 *
 *   0x000000  slot 0     0x140000  slot 1     0x280000  slot 2     0x3C0000  application window
 *
 * A slot: sector 0 completion mark, sector 1 signed manifest, sector 2 journal, then 1 MiB of image
 * at 0x40000. The journal says which manifest the slot is for and which 4 KiB of the image are
 * there, so that a download resumes; the completion mark is written last, after all hashes matched.
 * Nothing here is trusted because it is marked: installing checks the measurement again.
 */
#ifndef KERNEL_STORAGE_STAGING_H
#define KERNEL_STORAGE_STAGING_H

#include <stdbool.h>
#include <stdint.h>

#include "formats/manifest.h"

#define STAGING_SLOTS       3u
#define STAGING_SLOT_SIZE   0x140000u
#define STAGING_IMAGE_SIZE  0x100000u
#define STAGING_SECTOR_SIZE 0x1000u
#define STAGING_APP_WINDOW  (STAGING_SLOTS * STAGING_SLOT_SIZE)
#define STAGING_HASH_SIZE   32u

enum staging_state {
    STAGING_EMPTY,    /* nothing usable */
    STAGING_PARTIAL,  /* a manifest, and an image in part */
    STAGING_COMPLETE, /* everything there */
};

struct staging_slot {
    enum staging_state state;
    uint32_t manifest_size;
    uint8_t manifest_hash[STAGING_HASH_SIZE];
};

/* All functions return false if the external flash fails. */

/* What a slot holds; unreadable counts as empty. */
struct staging_slot staging_read_slot(uint32_t slot);
/* Empties a slot and files the manifest in it. */
bool staging_begin(uint32_t slot, const uint8_t *manifest, uint32_t manifest_size,
                   const uint8_t manifest_hash[STAGING_HASH_SIZE]);
/* Reads the manifest of a slot that is not empty. */
bool staging_read_manifest(uint32_t slot, uint8_t *manifest, uint32_t size);
/* Bytes already staged from image offset `start` on without a hole: a multiple of the sector size,
 * at most `size` rounded up to it. */
uint32_t staging_progress(uint32_t slot, uint32_t start, uint32_t size);
/* Writes one sector of the image (its last one may be shorter; the rest reads 0xFF) and notes it.
 */
bool staging_write(uint32_t slot, uint32_t offset, const uint8_t *data, uint32_t size);
/* Notes that a layer is there in full, and how many bytes it has. */
bool staging_layer_done(uint32_t slot, uint32_t layer, uint32_t size);
/* True and *size if the layer was noted. */
bool staging_layer_size(uint32_t slot, uint32_t layer, uint32_t *size);
/* Marks the slot complete. */
bool staging_finish(uint32_t slot);
bool staging_read(uint32_t slot, uint32_t offset, uint8_t *data, uint32_t size);
/* Makes a slot empty. */
bool staging_discard(uint32_t slot);

#endif
