/* Exact stops, faults, and comparison. */
#include "world/world.h"

#include <assert.h>
#include <string.h>

#include "board/board_state.h"
#include "cpu/inject.h"

/* Which limit has been reached, if any. */
static bool reached(const struct board *board, const struct world_until *until,
                    enum world_event *event)
{
    if (until->flash_operations != 0 && board->flash_operations >= until->flash_operations)
        *event = WORLD_FLASH;
    else if (until->nor_operations != 0 && board->nor_operations >= until->nor_operations)
        *event = WORLD_NOR;
    else if (until->instructions != 0 && world_instructions(board) >= until->instructions)
        *event = WORLD_INSTRUCTIONS;
    else if (until->time != 0 && board_time(board) >= until->time)
        *event = WORLD_TIME;
    else
        return false;
    return true;
}

static enum world_event other_event(enum board_stop stop)
{
    switch (stop) {
    case BOARD_STOP_LOCKUP:
        return WORLD_LOCKUP;
    case BOARD_STOP_BREAKPOINT:
        return WORLD_BREAKPOINT;
    default:
        return stop == BOARD_STOP_TIME ? WORLD_TIME : WORLD_BREAK;
    }
}

enum world_event world_run(struct board *board, const struct world_until *until)
{
    enum world_event event;
    enum board_stop stop;

    assert(until->time != 0 || until->instructions != 0 || until->flash_operations != 0 ||
           until->nor_operations != 0);
    if (reached(board, until, &event))
        return event;
    board->instruction_limit = until->instructions;
    board->flash_limit = until->flash_operations;
    board->nor_limit = until->nor_operations;
    stop = board_run(board, until->time != 0 ? until->time : SIM_NEVER);
    board->instruction_limit = board->flash_limit = board->nor_limit = 0;
    return reached(board, until, &event) ? event : other_event(stop);
}

uint64_t world_instructions(const struct board *board)
{
    return cpu_instructions(board->cpu);
}

uint64_t world_flash_operations(const struct board *board)
{
    return board->flash_operations;
}

uint64_t world_nor_operations(const struct board *board)
{
    return board->nor_operations;
}

bool world_cut_at_flash(struct board *board, uint64_t operation, sim_ps time)
{
    struct world_until until = {.time = time, .flash_operations = operation};

    if (world_run(board, &until) != WORLD_FLASH)
        return false;
    board_cut_power(board);
    return true;
}

bool world_skip(struct board *board, unsigned count)
{
    assert(count >= 1 && count <= WORLD_SKIP_MAX);
    for (unsigned i = 0; i < count; i++) {
        if (!cpu_skip_instruction(board->cpu))
            return false;
    }
    return true;
}

void world_flip_register(struct board *board, enum cpu_reg reg, unsigned bit)
{
    assert(bit < 32);
    cpu_set_reg(board->cpu, reg, cpu_reg(board->cpu, reg) ^ (1u << bit));
}

/* Host byte behind an address of RAM or flash, either alias. */
static uint8_t *find_byte(struct board *board, uint32_t address)
{
    static const struct {
        uint32_t base, size, offset;
    } rams[] = {{0x20000000u, 0xC0000u, 0}, {0x28000000u, 0x4000u, 0xC0000u}};
    uint32_t plain = address & ~0x10000000u; /* the secure alias of RAM */
    size_t size;
    uint8_t *ram = soc_ram(board->soc, &size);

    for (unsigned i = 0; i < sizeof rams / sizeof *rams; i++) {
        if (plain - rams[i].base < rams[i].size)
            return ram + rams[i].offset + (plain - rams[i].base);
    }
    plain = address & ~0x04000000u;
    if (plain - 0x08000000u >= SOC_FLASH_SIZE)
        return NULL;
    snapshots_touch_flash(board, plain - 0x08000000u, 1);
    return board->nvm.map[NVM_FLASH] + (plain - 0x08000000u);
}

bool world_flip_memory(struct board *board, uint32_t address, unsigned bit)
{
    uint8_t *byte = find_byte(board, address);

    assert(bit < 8);
    if (byte == NULL)
        return false;
    *byte ^= (uint8_t)(1u << bit);
    cpu_code_flush(board->cpu, byte, 1);
    return true;
}

/* --- digest --- */

static uint64_t mix(uint64_t digest, uint64_t word)
{
    digest = (digest ^ word) * UINT64_C(0x9E3779B97F4A7C15);
    return digest ^ (digest >> 29);
}

static uint64_t mix_bytes(uint64_t digest, const uint8_t *bytes, size_t size)
{
    uint64_t word = 0;

    for (; size >= sizeof word; bytes += sizeof word, size -= sizeof word) {
        memcpy(&word, bytes, sizeof word);
        digest = mix(digest, word);
    }
    word = 0;
    memcpy(&word, bytes, size);
    return mix(digest, word);
}

/* What software or somebody beside the board can see of a part. */
static uint64_t mix_part(uint64_t digest, const struct part *part)
{
    const struct i2c_mcp9808 *sensor = &part->mcp9808;

    switch (part->kind) {
    case PART_MCP9808:
        digest = mix(digest, (uint64_t)sensor->temperature_mc);
        digest = mix(digest, (uint64_t)sensor->measured_mc);
        digest = mix(digest, sensor->converted);
        digest = mix(digest, (uint64_t)sensor->config << 48 | (uint64_t)sensor->upper << 32 |
                                 (uint64_t)sensor->lower << 16 | sensor->critical);
        return mix(digest, (uint64_t)sensor->resolution << 8 | sensor->pointer);
    case PART_LIS3DH:
        digest = mix_bytes(digest, (const uint8_t *)part->lis3dh.acceleration_mg,
                           sizeof part->lis3dh.acceleration_mg);
        digest = mix_bytes(digest, part->lis3dh.reg, sizeof part->lis3dh.reg);
        return mix(digest, part->lis3dh.pointer);
    case PART_HT16K33:
        digest = mix_bytes(digest, part->ht16k33.ram, sizeof part->ht16k33.ram);
        digest = mix_bytes(digest, part->ht16k33.keys, sizeof part->ht16k33.keys);
        return mix(digest, (uint64_t)part->ht16k33.pointer << 16 | part->ht16k33.dimming << 8 |
                               part->ht16k33.display << 1 | part->ht16k33.oscillator);
    case PART_ANSWERS:
        return mix_bytes(digest, part->answers.bytes, part->answers.count);
    case PART_KINDS:
        break;
    }
    return digest;
}

uint64_t world_digest(struct board *board)
{
    uint64_t digest = mix(0, board_time(board));
    size_t ram_size;
    uint8_t *ram = soc_ram(board->soc, &ram_size);

    digest = mix(digest, cpu_cycles(board->cpu));
    digest = mix(digest, cpu_instructions(board->cpu));
    for (unsigned reg = 0; reg < CPU_REG_COUNT; reg++)
        digest = mix(digest, cpu_reg(board->cpu, (enum cpu_reg)reg));
    digest = mix_bytes(digest, ram, ram_size);
    for (unsigned file = 0; file < NVM_FILES; file++)
        digest = mix_bytes(digest, board->nvm.map[file], nvm_size((enum nvm_file)file));
    for (unsigned i = 0; i < board->parts.count; i++)
        digest = mix_part(digest, &board->parts.part[i]);
    return digest;
}
