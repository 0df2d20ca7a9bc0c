/* The factory record of this device, as the kernel sees it. */
#ifndef KERNEL_STORAGE_IDENTITY_H
#define KERNEL_STORAGE_IDENTITY_H

#include "formats/identity.h"

/* Decoded at the first call. NULL if the device was not provisioned or the record is damaged; then
 * it has no name, connects to nothing and installs nothing. */
const struct identity *identity_get(void);

#endif
