/* Closing what only the boot stages may see, and freezing the option bytes. */
#include "kernel/isolation/isolation.h"

#include "chip/core.h"
#include "chip/mmio.h"
#include "chip/stm32u585.h"
#include "kernel/isolation/fault.h"

#define WRONG_OPTION_KEY 0xBAD00BADu

void isolation_hide_boot(void)
{
    /* Until it reads back: a single skipped store must not leave the area open. */
    do {
        mmio_write(FLASH_R_S + FLASH_SECHDPCR_OFS, FLASH_SECHDPCR_HDP2_ACCDIS_Msk);
    } while ((mmio_read(FLASH_R_S + FLASH_SECHDPCR_OFS) & FLASH_SECHDPCR_HDP2_ACCDIS_Msk) == 0);
}

void isolation_lock_options(void)
{
    /* The chip answers a wrong key with a bus error, which is expected here. */
    fault_probe_write(FLASH_R_S + FLASH_OPTKEYR_OFS, WRONG_OPTION_KEY);
}

void isolation_lock(void)
{
    mmio_write(SYSCFG_S + SYSCFG_CSLCKR_OFS,
               SYSCFG_CSLCKR_LOCKSVTAIRCR_Msk | SYSCFG_CSLCKR_LOCKSMPU_Msk);
    core_barrier();
}
