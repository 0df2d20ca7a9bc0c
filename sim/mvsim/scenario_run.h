/* A scenario file on a board. */
#ifndef SIM_MVSIM_SCENARIO_RUN_H
#define SIM_MVSIM_SCENARIO_RUN_H

#include "board/board.h"
#include "world/scenario.h"

/* Reads a scenario file; `bounded`: the run has a time limit of its own. False: told to the user.
 */
bool scenario_run_read(struct scenario *scenario, const char *path, bool bounded);
/* Connects it with a board that has not been powered on yet. */
void scenario_run_start(struct scenario *scenario, struct board *board, bool quiet);

#endif
