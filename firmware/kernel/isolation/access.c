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

/* Asks the processor, with the attributes of the caller: SAU, IDAU and the application's MPU. The
 * first and the last byte must lie in the same region of each. */
static bool permitted(uint32_t address, uint32_t size, bool write, bool unprivileged)
{
    void *first = (void *)(uintptr_t)address, *last = (void *)(uintptr_t)(address + size - 1);
    if (size == 0) {
        return true;
    }
    cmse_address_info_t at_first = unprivileged ? cmse_TTAT(first) : cmse_TTA(first);
    cmse_address_info_t at_last = unprivileged ? cmse_TTAT(last) : cmse_TTA(last);
    return at_first.value == at_last.value &&
           (write ? at_first.flags.nonsecure_readwrite_ok : at_first.flags.nonsecure_read_ok);
}

bool isolation_app_may_read(uint32_t address, uint32_t size, bool unprivileged)
{
    return (isolation_is_app_ram(address, size) || isolation_is_app_flash(address, size)) &&
           permitted(address, size, false, unprivileged);
}

bool isolation_app_may_write(uint32_t address, uint32_t size, bool unprivileged)
{
    return isolation_is_app_ram(address, size) && permitted(address, size, true, unprivileged);
}
