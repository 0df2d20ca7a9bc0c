/*
 * Wall clock and its text forms. All times are UTC; microseconds or seconds since 1970, as named.
 */
#ifndef CLOUD_BASE_CLOCK_H
#define CLOUD_BASE_CLOCK_H

#include <stdint.h>

#define CLOCK_TEXT_S  24 /* "2026-01-02T03:04:05Z" with its NUL, rounded up */
#define CLOCK_TEXT_US 32 /* "2026-01-02T03:04:05.678901Z" */

uint64_t clock_unix_us(void);
int64_t clock_unix_s(void);

/* The text forms that the REST API and the log stream use. */
void clock_text_s(char out[CLOCK_TEXT_S], int64_t unix_s);
void clock_text_us(char out[CLOCK_TEXT_US], uint64_t unix_us);

#endif
