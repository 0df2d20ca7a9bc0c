// Calls of the cloud's REST API: path in, JSON out, errors shown.
#ifndef CLI_API_H
#define CLI_API_H

#include <jansson.h>

#include "cli/cli.h"
#include "cli/http.h"

// Loads the profile, sends the request and parses the answer into *result (NULL if the answer has
// no body; pass NULL to ignore it). Shows errors; the caller frees *result with json_decref.
int api_call(const struct cli *cli, const struct http_request *request, json_t **result);

// The same with a profile that is already loaded. With --dry-run a request that would change
// something is not sent: its object is fetched instead, the request is told, and CLI_DRY_RUN is
// returned.
int api_send(const struct cli *cli, const struct profile *profile,
             const struct http_request *request, json_t **result);

// Tells which request would be sent.
void api_tell_dry_run(const struct cli *cli, const struct http_request *request);

// Shows the error of an answer that is not a success, and returns the exit status for it.
int api_refused(const struct cli *cli, const struct profile *profile,
                const struct http_request *request, const struct http_answer *answer);

// The same for a request to which no answer came.
int api_unreachable(const struct cli *cli, const struct profile *profile,
                    const struct http_answer *answer);

// Fetches all pages of a list; *rows is one array of the records under `key`.
int api_list(const struct cli *cli, const char *path, const char *key, json_t **rows);

// Makes a path: `format` with one %s for a SID or unique name, which is escaped.
int api_path(const struct cli *cli, char *path, size_t size, const char *format, const char *name);

#endif
