/* Wall-clock pacing: arithmetic only; the board's loop reads the clock and waits. */
#include "world/pace.h"

#define PS_PER_NS 1000u

void pace_start(struct pace *pace, sim_ps now, uint64_t wall_ns)
{
    pace->origin_ns = wall_ns - now / PS_PER_NS;
    pace->asked_ns = wall_ns;
}

sim_ps pace_limit(struct pace *pace, sim_ps now, uint64_t wall_ns)
{
    uint64_t elapsed_ns = wall_ns - pace->origin_ns;
    uint64_t reached_ns = now / PS_PER_NS;
    uint64_t step_ns = (wall_ns - pace->asked_ns) * PACE_RATE_MAX;

    pace->asked_ns = wall_ns;
    if (elapsed_ns > reached_ns + PACE_LAG_MAX_NS) {
        pace->origin_ns = wall_ns - reached_ns;
        return now;
    }
    if (elapsed_ns > reached_ns + step_ns)
        return now + step_ns * PS_PER_NS;
    return elapsed_ns * PS_PER_NS;
}

uint64_t pace_wait_ns(const struct pace *pace, sim_ps now, sim_ps when, uint64_t wall_ns)
{
    uint64_t elapsed_ns = wall_ns - pace->origin_ns;
    uint64_t since_ns = wall_ns - pace->asked_ns;
    uint64_t due_ns = when / PS_PER_NS;
    uint64_t step_ns = when > now ? (when - now) / PS_PER_NS / PACE_RATE_MAX : 0;
    uint64_t by_clock_ns = due_ns > elapsed_ns ? due_ns - elapsed_ns : 0;
    uint64_t by_rate_ns = step_ns > since_ns ? step_ns - since_ns : 0;

    return by_clock_ns > by_rate_ns ? by_clock_ns : by_rate_ns;
}
