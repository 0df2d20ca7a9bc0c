// The two things that every kind of record has in common on the command line: a list, one shown.
#ifndef CLI_RESOURCE_H
#define CLI_RESOURCE_H

#include "cli/cli.h"
#include "cli/output.h"

// Fetches the list at `path`, whose array is called `key`, and shows it; `none` is what a person
// reads when it is empty. Returns an exit code.
int resource_list(struct cli *cli, const char *path, const char *key, const char *none,
                  const struct out_column *columns, size_t count);

// Fetches the record that the first argument names (`format`: its path with one %s) and shows it.
// Returns an exit code.
int resource_show(struct cli *cli, const char *format, const struct out_column *columns,
                  size_t count);

#endif
