// Streaming a device's log; shared by `logs` and `deploy --log`.
#ifndef CLI_LOGS_H
#define CLI_LOGS_H

#include <jansson.h>

#include "cli/profile.h"

struct logs_options {
    const char *device;
    const char *type;        // only records of this type; NULL: all
    unsigned long lines;     // stop after so many; 0: never
    unsigned long timeout_s; // stop with CLI_TRY_AGAIN after so long; 0: never
    char cursor[32];         // start behind this record; empty: with the next one
};

// Prints records until one of the limits is reached or an error cannot be overcome.
int logs_stream(const struct cli *cli, const struct profile *profile, struct logs_options *options);

// The cursor of the newest kept record ("0" if there is none).
int logs_newest(const struct cli *cli, const struct profile *profile, const char *device,
                char *cursor, size_t size);

// Prints one record in the form that was asked for.
void logs_print(const struct cli *cli, const json_t *record);

#endif
