/* Two classes of log lines, "guest error" and "not modelled", each place once; and the storage of
 * registers that have no model: they read back what was written.
 */
#include "soc/soc_state.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum { CLASS_GUEST = 1, CLASS_MODEL = 2, CLASS_REGISTER = 3 };

/* Finds or makes the entry for (class, key); NULL when the table is full. */
static struct soc_place *find(struct soc *soc, unsigned class, uint32_t key, bool *fresh)
{
    uint64_t full = (uint64_t) class << 32 | key;
    uint32_t slot = (uint32_t)((full * UINT64_C(0x9E3779B97F4A7C15)) >> 40) % SOC_PLACES;

    *fresh = false;
    for (unsigned tries = 0; tries < SOC_PLACES; tries++, slot = (slot + 1) % SOC_PLACES) {
        struct soc_place *place = &soc->place[slot];

        if (place->key == full) {
            return place;
        }
        if (place->key == 0) {
            if (soc->places >= SOC_PLACES - 1) {
                return NULL;
            }
            soc->places++;
            place->key = full;
            *fresh = true;
            return place;
        }
    }
    return NULL;
}

__attribute__((format(printf, 3, 0))) static void emit(struct soc *soc, const char *class,
                                                       const char *format, va_list arguments)
{
    char text[240];
    int used = snprintf(text, sizeof text, "%s: ", class);

    if (soc->config.log == NULL) {
        return;
    }
    vsnprintf(text + used, sizeof text - (size_t)used, format, arguments);
    soc->config.log(soc->config.context, text);
}

void soc_guest_error(struct soc *soc, uint32_t key, const char *format, ...)
{
    bool fresh;
    va_list arguments;

    if (find(soc, CLASS_GUEST, key, &fresh) == NULL || !fresh) {
        return;
    }
    va_start(arguments, format);
    emit(soc, "guest error", format, arguments);
    va_end(arguments);
}

void soc_not_modelled(struct soc *soc, uint32_t key, const char *format, ...)
{
    bool fresh;
    va_list arguments;

    if (find(soc, CLASS_MODEL, key, &fresh) == NULL || !fresh) {
        return;
    }
    va_start(arguments, format);
    emit(soc, "not modelled", format, arguments);
    va_end(arguments);
}

uint32_t soc_stored_read(struct soc *soc, const struct soc_block *block, uint32_t offset)
{
    bool fresh;
    struct soc_place *place = find(soc, CLASS_REGISTER, block->base + offset, &fresh);

    soc_not_modelled(soc, block->base + offset, "%s register 0x%03x", block->name, offset);
    return place != NULL ? place->value : 0;
}

void soc_stored_write(struct soc *soc, const struct soc_block *block, uint32_t offset,
                      uint32_t value)
{
    bool fresh;
    struct soc_place *place = find(soc, CLASS_REGISTER, block->base + offset, &fresh);

    soc_not_modelled(soc, block->base + offset, "%s register 0x%03x", block->name, offset);
    if (place != NULL) {
        place->value = value;
    }
}

/* Blocks without any model. */

/* Reset values that are not zero (RM0456, collected for every register of the chip). */
static const struct {
    const char *prefix;
    uint16_t offset;
    uint32_t value;
} stored_resets[] = {
    {"CRS", 0x00, 0x00004000u},
    {"CRS", 0x04, 0x2022BB7Fu},
    {"OCTOSPIM", 0x04, 0x03010111u},
    {"OCTOSPIM", 0x08, 0x07050333u},
};

static uint32_t reset_value(const struct soc_block *block, uint32_t offset)
{
    for (unsigned i = 0; i < sizeof stored_resets / sizeof stored_resets[0]; i++) {
        size_t length = strlen(stored_resets[i].prefix);

        if (stored_resets[i].offset == offset &&
            strncmp(block->name, stored_resets[i].prefix, length) == 0) {
            return stored_resets[i].value;
        }
    }
    return 0;
}

void soc_stored_reset(struct soc *soc, const struct soc_block *block)
{
    for (unsigned i = 0; i < SOC_PLACES; i++) {
        struct soc_place *place = &soc->place[i];
        uint32_t address = (uint32_t)place->key;

        if (place->key >> 32 == CLASS_REGISTER && address >= block->base &&
            address - block->base < block->size) {
            place->value = reset_value(block, address - block->base);
        }
    }
}

static struct soc_place *storage(struct soc *soc, const struct soc_block *block, uint32_t offset)
{
    bool fresh;
    struct soc_place *place = find(soc, CLASS_REGISTER, block->base + offset, &fresh);

    if (fresh) {
        place->value = reset_value(block, offset);
    }
    return place;
}

READER(stored)
{
    (void)access;
    storage(soc, block, offset);
    return soc_stored_read(soc, block, offset);
}

WRITER(stored)
{
    (void)access;
    soc_stored_write(soc, block, offset, value);
}

RESETTER(stored)
{
    soc_stored_reset(soc, block);
}

/* Blocks that are storage by nature: pin multiplexing and delay lines, which have no effect on a
 * board where every line ends at the right place. */

READER(quiet)
{
    const struct soc_place *place = storage(soc, block, offset);

    (void)access;
    return place != NULL ? place->value : 0;
}

WRITER(quiet)
{
    struct soc_place *place = storage(soc, block, offset);

    (void)access;
    if (place != NULL) { /* CR and CFGR of a delay block */
        place->value = value & (offset == 0 ? 3u : 0x8FFF7F0Fu);
    }
}

RESETTER(quiet)
{
    soc_stored_reset(soc, block);
}
