/* The real-time clock as the kernel uses it: time that goes on through low-power modes, and an
 * alarm that ends them (RM0456 63).
 *
 * The calendar, its calibration and alarm B are secure; alarm A, the wake-up timer and time stamps
 * are the application's. The calendar counts from 2001-01-01 at the first power-up and is never set
 * again, so it is no wall clock: time/ keeps the difference.
 */
#ifndef KERNEL_POWER_RTC_H
#define KERNEL_POWER_RTC_H

#include <stdbool.h>
#include <stdint.h>

/* Before the application starts. */
void rtc_init(void);
/* From the work thread: starts clock source and calendar at the first power-up, which takes up to
 * some seconds: the crystal, or after 3 s in vain the internal oscillator. */
void rtc_poll(void);
bool rtc_running(void);
/* The source goes on in Shutdown mode. */
bool rtc_on_crystal(void);
/* Microseconds since 2001-01-01, in steps of one period of the source; 0 while it does not run. */
uint64_t rtc_us(void);
/* The same right after Stop mode, when the registers that software reads have to catch up. */
uint64_t rtc_us_after_stop(void);

/* Arms alarm B for that time, rounded up to a second, at most 27 days ahead; its interrupt line is
 * RTC_S. rtc_alarm_off() also clears its flag. */
void rtc_alarm(uint64_t when_us);
void rtc_alarm_off(void);
bool rtc_alarm_fired(void);
/* A function of the application with its interrupt enabled has fired. */
bool rtc_app_fired(void);

#endif
