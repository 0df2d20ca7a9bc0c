/* Token bucket: see limiter.h. */
#include "cloud/api/limiter.h"

#include <stdlib.h>
#include <string.h>

#include "cloud/base/memory.h"

#define BURST_S 2.0 /* a full bucket lasts so long at the average rate */

void limiter_init(struct limiter *limiter, unsigned rate_per_s, uint64_t now_ms)
{
    limiter->rate_per_s = rate_per_s;
    limiter->tokens = BURST_S * rate_per_s;
    limiter->filled_ms = now_ms;
}

bool limiter_take(struct limiter *limiter, uint64_t now_ms, unsigned *wait_s)
{
    double full = BURST_S * limiter->rate_per_s;
    *wait_s = 0;
    if (limiter->rate_per_s == 0)
        return true;
    limiter->tokens += (double)(now_ms - limiter->filled_ms) * limiter->rate_per_s / 1000.0;
    limiter->filled_ms = now_ms;
    if (limiter->tokens > full)
        limiter->tokens = full;
    if (limiter->tokens >= 1.0) {
        limiter->tokens -= 1.0;
        return true;
    }
    *wait_s = 1; /* the rate is at least one a second */
    return false;
}

static struct limiter_of *insert(struct limiters *limiters, size_t place)
{
    if (limiters->count == limiters->room) {
        size_t room = limiters->room ? 2 * limiters->room : 16;
        struct limiter_of *list = memory_new(room * sizeof *list);
        if (limiters->count > 0)
            memcpy(list, limiters->list, limiters->count * sizeof *list);
        free(limiters->list);
        limiters->list = list;
        limiters->room = room;
    }
    struct limiter_of *at = limiters->list + place;
    memmove(at + 1, at, (limiters->count++ - place) * sizeof *at);
    return at;
}

struct limiter *limiters_of(struct limiters *limiters, int64_t account_id, unsigned rate_per_s,
                            uint64_t now_ms)
{
    size_t low = 0, high = limiters->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (limiters->list[middle].account_id < account_id)
            low = middle + 1;
        else
            high = middle;
    }
    struct limiter_of *at = limiters->list + low;
    bool there = low < limiters->count && at->account_id == account_id;
    if (!there)
        at = insert(limiters, low);
    if (!there || at->limiter.rate_per_s != rate_per_s)
        limiter_init(&at->limiter, rate_per_s, now_ms);
    at->account_id = account_id;
    return &at->limiter;
}

void limiters_free(struct limiters *limiters)
{
    free(limiters->list);
}
