/* A scenario file on a board. */
#ifndef SIM_MVSIM_SCENARIO_RUN_H
#define SIM_MVSIM_SCENARIO_RUN_H

#include "board/board.h"
#include "world/scenario.h"
#include "world/world.h"

/* Reads a scenario file; `bounded`: the run has a time limit of its own. False: told to the user.
 */
bool scenario_run_read(struct scenario *scenario, const char *path, bool bounded);
/* Connects it with a board that has not been powered on yet. */
void scenario_run_start(struct scenario *scenario, struct board *board, bool quiet);

/* Runs the board to the scenario's next moment or count, at most to `until`, and performs what is
 * due at a count. */
enum world_event scenario_run_on(struct scenario *scenario, struct board *board, sim_ps until);
/* Says how much was executed and written, so that a scenario can name a moment by such a count. */
void scenario_run_totals(const struct board *board);

#endif
