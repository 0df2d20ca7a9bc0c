/* See flash_model.h. */
#include "flash_model.h"

#include <setjmp.h>
#include <stdlib.h>
#include <string.h>

#include "drivers/flash.h"
#include "drivers/nor.h"

#define NOR_SIZE 0x400000u
#define NOR_PAGE 256u
#define QUADS    (FLASH_BANK_SIZE / FLASH_QUAD_SIZE)

uint8_t model_bank1[FLASH_BANK_SIZE], model_bank2[FLASH_BANK_SIZE], model_nor[NOR_SIZE];
static uint8_t programmed[2][QUADS];
static uint8_t saved_bank[2][FLASH_BANK_SIZE], saved_nor[NOR_SIZE], saved_programmed[2][QUADS];
static jmp_buf before;
static uint32_t operations, cut = MODEL_NEVER;
static enum model_tear tear;
static int broken, locked;

static uint8_t *bank(enum flash_area area)
{
    return area == FLASH_APP ? model_bank1 : model_bank2;
}

void model_reset(void)
{
    memset(model_bank1, 0xFF, sizeof model_bank1);
    memset(model_bank2, 0xFF, sizeof model_bank2);
    memset(model_nor, 0xFF, sizeof model_nor);
    memset(programmed, 0, sizeof programmed);
    model_cut_at(MODEL_NEVER, TEAR_NOTHING);
    broken = locked = 0;
}

void model_save(void)
{
    memcpy(saved_bank[0], model_bank1, sizeof model_bank1);
    memcpy(saved_bank[1], model_bank2, sizeof model_bank2);
    memcpy(saved_nor, model_nor, sizeof model_nor);
    memcpy(saved_programmed, programmed, sizeof programmed);
}

void model_restore(void)
{
    memcpy(model_bank1, saved_bank[0], sizeof model_bank1);
    memcpy(model_bank2, saved_bank[1], sizeof model_bank2);
    memcpy(model_nor, saved_nor, sizeof model_nor);
    memcpy(programmed, saved_programmed, sizeof programmed);
}

void model_cut_at(uint32_t count, enum model_tear kind)
{
    operations = 0;
    cut = count;
    tear = kind;
}

bool model_run(void (*work)(void))
{
    if (setjmp(before) != 0) {
        return true;
    }
    work();
    return false;
}

void model_stop(void)
{
    longjmp(before, 1);
}

uint32_t model_operations(void)
{
    return operations;
}

void model_break_flash(int now_broken)
{
    broken = now_broken;
}

void model_lock_flash(int now_locked)
{
    locked = now_locked;
}

/* True if the power goes during the operation that begins now. */
static bool power_goes(void)
{
    return operations++ == cut;
}

void flash_set_wait(void (*wait_us)(uint32_t time_us))
{
    (void)wait_us;
}

const uint8_t *flash_map(enum flash_area area, uint32_t offset)
{
    return bank(area) + offset;
}

enum flash_result flash_erase(enum flash_area area, uint32_t page)
{
    uint32_t offset = page * FLASH_PAGE_SIZE, first_quad = offset / FLASH_QUAD_SIZE;
    uint32_t quads = FLASH_PAGE_SIZE / FLASH_QUAD_SIZE;
    if (locked && area == FLASH_APP) {
        return FLASH_LOCKED;
    }
    if (power_goes()) {
        if (tear == TEAR_HALF) {
            memset(bank(area) + offset, 0xFF, FLASH_PAGE_SIZE / 2);
        } else if (tear == TEAR_WEAK) {
            memset(bank(area) + offset, 0xFF, FLASH_PAGE_SIZE);
            memset(programmed[area] + first_quad, 1, quads);
        }
        model_stop();
    }
    memset(bank(area) + offset, 0xFF, FLASH_PAGE_SIZE);
    memset(programmed[area] + first_quad, 0, quads);
    return FLASH_OK;
}

static enum flash_result program_quad(enum flash_area area, uint32_t offset, const uint8_t *data)
{
    static const uint8_t erased[FLASH_QUAD_SIZE] = {0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF,
                                                    0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF};
    uint8_t *flag = &programmed[area][offset / FLASH_QUAD_SIZE];
    if (memcmp(data, erased, sizeof erased) == 0) {
        return FLASH_OK;
    }
    if (power_goes()) {
        if (tear != TEAR_NOTHING) {
            *flag = 1;
        }
        if (tear == TEAR_HALF) {
            memcpy(bank(area) + offset, data, FLASH_QUAD_SIZE / 2);
        }
        model_stop();
    }
    if (*flag || broken) {
        return FLASH_FAILED;
    }
    *flag = 1;
    memcpy(bank(area) + offset, data, FLASH_QUAD_SIZE);
    return FLASH_OK;
}

enum flash_result flash_program(enum flash_area area, uint32_t offset, const void *data,
                                uint32_t size)
{
    if (offset % FLASH_QUAD_SIZE != 0 || size % FLASH_QUAD_SIZE != 0 ||
        size > FLASH_BANK_SIZE - offset) {
        abort();
    }
    if (locked && area == FLASH_APP) {
        return FLASH_LOCKED;
    }
    for (uint32_t at = 0; at < size; at += FLASH_QUAD_SIZE) {
        enum flash_result result = program_quad(area, offset + at, (const uint8_t *)data + at);
        if (result != FLASH_OK) {
            return result;
        }
    }
    return FLASH_OK;
}

void nor_set_wait(void (*wait_us)(uint32_t time_us))
{
    (void)wait_us;
}

bool nor_init(void)
{
    return true;
}

uint32_t nor_size(void)
{
    return NOR_SIZE;
}

static bool in_chip(uint32_t address, uint32_t size)
{
    return size > 0 && address < NOR_SIZE && size <= NOR_SIZE - address;
}

bool nor_read(uint32_t address, void *data, uint32_t size)
{
    if (!in_chip(address, size)) {
        return false;
    }
    memcpy(data, model_nor + address, size);
    return true;
}

static void nor_bits_clear(uint32_t address, const uint8_t *data, uint32_t size)
{
    for (uint32_t i = 0; i < size; i++) {
        model_nor[address + i] &= data[i];
    }
}

bool nor_program(uint32_t address, const void *data, uint32_t size)
{
    const uint8_t *bytes = data;
    if (!in_chip(address, size)) {
        return false;
    }
    while (size > 0) {
        uint32_t room = NOR_PAGE - address % NOR_PAGE, step = size < room ? size : room;
        if (power_goes()) {
            nor_bits_clear(address, bytes, tear == TEAR_HALF ? step / 2 : 0);
            model_stop();
        }
        nor_bits_clear(address, bytes, step);
        address += step;
        bytes += step;
        size -= step;
    }
    return true;
}

bool nor_erase_sector(uint32_t address)
{
    if (address % NOR_SECTOR_SIZE != 0 || !in_chip(address, NOR_SECTOR_SIZE)) {
        return false;
    }
    if (power_goes()) {
        memset(model_nor + address, 0xFF, tear == TEAR_HALF ? NOR_SECTOR_SIZE / 2 : 0);
        model_stop();
    }
    memset(model_nor + address, 0xFF, NOR_SECTOR_SIZE);
    return true;
}

bool nor_erase_block(uint32_t address)
{
    bool good = address % NOR_BLOCK_SIZE == 0;
    for (uint32_t at = 0; good && at < NOR_BLOCK_SIZE; at += NOR_SECTOR_SIZE) {
        good = nor_erase_sector(address + at);
    }
    return good;
}
