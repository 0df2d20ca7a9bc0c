#include "board/parts.h"

#include <assert.h>
#include <string.h>

static const struct {
    const char *name;
    uint8_t first, last;
} kinds[PART_KINDS] = {
    [PART_MCP9808] = {"mcp9808", 0x18, 0x1F},
    [PART_LIS3DH] = {"lis3dh", 0x18, 0x19},
    [PART_HT16K33] = {"ht16k33", 0x70, 0x77},
    [PART_ANSWERS] = {"answers", 0x08, 0x77},
};

const char *part_name(enum part_kind kind)
{
    assert(kind < PART_KINDS);
    return kinds[kind].name;
}

bool part_address_allowed(enum part_kind kind, unsigned address)
{
    assert(kind < PART_KINDS);
    return address >= kinds[kind].first && address <= kinds[kind].last;
}

/* --- the part that answers what somebody has prepared --- */

static bool answers_start(void *context, bool read)
{
    (void)context;
    (void)read;
    return true;
}

static bool answers_write(void *context, uint8_t byte)
{
    (void)context;
    (void)byte;
    return true;
}

static uint8_t answers_read(void *context)
{
    struct part_answers *answers = context;
    uint8_t byte = answers->bytes[0];

    if (answers->count == 0)
        return 0xFF;
    memmove(answers->bytes, answers->bytes + 1, --answers->count);
    return byte;
}

static bool answers_attach(struct part_answers *answers, struct soc *soc, enum soc_i2c_bus bus,
                           uint8_t address)
{
    const struct soc_i2c_device device = {.context = answers,
                                          .address = address,
                                          .start = answers_start,
                                          .write = answers_write,
                                          .read = answers_read};

    answers->count = 0;
    return soc_i2c_attach(soc, bus, &device);
}

bool part_answer(struct part *part, const uint8_t *bytes, size_t count)
{
    struct part_answers *answers = &part->answers;

    assert(part->kind == PART_ANSWERS);
    if (count > sizeof answers->bytes - answers->count)
        return false;
    memcpy(answers->bytes + answers->count, bytes, count);
    answers->count += (uint8_t)count;
    return true;
}

/* --- all of them --- */

struct part *parts_place(struct parts *parts, struct soc *soc, struct sched *sched,
                         enum part_kind kind, enum soc_i2c_bus bus, uint8_t address)
{
    struct part *part = &parts->part[parts->count];
    bool placed = false;

    assert(part_address_allowed(kind, address));
    if (parts->count == PARTS_MAX)
        return NULL;
    memset(part, 0, sizeof *part);
    part->kind = kind;
    switch (kind) {
    case PART_MCP9808:
        placed = i2c_mcp9808_attach(&part->mcp9808, soc, sched, bus, address);
        break;
    case PART_LIS3DH:
        placed = i2c_lis3dh_attach(&part->lis3dh, soc, sched, bus, address);
        break;
    case PART_HT16K33:
        placed = i2c_ht16k33_attach(&part->ht16k33, soc, bus, address);
        break;
    case PART_ANSWERS:
        placed = answers_attach(&part->answers, soc, bus, address);
        break;
    case PART_KINDS:
        break;
    }
    parts->count += placed;
    return placed ? part : NULL;
}

void parts_power_on(struct parts *parts)
{
    for (unsigned i = 0; i < parts->count; i++) {
        struct part *part = &parts->part[i];

        if (part->kind == PART_MCP9808)
            i2c_mcp9808_power_on(&part->mcp9808);
        else if (part->kind == PART_LIS3DH)
            i2c_lis3dh_power_on(&part->lis3dh);
        else if (part->kind == PART_HT16K33)
            i2c_ht16k33_power_on(&part->ht16k33);
    }
}
