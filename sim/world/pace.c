/* Wall-clock pacing: arithmetic only; the board's loop reads the clock and waits. */
#include "world/pace.h"

#define PS_PER_NS 1000u

void pace_start(struct pace *pace, sim_ps now, uint64_t wall_ns)
{
    pace->origin_ns = wall_ns - now / PS_PER_NS;
}

uint64_t pace_wait_ns(const struct pace *pace, sim_ps when, uint64_t wall_ns)
{
    uint64_t elapsed = wall_ns - pace->origin_ns;
    uint64_t due = when / PS_PER_NS;

    return due > elapsed ? due - elapsed : 0;
}

sim_ps pace_virtual(const struct pace *pace, uint64_t wall_ns)
{
    return (wall_ns - pace->origin_ns) * PS_PER_NS;
}

void pace_forgive(struct pace *pace, sim_ps now, uint64_t wall_ns)
{
    uint64_t elapsed = wall_ns - pace->origin_ns;
    uint64_t reached = now / PS_PER_NS;

    if (elapsed > reached + PACE_LAG_MAX_NS)
        pace->origin_ns += elapsed - reached;
}
