/* The device's end of one FETCH stream: a state, a ring, and the credit given to the cloud. Pure
 * bookkeeping without I/O: the tunnel writes the frames that wants_open() and grant() ask for.
 *
 * Invariant: outstanding credit never exceeds the room in the ring, so data never has to be
 * dropped.
 */
#ifndef KERNEL_NET_FETCH_STREAM_H
#define KERNEL_NET_FETCH_STREAM_H

#include <stdbool.h>
#include <stdint.h>

#include "formats/tunnel.h"

#define FETCH_RING_BYTES 4096u

enum fetch_state {
    FETCH_IDLE,
    FETCH_WANTED, /* OPEN is not written yet */
    FETCH_OPEN,
    FETCH_OVER, /* no more will come; the ring may still hold bytes */
};

struct fetch_stream {
    enum fetch_state state;
    uint16_t stream;  /* number while FETCH_OPEN */
    int32_t reason;   /* once FETCH_OVER: enum tunnel_close, -1 connection lost */
    uint32_t credit;  /* bytes that the cloud may still send */
    uint32_t in, out; /* free-running ring positions */
    uint32_t received;
    struct tunnel_open request;
    uint8_t ring[FETCH_RING_BYTES];
};

/* Starts a fetch from an empty ring. */
void fetch_stream_begin(struct fetch_stream *fetch, const uint8_t hash[32], uint32_t offset,
                        uint32_t length);
/* The OPEN frame was written: the credit in it counts from now. */
void fetch_stream_opened(struct fetch_stream *fetch, uint16_t stream);
/* Takes a DATA payload. False: the cloud sent more than it may. */
bool fetch_stream_data(struct fetch_stream *fetch, const uint8_t *data, uint32_t size_bytes);
/* The stream ended, with a reason. */
void fetch_stream_over(struct fetch_stream *fetch, int32_t reason);
/* Bytes out of the ring. */
uint32_t fetch_stream_read(struct fetch_stream *fetch, uint8_t *buffer, uint32_t size_bytes);
/* Credit worth a frame now, or 0; the caller writes it and then calls fetch_stream_granted. */
uint32_t fetch_stream_grant(const struct fetch_stream *fetch);
void fetch_stream_granted(struct fetch_stream *fetch, uint32_t credit);

#endif
