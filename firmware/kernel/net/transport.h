/* The one TCP connection to the cloud, as bytes. Nothing here blocks. The host's tests have their
 * own implementation on sockets; TLS and tunnel do not notice.
 */
#ifndef KERNEL_NET_TRANSPORT_H
#define KERNEL_NET_TRANSPORT_H

#include <stdbool.h>
#include <stdint.h>

enum transport_state {
    TRANSPORT_CLOSED,
    TRANSPORT_RESOLVING,
    TRANSPORT_CONNECTING,
    TRANSPORT_OPEN,
    TRANSPORT_FAILED, /* transport_error() says why; received bytes may still be read */
};

/* Resolves the host (a name or a dotted address) and connects. Ends an earlier connection. */
void transport_open(const char *host, uint16_t port);
enum transport_state transport_poll(void);
const char *transport_error(void);
/* Returns the bytes taken, 0 when there is no room now, -1 when the connection is gone. */
int32_t transport_send(const uint8_t *data, uint32_t size_bytes);
/* Returns the bytes delivered, 0 when nothing is there, -1 when the peer has closed. */
int32_t transport_receive(uint8_t *buffer, uint32_t size_bytes);
/* Pushes out what transport_send() took. */
void transport_flush(void);
void transport_close(void);

#endif
