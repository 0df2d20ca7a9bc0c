// See upload.h.
#include "cli/upload.h"

#include <stdio.h>
#include <stdlib.h>

#include "cli/api.h"
#include "cli/file.h"
#include "cli/output.h"

static int archive_of(const struct cli *cli, const struct bundle *bundle, uint8_t **zip,
                      size_t *size)
{
    enum bundle_result result = bundle_write(bundle, zip, size);
    if (result != BUNDLE_OK) {
        return out_fail(cli, CLI_FAILED, "bad_bundle", NULL, "cannot write the bundle: %s",
                        bundle_result_text(bundle, result));
    }
    return CLI_OK;
}

static void on_sent(void *context, unsigned long long done, unsigned long long total)
{
    char text[48];
    snprintf(text, sizeof text, "%llu of %llu kB", (done + 999) / 1000, (total + 999) / 1000);
    out_bar(context, done, total, text);
}

int upload_bundle(const struct cli *cli, const struct profile *profile, const struct bundle *bundle,
                  const char *unique_name, json_t **app)
{
    uint8_t *zip;
    size_t size;
    *app = NULL;
    int status = archive_of(cli, bundle, &zip, &size);
    if (status != CLI_OK) {
        return status;
    }
    struct http_request request = {.method = "POST",
                                   .path = "/v1/Apps",
                                   .fields = {{"UniqueName", unique_name}},
                                   .file_name = "bundle.zip",
                                   .file_bytes = zip,
                                   .file_size = size};
    if (out_is_terminal(cli)) {
        request.progress = on_sent;
        request.progress_context = (void *)cli;
    }
    status = api_send(cli, profile, &request, app);
    out_progress(cli, NULL);
    free(zip);
    if (status == CLI_OK && json_string_value(json_object_get(*app, "sid")) == NULL) {
        json_decref(*app);
        *app = NULL;
        return out_fail(cli, CLI_FAILED, "bad_answer", NULL, "the cloud's answer names no App");
    }
    return status;
}

int upload_write_bundle(const struct cli *cli, const char *path, const struct bundle *bundle)
{
    uint8_t *zip;
    size_t size;
    int status = archive_of(cli, bundle, &zip, &size);
    if (status == CLI_OK) {
        status = file_write(cli, path, zip, size, 0644);
        free(zip);
    }
    return status;
}
