/* Option bytes that the secure world depends on. */
#ifndef FIRMWARE_BOOTROM_OPTIONS_H
#define FIRMWARE_BOOTROM_OPTIONS_H

#include "bootrom/hardened.h"

/* HARD_TRUE if TrustZone is on, bank 2 and only bank 2 is secure, the boot stages are hidden from
 * the kernel on, banks are not swapped and the chip can start nowhere else than in preboot. */
hard_bool options_check(void);

#endif
