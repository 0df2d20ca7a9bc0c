// Secret text comes from the terminal without echo, or from standard input; never from arguments.
#ifndef CLI_SECRET_H
#define CLI_SECRET_H

#include <stdbool.h>
#include <stddef.h>

// Reads one line. `prompt` is shown on standard error if standard input is a terminal. False if
// there is none or it is empty.
bool secret_read_line(const char *prompt, char *secret, size_t size);

#endif
