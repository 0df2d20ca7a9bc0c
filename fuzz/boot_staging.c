// fuzz-libs: boot_headers
/* A staging slot with arbitrary content: external flash is outside the device's walls. */
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "drivers/nor.h"
#include "kernel/storage/staging.c" /* NOLINT: fuzzed together with this model of the chip */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define WINDOW 0x3000u /* mark, manifest and journal of slot 0 */
static uint8_t window[WINDOW];

bool nor_read(uint32_t address, void *data, uint32_t size)
{
    memset(data, 0xFF, size);
    for (uint32_t i = 0; i < size && address + i < WINDOW; i++) {
        ((uint8_t *)data)[i] = window[address + i];
    }
    return true;
}

bool nor_program(uint32_t address, const void *data, uint32_t size)
{
    for (uint32_t i = 0; i < size && address + i < WINDOW; i++) {
        window[address + i] &= ((const uint8_t *)data)[i];
    }
    return true;
}

bool nor_erase_sector(uint32_t address)
{
    if (address < WINDOW) {
        memset(window + address, 0xFF, NOR_SECTOR_SIZE);
    }
    return true;
}

bool nor_erase_block(uint32_t address)
{
    (void)address;
    return true;
}

/* Gives a record at `at` the checksum it should have, so that what is behind the check is reached.
 */
static void repair(uint32_t at, uint32_t magic)
{
    struct slot_record record;
    memcpy(&record, window + at, sizeof record);
    record.magic = magic;
    record.manifest_crc = crc32_ieee(0, window + AT_MANIFEST, record.manifest_size % 4097);
    record.crc = crc32_ieee(0, &record, offsetof(struct slot_record, crc));
    memcpy(window + at, &record, sizeof record);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static uint8_t manifest[MANIFEST_SIZE_MAX];
    memset(window, 0xFF, sizeof window);
    memcpy(window + AT_JOURNAL, data, size < NOR_SECTOR_SIZE ? size : NOR_SECTOR_SIZE);
    memcpy(window + AT_MARK, data, size < 64 ? size : 64);
    if (size % 2 == 0) {
        repair(AT_JOURNAL, BEGIN_MAGIC);
        repair(AT_MARK, MARK_MAGIC);
    }
    struct staging_slot slot = staging_read_slot(0);
    if (slot.state == STAGING_EMPTY) {
        return 0;
    }
    if (slot.manifest_size > sizeof manifest) {
        __builtin_trap();
    }
    (void)staging_read_manifest(0, manifest, slot.manifest_size);
    uint32_t progress = staging_progress(0, 0, STAGING_IMAGE_SIZE), layer_size;
    for (uint32_t layer = 0; layer < LAYER_RECORDS + 1; layer++) {
        if (staging_layer_size(0, layer, &layer_size) && layer_size > STAGING_IMAGE_SIZE) {
            __builtin_trap();
        }
    }
    if (progress > STAGING_IMAGE_SIZE || !staging_finish(0)) {
        __builtin_trap();
    }
    return 0;
}
