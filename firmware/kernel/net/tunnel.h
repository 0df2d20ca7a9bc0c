/* The device's end of the tunnel (docs/tunnel.md): frames over TLS, control messages, the LOG
 * stream and one FETCH stream.
 *
 * Nothing blocks, nothing allocates. What the cloud sends is bounded by the frame length and by
 * credit; any violation ends the connection with Goodbye PROTOCOL.
 */
#ifndef KERNEL_NET_TUNNEL_H
#define KERNEL_NET_TUNNEL_H

#include <stdbool.h>
#include <stdint.h>

#include "formats/tunnel.h"

enum tunnel_status { TUNNEL_GREETING, TUNNEL_RUNNING, TUNNEL_ENDED };

/* Identity of this device and of this kernel start; strings must live on. */
void tunnel_init(const char *device_id, uint64_t boot_id);
/* TLS stands: begins with Hello. */
void tunnel_start(void);
/* Moves frames both ways and does what is due. */
enum tunnel_status tunnel_poll(void);
/* Says Goodbye if there is a connection, and forgets it. Open fetches end. */
void tunnel_stop(tunnel_GoodbyeReason reason);
/* Why the tunnel ended, for people. */
const char *tunnel_error(void);
/* Seconds that the cloud asks to stay away; 0 if it said nothing. */
uint32_t tunnel_retry_after_s(void);

#endif
