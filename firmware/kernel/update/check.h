/* Decides whether a manifest may be installed on this device. */
#ifndef KERNEL_UPDATE_CHECK_H
#define KERNEL_UPDATE_CHECK_H

#include "kernel/update/update.h"

/* Decodes the manifest and checks, in this order: form, signer, signature, kernel version, layers.
 * *app is filled in only if all is well. */
enum update_error check_manifest(const uint8_t *manifest, uint32_t size, struct manifest_app *app);
/* Decodes a manifest that was checked before and is known to be the same by its hash. */
bool check_known_manifest(const uint8_t *manifest, uint32_t size, struct manifest_app *app);

#endif
