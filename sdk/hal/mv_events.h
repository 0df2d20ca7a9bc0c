/* A notification centre and the reading of its ring, for one reader outside interrupt handlers.
 *
 * The kernel writes records into the ring and pends the interrupt; it does not know how far the
 * application has read. So the reader keeps its place and clears every record it has taken. The
 * interrupt's handler need not do anything: it only ends the wait. Works in C and C++.
 */
#ifndef MV_EVENTS_H
#define MV_EVENTS_H

#include <stdbool.h>
#include <stdint.h>

#include "mv_syscalls.h"

struct mv_events {
    volatile struct MvNotification *ring;
    uint32_t records, next;
    MvNotificationHandle handle;
};

/* ring: at least 2 records, kept as long as the centre. irq: any interrupt that the application has
 * no other use for; its handler must exist. */
static inline enum MvStatus mv_events_open(struct mv_events *events, struct MvNotification *ring,
                                           uint32_t records, uint32_t irq)
{
    volatile uint32_t *nvic_enable = (volatile uint32_t *)0xE000E100u;
    volatile uint32_t *nvic_clear_pending = (volatile uint32_t *)0xE000E280u;
    const struct MvNotificationSetup setup = {irq, ring, records * (uint32_t)sizeof *ring};
    for (uint32_t i = 0; i < records; i++) {
        ring[i].event_type = MV_EVENTTYPE_NOEVENT;
    }
    events->ring = ring;
    events->records = records;
    events->next = 0;
    enum MvStatus status = mvSetupNotifications(&setup, &events->handle);
    if (status == MV_STATUS_OKAY) {
        nvic_clear_pending[irq / 32] = 1u << (irq % 32);
        nvic_enable[irq / 32] = 1u << (irq % 32);
    }
    return status;
}

/* Takes the oldest record; false if there is none. */
static inline bool mv_events_next(struct mv_events *events, struct MvNotification *event)
{
    volatile struct MvNotification *record = &events->ring[events->next];
    if (record->event_type == MV_EVENTTYPE_NOEVENT) {
        return false;
    }
    event->microseconds = record->microseconds;
    event->event_type = record->event_type;
    event->tag = record->tag;
    record->event_type = MV_EVENTTYPE_NOEVENT;
    events->next = (events->next + 1) % events->records;
    return true;
}

/* The same, but sleeps until there is one. */
static inline void mv_events_wait(struct mv_events *events, struct MvNotification *event)
{
    for (;;) {
        __asm volatile("cpsid i" ::: "memory"); /* else it could come between look and sleep */
        bool found = mv_events_next(events, event);
        if (!found) {
            __asm volatile("wfi" ::: "memory"); /* a pending interrupt ends it all the same */
        }
        __asm volatile("cpsie i" ::: "memory");
        if (found) {
            return;
        }
    }
}

#endif
