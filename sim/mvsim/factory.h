/* The factory step on a board's memories: boot code, kernel, identity and option bytes.
 *
 * Signatures are not checked here: that is the boot ROM's business at every start.
 */
#ifndef SIM_MVSIM_FACTORY_H
#define SIM_MVSIM_FACTORY_H

#include "board/nvm.h"
#include "firmware/layout.h"
#include "formats/identity.h"
#include "formats/image.h"

#define FACTORY_KERNEL_MAX (IMAGE_HEADER_SIZE + IMAGE_BODY_SIZE_MAX + IMAGE_VENEERS_SIZE)
#define FACTORY_BOOT_MAX   (LAYOUT_UPGRADER_BASE + LAYOUT_UPGRADER_SIZE - LAYOUT_PREBOOT_BASE)

struct factory_bytes {
    uint8_t *data;
    size_t size;
};

/* Reads a file of 1 to `size_max` bytes; the caller frees data. False: why is in `error`. */
bool factory_read(const char *path, size_t size_max, struct factory_bytes *file, char *error,
                  size_t error_size);
/* Programs whole quad-words at an offset in flash; blank ones are left unprogrammed, so that they
 * can still be written. */
void factory_program(const struct nvm *nvm, uint32_t offset, const uint8_t *data, size_t size);
/* Option bytes and boot code only: whatever stands there is what starts. */
void factory_write_boot(const struct nvm *nvm, const struct factory_bytes *boot);
/* Makes blank memories a board that starts. Only the kernel's form can be wrong (told in `error`).
 */
bool factory_write(const struct nvm *nvm, const struct factory_bytes *kernel,
                   const struct factory_bytes *boot, const uint8_t identity[IDENTITY_SIZE],
                   char *error, size_t error_size);

#endif
