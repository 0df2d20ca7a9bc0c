/* The application: the Non-secure state as a whole, its life and its crashes. */
#ifndef KERNEL_APP_H
#define KERNEL_APP_H

#include <stdbool.h>
#include <stdint.h>

#include "abi/mv_syscalls.h"

struct fault_report;

void app_init(void);

/* Starts the application in bank 1 from a cleared state, if its vector table makes sense. From the
 * work thread. The wake reason is that of the last app_stop() or crash, or the device's. */
void app_start(void);
/* Ends it: interrupts off, peripherals reset, its handles and buffers forgotten. From the work
 * thread. An application that is stopped stays so until app_start(). */
void app_stop(void);
bool app_running(void);
/* Stops and starts it; the next run sees that reason. From the work thread. */
void app_restart(enum MvWakeReason reason);
/* The reason for the next app_start(). */
void app_set_wake_reason(enum MvWakeReason reason);
/* Why the present run was started. */
enum MvWakeReason app_wake_reason(void);

/* Called regularly by the work thread: restarts after crashes and on the application's own wish. */
void app_poll(void);

/* From a fault handler: it faulted and will not run on. */
void app_crashed(const struct fault_report *report);
/* From mvRestart(): ends at the next occasion and starts again. */
void app_request_restart(void);

/* Limits of the wait between a crash and the next start; from the manifest. */
void app_set_crash_policy(uint32_t minimum_ms, uint32_t maximum_ms);

#endif
