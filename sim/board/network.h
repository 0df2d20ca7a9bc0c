/* The network behind the modem: libslirp's user-mode IPv4 NAT, which needs no privileges.
 *
 * libslirp speaks Ethernet; the modem speaks IPv4. This puts the header on and off and answers ARP
 * for the board (10.0.2.15). The host's loopback is reachable as 10.0.2.2, DNS as 10.0.2.3.
 */
#ifndef SIM_BOARD_NETWORK_H
#define SIM_BOARD_NETWORK_H

#include <stddef.h>
#include <stdint.h>

#include "world/hostio.h"

struct network;

/* `receive` gets IPv4 packets for the board, always from inside network_send or hostio_dispatch.
 * Returns NULL if libslirp cannot start. */
struct network *network_new(struct hostio *io,
                            void (*receive)(void *context, const uint8_t *packet, size_t size),
                            void *context);
void network_free(struct network *network);
/* An IPv4 packet from the board; oversized ones are dropped. */
void network_send(struct network *network, const uint8_t *packet, size_t size);

#endif
