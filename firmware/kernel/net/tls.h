/* TLS 1.2 client over the transport: the device's certificate and key, the pinned authority, the
 * server's name, ALPN, and resumption of the last session.
 *
 * Everything from the network is hostile until tls_handshake() has said TLS_READY. All memory comes
 * from one arena; the identity must live as long as this module.
 */
#ifndef KERNEL_NET_TLS_H
#define KERNEL_NET_TLS_H

#include <stdbool.h>
#include <stdint.h>

#include "formats/identity.h"

enum tls_state { TLS_AGAIN, TLS_READY, TLS_FAILED };

/* Gives Mbed TLS its arena; before any other use of it anywhere in the kernel. */
void tls_arena_init(void);
/* Reads keys and certificates. False if they do not parse: then the device cannot connect. */
bool tls_init(const struct identity *identity);
/* Begins a session on the open transport. False: out of memory. */
bool tls_open(void);
/* Goes on with the handshake as far as received bytes allow. */
enum tls_state tls_handshake(void);
/* Why the handshake or the connection failed, for people. */
const char *tls_error(void);
/* The session was resumed from the last one. */
bool tls_resumed(void);
/* Returns bytes taken (call again with the rest), 0 when there is no room now, -1 when it is over.
 * After 0 the next call must bring the same bytes first. */
int32_t tls_write(const uint8_t *data, uint32_t size_bytes);
/* Returns bytes read, 0 when nothing is there, -1 when it is over. */
int32_t tls_read(uint8_t *buffer, uint32_t size_bytes);
/* Sends close_notify if possible and frees the session. */
void tls_close(void);
/* Bytes of the arena that were ever used. */
uint32_t tls_arena_peak_bytes(void);

#endif
