/* lwIP's view of the compiler and of the kernel around it. */
#ifndef FIRMWARE_ARCH_CC_H
#define FIRMWARE_ARCH_CC_H

#include <stdint.h>

uint32_t net_random(void);
_Noreturn void net_assert_failed(void);

#define LWIP_RAND()             net_random()
#define LWIP_NO_STDIO_H         1
#define LWIP_PLATFORM_DIAG(x)   ((void)0)
#define LWIP_PLATFORM_ASSERT(x) net_assert_failed()
#define LWIP_NO_UNISTD_H        1
#define LWIP_TIMEVAL_PRIVATE    0

#endif
