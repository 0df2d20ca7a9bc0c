/* Short exclusion between the work thread, calls and interrupt handlers: BASEPRI_S up to the
 * modem's priority. Only faults and illegal-access events come through. Nests. */
#ifndef KERNEL_WORK_LOCK_H
#define KERNEL_WORK_LOCK_H

#include <stdint.h>

#ifdef __arm__
#include "chip/core.h"

static inline uint32_t lock_take(void)
{
    uint32_t before = core_basepri();
    core_raise_basepri(0x20u);
    return before;
}

static inline void lock_release(uint32_t before)
{
    core_set_basepri(before);
}
#else
/* Host tests run the same code in one thread. */
static inline uint32_t lock_take(void)
{
    return 0;
}

static inline void lock_release(uint32_t before)
{
    (void)before;
}
#endif

#endif
