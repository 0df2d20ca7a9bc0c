/* Restarts of the device and the reasons that outlive them. */
#ifndef KERNEL_POWER_H
#define KERNEL_POWER_H

#include <stdint.h>

#include "abi/mv_syscalls.h"

/* Finds out why the kernel was started. Needs the clock. */
void power_init(void);
/* That reason, for the first application of this run. */
enum MvWakeReason power_wake_reason(void);
/* Watchdog resets one after the other, the one that led to this run included; 0: it was another. */
uint32_t power_watchdog_resets(void);
/* The application has run for long: the next one is the first again. */
void power_watchdog_calm(void);
/* Resets the device; the next run starts with that reason. Any context. */
__attribute__((noreturn)) void power_reset(enum MvWakeReason reason);
/* The same, by order of the cloud. */
__attribute__((noreturn)) void power_restart(void);
/* Called regularly by the work thread: the real-time clock's start, low-power modes. */
void power_poll(void);
/* After policy_init(), if this start ends a deep sleep: wall clock and check-in go on. */
void power_resume(void);
/* Right before a deep sleep: keeps what power_resume() needs. `lines` as of sleep_lines_return().
 */
void power_going_to_sleep(uint32_t lines);
/* The application is gone: its wake-up pins too. */
void power_app_reset(void);

#endif
