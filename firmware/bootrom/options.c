/* Option byte checks (RM0456 7.4): see options.h. */
#include "bootrom/options.h"

#include <stdbool.h>

#include "chip/mmio.h"
#include "chip/stm32u585.h"
#include "layout.h"

#define LAST_PAGE 127u

static uint32_t option(uint32_t offset)
{
    return mmio_read(FLASH_R_S + offset);
}

static bool watermark(uint32_t offset, uint32_t first, uint32_t last)
{
    uint32_t value = option(offset);
    return (value & FLASH_SECWM2R1_SECWM2_PSTRT_Msk) >> FLASH_SECWM2R1_SECWM2_PSTRT_Pos == first &&
           (value & FLASH_SECWM2R1_SECWM2_PEND_Msk) >> FLASH_SECWM2R1_SECWM2_PEND_Pos == last;
}

/* Bank 1 must have no secure page: first above last. */
static bool bank_1_open(void)
{
    uint32_t value = option(FLASH_SECWM1R1_OFS);
    return (value & FLASH_SECWM2R1_SECWM2_PSTRT_Msk) >> FLASH_SECWM2R1_SECWM2_PSTRT_Pos >
           (value & FLASH_SECWM2R1_SECWM2_PEND_Msk) >> FLASH_SECWM2R1_SECWM2_PEND_Pos;
}

static bool boot_stages_hidden(void)
{
    uint32_t mask = FLASH_SECWM2R2_HDP2EN_Msk | FLASH_SECWM2R2_HDP2_PEND_Msk;
    return (option(FLASH_SECWM2R2_OFS) & mask) ==
           (FLASH_SECWM2R2_HDP2EN_Msk | (uint32_t)LAYOUT_HDP_LAST_PAGE
                                            << FLASH_SECWM2R2_HDP2_PEND_Pos);
}

static bool trustzone_on(void)
{
    uint32_t mask = FLASH_OPTR_TZEN_Msk | FLASH_OPTR_SWAP_BANK_Msk;
    return (option(FLASH_OPTR_OFS) & mask) == FLASH_OPTR_TZEN_Msk;
}

/* With BOOT_LOCK the address cannot change any more and boot requests to the ROM are ignored. */
static bool boot_locked(void)
{
    uint32_t mask = FLASH_SECBOOTADD0R_SECBOOTADD0_Msk | FLASH_SECBOOTADD0R_BOOT_LOCK_Msk;
    return (option(FLASH_SECBOOTADD0R_OFS) & mask) ==
           (LAYOUT_PREBOOT_BASE | FLASH_SECBOOTADD0R_BOOT_LOCK_Msk);
}

hard_bool options_check(void)
{
    if (!trustzone_on() || !boot_locked() || !watermark(FLASH_SECWM2R1_OFS, 0, LAST_PAGE) ||
        !bank_1_open() || !boot_stages_hidden()) {
        return HARD_FALSE;
    }
    return HARD_TRUE;
}
