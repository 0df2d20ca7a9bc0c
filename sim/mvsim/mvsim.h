/* The mvsim command: what its parts share. Exit codes: 0 done, 1 failed, 2 wrong usage. */
#ifndef SIM_MVSIM_MVSIM_H
#define SIM_MVSIM_MVSIM_H

#include <stdbool.h>
#include <stdint.h>

#define EXIT_USAGE 2

/* Each takes the arguments after "mvsim COMMAND" (argv[0] is the command's name). */
int mvsim_provision(int argc, char **argv);
int mvsim_run(int argc, char **argv);
int mvsim_info(int argc, char **argv);

/* "mvsim: ..." on standard error; returns `code`. */
__attribute__((format(printf, 2, 3))) int mvsim_fail(int code, const char *format, ...);
/* A decimal number of at most `max`; anything else is a usage error told to the user. */
bool mvsim_number(const char *option, const char *text, uint64_t max, uint64_t *value);
/* "[source] text" on standard error. */
void mvsim_console(void *context, const char *source, const char *text);

#endif
