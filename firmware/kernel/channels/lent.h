/* A ring of bytes in memory that the application lends for as long as a channel is open.
 *
 * The application could write to that memory at any time, so positions live here, in secure memory,
 * and what is read back is checked like anything else that comes from the application.
 */
#ifndef KERNEL_CHANNELS_LENT_H
#define KERNEL_CHANNELS_LENT_H

#include <stdint.h>

struct lent {
    uint8_t *memory;
    uint32_t size;       /* bytes; a multiple of 512 but for raw channels */
    uint32_t read, used; /* where the oldest byte lies, and how many there are */
};

/* Bytes from `offset` behind the oldest on; offset + count is at most size. Used is not changed. */
void lent_put(const struct lent *lent, uint32_t offset, const void *bytes, uint32_t count);
void lent_get(const struct lent *lent, uint32_t offset, void *bytes, uint32_t count);
/* Gives up the oldest bytes. */
void lent_drop(struct lent *lent, uint32_t count);

#endif
