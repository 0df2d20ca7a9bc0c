/* Token bucket: so many events a second on average, and so many at once. */
#ifndef CLOUD_BASE_BUCKET_H
#define CLOUD_BASE_BUCKET_H

#include <stdbool.h>
#include <stdint.h>

struct bucket {
    uint32_t rate_per_s, burst, tokens;
    uint32_t part; /* of the next token, in thousandths */
    uint64_t filled_ms;
};

/* Full at first. rate_per_s is not 0. */
void bucket_init(struct bucket *bucket, uint32_t rate_per_s, uint32_t burst, uint64_t now_ms);

/* Adds what time has brought. */
void bucket_fill(struct bucket *bucket, uint64_t now_ms);

/* Fills and takes a token; false: there is none. */
bool bucket_take(struct bucket *bucket, uint64_t now_ms);

#endif
