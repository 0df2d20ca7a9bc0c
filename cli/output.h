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

// A step that begins, on standard output; nothing with --json and --tsv.
void out_step(const struct cli *cli, const char *format, ...) __attribute__((format(printf, 2, 3)));

// Whether progress is shown: standard error is a terminal, and a person reads the output.
bool out_is_terminal(const struct cli *cli);

// A bar of `done` out of `total` with a text behind it, where out_progress writes.
void out_bar(const struct cli *cli, unsigned long long done, unsigned long long total,
             const char *text);

// A line that is overwritten by the next one, on standard error, only if that is a terminal. NULL
// removes the line.
void out_progress(const struct cli *cli, const char *text);

// One JSON value on one line of standard output.
void out_json(const json_t *value);

// Prints text without control characters. Continuation lines are indented by `indent` columns.
void out_text(FILE *to, const char *text, size_t indent);

// The same for the first `length` bytes.
void out_part(FILE *to, const char *text, size_t length);

// Whether to colour what goes to a stream: a terminal, and NO_COLOR is not set.
bool out_coloured(FILE *to);

// A table or a list of fields from JSON objects; `path` may go into nested objects
// ("app.target_sid").
struct out_column {
    const char *title;
    const char *path;
};

// Records or one record in the form that was asked for. `none` is what people read in place of an
// empty table.
void out_list(const struct cli *cli, const json_t *rows, const char *none,
              const struct out_column *columns, size_t count);
void out_record(const struct cli *cli, const json_t *record, const struct out_column *columns,
                size_t count);

// What a command did: a sentence for people, the record for programs (with TSV its plain fields).
void out_done(const struct cli *cli, const json_t *record, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

// One value of a line of TSV: tab, newline and backslash are written as \t, \n and \\.
void out_tsv_text(const char *text);

#endif
