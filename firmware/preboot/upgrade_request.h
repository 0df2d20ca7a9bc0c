/* How the kernel asks for the upgrade path at the next reset: one quad-word at the start of the
 * upgrader's last flash page. Erasing that page withdraws the request. */
#ifndef FIRMWARE_PREBOOT_UPGRADE_REQUEST_H
#define FIRMWARE_PREBOOT_UPGRADE_REQUEST_H

#include "layout.h"

#define UPGRADE_REQUEST_ADDRESS                                                                    \
    (LAYOUT_UPGRADER_BASE + LAYOUT_UPGRADER_SIZE - LAYOUT_FLASH_PAGE_SIZE)
/* Word n of the quad-word is this value xor n. */
#define UPGRADE_REQUEST_WORD 0x55504744u

#endif
