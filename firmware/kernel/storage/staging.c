/* Slots in external flash: see staging.h.
 *
 * Journal sector: begin record at 0, one byte for each sector of the image at 0x100 (0xFF missing,
 * 0x00 there), layer records at 0x200. Writing a byte or a record needs no erase. Cuts:
 * staging_begin writes its begin record after everything else is erased and the manifest is there;
 * a sector's byte is cleared after the sector is written; the completion mark carries the
 * manifest's hash.
 */
#include "kernel/storage/staging.h"

#include <stddef.h>
#include <string.h>

#include "drivers/nor.h"
#include "formats/crc32.h"

#define AT_MARK     0x0000u
#define AT_MANIFEST 0x1000u
#define AT_JOURNAL  0x2000u
#define AT_PROGRESS (AT_JOURNAL + 0x100u)
#define AT_LAYERS   (AT_JOURNAL + 0x200u)
#define AT_IMAGE    0x40000u

#define BEGIN_MAGIC   0x4253564Du /* "MVSB" */
#define MARK_MAGIC    0x4353564Du /* "MVSC" */
#define SECTORS       (STAGING_IMAGE_SIZE / STAGING_SECTOR_SIZE)
#define SECTOR_THERE  0x00u
#define LAYER_RECORDS MANIFEST_LAYERS_MAX

_Static_assert(STAGING_SECTOR_SIZE == NOR_SECTOR_SIZE, "sector size");
_Static_assert(MANIFEST_SIZE_MAX <= NOR_SECTOR_SIZE, "manifest fits its sector");
_Static_assert(AT_IMAGE + STAGING_IMAGE_SIZE == STAGING_SLOT_SIZE, "slot layout");

/* Erasing is slow (45 ms a sector, 150 ms a block) and stops the download, so what is blank is not
 * erased again, and the image is erased in blocks. */
#define BLOCK_SECTORS (NOR_BLOCK_SIZE / NOR_SECTOR_SIZE)
#define BLANK_STEP    256u

struct slot_record { /* begin record and completion mark */
    uint32_t magic;
    uint32_t manifest_size;
    uint32_t manifest_crc;
    uint8_t manifest_hash[STAGING_HASH_SIZE];
    uint32_t crc; /* of everything before */
};

struct layer_record {
    uint32_t size;
    uint32_t size_inverted;
};

static uint32_t base(uint32_t slot)
{
    return slot * STAGING_SLOT_SIZE;
}

static bool is_blank(uint32_t address, uint32_t size)
{
    uint32_t words[BLANK_STEP / 4];
    for (uint32_t at = 0; at < size; at += BLANK_STEP) {
        uint32_t all = UINT32_MAX;
        if (!nor_read(address + at, words, sizeof words)) {
            return false;
        }
        for (uint32_t i = 0; i < BLANK_STEP / 4; i++) {
            all &= words[i];
        }
        if (all != UINT32_MAX) {
            return false;
        }
    }
    return true;
}

static bool sector_clear(uint32_t address)
{
    return is_blank(address, NOR_SECTOR_SIZE) || nor_erase_sector(address);
}

static bool block_clear(uint32_t address)
{
    return is_blank(address, NOR_BLOCK_SIZE) || nor_erase_block(address);
}

static bool record_read(uint32_t slot, uint32_t at, uint32_t magic, struct slot_record *record)
{
    return nor_read(base(slot) + at, record, sizeof *record) && record->magic == magic &&
           record->manifest_size > 0 && record->manifest_size <= MANIFEST_SIZE_MAX &&
           record->crc == crc32_ieee(0, record, offsetof(struct slot_record, crc));
}

static bool record_write(uint32_t slot, uint32_t at, uint32_t magic, struct slot_record *record)
{
    record->magic = magic;
    record->crc = crc32_ieee(0, record, offsetof(struct slot_record, crc));
    return nor_program(base(slot) + at, record, sizeof *record);
}

struct staging_slot staging_read_slot(uint32_t slot)
{
    struct staging_slot result = {.state = STAGING_EMPTY};
    struct slot_record begin, mark;
    if (!record_read(slot, AT_JOURNAL, BEGIN_MAGIC, &begin)) {
        return result;
    }
    result.state = STAGING_PARTIAL;
    result.manifest_size = begin.manifest_size;
    memcpy(result.manifest_hash, begin.manifest_hash, STAGING_HASH_SIZE);
    if (record_read(slot, AT_MARK, MARK_MAGIC, &mark) &&
        memcmp(mark.manifest_hash, begin.manifest_hash, STAGING_HASH_SIZE) == 0) {
        result.state = STAGING_COMPLETE;
    }
    return result;
}

bool staging_discard(uint32_t slot)
{
    return sector_clear(base(slot) + AT_MARK) && sector_clear(base(slot) + AT_JOURNAL);
}

bool staging_begin(uint32_t slot, const uint8_t *manifest, uint32_t manifest_size,
                   const uint8_t manifest_hash[STAGING_HASH_SIZE])
{
    struct slot_record begin = {.manifest_size = manifest_size,
                                .manifest_crc = crc32_ieee(0, manifest, manifest_size)};
    memcpy(begin.manifest_hash, manifest_hash, STAGING_HASH_SIZE);
    return staging_discard(slot) && sector_clear(base(slot) + AT_MANIFEST) &&
           nor_program(base(slot) + AT_MANIFEST, manifest, manifest_size) &&
           record_write(slot, AT_JOURNAL, BEGIN_MAGIC, &begin);
}

bool staging_read_manifest(uint32_t slot, uint8_t *manifest, uint32_t size)
{
    struct slot_record begin;
    return record_read(slot, AT_JOURNAL, BEGIN_MAGIC, &begin) && begin.manifest_size == size &&
           nor_read(base(slot) + AT_MANIFEST, manifest, size) &&
           crc32_ieee(0, manifest, size) == begin.manifest_crc;
}

uint32_t staging_progress(uint32_t slot, uint32_t start, uint32_t size)
{
    uint8_t there[SECTORS];
    uint32_t first = start / STAGING_SECTOR_SIZE, count = 0;
    uint32_t limit = (size + STAGING_SECTOR_SIZE - 1) / STAGING_SECTOR_SIZE;
    if (!nor_read(base(slot) + AT_PROGRESS, there, sizeof there)) {
        return 0;
    }
    while (count < limit && first + count < SECTORS && there[first + count] == SECTOR_THERE) {
        count++;
    }
    return count * STAGING_SECTOR_SIZE;
}

/* Makes room for a sector: with its whole block if it is the first to be written there. */
static bool image_clear(uint32_t slot, uint32_t offset)
{
    uint8_t there[BLOCK_SECTORS];
    uint32_t sector = offset / STAGING_SECTOR_SIZE, address = base(slot) + AT_IMAGE + offset;
    bool first = offset % NOR_BLOCK_SIZE == 0;
    if (first && !nor_read(base(slot) + AT_PROGRESS + sector, there, sizeof there)) {
        return false;
    }
    for (uint32_t i = 0; first && i < BLOCK_SECTORS; i++) {
        first = there[i] != SECTOR_THERE;
    }
    return first ? block_clear(address) : sector_clear(address);
}

bool staging_write(uint32_t slot, uint32_t offset, const uint8_t *data, uint32_t size)
{
    const uint8_t there = SECTOR_THERE;
    uint32_t sector = offset / STAGING_SECTOR_SIZE;
    return offset % STAGING_SECTOR_SIZE == 0 && sector < SECTORS && size > 0 &&
           size <= STAGING_SECTOR_SIZE && image_clear(slot, offset) &&
           nor_program(base(slot) + AT_IMAGE + offset, data, size) &&
           nor_program(base(slot) + AT_PROGRESS + sector, &there, 1);
}

bool staging_layer_done(uint32_t slot, uint32_t layer, uint32_t size)
{
    struct layer_record record = {size, ~size};
    return layer < LAYER_RECORDS &&
           nor_program(base(slot) + AT_LAYERS + layer * (uint32_t)sizeof record, &record,
                       sizeof record);
}

bool staging_layer_size(uint32_t slot, uint32_t layer, uint32_t *size)
{
    struct layer_record record;
    if (layer >= LAYER_RECORDS ||
        !nor_read(base(slot) + AT_LAYERS + layer * (uint32_t)sizeof record, &record,
                  sizeof record)) {
        return false;
    }
    *size = record.size;
    return record.size == ~record.size_inverted && record.size <= STAGING_IMAGE_SIZE;
}

bool staging_finish(uint32_t slot)
{
    struct slot_record record;
    return record_read(slot, AT_JOURNAL, BEGIN_MAGIC, &record) &&
           record_write(slot, AT_MARK, MARK_MAGIC, &record);
}

bool staging_read(uint32_t slot, uint32_t offset, uint8_t *data, uint32_t size)
{
    return offset <= STAGING_IMAGE_SIZE && size <= STAGING_IMAGE_SIZE - offset &&
           nor_read(base(slot) + AT_IMAGE + offset, data, size);
}
