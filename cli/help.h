// Help texts, all made from the table of commands.
#ifndef CLI_HELP_H
#define CLI_HELP_H

#include <stdio.h>

#include "cli/cli.h"

void help_all(FILE *to);
void help_group(FILE *to, const char *group);
void help_command(FILE *to, const struct cli_command *command);

#endif
