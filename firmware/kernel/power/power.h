/* Restarts of the device and the reasons that outlive them. */
#ifndef KERNEL_POWER_H
#define KERNEL_POWER_H

#include "abi/mv_syscalls.h"

/* Finds out why the kernel was started. */
void power_init(void);
/* That reason, for the first application of this run. */
enum MvWakeReason power_wake_reason(void);
/* Resets the device; the next run starts with that reason. Any context. */
__attribute__((noreturn)) void power_reset(enum MvWakeReason reason);
/* The same, by order of the cloud. */
__attribute__((noreturn)) void power_restart(void);
/* Called regularly by the work thread. */
void power_poll(void);

#endif
