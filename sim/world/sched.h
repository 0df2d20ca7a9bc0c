/* Virtual time and timed events of one simulated board.
 *
 * Time is counted in picoseconds since the board was created (64 bits: 213 days). It advances only
 * by executed processor cycles and by skipping over sleep; nothing reads the host's clock here.
 * Events due at the same picosecond fire in the order in which they were armed, so that the same
 * seed gives the same run.
 */
#ifndef SIM_WORLD_SCHED_H
#define SIM_WORLD_SCHED_H

#include <stdbool.h>
#include <stdint.h>

typedef uint64_t sim_ps;

#define SIM_PS_PER_US UINT64_C(1000000)
#define SIM_PS_PER_MS UINT64_C(1000000000)
#define SIM_PS_PER_S  UINT64_C(1000000000000)
#define SIM_NEVER     UINT64_MAX

#define SCHED_EVENTS_MAX 256

/* One timed event. The owner embeds it; it is armed at most once at a time. */
struct sim_event {
    void (*fire)(void *context); /* called with time = due; may arm itself again */
    void *context;
    sim_ps due;         /* SIM_NEVER while idle */
    uint64_t order;     /* tie break, set by sched_at */
    int32_t heap_index; /* -1 while idle */
};

struct sched {
    struct sim_event *heap[SCHED_EVENTS_MAX];
    uint32_t count;
    uint64_t next_order;
    sim_ps now; /* time of the last synchronisation; use sched_now() */
    /* Extra time that the processor has run since `now` (it runs ahead inside cpu_run). May be
     * NULL. Set by the board. */
    sim_ps (*elapsed)(void *context);
    /* Told when a newly armed event is earlier than every other one, so that a running processor
     * can shorten its slice. May be NULL. Set by the board. */
    void (*earlier)(void *context, sim_ps due);
    void *context;
    bool firing; /* inside sched_advance: `now` is exact, elapsed() is not asked */
};

void sched_init(struct sched *sched);
/* Prepares an event; call once before the first sched_at. */
void sim_event_init(struct sim_event *event, void (*fire)(void *context), void *context);
/* Current virtual time, exact to the instruction also in the middle of a slice. */
sim_ps sched_now(const struct sched *sched);
/* Arms (or re-arms) an event at an absolute time; a time in the past fires at once on return to
 * the board's loop. */
void sched_at(struct sched *sched, struct sim_event *event, sim_ps due);
void sched_cancel(struct sched *sched, struct sim_event *event);
/* Due time of the next event, SIM_NEVER if there is none. */
sim_ps sched_next(const struct sched *sched);
/* Moves time to `now` and fires everything due up to and including it. */
void sched_advance(struct sched *sched, sim_ps now);

#endif
