// Uploading a bundle; shared by `apps create` and `deploy`.
#ifndef CLI_UPLOAD_H
#define CLI_UPLOAD_H

#include <jansson.h>

#include "cli/profile.h"
#include "formats/host/bundle.h"

// Uploads a bundle under a unique name (or NULL); *app is the App resource.
int upload_bundle(const struct cli *cli, const struct profile *profile, const struct bundle *bundle,
                  const char *unique_name, json_t **app);

// Writes a bundle's archive to a file.
int upload_write_bundle(const struct cli *cli, const char *path, const struct bundle *bundle);

#endif
