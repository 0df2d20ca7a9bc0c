/* Factory record in its flash page: see identity.h. */
#include "kernel/storage/identity.h"

#include "drivers/flash.h"
#include "layout.h"

_Static_assert(IDENTITY_SIZE <= LAYOUT_IDENTITY_SIZE, "record fits its page");

const struct identity *identity_get(void)
{
    static struct identity identity;
    static enum { UNREAD, GOOD, ABSENT } state;
    if (state == UNREAD) {
        const uint8_t *record = flash_map(FLASH_KERNEL, LAYOUT_IDENTITY_BASE - LAYOUT_BANK2_BASE);
        enum identity_error error = identity_decode(record, LAYOUT_IDENTITY_SIZE, &identity);
        state = error == IDENTITY_OK ? GOOD : ABSENT;
    }
    return state == GOOD ? &identity : NULL;
}
