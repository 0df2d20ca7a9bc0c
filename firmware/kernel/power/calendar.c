/* Calendar arithmetic: see calendar.h. */
#include "kernel/power/calendar.h"

#define DAY         86400u
#define DAYS_4_YEAR 1461u /* 2001 to 2004, and so on: 2000 and 2100 are outside */
#define MONDAY      1u    /* 2001-01-01 */

static uint32_t from_bcd(uint32_t value)
{
    return (value >> 4 & 0xFu) * 10 + (value & 0xFu);
}

static uint32_t to_bcd(uint32_t value)
{
    return value / 10 << 4 | value % 10;
}

/* Of years since 2001 and months from 0. */
static uint32_t days_of_month(uint32_t year, uint32_t month)
{
    if (month == 1) {
        return year % 4 == 3 ? 29 : 28;
    }
    return 30 + ((month < 7 ? month + 1 : month) & 1u);
}

uint32_t calendar_seconds(uint32_t dr, uint32_t tr)
{
    uint32_t years = from_bcd(dr >> 16 & 0xFFu), months = from_bcd(dr >> 8 & 0x1Fu);
    uint32_t year = years > 0 ? years - 1 : 0;
    uint32_t days = year / 4 * DAYS_4_YEAR + year % 4 * 365 + from_bcd(dr & 0x3Fu) - 1;
    for (uint32_t month = 0; month + 1 < months && month < 12; month++) {
        days += days_of_month(year, month);
    }
    return days * DAY + from_bcd(tr >> 16 & 0x3Fu) * 3600 + from_bcd(tr >> 8 & 0x7Fu) * 60 +
           from_bcd(tr & 0x7Fu);
}

struct date {
    uint32_t year, month, day; /* since 2001, from 0, from 0 */
};

static struct date date_of(uint32_t seconds)
{
    uint32_t days = seconds / DAY, rest = days % DAYS_4_YEAR, year = rest / 365;
    struct date date = {.year = year < 4 ? year : 3};
    date.day = rest - date.year * 365;
    while (date.day >= days_of_month(date.year, date.month)) {
        date.day -= days_of_month(date.year, date.month);
        date.month++;
    }
    date.year += days / DAYS_4_YEAR * 4;
    return date;
}

uint32_t calendar_date(uint32_t seconds)
{
    struct date date = date_of(seconds);
    uint32_t weekday = (seconds / DAY + MONDAY - 1) % 7 + 1;
    return to_bcd(date.year + 1) << 16 | weekday << 13 | to_bcd(date.month + 1) << 8 |
           to_bcd(date.day + 1);
}

uint32_t calendar_alarm(uint32_t seconds)
{
    struct date date = date_of(seconds);
    uint32_t today = seconds % DAY;
    return to_bcd(date.day + 1) << 24 | to_bcd(today / 3600) << 16 | to_bcd(today / 60 % 60) << 8 |
           to_bcd(today % 60);
}
