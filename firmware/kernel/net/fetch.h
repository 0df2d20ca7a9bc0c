/* Blobs by hash from the cloud, through the tunnel: what update uses to get layers.
 *
 * One fetch at a time. Received bytes wait in a ring whose free room is the credit that the cloud
 * has, so a slow consumer slows the cloud and nothing else. A lost connection ends the fetch: begin
 * again with the offset that was reached (docs/tunnel.md §6).
 */
#ifndef KERNEL_NET_FETCH_H
#define KERNEL_NET_FETCH_H

#include <stdbool.h>
#include <stdint.h>

/* Asks for the bytes [offset, offset + length) of the blob with this SHA-256; length 0 means to the
 * end. Ends an earlier fetch. False: not connected, or the tunnel is fetching a manifest; try again
 * later. */
bool fetch_begin(const uint8_t hash[32], uint32_t offset, uint32_t length);
/* Returns the bytes delivered, 0 when nothing is there yet, -1 when everything was delivered or the
 * fetch failed (fetch_reason() tells which). */
int32_t fetch_read(uint8_t *buffer, uint32_t size_bytes);
/* Why the stream is over: enum tunnel_close, or -1 when the connection was lost. Only after
 * fetch_read() has returned -1. */
int32_t fetch_reason(void);
/* Ends the fetch; harmless without one. */
void fetch_end(void);

#endif
