/* Decides whether the kernel in flash may run. */
#ifndef FIRMWARE_BOOTROM_VERIFY_H
#define FIRMWARE_BOOTROM_VERIFY_H

#include "bootrom/hardened.h"
#include "formats/image.h"

/* Reads the header and checks that it describes a kernel for this board, signed by the key that
 * this bootrom knows, with an initial stack and an entry that lie where they must. */
hard_bool verify_header(struct image_header *header);
/* ECDSA over the image as formats/image.h defines it. Computed twice; both must agree. */
hard_bool verify_signature(const struct image_header *header);

#endif
