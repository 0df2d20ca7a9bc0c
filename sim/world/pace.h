/* Ties virtual time to the wall clock: never ahead of it, and after a delay (a busy host) back to
 * it at a bounded rate, so that a board's clock stays right without its time-outs racing.
 *
 * A delay beyond all measure (a suspended host) is forgotten.
 */
#ifndef SIM_WORLD_PACE_H
#define SIM_WORLD_PACE_H

#include <stdint.h>

#include "world/sched.h"

#define PACE_RATE_MAX   2 /* virtual seconds in a second while catching up */
#define PACE_LAG_MAX_NS (300 * UINT64_C(1000000000))

struct pace {
    uint64_t origin_ns; /* the wall clock at virtual time 0 */
    uint64_t asked_ns;  /* the wall clock when pace_limit was last asked */
};

/* Makes `now` of virtual time correspond to `wall_ns`. */
void pace_start(struct pace *pace, sim_ps now, uint64_t wall_ns);
/* How far virtual time, `now`, may go at this moment. */
sim_ps pace_limit(struct pace *pace, sim_ps now, uint64_t wall_ns);
/* How long to wait until pace_limit will allow `when`, in nanoseconds. */
uint64_t pace_wait_ns(const struct pace *pace, sim_ps now, sim_ps when, uint64_t wall_ns);

#endif
