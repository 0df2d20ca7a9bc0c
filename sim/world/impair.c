/* Packets on their way are timed events. Without a reorder decision a packet never overtakes. */
#include "world/impair.h"

#include <stdlib.h>
#include <string.h>

struct flight {
    struct impair *impair;
    struct sim_event arrival;
    size_t size; /* 0: free */
    uint8_t bytes[IMPAIR_PACKET_MAX];
};

struct impair {
    struct sched *sched;
    struct impair_quality quality;
    uint64_t random;
    sim_ps last; /* arrival of the last packet that kept its place */
    void (*deliver)(void *context, const uint8_t *packet, size_t size);
    void *context;
    struct flight flights[IMPAIR_QUEUE];
};

static uint32_t random_below(struct impair *impair, uint32_t bound)
{
    uint64_t z = (impair->random += UINT64_C(0x9E3779B97F4A7C15));

    z = (z ^ (z >> 30)) * UINT64_C(0xBF58476D1CE4E5B9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94D049BB133111EB);
    return (uint32_t)((z >> 33) % bound);
}

static void arrived(void *context)
{
    struct flight *flight = context;
    size_t size = flight->size;

    flight->size = 0;
    flight->impair->deliver(flight->impair->context, flight->bytes, size);
}

struct impair *impair_new(struct sched *sched, const struct impair_quality *quality, uint64_t seed,
                          void (*deliver)(void *context, const uint8_t *packet, size_t size),
                          void *context)
{
    struct impair *impair = calloc(1, sizeof *impair);

    if (impair == NULL)
        return NULL;
    impair->sched = sched;
    impair->quality = *quality;
    impair->random = seed;
    impair->deliver = deliver;
    impair->context = context;
    for (unsigned i = 0; i < IMPAIR_QUEUE; i++) {
        impair->flights[i].impair = impair;
        sim_event_init(&impair->flights[i].arrival, arrived, &impair->flights[i]);
    }
    return impair;
}

void impair_free(struct impair *impair)
{
    if (impair == NULL)
        return;
    for (unsigned i = 0; i < IMPAIR_QUEUE; i++)
        sched_cancel(impair->sched, &impair->flights[i].arrival);
    free(impair);
}

/* The same number of random decisions for every packet keeps runs comparable. */
void impair_send(struct impair *impair, const uint8_t *packet, size_t size)
{
    const struct impair_quality *quality = &impair->quality;
    bool lost = random_below(impair, 1000) < quality->loss_permille;
    bool late = random_below(impair, 1000) < quality->reorder_permille;
    uint32_t jitter_us = random_below(impair, quality->jitter_ms * 1000 + 1);
    sim_ps due = sched_now(impair->sched) + quality->delay_ms * SIM_PS_PER_MS;

    due += late ? (quality->delay_ms + quality->jitter_ms + 1) * SIM_PS_PER_MS
                : jitter_us * SIM_PS_PER_US;
    for (unsigned i = 0; i < IMPAIR_QUEUE && !lost && size <= IMPAIR_PACKET_MAX; i++) {
        struct flight *flight = &impair->flights[i];

        if (flight->size != 0)
            continue;
        if (!late) {
            due = due > impair->last ? due : impair->last;
            impair->last = due;
        }
        memcpy(flight->bytes, packet, size);
        flight->size = size;
        sched_at(impair->sched, &flight->arrival, due);
        return;
    }
}
