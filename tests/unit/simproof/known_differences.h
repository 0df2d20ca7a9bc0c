/* Where a comparison with libunicorn makes no sense or libunicorn is known to be wrong. */
#ifndef SIMPROOF_KNOWN_DIFFERENCES_H
#define SIMPROOF_KNOWN_DIFFERENCES_H

#include <stdbool.h>
#include <stdint.h>

#include "pair.h"

/* Instructions that cannot be compared one at a time (the reasons are in the table). */
bool lockstep_not_comparable(uint32_t encoding, bool wide);
/* True if the manual leaves open what a 32-bit encoding does. */
bool lockstep_unpredictable(uint32_t encoding);
/* True if the two may end differently for this encoding. */
bool lockstep_known_difference(const struct pair *pair, uint32_t encoding, bool wide,
                               enum pair_end ours, enum pair_end theirs);

#endif
