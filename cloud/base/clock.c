/* Wall clock: see clock.h. */
#include "cloud/base/clock.h"

#include <stdio.h>
#include <time.h>

uint64_t clock_unix_us(void)
{
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    return (uint64_t)now.tv_sec * 1000000u + (uint64_t)now.tv_nsec / 1000u;
}

int64_t clock_unix_s(void)
{
    return (int64_t)(clock_unix_us() / 1000000u);
}

void clock_text_s(char out[CLOCK_TEXT_S], int64_t unix_s)
{
    time_t seconds = (time_t)unix_s;
    struct tm utc;
    if (!gmtime_r(&seconds, &utc) || strftime(out, CLOCK_TEXT_S, "%Y-%m-%dT%H:%M:%SZ", &utc) == 0)
        snprintf(out, CLOCK_TEXT_S, "9999-12-31T23:59:59Z"); /* a year of five digits */
}

void clock_text_us(char out[CLOCK_TEXT_US], uint64_t unix_us)
{
    char seconds[CLOCK_TEXT_S];
    clock_text_s(seconds, (int64_t)(unix_us / 1000000u));
    snprintf(out, CLOCK_TEXT_US, "%.19s.%06uZ", seconds, (unsigned)(unix_us % 1000000u));
}
