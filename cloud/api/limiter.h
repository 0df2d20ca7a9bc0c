/* Token buckets, one for each account: so many requests a second on average, twice as many in a
 * burst. */
#ifndef CLOUD_API_LIMITER_H
#define CLOUD_API_LIMITER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct limiter {
    unsigned rate_per_s; /* 0: no limit */
    double tokens;
    uint64_t filled_ms;
};

void limiter_init(struct limiter *limiter, unsigned rate_per_s, uint64_t now_ms);

/* Takes a token. False: there is none; *wait_s is when to try again, at least 1. */
bool limiter_take(struct limiter *limiter, uint64_t now_ms, unsigned *wait_s);

struct limiters {
    struct limiter_of {
        int64_t account_id;
        struct limiter limiter;
    } * list; /* by account */
    size_t count, room;
};

/* The account's bucket, made when it is first asked for; a changed rate takes effect at once. */
struct limiter *limiters_of(struct limiters *limiters, int64_t account_id, unsigned rate_per_s,
                            uint64_t now_ms);
void limiters_free(struct limiters *limiters);

#endif
