/* Rollback ratchet: see ratchet.h. */
#include "bootrom/ratchet.h"

#include "chip/mmio.h"
#include "drivers/flash.h"
#include "layout.h"

#define RATCHET_MARK    0x54524D56u
#define RATCHET_ENTRIES (LAYOUT_RATCHET_SIZE / FLASH_QUAD_SIZE)
#define RATCHET_OFFSET  (LAYOUT_RATCHET_BASE - LAYOUT_BANK2_BASE)

static uint32_t entry_word(uint32_t entry, uint32_t word)
{
    return mmio_read(LAYOUT_RATCHET_BASE + entry * FLASH_QUAD_SIZE + word * 4);
}

static bool entry_valid(uint32_t entry)
{
    uint32_t value = entry_word(entry, 1);
    return entry_word(entry, 0) == RATCHET_MARK && entry_word(entry, 2) == ~value &&
           entry_word(entry, 3) == (RATCHET_MARK ^ value);
}

static bool entry_erased(uint32_t entry)
{
    return (entry_word(entry, 0) & entry_word(entry, 1) & entry_word(entry, 2) &
            entry_word(entry, 3)) == UINT32_MAX;
}

uint32_t ratchet_read(void)
{
    uint32_t highest = 0;
    for (uint32_t entry = 0; entry < RATCHET_ENTRIES; entry++) {
        if (entry_valid(entry) && entry_word(entry, 1) > highest) {
            highest = entry_word(entry, 1);
        }
    }
    return highest;
}

bool ratchet_raise(uint32_t value)
{
    uint32_t words[4] = {RATCHET_MARK, value, ~value, RATCHET_MARK ^ value};
    for (uint32_t entry = 0; entry < RATCHET_ENTRIES; entry++) {
        /* A slot that only looks erased (torn) refuses to be programmed: then the next one. */
        if (entry_erased(entry) &&
            flash_program(FLASH_KERNEL, RATCHET_OFFSET + entry * FLASH_QUAD_SIZE, words,
                          sizeof words) == FLASH_OK) {
            return true;
        }
    }
    return false;
}
