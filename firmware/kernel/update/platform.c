/* See platform.h. */
#include "kernel/update/platform.h"

#include "bootrom/handoff.h"
#include "chip/mmio.h"

#define SCB_AIRCR         0xE000ED0Cu
#define AIRCR_KEY         0x05FA0000u
#define AIRCR_KEEP        0x0000FF00u /* everything but the reset requests: PRIS, BFHFNMINS ... */
#define AIRCR_SYSRESETREQ 0x4u

uint32_t platform_kernel_version(void)
{
    return boot_handoff()->kernel_version;
}

void platform_reset(void)
{
    uint32_t keep = mmio_read(SCB_AIRCR) & AIRCR_KEEP;
    __asm volatile("dsb" ::: "memory");
    mmio_write(SCB_AIRCR, AIRCR_KEY | keep | AIRCR_SYSRESETREQ);
    __asm volatile("dsb" ::: "memory");
    for (;;) {
    }
}
