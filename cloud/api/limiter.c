/* Token bucket: see limiter.h. */
#include "cloud/api/limiter.h"

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
