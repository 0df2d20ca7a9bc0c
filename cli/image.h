// From a file on disk (.elf, .bin or a finished bundle .zip) to a bundle.
#ifndef CLI_IMAGE_H
#define CLI_IMAGE_H

#include "cli/cli.h"
#include "formats/host/bundle.h"

// Options that shape a bundle; commands that bundle put these into their table.
#define IMAGE_OPTIONS                                                                              \
    {"debug-auth-pubkey", 'k', "PEM", "public key that may debug the application", "publickey"},   \
        {"connection-grace-time", 0, "S", "seconds online after the application lets go", NULL},   \
        {"minimum-check-in-time", 0, "S", "longest time offline in seconds (0: no limit)", NULL},  \
        {"maximum-politeness-time", 0, "S", "seconds that an update waits for mvRestart", NULL},   \
        {"minimum-restart-interval", 0, "MS", "shortest wait after a crash", NULL},                \
        {"maximum-restart-interval", 0, "MS", "longest wait after repeated crashes", NULL},        \
    {                                                                                              \
        "minimum-kernel-version", 0, "N", "oldest kernel that may run it", NULL                    \
    }

struct image_options {
    struct bundle_options bundle;
    uint8_t point[MANIFEST_POINT_SIZE];
};

// Reads the options above. Shows an error and returns its status if one is wrong.
int image_options(const struct cli *cli, struct image_options *options);

// Reads the file and makes (or, for a zip, checks) the bundle. On CLI_OK the caller frees it with
// bundle_free.
int image_load(const struct cli *cli, const char *path, const struct image_options *options,
               struct bundle *bundle);

#endif
