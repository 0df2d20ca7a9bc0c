/* The RTC's calendar against the C library's. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include <cmocka.h>

#include "kernel/power/calendar.h"

#define UNIX_2001 978307200
#define END       (98u * 365u * 86400u) /* in 2098 */

/* Packs digits as the registers do: 0x23 for 23. */
static uint32_t bcd(int value)
{
    char text[12];
    snprintf(text, sizeof text, "%d", value);
    return (uint32_t)strtoul(text, NULL, 16);
}

static void check(uint32_t seconds)
{
    time_t unix_s = (time_t)UNIX_2001 + seconds;
    struct tm tm;
    assert_non_null(gmtime_r(&unix_s, &tm));
    uint32_t weekday = tm.tm_wday == 0 ? 7 : (uint32_t)tm.tm_wday;
    uint32_t dr =
        bcd(tm.tm_year - 100) << 16 | weekday << 13 | bcd(tm.tm_mon + 1) << 8 | bcd(tm.tm_mday);
    uint32_t tr = bcd(tm.tm_hour) << 16 | bcd(tm.tm_min) << 8 | bcd(tm.tm_sec);
    assert_int_equal(calendar_date(seconds), dr);
    assert_int_equal(calendar_seconds(dr, tr), seconds);
    assert_int_equal(calendar_alarm(seconds), bcd(tm.tm_mday) << 24 | tr);
}

/* Every midnight and the second before, and times of day in between. */
static void every_day_of_98_years(void **state)
{
    (void)state;
    check(0);
    for (uint32_t day = 86400; day < END; day += 86400) {
        check(day - 1);
        check(day);
        check(day + day / 86400 * 7919 % 86400);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(every_day_of_98_years)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
