/* Counting instructions while a board runs: cost of system calls, cost up to the application's
 * first instruction, and a plain trace. Uses the processor's trace hook, so the board runs slower,
 * but virtual time is the same.
 */
#ifndef SIM_MVSIM_MEASURE_H
#define SIM_MVSIM_MEASURE_H

#include <stdbool.h>
#include <stdio.h>

#include "board/board.h"

struct measure_config {
    const char *call_costs; /* NULL, or the JSON file to write at the end */
    const char *trace;      /* NULL, or the file that gets a line per instruction */
    bool stop_at_app;
};

struct measure;

/* NULL if a file cannot be opened (told in `error`). */
struct measure *measure_new(struct board *board, const struct measure_config *config, char *error,
                            size_t error_size);
/* The application's first instruction has been reached (and board_break was called). */
bool measure_at_app(const struct measure *measure);
/* The JSON line of --stop-at-app. */
void measure_print_app(const struct measure *measure, FILE *out);
/* Writes the reports and frees everything; false if a report could not be written. */
bool measure_finish(struct measure *measure);

#endif
