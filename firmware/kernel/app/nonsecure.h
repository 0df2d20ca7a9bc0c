/* The Non-secure state's hardware between two applications. */
#ifndef KERNEL_APP_NONSECURE_H
#define KERNEL_APP_NONSECURE_H

#include <stdbool.h>

/* Everything that the application could have set back to its reset state: interrupts, system
 * registers, peripherals, pins. Its memory is left, for a debugger. */
void nonsecure_reset(void);
/* Clears its RAM and points the Non-secure vector table at bank 1. False if an exception
 * of the last application is still active, which only a reset of the device can end. */
bool nonsecure_clear(void);

#endif
