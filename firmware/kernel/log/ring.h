/* A ring of log records in memory that somebody else may write to.
 *
 * Positions live outside the memory, in struct log_ring; what is read back from it is checked and
 * at worst wrong text, never a wrong access.
 */
#ifndef KERNEL_LOG_RING_H
#define KERNEL_LOG_RING_H

#include <stdbool.h>
#include <stdint.h>

#include "formats/logrec.h"

/* A record may take so much more than its text. */
#define LOG_RING_OVERHEAD (LOGREC_HEADER_BYTES + 6u)

struct log_ring {
    uint8_t *memory; /* NULL = closed; on a word's border */
    uint32_t size;   /* bytes, whole words */
    uint32_t read, used;
};

void log_ring_open(struct log_ring *ring, uint8_t *memory, uint32_t size);
/* Makes room for a record and writes all but its text. Returns where that goes, or LOG_RING_FULL;
 * log_ring_write() puts it, or a part, there. */
#define LOG_RING_FULL UINT32_MAX
uint32_t log_ring_reserve(struct log_ring *ring, const struct logrec *record);
void log_ring_write(struct log_ring *ring, uint32_t place, const uint8_t *text, uint32_t bytes);
/* Both at once; false if it does not fit. */
bool log_ring_put(struct log_ring *ring, const struct logrec *record);
/* Encodes the oldest record to out and returns its size; 0 if there is none or out is too small.
 * A damaged ring is emptied. */
uint32_t log_ring_peek(struct log_ring *ring, uint8_t *out, uint32_t size);
/* Drops the oldest record. */
void log_ring_drop(struct log_ring *ring);

#endif
