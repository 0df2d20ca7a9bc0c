/* Jittered exponential back-off: a random pause between half and all of a limit that starts at one
 * second and doubles to five minutes (docs/tunnel.md §9). Pure: the caller brings the random
 * number.
 */
#ifndef KERNEL_NET_BACKOFF_H
#define KERNEL_NET_BACKOFF_H

#include <stdint.h>

#define BACKOFF_FIRST_MS 1000u

/* The maxima: of a server that should not be pestered, and of a radio link that comes and goes. */
#define BACKOFF_SERVER_MS 300000u
#define BACKOFF_LINK_MS   60000u

struct backoff {
    uint32_t limit_ms; /* 0: the next pause is the first */
};

void backoff_reset(struct backoff *backoff);
/* The pause before the next attempt, milliseconds; lifts the limit for the one after, at most to
 * most_ms. */
uint32_t backoff_next_ms(struct backoff *backoff, uint32_t most_ms, uint32_t random);

#endif
