/* How tunnel.c (frames) and target.c (the wanted manifest) share the one FETCH stream with update's
 * layers (fetch.h). The manifest comes first: it takes the stream from a layer, whose reader then
 * sees its fetch end and is told about the new target anyway.
 */
#ifndef KERNEL_NET_FETCH_SHARE_H
#define KERNEL_NET_FETCH_SHARE_H

#include <stdbool.h>
#include <stdint.h>

#include "kernel/net/fetch_stream.h"

/* The stream, for the frames that concern it. */
struct fetch_stream *fetch_shared(void);
/* Whether the tunnel carries streams now; going down ends what is open. */
void fetch_connected(bool connected);
/* Number of a stream that was given up and must still be closed on the wire; 0 if none. */
uint16_t fetch_take_cancelled(void);
/* Takes the stream for a whole blob, from offset 0. */
void fetch_claim(const uint8_t hash[32]);
/* Gives it back. */
void fetch_release(void);

#endif
