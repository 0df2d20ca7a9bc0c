/* A worse link: packets are lost, delayed and overtake each other, decided by a seed alone. */
#ifndef SIM_WORLD_IMPAIR_H
#define SIM_WORLD_IMPAIR_H

#include <stddef.h>
#include <stdint.h>

#include "world/sched.h"

#define IMPAIR_PACKET_MAX 1600u
#define IMPAIR_QUEUE      64u /* packets on their way; more are lost */

struct impair_quality {
    uint32_t loss_permille;
    uint32_t reorder_permille; /* packets that take the longest way: later ones overtake them */
    uint32_t delay_ms;
    uint32_t jitter_ms; /* added: 0 to this much */
};

struct impair;

/* NULL: out of memory. */
struct impair *impair_new(struct sched *sched, const struct impair_quality *quality, uint64_t seed,
                          void (*deliver)(void *context, const uint8_t *packet, size_t size),
                          void *context);
void impair_free(struct impair *impair);
void impair_send(struct impair *impair, const uint8_t *packet, size_t size);

#endif
