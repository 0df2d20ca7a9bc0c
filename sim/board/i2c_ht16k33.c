#include "board/i2c_ht16k33.h"

#include <string.h>

/* Commands: the upper four bits of the first byte after the address. */
enum {
    COMMAND_DISPLAY_POINTER = 0x0,
    COMMAND_SYSTEM = 0x2,
    COMMAND_KEY_POINTER = 0x4,
    COMMAND_INT_POINTER = 0x6,
    COMMAND_DISPLAY = 0x8,
    COMMAND_ROW_INT = 0xA,
    COMMAND_DIMMING = 0xE
};

#define KEY_BASE 0x40u
#define INT_FLAG 0x60u

static void command(struct i2c_ht16k33 *part, uint8_t byte)
{
    switch (byte >> 4) {
    case COMMAND_DISPLAY_POINTER:
    case COMMAND_KEY_POINTER:
    case COMMAND_INT_POINTER:
        part->pointer = byte;
        break;
    case COMMAND_SYSTEM:
        part->oscillator = byte & 1;
        break;
    case COMMAND_DISPLAY:
        part->display = byte & 1;
        part->blink = (byte >> 1) & 3;
        break;
    case COMMAND_ROW_INT:
        part->int_mode_row15 = byte & 1;
        break;
    case COMMAND_DIMMING:
        part->dimming = byte & 15;
        break;
    default:
        break;
    }
}

static bool on_start(void *context, bool read)
{
    struct i2c_ht16k33 *part = context;

    part->pointed = read;
    return true;
}

/* The display pointer wraps from 0x0F to 0x00; other commands take no data. */
static bool on_write(void *context, uint8_t byte)
{
    struct i2c_ht16k33 *part = context;

    if (!part->pointed) {
        part->pointed = true;
        command(part, byte);
    } else if (part->pointer < sizeof part->ram) {
        part->ram[part->pointer] = byte;
        part->pointer = (part->pointer + 1) % sizeof part->ram;
    }
    return true;
}

static uint8_t on_read(void *context)
{
    struct i2c_ht16k33 *part = context;
    uint8_t value = 0;

    if (part->pointer < sizeof part->ram) {
        value = part->ram[part->pointer];
        part->pointer = (part->pointer + 1) % sizeof part->ram;
    } else if (part->pointer >= KEY_BASE && part->pointer < KEY_BASE + sizeof part->keys) {
        value = part->oscillator ? part->keys[part->pointer - KEY_BASE] : 0;
        part->pointer = (uint8_t)(KEY_BASE + (part->pointer - KEY_BASE + 1) % sizeof part->keys);
    } else if (part->pointer == INT_FLAG) {
        for (unsigned i = 0; i < sizeof part->keys; i++) {
            value |= part->oscillator && part->keys[i] != 0 ? 0xFF : 0;
        }
    }
    return value;
}

void i2c_ht16k33_power_on(struct i2c_ht16k33 *part)
{
    struct i2c_ht16k33 fresh = {.dimming = 15};

    memcpy(fresh.keys, part->keys, sizeof fresh.keys); /* fingers stay where they are */
    *part = fresh;
}

bool i2c_ht16k33_attach(struct i2c_ht16k33 *part, struct soc *soc, enum soc_i2c_bus bus,
                        uint8_t address)
{
    const struct soc_i2c_device device = {
        .context = part, .address = address, .start = on_start, .write = on_write, .read = on_read};

    memset(part, 0, sizeof *part);
    i2c_ht16k33_power_on(part);
    return soc_i2c_attach(soc, bus, &device);
}

void i2c_ht16k33_shown(const struct i2c_ht16k33 *part, uint8_t rows[16])
{
    memset(rows, 0, sizeof part->ram);
    if (part->oscillator && part->display) {
        memcpy(rows, part->ram, sizeof part->ram);
    }
}

void i2c_ht16k33_key(struct i2c_ht16k33 *part, unsigned column, unsigned bit, bool down)
{
    uint8_t *byte = &part->keys[2 * (column % 3) + (bit / 8) % 2];

    *byte = (uint8_t)(down ? *byte | 1u << (bit % 8) : *byte & ~(1u << (bit % 8)));
}
