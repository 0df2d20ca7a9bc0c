/* Ring of log records: see ring.h. A record is stored as formats/logrec.h encodes it, wrapped
 * around the end. */
#include "kernel/log/ring.h"

#include <string.h>

void log_ring_open(struct log_ring *ring, uint8_t *memory, uint32_t size)
{
    *ring = (struct log_ring){memory, size, 0, 0};
}

static void copy_in(struct log_ring *ring, const uint8_t *bytes, uint32_t count)
{
    uint32_t place = (ring->read + ring->used) % ring->size;
    uint32_t first = ring->size - place < count ? ring->size - place : count;
    memcpy(ring->memory + place, bytes, first);
    memcpy(ring->memory, bytes + first, count - first);
    ring->used += count;
}

static void copy_out(const struct log_ring *ring, uint32_t skip, uint8_t *bytes, uint32_t count)
{
    uint32_t place = (ring->read + skip) % ring->size;
    uint32_t first = ring->size - place < count ? ring->size - place : count;
    memcpy(bytes, ring->memory + place, first);
    memcpy(bytes + first, ring->memory, count - first);
}

bool log_ring_put(struct log_ring *ring, const struct logrec *record)
{
    uint8_t header[LOGREC_HEADER_BYTES];
    struct logrec empty = *record;
    uint32_t size = LOGREC_HEADER_BYTES + record->text_bytes;
    if (ring->memory == NULL || size > ring->size - ring->used) {
        return false;
    }
    empty.text_bytes = 0;
    empty.text = NULL;
    if (logrec_write(header, sizeof header, &empty) != (int32_t)sizeof header) {
        return false;
    }
    header[2] = (uint8_t)(record->text_bytes >> 8);
    header[3] = (uint8_t)record->text_bytes;
    copy_in(ring, header, sizeof header);
    copy_in(ring, record->text, record->text_bytes);
    return true;
}

/* Size of the oldest record, or 0. Only the length and the version count; they may be anything. */
static uint32_t oldest(struct log_ring *ring, uint8_t header[LOGREC_HEADER_BYTES])
{
    if (ring->memory == NULL || ring->used == 0) {
        return 0;
    }
    if (ring->used >= LOGREC_HEADER_BYTES) {
        copy_out(ring, 0, header, LOGREC_HEADER_BYTES);
        uint32_t size = LOGREC_HEADER_BYTES + ((uint32_t)header[2] << 8 | header[3]);
        if (header[0] == LOGREC_VERSION && size <= ring->used && size <= LOGREC_BYTES_MAX) {
            return size;
        }
    }
    ring->used = 0; /* damaged */
    return 0;
}

uint32_t log_ring_peek(struct log_ring *ring, uint8_t *out, uint32_t size)
{
    uint8_t header[LOGREC_HEADER_BYTES];
    uint32_t record = oldest(ring, header);
    if (record == 0 || record > size) {
        return 0;
    }
    /* The header as checked, not as it may be by now. */
    memcpy(out, header, sizeof header);
    copy_out(ring, sizeof header, out + sizeof header, record - sizeof header);
    return record;
}

void log_ring_drop(struct log_ring *ring)
{
    uint8_t header[LOGREC_HEADER_BYTES];
    uint32_t record = oldest(ring, header);
    if (record != 0) {
        ring->read = (ring->read + record) % ring->size;
        ring->used -= record;
    }
}
