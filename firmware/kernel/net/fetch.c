/* The one FETCH stream and who has it: see fetch.h and fetch_share.h. */
#include "kernel/net/fetch.h"

#include <stddef.h>

#include "kernel/net/fetch_share.h"

static struct {
    struct fetch_stream stream;
    bool connected;
    bool claimed;       /* the manifest has the stream */
    uint16_t cancelled; /* stream number whose CLOSE is not written yet */
} fetch;

struct fetch_stream *fetch_shared(void)
{
    return &fetch.stream;
}

void fetch_connected(bool connected)
{
    fetch.connected = connected;
    if (connected)
        return;
    fetch.cancelled = 0;
    fetch_stream_over(&fetch.stream, -1);
}

uint16_t fetch_take_cancelled(void)
{
    uint16_t stream = fetch.cancelled;
    fetch.cancelled = 0;
    return stream;
}

static void cancel(void)
{
    if (fetch.stream.state == FETCH_OPEN)
        fetch.cancelled = fetch.stream.stream;
    fetch.stream.state = FETCH_IDLE;
}

void fetch_claim(const uint8_t hash[32])
{
    cancel();
    fetch.claimed = true;
    fetch_stream_begin(&fetch.stream, hash, 0, 0);
}

void fetch_release(void)
{
    if (fetch.claimed)
        cancel();
    fetch.claimed = false;
}

bool fetch_begin(const uint8_t hash[32], uint32_t offset, uint32_t length)
{
    if (!fetch.connected || fetch.claimed)
        return false;
    cancel();
    fetch_stream_begin(&fetch.stream, hash, offset, length);
    return true;
}

int32_t fetch_read(uint8_t *buffer, uint32_t size_bytes)
{
    uint32_t got;
    if (fetch.claimed || fetch.stream.state == FETCH_IDLE)
        return -1;
    got = fetch_stream_read(&fetch.stream, buffer, size_bytes);
    if (got == 0 && fetch.stream.state == FETCH_OVER)
        return -1;
    return (int32_t)got;
}

int32_t fetch_reason(void)
{
    return !fetch.claimed && fetch.stream.state == FETCH_OVER ? fetch.stream.reason : -1;
}

void fetch_end(void)
{
    if (!fetch.claimed)
        cancel();
}
