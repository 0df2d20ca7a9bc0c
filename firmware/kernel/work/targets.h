/* The application's exceptions, as the scheduler must see them: can one be taken now, and lending
 * its interrupts to the Secure state for a slice. */
#ifndef KERNEL_WORK_TARGETS_H
#define KERNEL_WORK_TARGETS_H

#include <stdbool.h>
#include <stdint.h>

#define TARGETS_QUIET_FOREVER 0x7FFFFFFFu

/* Microseconds until an exception of the application may be taken: 0 if one is pending that its
 * masks let through, TARGETS_QUIET_FOREVER if only interrupts can end the silence. */
uint32_t targets_quiet_us(void);
/* In a handler that interrupted the application's thread mode: nothing else is active. */
bool targets_only_this(void);
/* An exception of the application is active though thread mode runs. */
bool targets_exception_active(void);
/* Targets the enabled interrupts to Secure, except those that are pending but masked. */
void targets_borrow(void);
/* Gives all of them back; those that fired are pending again. */
void targets_return(void);
/* One is pending and enabled, whatever its masks say, or was handed back: what ends a sleep. */
bool targets_waiting(void);
/* One fired since targets_borrow(). */
bool targets_fired(void);

#endif
