/* Low-power modes (RM0456 10.7), entered by the work thread when nothing else is to be done.
 *
 * The processor sleeps in secure thread mode with PRIMASK set: whatever wakes it is taken only
 * after the clocks run again and the time that passed is known.
 */
#ifndef KERNEL_POWER_SLEEP_H
#define KERNEL_POWER_SLEEP_H

#include <stdbool.h>
#include <stdint.h>

#include "abi/mv_syscalls.h"
#include "kernel/calls/calls.h"

/* From mvPowerSave: the answer for that caller, or *again while it sleeps. */
enum MvStatus sleep_save(uint32_t mode, struct calls_caller caller, bool *again);
/* From mvDeepSleep: OKAY if the thread will enter that mode as soon as the background is gone. */
enum MvStatus sleep_deep(uint32_t mode);
/* From the work thread: does what was asked for. */
void sleep_poll(void);
/* Gives wake-up lines back that the kernel took, a mask of PWR_WUCR1. */
void sleep_lines_return(uint32_t taken);
/* The application is gone, its wish too. */
void sleep_reset(void);

#endif
