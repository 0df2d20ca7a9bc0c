/* May the application use this memory? Answered for exactly the access that a call needs. */
#include <arm_cmse.h>

#include "kernel/isolation/isolation.h"
#include "kernel/isolation/sau.h"
#include "layout.h"

static bool inside(uint32_t address, uint32_t size, uint32_t base, uint32_t length)
{
    return address - base < length && size <= length - (address - base);
}

bool isolation_is_app_ram(uint32_t address, uint32_t size)
{
    return inside(address, size, LAYOUT_APP_RAM_BASE, LAYOUT_APP_RAM_SIZE) ||
           inside(address, size, SAU_SRAM4_BASE, SAU_SRAM4_SIZE);
}

bool isolation_is_app_flash(uint32_t address, uint32_t size)
{
    return inside(address, size, LAYOUT_APP_FLASH_BASE, LAYOUT_APP_FLASH_SIZE);
}

/* Asks the processor, with the attributes of the caller: SAU, IDAU and the application's MPU. */
static bool permitted(uint32_t address, uint32_t size, int flags, bool unprivileged)
{
    if (size == 0) {
        return true;
    }
    flags |= CMSE_NONSECURE | (unprivileged ? CMSE_MPU_UNPRIV : 0);
    return cmse_check_address_range((void *)(uintptr_t)address, size, flags) != NULL;
}

bool isolation_app_may_read(uint32_t address, uint32_t size, bool unprivileged)
{
    return (isolation_is_app_ram(address, size) || isolation_is_app_flash(address, size)) &&
           permitted(address, size, CMSE_MPU_READ, unprivileged);
}

bool isolation_app_may_write(uint32_t address, uint32_t size, bool unprivileged)
{
    return isolation_is_app_ram(address, size) &&
           permitted(address, size, CMSE_MPU_READWRITE, unprivileged);
}
