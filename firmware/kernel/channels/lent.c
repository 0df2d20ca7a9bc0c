/* Rings in lent memory: see lent.h. */
#include "kernel/channels/lent.h"

#include <string.h>

static uint32_t place(const struct lent *lent, uint32_t offset)
{
    uint32_t at = lent->read + offset;
    return at < lent->size ? at : at - lent->size;
}

void lent_put(const struct lent *lent, uint32_t offset, const void *bytes, uint32_t count)
{
    uint32_t at = place(lent, offset), first = lent->size - at;
    if (count <= first) {
        memcpy(lent->memory + at, bytes, count);
    } else {
        memcpy(lent->memory + at, bytes, first);
        memcpy(lent->memory, (const uint8_t *)bytes + first, count - first);
    }
}

void lent_get(const struct lent *lent, uint32_t offset, void *bytes, uint32_t count)
{
    uint32_t at = place(lent, offset), first = lent->size - at;
    if (count <= first) {
        memcpy(bytes, lent->memory + at, count);
    } else {
        memcpy(bytes, lent->memory + at, first);
        memcpy((uint8_t *)bytes + first, lent->memory, count - first);
    }
}

void lent_drop(struct lent *lent, uint32_t count)
{
    lent->read = place(lent, count);
    lent->used -= count;
}
