/* Back-off: see backoff.h. */
#include "kernel/net/backoff.h"

void backoff_reset(struct backoff *backoff)
{
    backoff->limit_ms = 0;
}

uint32_t backoff_next_ms(struct backoff *backoff, uint32_t most_ms, uint32_t random)
{
    uint32_t limit = backoff->limit_ms == 0 ? BACKOFF_FIRST_MS : backoff->limit_ms;
    uint32_t half = limit / 2;
    backoff->limit_ms = limit < most_ms / 2 ? limit * 2 : most_ms;
    return half + random % (limit - half + 1);
}
