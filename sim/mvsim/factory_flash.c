/* Flash and NOR drivers of firmware/drivers on a board that is not running. */
#include "mvsim/factory_flash.h"

#include <assert.h>
#include <string.h>

#include "drivers/flash.h"
#include "drivers/nor.h"
#include "mvsim/factory.h"

#define NOR_BYTES 0x800000u

static const struct nvm *board_memories;

void factory_flash_use(const struct nvm *nvm)
{
    board_memories = nvm;
}

static uint32_t flash_offset(enum flash_area area, uint32_t offset)
{
    return (area == FLASH_KERNEL ? FLASH_BANK_SIZE : 0) + offset;
}

enum flash_result flash_erase(enum flash_area area, uint32_t page)
{
    uint32_t offset = flash_offset(area, page * FLASH_PAGE_SIZE);

    memset(board_memories->map[NVM_FLASH] + offset, 0xFF, FLASH_PAGE_SIZE);
    memset(board_memories->map[NVM_PROGRAMMED] + offset / 128, 0, FLASH_PAGE_SIZE / 128);
    return FLASH_OK;
}

enum flash_result flash_program(enum flash_area area, uint32_t offset, const void *data,
                                uint32_t size)
{
    factory_program(board_memories, flash_offset(area, offset), data, size);
    return FLASH_OK;
}

const uint8_t *flash_map(enum flash_area area, uint32_t offset)
{
    return board_memories->map[NVM_FLASH] + flash_offset(area, offset);
}

bool nor_read(uint32_t address, void *data, uint32_t size)
{
    assert(address <= NOR_BYTES && size <= NOR_BYTES - address);
    memcpy(data, board_memories->map[NVM_NOR] + address, size);
    return true;
}

bool nor_program(uint32_t address, const void *data, uint32_t size)
{
    uint8_t *array = board_memories->map[NVM_NOR] + address;

    assert(address <= NOR_BYTES && size <= NOR_BYTES - address);
    for (uint32_t i = 0; i < size; i++)
        array[i] &= ((const uint8_t *)data)[i];
    return true;
}

bool nor_erase_sector(uint32_t address)
{
    memset(board_memories->map[NVM_NOR] + address, 0xFF, NOR_SECTOR_SIZE);
    return true;
}

bool nor_erase_block(uint32_t address)
{
    memset(board_memories->map[NVM_NOR] + address, 0xFF, NOR_BLOCK_SIZE);
    return true;
}
