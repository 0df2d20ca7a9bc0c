// Where the cloud is and which account talks to it.
//
// Each of the three values is taken from the first of: command line (only the URL), environment,
// profile of the configuration file. The token never comes from the command line, where other users
// of the machine could read it.
#ifndef CLI_PROFILE_H
#define CLI_PROFILE_H

#include <jansson.h>

#include "cli/cli.h"

enum { PROFILE_URL_SIZE = 512, PROFILE_SID_SIZE = 64, PROFILE_TOKEN_SIZE = 256 };

struct profile {
    char name[64];
    char url[PROFILE_URL_SIZE]; // without a slash at the end
    char account_sid[PROFILE_SID_SIZE];
    char auth_token[PROFILE_TOKEN_SIZE];
    char ca_file[4096]; // PEM file with the CA to trust for https; "": the system's
};

// Finds all three values; shows an error that says what is missing and how to set it.
int profile_load(const struct cli *cli, struct profile *profile);

// Finds what there is; missing values are empty. For `info` and `login`.
int profile_peek(const struct cli *cli, struct profile *profile);

// Writes the profile into the configuration file (mode 0600), keeping the other profiles.
int profile_save(const struct cli *cli, const struct profile *profile);

// Names of the profiles of the configuration file; the caller frees the array.
json_t *profile_names(const struct cli *cli);

// The profiles without their tokens: name, url, account_sid, used. NULL after an error was shown.
json_t *profile_list(const struct cli *cli);

// Makes a profile the one that counts where none is named.
int profile_use(const struct cli *cli, const char *name);

// Removes a profile, with NULL the one that counts; `removed` becomes its name.
int profile_remove(const struct cli *cli, const char *name, char *removed, size_t size);

// Path of the configuration file; false if there is no home folder.
bool profile_path(char *path, size_t size);

// Whether credentials may be sent to this URL: https, or http to this machine. Shows an error if
// not.
int profile_check_url(const struct cli *cli, const char *url);

#endif
