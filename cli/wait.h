// Waiting until a device runs an application.
#ifndef CLI_WAIT_H
#define CLI_WAIT_H

#include "cli/profile.h"

// Options of the commands that wait; they put these into their table.
#define WAIT_OPTIONS                                                                               \
    {"wait", 'w', NULL, "wait until the device runs the application", NULL},                       \
    {                                                                                              \
        "timeout", 0, "S", "how long --wait waits (180)", NULL                                     \
    }

// Value of --timeout in seconds. False after an error was shown.
bool wait_timeout(const struct cli *cli, unsigned long *timeout_s);

// Waits until the device runs the application that it was given. A cloud that is away for a moment
// is waited for as well. CLI_FAILED: the device refused it or was given another one; CLI_TRY_AGAIN:
// the time has passed.
int wait_for_app(const struct cli *cli, const struct profile *profile, const char *device_sid,
                 const char *app_sid, unsigned long timeout_s);

#endif
