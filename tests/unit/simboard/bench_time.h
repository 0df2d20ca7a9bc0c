/* Virtual time for tests that need no processor. */
#ifndef TESTS_SIMBOARD_BENCH_TIME_H
#define TESTS_SIMBOARD_BENCH_TIME_H

#include "world/sched.h"

/* Fires everything due in the next `ps` picoseconds. */
static inline void pass(struct sched *sched, sim_ps ps)
{
    sched_advance(sched, sched->now + ps);
}

#endif
