/* Internal flash, one quad-word or page at a time (RM0456 7.3).
 *
 * Two areas: bank 1 is the application's and non-secure, bank 2 the secure world's. Each is written
 * through its own register set and address alias; the chip refuses everything else. Only one thread
 * (kernel work, or the boot code before there is one) calls these functions.
 *
 * This header is the shim that the host's tests replace by a model in RAM.
 */
#ifndef FIRMWARE_DRIVERS_FLASH_H
#define FIRMWARE_DRIVERS_FLASH_H

#include <stdint.h>

#define FLASH_PAGE_SIZE 0x2000u
#define FLASH_BANK_SIZE 0x100000u
#define FLASH_QUAD_SIZE 16u /* what is programmed at once */

enum flash_area {
    FLASH_APP,    /* bank 1 */
    FLASH_KERNEL, /* bank 2 */
};

enum flash_result {
    FLASH_OK,
    FLASH_LOCKED,  /* the control register stays locked until the next reset */
    FLASH_FAILED,  /* the controller reported an error, or reading back differs */
    FLASH_TIMEOUT, /* still busy after many times the data sheet's maximum */
};

/* A function that passes `time_us` usefully while an erase runs; NULL (the default) polls. */
void flash_set_wait(void (*wait_us)(uint32_t time_us));
/* Erases one page (0 to 127) of an area; all its bytes read 0xFF afterwards. */
enum flash_result flash_erase(enum flash_area area, uint32_t page);
/* Programs erased flash. `offset` (in the area) and `size` are multiples of FLASH_QUAD_SIZE.
 * Quad-words that are all 0xFF are left erased, so that they can be programmed later. */
enum flash_result flash_program(enum flash_area area, uint32_t offset, const void *data,
                                uint32_t size);
/* Where an area's bytes are mapped for reading. */
const uint8_t *flash_map(enum flash_area area, uint32_t offset);

#endif
