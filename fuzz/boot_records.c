// fuzz-libs: boot_headers
/* The record store over arbitrary flash content: whatever is there, it starts, and then it works.
 */
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "drivers/flash.h"
#include "kernel/storage/records.h"
#include "kernel/storage/records.c" /* NOLINT: fuzzed together with this model of the flash */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static uint8_t area[LAYOUT_RECORDS_SIZE];

static uint8_t *at(uint32_t offset)
{
    return area + (offset - (LAYOUT_RECORDS_BASE - LAYOUT_BANK2_BASE));
}

const uint8_t *flash_map(enum flash_area bank, uint32_t offset)
{
    (void)bank;
    return at(offset);
}

enum flash_result flash_erase(enum flash_area bank, uint32_t page)
{
    (void)bank;
    memset(at(page * FLASH_PAGE_SIZE), 0xFF, FLASH_PAGE_SIZE);
    return FLASH_OK;
}

enum flash_result flash_program(enum flash_area bank, uint32_t offset, const void *data,
                                uint32_t size)
{
    (void)bank;
    for (uint32_t i = 0; i < size; i++) {
        if (*at(offset + i) != 0xFF) {
            return FLASH_FAILED;
        }
    }
    memcpy(at(offset), data, size);
    return FLASH_OK;
}

/* Headers with right checksums wherever the input has a mark, so that the data behind is reached.
 */
static void repair(void)
{
    for (uint32_t offset = 0; offset + 16 <= sizeof area; offset += 16) {
        uint32_t words[4];
        memcpy(words, area + offset, sizeof words);
        if (words[0] >> 16 == RECORD_MARK >> 16) {
            words[3] = crc32_ieee(0, words, 12);
        } else if (words[0] == AREA_MARK) {
            words[2] = ~words[1];
            words[3] = AREA_MARK ^ words[1];
        }
        memcpy(area + offset, words, sizeof words);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    uint8_t value[RECORDS_SIZE_MAX];
    memset(area, 0xFF, sizeof area);
    memcpy(area, data, size < sizeof area ? size : sizeof area);
    repair();
    if (!records_init()) {
        __builtin_trap();
    }
    for (uint32_t key = 1; key < RECORD_KEYS; key++) {
        if (records_get((enum record_key)key, value, sizeof value) > (int32_t)sizeof value) {
            __builtin_trap();
        }
    }
    if (records_set(RECORD_APP, "abc", 3) &&
        (!records_init() || records_get(RECORD_APP, value, sizeof value) != 3)) {
        __builtin_trap();
    }
    return 0;
}
