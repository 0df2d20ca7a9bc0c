// What the program says: results on standard output, errors and progress on standard error.
//
// People get sentences and tables, with --json programs get one JSON value a line. Text that came
// from elsewhere is printed without control characters, so that it cannot steer a terminal.
#ifndef CLI_OUTPUT_H
#define CLI_OUTPUT_H

#include <stdbool.h>
#include <stdio.h>

#include <jansson.h>

#include "cli/cli.h"

// Shows an error and returns `status`. `code` is a short stable name for programs; `hint` says what
// to do next (or NULL). Formats like printf.
int out_fail(const struct cli *cli, enum cli_exit status, const char *code, const char *hint,
             const char *format, ...) __attribute__((format(printf, 5, 6)));

// A warning for people; nothing with --json.
void out_warn(const struct cli *cli, const char *format, ...) __attribute__((format(printf, 2, 3)));

// A step that begins, on standard output; nothing with --json.
void out_step(const struct cli *cli, const char *format, ...) __attribute__((format(printf, 2, 3)));

// A line that is overwritten by the next one, on standard error, only if that is a terminal. NULL
// removes the line.
void out_progress(const struct cli *cli, const char *text);

// One JSON value on one line of standard output.
void out_json(const json_t *value);

// Prints text without control characters. Continuation lines are indented by `indent` columns.
void out_text(FILE *to, const char *text, size_t indent);

// Whether to colour what goes to a stream: a terminal, and NO_COLOR is not set.
bool out_coloured(FILE *to);

// A table or a list of fields from JSON objects; `path` may go into nested objects
// ("app.target_sid").
struct out_column {
    const char *title;
    const char *path;
};
void out_table(const json_t *rows, const struct out_column *columns, size_t count);
void out_fields(const json_t *object, const struct out_column *columns, size_t count);

#endif
