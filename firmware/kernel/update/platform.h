/* What update needs of the machine besides flash; the host's tests have their own. */
#ifndef KERNEL_UPDATE_PLATFORM_H
#define KERNEL_UPDATE_PLATFORM_H

#include <stdint.h>

/* Version number of the running kernel. */
uint32_t platform_kernel_version(void);
/* System reset. On the device it does not return. */
void platform_reset(void);

#endif
