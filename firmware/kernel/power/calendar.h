/* The RTC's calendar registers, in BCD, and seconds since 2001-01-01. Pure functions. */
#ifndef KERNEL_POWER_CALENDAR_H
#define KERNEL_POWER_CALENDAR_H

#include <stdint.h>

/* RTC_DR and RTC_TR to seconds; 24-hour format, years 2001 to 2099. */
uint32_t calendar_seconds(uint32_t dr, uint32_t tr);
/* RTC_DR for that second. */
uint32_t calendar_date(uint32_t seconds);
/* RTC_ALRMxR: matches that second of that day of the month. */
uint32_t calendar_alarm(uint32_t seconds);

#endif
