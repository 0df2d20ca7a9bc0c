/* Record store: see records.h.
 *
 * A record is one quad-word {RECORD_MARK | key, size, CRC of the data, CRC of the three words
 * before} and its data, padded with 0xFF to whole quad-words. Size 0 removes the key. Reading an
 * area:
 *
 *   quad-word at the end of the log | meaning
 *   --------------------------------+--------------------------------------------------------------
 *   erased                          | end of the log; append here
 *   header good, data CRC good      | a record
 *   header good, data CRC bad       | cut while its data was written: skip it
 *   anything else                   | cut while its header was written: end, compact before
 * appending
 */
#include "kernel/storage/records.h"

#include <string.h>

#include "drivers/flash.h"
#include "formats/crc32.h"
#include "layout.h"

#define AREA_PAGES  2u
#define AREA_SIZE   (AREA_PAGES * FLASH_PAGE_SIZE)
#define AREA_MARK   0x4C52564Du /* "MVRL" */
#define RECORD_MARK 0x4D520000u

_Static_assert(2 * AREA_SIZE == LAYOUT_RECORDS_SIZE, "two areas");

struct quad {
    uint32_t word[4];
};
_Static_assert(sizeof(struct quad) == FLASH_QUAD_SIZE, "one quad-word");

static struct {
    uint32_t area;            /* active: 0 or 1 */
    uint32_t generation;      /* of the active area */
    uint32_t end;             /* where the next record goes */
    bool damaged;             /* nothing can be appended behind `end` */
    uint32_t at[RECORD_KEYS]; /* offset of each key's newest record; 0: none */
} store;

static uint32_t area_offset(uint32_t area)
{
    return LAYOUT_RECORDS_BASE - LAYOUT_BANK2_BASE + area * AREA_SIZE;
}

static uint32_t area_page(uint32_t area)
{
    return area_offset(area) / FLASH_PAGE_SIZE;
}

static const uint8_t *area_map(uint32_t area, uint32_t offset)
{
    return flash_map(FLASH_KERNEL, area_offset(area) + offset);
}

static struct quad quad_read(uint32_t area, uint32_t offset)
{
    struct quad quad;
    memcpy(&quad, area_map(area, offset), sizeof quad);
    return quad;
}

static bool quad_erased(struct quad quad)
{
    return (quad.word[0] & quad.word[1] & quad.word[2] & quad.word[3]) == UINT32_MAX;
}

static uint32_t padded(uint32_t size)
{
    return (size + FLASH_QUAD_SIZE - 1) & ~(FLASH_QUAD_SIZE - 1);
}

static struct quad header_make(enum record_key key, const void *data, uint32_t size)
{
    struct quad header = {{RECORD_MARK | (uint32_t)key, size, crc32_ieee(0, data, size), 0}};
    header.word[3] = crc32_ieee(0, header.word, 12);
    return header;
}

static bool header_good(struct quad header)
{
    uint32_t key = header.word[0] ^ RECORD_MARK;
    return key > 0 && key < RECORD_KEYS && header.word[1] <= RECORDS_SIZE_MAX &&
           header.word[3] == crc32_ieee(0, header.word, 12);
}

/* The area's generation; false if it is not a complete area. */
static bool area_generation(uint32_t area, uint32_t *generation)
{
    struct quad quad = quad_read(area, 0);
    *generation = quad.word[1];
    return quad.word[0] == AREA_MARK && quad.word[2] == ~quad.word[1] &&
           quad.word[3] == (AREA_MARK ^ quad.word[1]);
}

static bool area_commit(uint32_t area, uint32_t generation)
{
    struct quad quad = {{AREA_MARK, generation, ~generation, AREA_MARK ^ generation}};
    return flash_program(FLASH_KERNEL, area_offset(area), &quad, sizeof quad) == FLASH_OK;
}

static bool area_erase(uint32_t area)
{
    for (uint32_t page = 0; page < AREA_PAGES; page++) {
        if (flash_erase(FLASH_KERNEL, area_page(area) + page) != FLASH_OK) {
            return false;
        }
    }
    return true;
}

/* Reads the active area's log from the start. */
static void area_scan(void)
{
    memset(store.at, 0, sizeof store.at);
    store.end = FLASH_QUAD_SIZE;
    store.damaged = false;
    while (store.end < AREA_SIZE) {
        struct quad header = quad_read(store.area, store.end);
        if (quad_erased(header)) {
            return;
        }
        if (!header_good(header) ||
            store.end + FLASH_QUAD_SIZE + padded(header.word[1]) > AREA_SIZE) {
            store.damaged = true;
            return;
        }
        uint32_t key = header.word[0] ^ RECORD_MARK, size = header.word[1];
        const uint8_t *data = area_map(store.area, store.end + FLASH_QUAD_SIZE);
        if (crc32_ieee(0, data, size) == header.word[2]) {
            store.at[key] = size == 0 ? 0 : store.end;
        }
        store.end += FLASH_QUAD_SIZE + padded(size);
    }
}

/* Writes a record at `offset` of an area: header first, so that its length is known if its data is
 * cut. */
static bool record_write(uint32_t area, uint32_t offset, enum record_key key, const uint8_t *data,
                         uint32_t size)
{
    struct quad quad = header_make(key, data, size);
    uint32_t at = area_offset(area) + offset;
    if (flash_program(FLASH_KERNEL, at, &quad, sizeof quad) != FLASH_OK) {
        return false;
    }
    for (uint32_t done = 0; done < size; done += FLASH_QUAD_SIZE) {
        uint32_t step = size - done < FLASH_QUAD_SIZE ? size - done : FLASH_QUAD_SIZE;
        memset(&quad, 0xFF, sizeof quad);
        memcpy(&quad, data + done, step);
        if (flash_program(FLASH_KERNEL, at + FLASH_QUAD_SIZE + done, &quad, sizeof quad) !=
            FLASH_OK) {
            return false;
        }
    }
    return true;
}

/* Bytes that the live records take in a fresh area. */
static uint32_t live_size(void)
{
    uint32_t total = FLASH_QUAD_SIZE;
    for (uint32_t key = 1; key < RECORD_KEYS; key++) {
        if (store.at[key] != 0) {
            total += FLASH_QUAD_SIZE + padded(quad_read(store.area, store.at[key]).word[1]);
        }
    }
    return total;
}

/* Copies the live records to the other area and makes that the active one. The commit is the area's
 * first quad-word: before it the old area counts, after it the new one. */
static bool compact(void)
{
    uint32_t fresh = 1 - store.area, end = FLASH_QUAD_SIZE;
    uint32_t at[RECORD_KEYS] = {0};
    if (!area_erase(fresh)) {
        return false;
    }
    for (uint32_t key = 1; key < RECORD_KEYS; key++) {
        if (store.at[key] == 0) {
            continue;
        }
        uint32_t size = quad_read(store.area, store.at[key]).word[1];
        const uint8_t *data = area_map(store.area, store.at[key] + FLASH_QUAD_SIZE);
        if (!record_write(fresh, end, (enum record_key)key, data, size)) {
            return false;
        }
        at[key] = end;
        end += FLASH_QUAD_SIZE + padded(size);
    }
    if (!area_commit(fresh, store.generation + 1)) {
        return false;
    }
    store.area = fresh;
    store.generation++;
    store.end = end;
    store.damaged = false;
    memcpy(store.at, at, sizeof at);
    return true;
}

bool records_init(void)
{
    uint32_t generation[2];
    bool good[2];
    for (uint32_t area = 0; area < 2; area++) {
        good[area] = area_generation(area, &generation[area]);
    }
    if (!good[0] && !good[1]) {
        store.area = 0;
        store.generation = 1;
        if (!area_erase(0) || !area_commit(0, 1)) {
            return false;
        }
    } else {
        bool second = good[1] && (!good[0] || (int32_t)(generation[1] - generation[0]) > 0);
        store.area = second ? 1 : 0;
        store.generation = generation[store.area];
    }
    area_scan();
    return true;
}

int32_t records_get(enum record_key key, void *data, uint32_t size)
{
    if (store.at[key] == 0) {
        return -1;
    }
    uint32_t stored = quad_read(store.area, store.at[key]).word[1];
    if (stored > size) {
        return -1;
    }
    memcpy(data, area_map(store.area, store.at[key] + FLASH_QUAD_SIZE), stored);
    return (int32_t)stored;
}

static bool same_value(enum record_key key, const void *data, uint32_t size)
{
    return store.at[key] != 0 && quad_read(store.area, store.at[key]).word[1] == size &&
           memcmp(area_map(store.area, store.at[key] + FLASH_QUAD_SIZE), data, size) == 0;
}

/* Appends, after a compaction if there is no room; a second try is for a place that only looked
 * erased. */
static bool append(enum record_key key, const void *data, uint32_t size)
{
    uint32_t need = FLASH_QUAD_SIZE + padded(size);
    for (unsigned attempt = 0; attempt < 2; attempt++) {
        if (store.damaged || store.end + need > AREA_SIZE) {
            if (live_size() + need > AREA_SIZE || !compact()) {
                return false;
            }
        }
        if (record_write(store.area, store.end, key, data, size)) {
            store.at[key] = size == 0 ? 0 : store.end;
            store.end += need;
            return true;
        }
        store.damaged = true;
    }
    return false;
}

bool records_set(enum record_key key, const void *data, uint32_t size)
{
    if (size == 0 || size > RECORDS_SIZE_MAX) {
        return false;
    }
    return same_value(key, data, size) || append(key, data, size);
}

bool records_remove(enum record_key key)
{
    return store.at[key] == 0 || append(key, NULL, 0);
}
