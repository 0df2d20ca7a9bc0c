/*
 * The administrator's commands: accounts, audit, backup and restore. They work on the store and the
 * state folder; a running server is told with SIGHUP, and waited for.
 */
#ifndef CLOUD_MAIN_COMMANDS_H
#define CLOUD_MAIN_COMMANDS_H

#include "cloud/main/options.h"

/* Runs the command that the options name; the program's exit status. */
int commands_run(const struct options *options);

/* Whether the options name a command other than to serve. */
bool commands_wanted(const struct options *options);

/* Backup and restore (main/backup.c). */
bool backup_write(const struct options *options);
bool backup_restore(const struct options *options);

#endif
