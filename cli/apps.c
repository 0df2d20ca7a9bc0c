// apps bundle, create, list, show, manifest, remove.
#include "cli/commands.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/evp.h>

#include "cli/api.h"
#include "cli/file.h"
#include "cli/image.h"
#include "cli/output.h"
#include "cli/resource.h"
#include "cli/upload.h"

static const struct out_column list_columns[] = {
    {"SID", "sid"}, {"UNIQUE NAME", "unique_name"}, {"CREATED", "date_created"}};
static const struct out_column show_columns[] = {{"SID", "sid"},
                                                 {"Unique name", "unique_name"},
                                                 {"Manifest hash", "hash"},
                                                 {"Created", "date_created"},
                                                 {"Updated", "date_updated"}};

#define COUNT(array) (sizeof(array) / sizeof(array)[0])

struct signed_manifest {
    uint8_t bytes[MANIFEST_SIZE_MAX + 3]; // decoding writes whole groups of three
    size_t size;
};

int command_apps_bundle(struct cli *cli)
{
    struct image_options options;
    struct bundle bundle;
    const char *in = cli_argument(cli, 0), *out = cli_argument(cli, 1);
    int status = image_options(cli, &options);
    if (status == CLI_OK) {
        status = image_load(cli, in, &options, &bundle);
    }
    if (status != CLI_OK) {
        return status;
    }
    status = upload_write_bundle(cli, out, &bundle);
    if (status == CLI_OK) {
        char hash[BUNDLE_HEX_HASH_SIZE];
        bundle_hex_hash(bundle.layers[0].hash, hash);
        json_t *json = json_pack("{s:s, s:i, s:s}", "bundle", out, "image_bytes",
                                 (int)bundle.layers[0].size, "layer", hash);
        out_done(cli, json, "Bundled %s into %s (%zu bytes of flash)", in, out,
                 bundle.layers[0].size);
        json_decref(json);
    }
    bundle_free(&bundle);
    return status;
}

// Fetches an application's manifest; *json is the cloud's record, `manifest` its bytes.
static int fetch_manifest(const struct cli *cli, const struct profile *profile, const char *sid,
                          json_t **json, struct signed_manifest *manifest)
{
    char path[1024];
    *json = NULL;
    manifest->size = 0;
    int status = api_path(cli, path, sizeof path, "/v1/Apps/%s/Manifest", sid);
    struct http_request request = {.method = "GET", .path = path};
    if (status == CLI_OK) {
        status = api_send(cli, profile, &request, json);
    }
    if (status != CLI_OK) {
        return status;
    }
    const char *text = json_string_value(json_object_get(*json, "encoded_bytes"));
    size_t length = text == NULL ? 0 : strlen(text);
    int size = -1;
    if (length >= 4 && length <= sizeof manifest->bytes / 3 * 4) {
        size = EVP_DecodeBlock(manifest->bytes, (const unsigned char *)text, (int)length);
        size -= size > 0 ? (text[length - 1] == '=') + (text[length - 2] == '=') : 0;
    }
    if (size <= 0) {
        return out_fail(cli, CLI_FAILED, "bad_answer", NULL,
                        "the cloud's signed manifest cannot be read");
    }
    manifest->size = (size_t)size;
    return CLI_OK;
}

// Puts the manifest as the cloud signed it into the bundle.
static int take_signed_manifest(const struct cli *cli, const struct profile *profile,
                                const char *sid, struct bundle *bundle)
{
    json_t *json;
    struct signed_manifest manifest = {.size = 0};
    int status = fetch_manifest(cli, profile, sid, &json, &manifest);
    json_decref(json);
    if (status == CLI_OK &&
        bundle_set_manifest(bundle, manifest.bytes, manifest.size) != BUNDLE_OK) {
        status = out_fail(cli, CLI_FAILED, "bad_answer", NULL,
                          "the cloud's signed manifest cannot be read");
    }
    return status;
}

int command_apps_manifest(struct cli *cli)
{
    static const struct out_column columns[] = {
        {"App", "app_sid"}, {"Hash", "hash"}, {"Bytes in base64", "encoded_bytes"}};
    struct profile profile;
    struct signed_manifest manifest = {.size = 0};
    json_t *json = NULL;
    const char *file = cli_value(cli, "file");
    int status = profile_load(cli, &profile);
    if (status == CLI_OK) {
        status = fetch_manifest(cli, &profile, cli_argument(cli, 0), &json, &manifest);
    }
    if (status == CLI_OK && file != NULL) {
        status = file_write(cli, file, manifest.bytes, manifest.size, 0644);
    }
    if (status == CLI_OK && file != NULL) {
        out_done(cli, json, "Wrote %s (%zu bytes)", file, manifest.size);
    } else if (status == CLI_OK) {
        out_record(cli, json, columns, COUNT(columns));
    }
    json_decref(json);
    explicit_bzero(&profile, sizeof profile);
    return status;
}

int command_apps_create(struct cli *cli)
{
    struct image_options options = {0};
    struct bundle bundle;
    struct profile profile;
    json_t *app = NULL;
    const char *out = cli_value(cli, "bundle-out");
    int status = image_load(cli, cli_argument(cli, 0), &options, &bundle);
    if (status != CLI_OK) {
        return status;
    }
    status = profile_load(cli, &profile);
    if (status == CLI_OK) {
        status = upload_bundle(cli, &profile, &bundle, cli_argument(cli, 1), &app);
    }
    const char *sid = json_string_value(json_object_get(app, "sid"));
    if (status == CLI_OK && out != NULL) {
        status = take_signed_manifest(cli, &profile, sid, &bundle);
        status = status == CLI_OK ? upload_write_bundle(cli, out, &bundle) : status;
    }
    if (status == CLI_OK) {
        out_done(cli, app, "Created app %s", sid);
    }
    json_decref(app);
    bundle_free(&bundle);
    return status;
}

int command_apps_list(struct cli *cli)
{
    return resource_list(cli, "/v1/Apps", "apps",
                         "There are no applications. 'microvisor apps create FILE' uploads one.",
                         list_columns, COUNT(list_columns));
}

int command_apps_show(struct cli *cli)
{
    return resource_show(cli, "/v1/Apps/%s", show_columns, COUNT(show_columns));
}

int command_apps_remove(struct cli *cli)
{
    char path[1024];
    int status = api_path(cli, path, sizeof path, "/v1/Apps/%s", cli_argument(cli, 0));
    if (status == CLI_OK) {
        struct http_request request = {.method = "DELETE", .path = path};
        status = api_call(cli, &request, NULL);
    }
    if (status == CLI_OK) {
        out_step(cli, "Removed app %s", cli_argument(cli, 0));
    }
    return status;
}
