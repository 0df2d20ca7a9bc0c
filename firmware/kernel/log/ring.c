/* Ring of log records: see ring.h. A record is a header and its text, wrapped around the end. */
#include "kernel/log/ring.h"

#include <string.h>

#include "kernel/work/lock.h"

#define PART_BYTES 128u /* copied with the lock held */

void log_ring_open(struct log_ring *ring, uint8_t *memory, uint32_t size)
{
    *ring = (struct log_ring){memory, size, 0, 0};
}

/* A call may give the ring other memory at any time: position and size are taken together, for a
 * part. Text from two memories is wrong text at worst. */
static void copy_out(const struct log_ring *ring, uint32_t skip, uint8_t *bytes, uint32_t count)
{
    for (uint32_t done = 0; done < count; done += PART_BYTES) {
        uint32_t part = count - done < PART_BYTES ? count - done : PART_BYTES;
        uint32_t lock = lock_take();
        uint32_t place = (ring->read + skip + done) % ring->size;
        uint32_t first = ring->size - place < part ? ring->size - place : part;
        memcpy(bytes + done, ring->memory + place, first);
        memcpy(bytes + done + first, ring->memory, part - first);
        lock_release(lock);
    }
}

/* As stored: native byte order, so that a call spends no time on encoding. Between header and text
 * lie so many bytes that the text has the alignment of where it comes from, and behind it as many
 * as complete a word: then it is copied in the fewest instructions (start/memory.S). */
struct stored {
    uint8_t version; /* bits 7:6: bytes before the text */
    uint8_t type;
    uint16_t text_bytes;
    uint32_t sequence;
    uint64_t device_us;
};
_Static_assert(sizeof(struct stored) == LOGREC_HEADER_BYTES, "same size as encoded");
#define PAD_POS 6u

static uint32_t pad_of(const struct stored *stored)
{
    return (uint32_t)stored->version >> PAD_POS;
}

static uint32_t place_bytes(uint32_t pad, uint32_t text_bytes)
{
    return (sizeof(struct stored) + pad + text_bytes + 3u) & ~3u;
}

void log_ring_write(struct log_ring *ring, uint32_t place, const uint8_t *text, uint32_t bytes)
{
    uint32_t first = ring->size - place < bytes ? ring->size - place : bytes;
    memcpy(ring->memory + place, text, first);
    if (first < bytes) {
        memcpy(ring->memory, text + first, bytes - first);
    }
}

uint32_t log_ring_reserve(struct log_ring *ring, const struct logrec *record)
{
    uint32_t pad = (uintptr_t)record->text & 3u;
    uint32_t bytes = place_bytes(pad, record->text_bytes), used = ring->used;
    struct stored stored = {(uint8_t)(LOGREC_VERSION | pad << PAD_POS), record->type,
                            record->text_bytes, record->sequence, record->device_us};
    if (ring->memory == NULL || bytes > ring->size - used || record->text_bytes > LOGREC_TEXT_MAX) {
        return LOG_RING_FULL;
    }
    log_ring_write(ring, (ring->read + used) % ring->size, (const uint8_t *)&stored, sizeof stored);
    ring->used = used + bytes;
    return (ring->read + used + sizeof stored + pad) % ring->size;
}

bool log_ring_put(struct log_ring *ring, const struct logrec *record)
{
    uint32_t place = log_ring_reserve(ring, record);
    if (place == LOG_RING_FULL) {
        return false;
    }
    log_ring_write(ring, place, record->text, record->text_bytes);
    return true;
}

static void empty(struct log_ring *ring)
{
    uint32_t lock = lock_take();
    ring->used = 0;
    lock_release(lock);
}

/* Header of the oldest record; false if there is none. Only version and length count; the rest may
 * be anything. */
static bool oldest(struct log_ring *ring, struct stored *stored)
{
    if (ring->memory == NULL || ring->used == 0) {
        return false;
    }
    if (ring->used >= sizeof *stored) {
        copy_out(ring, 0, (uint8_t *)stored, sizeof *stored);
        uint32_t version = stored->version & ((1u << PAD_POS) - 1);
        if (version == LOGREC_VERSION && stored->text_bytes <= LOGREC_TEXT_MAX &&
            place_bytes(pad_of(stored), stored->text_bytes) <= ring->used) {
            return true;
        }
    }
    empty(ring); /* damaged */
    return false;
}

uint32_t log_ring_peek(struct log_ring *ring, uint8_t *out, uint32_t size)
{
    struct stored stored;
    if (!oldest(ring, &stored) || sizeof stored + stored.text_bytes > size) {
        return 0;
    }
    struct logrec record = {.type = stored.type,
                            .sequence = stored.sequence,
                            .device_us = stored.device_us,
                            .text_bytes = stored.text_bytes,
                            .text = out + LOGREC_HEADER_BYTES};
    copy_out(ring, sizeof stored + pad_of(&stored), out + LOGREC_HEADER_BYTES, stored.text_bytes);
    int32_t written = logrec_write(out, size, &record);
    return written > 0 ? (uint32_t)written : 0;
}

void log_ring_drop(struct log_ring *ring)
{
    struct stored stored;
    if (oldest(ring, &stored)) {
        uint32_t bytes = place_bytes(pad_of(&stored), stored.text_bytes);
        uint32_t lock = lock_take();
        if (bytes <= ring->used) { /* else it has other memory since */
            ring->read = (ring->read + bytes) % ring->size;
            ring->used -= bytes;
        }
        lock_release(lock);
    }
}
