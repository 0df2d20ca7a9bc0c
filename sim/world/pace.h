/* Ties virtual time to the wall clock: never ahead of it, and behind only by a bounded lag.
 *
 * When the host was too slow for longer than the bound, the difference is forgotten, so that a
 * board does not race through its time-outs afterwards.
 */
#ifndef SIM_WORLD_PACE_H
#define SIM_WORLD_PACE_H

#include <stdint.h>

#include "world/sched.h"

#define PACE_LAG_MAX_NS (250 * UINT64_C(1000000))

struct pace {
    uint64_t origin_ns; /* the wall clock at virtual time 0 */
};

/* Makes `now` of virtual time correspond to `wall_ns`. */
void pace_start(struct pace *pace, sim_ps now, uint64_t wall_ns);
/* How long virtual time `when` lies in the future of the wall clock, in nanoseconds; 0: past. */
uint64_t pace_wait_ns(const struct pace *pace, sim_ps when, uint64_t wall_ns);
/* Virtual time that corresponds to the wall clock now. */
sim_ps pace_virtual(const struct pace *pace, uint64_t wall_ns);
/* Forgets a lag beyond the bound. */
void pace_forgive(struct pace *pace, sim_ps now, uint64_t wall_ns);

#endif
