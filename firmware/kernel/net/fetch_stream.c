/* FETCH stream bookkeeping: see fetch_stream.h. */
#include "kernel/net/fetch_stream.h"

#include <string.h>

#define GRANT_MIN_BYTES (FETCH_RING_BYTES / 4)

_Static_assert((FETCH_RING_BYTES & (FETCH_RING_BYTES - 1)) == 0, "power of two");

void fetch_stream_begin(struct fetch_stream *fetch, const uint8_t hash[32], uint32_t offset,
                        uint32_t length)
{
    fetch->state = FETCH_WANTED;
    fetch->stream = 0;
    fetch->reason = TUNNEL_CLOSE_DONE;
    fetch->in = fetch->out = fetch->received = 0;
    fetch->credit = 0;
    fetch->request.kind = TUNNEL_FETCH;
    fetch->request.credit = FETCH_RING_BYTES;
    fetch->request.offset = offset;
    fetch->request.length = length;
    memcpy(fetch->request.hash, hash, TUNNEL_HASH_BYTES);
}

void fetch_stream_opened(struct fetch_stream *fetch, uint16_t stream)
{
    fetch->state = FETCH_OPEN;
    fetch->stream = stream;
    fetch->credit = fetch->request.credit;
}

bool fetch_stream_data(struct fetch_stream *fetch, const uint8_t *data, uint32_t size_bytes)
{
    uint32_t position = fetch->in % FETCH_RING_BYTES, first = FETCH_RING_BYTES - position;
    if (size_bytes > fetch->credit)
        return false;
    if (first > size_bytes)
        first = size_bytes;
    memcpy(fetch->ring + position, data, first);
    memcpy(fetch->ring, data + first, size_bytes - first);
    fetch->in += size_bytes;
    fetch->received += size_bytes;
    fetch->credit -= size_bytes;
    return true;
}

void fetch_stream_over(struct fetch_stream *fetch, int32_t reason)
{
    if (fetch->state == FETCH_IDLE || fetch->state == FETCH_OVER)
        return;
    fetch->state = FETCH_OVER;
    fetch->reason = reason;
    fetch->credit = 0;
}

uint32_t fetch_stream_read(struct fetch_stream *fetch, uint8_t *buffer, uint32_t size_bytes)
{
    uint32_t there = fetch->in - fetch->out, position = fetch->out % FETCH_RING_BYTES;
    uint32_t size = there < size_bytes ? there : size_bytes, first = FETCH_RING_BYTES - position;
    if (first > size)
        first = size;
    memcpy(buffer, fetch->ring + position, first);
    memcpy(buffer + first, fetch->ring, size - first);
    fetch->out += size;
    return size;
}

uint32_t fetch_stream_grant(const struct fetch_stream *fetch)
{
    uint32_t room;
    if (fetch->state != FETCH_OPEN)
        return 0;
    room = FETCH_RING_BYTES - (fetch->in - fetch->out) - fetch->credit;
    return room >= GRANT_MIN_BYTES ? room : 0;
}

void fetch_stream_granted(struct fetch_stream *fetch, uint32_t credit)
{
    fetch->credit += credit;
}
