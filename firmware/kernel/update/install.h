/* From a staging slot into application flash, and proof that it is there. */
#ifndef KERNEL_UPDATE_INSTALL_H
#define KERNEL_UPDATE_INSTALL_H

#include "kernel/update/update.h"

/* What lies in application flash, for a quick check at the next boot. */
struct install_extent {
    uint32_t used_size; /* everything behind is erased */
    uint8_t used_hash[32];
};

/* Checks a complete slot: measurement of every layer, and the vectors. Nothing is written. */
enum update_error install_check(uint32_t slot, const struct manifest_app *app);
/* Makes application flash equal to the slot's image. Pages that are equal already are left alone,
 * so an interrupted installation goes on where it was. UPDATE_STAGING_FAILED or
 * UPDATE_INSTALL_FAILED; *locked tells that the latter is curable by a reset. */
enum update_error install_write(uint32_t slot, const struct manifest_app *app, bool *locked);
/* Compares application flash with every measurement_hash. */
bool install_measure(const struct manifest_app *app);
/* Finds and hashes what is used of application flash. */
bool install_extent(struct install_extent *extent);
/* True if application flash is as the extent says. */
bool install_unchanged(const struct install_extent *extent);

#endif
