/* Token bucket: see bucket.h. */
#include "cloud/base/bucket.h"

void bucket_init(struct bucket *bucket, uint32_t rate_per_s, uint32_t burst, uint64_t now_ms)
{
    bucket->rate_per_s = rate_per_s;
    bucket->burst = bucket->tokens = burst;
    bucket->part = 0;
    bucket->filled_ms = now_ms;
}

void bucket_fill(struct bucket *bucket, uint64_t now_ms)
{
    uint64_t thousandths = (now_ms - bucket->filled_ms) * bucket->rate_per_s + bucket->part;
    bool full = thousandths / 1000u >= bucket->burst - bucket->tokens;
    bucket->tokens = full ? bucket->burst : bucket->tokens + (uint32_t)(thousandths / 1000u);
    bucket->part = full ? 0 : (uint32_t)(thousandths % 1000u);
    bucket->filled_ms = now_ms;
}

bool bucket_take(struct bucket *bucket, uint64_t now_ms)
{
    bucket_fill(bucket, now_ms);
    if (bucket->tokens == 0)
        return false;
    bucket->tokens--;
    return true;
}
