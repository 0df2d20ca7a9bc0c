/* Calls with random arguments, many of them. */
#ifndef TESTS_BOARD_RANDOM_H
#define TESTS_BOARD_RANDOM_H

struct rig;

/* Arguments: how many calls, then the seed (1). Returns an exit status. */
int random_calls(struct rig *rig, int count, char **arguments);

#endif
