/* A board that leaves the factory with an application: no state folder, no cloud.
 *
 * The device has a throw-away identity whose keys come from the seed alone, so that the same seed
 * gives the same board. The application lies in bank 1 and, as its source, in a staging slot with a
 * manifest that the identity's signer signed; the kernel's record says that it is installed. All of
 * it is written by the kernel's own code for these formats.
 */
#ifndef SIM_MVSIM_APP_FACTORY_H
#define SIM_MVSIM_APP_FACTORY_H

#include "mvsim/factory.h"

/* Flash image of an application file, ELF or raw binary for 0x08000000; the caller frees data.
 * False: why is in `error`. */
bool app_factory_load(const char *path, struct factory_bytes *image, char *error,
                      size_t error_size);
/* The throw-away identity of a seed. */
bool app_factory_identity(uint64_t seed, uint8_t record[IDENTITY_SIZE]);
/* Puts the application on a board that factory_write has written with that identity. */
bool app_factory_install(const struct nvm *nvm, uint64_t seed, const struct factory_bytes *image,
                         char *error, size_t error_size);
/* All of the above: memories of a finished board. NULL: why is in `error`. */
struct nvm_template *app_factory_make(const char *firmware_dir, const char *app_path, uint64_t seed,
                                      char *error, size_t error_size);

#endif
