/* The application that the cloud wants: fetches its signed manifest by hash and hands it to update.
 */
#ifndef KERNEL_NET_TARGET_H
#define KERNEL_NET_TARGET_H

#include <stdbool.h>
#include <stdint.h>

/* The cloud named a manifest. Replaces one that is still on its way. */
void target_want(const uint8_t hash[32], uint32_t size_bytes);
/* Goes on; calls update_target() when the manifest is complete and has its hash. */
void target_poll(void);
/* The connection is gone: the cloud names the target again on the next one. */
void target_lost(void);

#endif
