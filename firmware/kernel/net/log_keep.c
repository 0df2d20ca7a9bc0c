/* Log records on their way: see log_keep.h. */
#include "kernel/net/log_keep.h"

#include <stddef.h>
#include <string.h>

/* Size of the record at `at`. What is kept was written by the kernel itself; should it not parse,
 * the rest counts as one record and leaves the buffer with it. */
static uint32_t record_size(const struct log_keep *keep, uint32_t at)
{
    struct logrec record;
    int32_t size = logrec_parse(keep->bytes + at, keep->size - at, &record);
    return size > 0 ? (uint32_t)size : keep->size - at;
}

static void drop(struct log_keep *keep, uint32_t size)
{
    keep->size -= size;
    keep->sent -= size;
    memmove(keep->bytes, keep->bytes + size, keep->size);
}

uint8_t *log_keep_room(struct log_keep *keep)
{
    return LOG_KEEP_BYTES - keep->size >= LOGREC_BYTES_MAX ? keep->bytes + keep->size : NULL;
}

void log_keep_added(struct log_keep *keep, uint32_t size)
{
    keep->size += size;
}

const uint8_t *log_keep_next(const struct log_keep *keep, uint32_t limit_bytes, uint32_t *size)
{
    uint32_t end = keep->sent;
    while (end < keep->size) {
        uint32_t record = record_size(keep, end);
        if (end - keep->sent + record > limit_bytes)
            break;
        end += record;
    }
    *size = end - keep->sent;
    return keep->bytes + keep->sent;
}

void log_keep_sent(struct log_keep *keep, uint32_t size)
{
    keep->sent += size;
}

void log_keep_stored(struct log_keep *keep, uint32_t size)
{
    uint32_t record;
    if (size > keep->sent - keep->receipts)
        size = keep->sent - keep->receipts; /* a receipt for more than was sent means nothing */
    keep->receipts += size;
    while (keep->receipts > 0 && keep->receipts >= (record = record_size(keep, 0))) {
        drop(keep, record);
        keep->receipts -= record;
    }
}

void log_keep_again(struct log_keep *keep)
{
    keep->sent = 0;
    keep->receipts = 0;
}

void log_keep_give_up(struct log_keep *keep)
{
    drop(keep, keep->sent);
    keep->receipts = 0;
}
