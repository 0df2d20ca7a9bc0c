/* Backup domain: registers that survive a reset while the battery lasts. */
#ifndef FIRMWARE_BOOTROM_BACKUP_H
#define FIRMWARE_BOOTROM_BACKUP_H

#include <stdbool.h>
#include <stdint.h>

#include "chip/stm32u585.h"

#define BACKUP_SIGNATURE                                                                           \
    (TAMP_S + TAMP_BKP30R_OFS)                     /* says that the domain was started properly    \
                                                    */
#define BACKUP_LOCKDOWN (TAMP_S + TAMP_BKP31R_OFS) /* see lockdown.h */

/* Gives write access to the backup domain until the next reset. */
void backup_open(void);
/* Errata 2.2.9 and 2.2.10: the domain may miss its reset at power-up and come up with random
 * content. After a brown-out reset without our signature it is reset by software. True if that was
 * done. */
bool backup_check(uint32_t reset_cause);

#endif
