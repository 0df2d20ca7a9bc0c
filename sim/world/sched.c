/* Timed events of one board: a binary heap ordered by (due, order).
 *
 * Invariant: heap[event->heap_index] == event for every armed event, and idle events have
 * heap_index == -1.
 */
#include "world/sched.h"

#include <assert.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

static bool before(const struct sim_event *a, const struct sim_event *b)
{
    return a->due != b->due ? a->due < b->due : a->order < b->order;
}

static void place(struct sched *sched, uint32_t index, struct sim_event *event)
{
    sched->heap[index] = event;
    event->heap_index = (int32_t)index;
}

static void sift_up(struct sched *sched, uint32_t index)
{
    struct sim_event *event = sched->heap[index];

    while (index > 0) {
        uint32_t parent = (index - 1) / 2;

        if (!before(event, sched->heap[parent])) {
            break;
        }
        place(sched, index, sched->heap[parent]);
        index = parent;
    }
    place(sched, index, event);
}

static void sift_down(struct sched *sched, uint32_t index)
{
    struct sim_event *event = sched->heap[index];

    for (;;) {
        uint32_t child = 2 * index + 1;

        if (child >= sched->count) {
            break;
        }
        if (child + 1 < sched->count && before(sched->heap[child + 1], sched->heap[child])) {
            child++;
        }
        if (!before(sched->heap[child], event)) {
            break;
        }
        place(sched, index, sched->heap[child]);
        index = child;
    }
    place(sched, index, event);
}

static void heap_remove(struct sched *sched, struct sim_event *event)
{
    uint32_t index = (uint32_t)event->heap_index;
    struct sim_event *last = sched->heap[--sched->count];

    event->heap_index = -1;
    if (last != event) {
        place(sched, index, last);
        sift_up(sched, index);
        sift_down(sched, (uint32_t)last->heap_index);
    }
}

void sched_init(struct sched *sched)
{
    memset(sched, 0, sizeof *sched);
}

void sim_event_init(struct sim_event *event, void (*fire)(void *context), void *context)
{
    *event =
        (struct sim_event){.fire = fire, .context = context, .due = SIM_NEVER, .heap_index = -1};
}

sim_ps sched_now(const struct sched *sched)
{
    if (sched->firing || sched->elapsed == NULL) {
        return sched->now;
    }
    return sched->now + sched->elapsed(sched->context);
}

void sched_at(struct sched *sched, struct sim_event *event, sim_ps due)
{
    assert(event->fire != NULL);
    sched_cancel(sched, event);
    if (due == SIM_NEVER) {
        return;
    }
    assert(sched->count < SCHED_EVENTS_MAX);

    event->due = due;
    event->order = sched->next_order++;
    sched->heap[sched->count] = event;
    sift_up(sched, sched->count++);
    if (event->heap_index == 0 && sched->earlier != NULL) {
        sched->earlier(sched->context, due);
    }
}

void sched_cancel(struct sched *sched, struct sim_event *event)
{
    if (event->heap_index >= 0) {
        assert(sched->heap[event->heap_index] == event);
        heap_remove(sched, event);
    }
    event->due = SIM_NEVER;
}

sim_ps sched_next(const struct sched *sched)
{
    return sched->count == 0 ? SIM_NEVER : sched->heap[0]->due;
}

/* A handler that arms itself again for the same instant would loop for ever; that is a fault of the
 * model, so the number of events fired at one instant is bounded. */
#define FIRE_MAX 1000000u

void sched_advance(struct sched *sched, sim_ps now)
{
    uint32_t fired = 0;

    assert(!sched->firing);
    sched->firing = true;
    while (sched->count > 0 && sched->heap[0]->due <= now) {
        struct sim_event *event = sched->heap[0];

        if (event->due > sched->now) {
            sched->now = event->due;
            fired = 0;
        }
        if (fired++ >= FIRE_MAX) {
            abort();
        }
        heap_remove(sched, event);
        event->due = SIM_NEVER;
        event->fire(event->context);
    }
    if (now > sched->now) {
        sched->now = now;
    }
    sched->firing = false;
}
