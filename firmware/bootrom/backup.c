/* Backup domain access: see backup.h. */
#include "bootrom/backup.h"

#include "chip/mmio.h"

#define SIGNATURE 0x4D56424Bu /* "KBVM" */

void backup_open(void)
{
    mmio_set(RCC_S + RCC_AHB3ENR_OFS, RCC_AHB3ENR_PWREN_Msk);
    mmio_set(RCC_S + RCC_APB3ENR_OFS, RCC_APB3ENR_RTCAPBEN_Msk);
    (void)mmio_read(RCC_S + RCC_APB3ENR_OFS);
    mmio_set(PWR_S + PWR_DBPR_OFS, PWR_DBPR_DBP_Msk);
    (void)mmio_read(PWR_S + PWR_DBPR_OFS);
}

bool backup_check(uint32_t reset_cause)
{
    if ((reset_cause & RCC_CSR_BORRSTF_Msk) == 0 || mmio_read(BACKUP_SIGNATURE) == SIGNATURE) {
        return false;
    }
    mmio_write(RCC_S + RCC_BDCR_OFS, RCC_BDCR_BDRST_Msk);
    (void)mmio_read(RCC_S + RCC_BDCR_OFS);
    mmio_write(RCC_S + RCC_BDCR_OFS, 0);
    mmio_write(BACKUP_SIGNATURE, SIGNATURE);
    return true;
}
