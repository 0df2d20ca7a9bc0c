/* What an application must never change, and what it must never see. Looked at from outside, past
 * every protection: no word of the kernel is needed for it. */
#ifndef TESTS_BOARD_GUARD_H
#define TESTS_BOARD_GUARD_H

#include <stdbool.h>
#include <stddef.h>

struct rig;

/* Fills the part of secure RAM that the kernel does not use with a pattern, and remembers
 * everything that must stay as it is. */
void guard_plant(struct rig *rig);
/* False: what changed, or what leaked, is in `what`. */
bool guard_whole(struct rig *rig, char *what, size_t size);

#endif
