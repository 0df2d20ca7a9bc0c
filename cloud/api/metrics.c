/* Prometheus metrics: see metrics.h. */
#include "cloud/api/metrics.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "cloud/base/memory.h"
#include "cloud/egress/egress.h"

static const double bounds_s[METRICS_BUCKETS] = {0.001, 0.0025, 0.005, 0.01, 0.05, 0.1, 0.5, 2.5};

void metrics_count(struct metrics *metrics, int status, uint64_t duration_ns)
{
    double duration_s = (double)duration_ns / 1e9;
    size_t bucket = 0;
    while (bucket < METRICS_BUCKETS && duration_s > bounds_s[bucket])
        bucket++;
    metrics->buckets[bucket]++;
    metrics->duration_sum_s += duration_s;
    metrics->requests[status / 100 < 6 ? status / 100 : 0]++;
    metrics->limited += status == 429;
}

static void header(FILE *out, const char *name, const char *type, const char *help)
{
    fprintf(out, "# HELP microvisor_%s %s\n# TYPE microvisor_%s %s\n", name, help, name, type);
}

static void number(FILE *out, const char *name, const char *type, const char *help, uint64_t value)
{
    header(out, name, type, help);
    fprintf(out, "microvisor_%s %" PRIu64 "\n", name, value);
}

static void durations(FILE *out, const struct metrics *metrics)
{
    uint64_t sum = 0;
    header(out, "http_request_duration_seconds", "histogram",
           "Time from a request's header to its answer.");
    for (size_t i = 0; i < METRICS_BUCKETS; i++) {
        sum += metrics->buckets[i];
        fprintf(out, "microvisor_http_request_duration_seconds_bucket{le=\"%g\"} %" PRIu64 "\n",
                bounds_s[i], sum);
    }
    sum += metrics->buckets[METRICS_BUCKETS];
    fprintf(out,
            "microvisor_http_request_duration_seconds_bucket{le=\"+Inf\"} %" PRIu64 "\n"
            "microvisor_http_request_duration_seconds_sum %.6f\n"
            "microvisor_http_request_duration_seconds_count %" PRIu64 "\n",
            sum, metrics->duration_sum_s, sum);
}

static uint64_t resident_bytes(void)
{
    unsigned long pages = 0;
    FILE *file = fopen("/proc/self/statm", "r");
    if (!file)
        return 0;
    if (fscanf(file, "%*u %lu", &pages) != 1)
        pages = 0;
    fclose(file);
    return (uint64_t)pages * (uint64_t)sysconf(_SC_PAGESIZE);
}

char *metrics_text(const struct metrics *metrics, const struct metrics_now *now)
{
    char *text = NULL;
    size_t size;
    FILE *out = open_memstream(&text, &size);
    if (!out)
        return memory_new(1);
    header(out, "build_info", "gauge", "Version of the server.");
    fprintf(out, "microvisor_build_info{version=\"%s\"} 1\n", MV_VERSION);
    number(out, "devices_connected", "gauge", "Devices with an open tunnel.",
           now->devices_connected);
    header(out, "http_requests_total", "counter", "Answered requests by class of status.");
    for (int i = 2; i < 6; i++)
        fprintf(out, "microvisor_http_requests_total{status=\"%dxx\"} %" PRIu64 "\n", i,
                metrics->requests[i]);
    number(out, "http_requests_limited_total", "counter", "Requests refused with 429.",
           metrics->limited);
    number(out, "http_requests_active", "gauge", "Requests and event streams not yet over.",
           now->requests_active);
    durations(out, metrics);
    number(out, "store_jobs_waiting", "gauge", "Jobs before the store.", now->store_jobs_waiting);
    number(out, "api_keys", "gauge", "API keys of the account.", now->api_keys);
    number(out, "process_resident_memory_bytes", "gauge", "Memory of the server.",
           resident_bytes());
    egress_metrics(now->egress, out);
    fclose(out);
    return text;
}
