/* What the kernel's pure parts need from the rest of it. */
#ifndef KERNEL_FAKES_H
#define KERNEL_FAKES_H

#include <stdbool.h>
#include <stdint.h>

extern uint64_t fake_time_us;
extern bool fake_rng_works;
extern uint32_t fake_pended[160]; /* how often each interrupt was pended */
extern uint32_t fake_wakes;

#endif
