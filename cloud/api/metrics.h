/* What the server counts, in the text form of Prometheus. Loop thread. */
#ifndef CLOUD_API_METRICS_H
#define CLOUD_API_METRICS_H

#include <stddef.h>
#include <stdint.h>

#define METRICS_BUCKETS 8

struct metrics {
    uint64_t requests[6]; /* by first digit of the status */
    uint64_t limited;     /* refused with 429 */
    uint64_t buckets[METRICS_BUCKETS + 1];
    double duration_sum_s;
};

struct egress;

/* Values that are asked for when they are shown. */
struct metrics_now {
    const struct egress *egress;
    size_t devices_connected;
    unsigned requests_active, store_jobs_waiting;
    size_t api_keys;
};

/* Counts an answered request. */
void metrics_count(struct metrics *metrics, int status, uint64_t duration_ns);

/* The page; the caller frees it. */
char *metrics_text(const struct metrics *metrics, const struct metrics_now *now);

#endif
