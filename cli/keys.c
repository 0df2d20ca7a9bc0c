// keys list, show, create, update, rotate, remove: API keys for programs and colleagues.
#include "cli/commands.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/api.h"
#include "cli/file.h"
#include "cli/output.h"

static const struct out_column list_columns[] = {{"SID", "sid"},
                                                 {"NAME", "name"},
                                                 {"ROLE", "role"},
                                                 {"DEVICES", "devices_text"},
                                                 {"ROTATED", "date_rotated"}};
static const struct out_column show_columns[] = {{"SID", "sid"},
                                                 {"Name", "name"},
                                                 {"Role", "role"},
                                                 {"Devices", "devices_text"},
                                                 {"Created", "date_created"},
                                                 {"Updated", "date_updated"},
                                                 {"Rotated", "date_rotated"},
                                                 {"Secret", "secret"}}; // only of a new one

#define COUNT(array) (sizeof(array) / sizeof(array)[0])

// What people read in place of the list of devices.
static void add_devices_text(json_t *key)
{
    const json_t *devices = json_object_get(key, "devices");
    char text[1024] = "all";
    size_t index, at = 0;
    json_t *sid;
    json_array_foreach((json_t *)devices, index, sid)
    {
        at += (size_t)snprintf(text + at, sizeof text - at, "%s%s", index > 0 ? " " : "",
                               json_string_value(sid));
        if (at >= sizeof text) {
            break;
        }
    }
    if (json_is_array(devices) && json_array_size(devices) == 0) {
        snprintf(text, sizeof text, "none");
    }
    json_object_set_new(key, "devices_text", json_string(text));
}

int command_keys_list(struct cli *cli)
{
    json_t *rows, *row;
    size_t index;
    int status = api_list(cli, "/ext/v1/keys", "keys", &rows);
    if (status != CLI_OK) {
        return status;
    }
    json_array_foreach(rows, index, row)
    {
        if (!cli->json) {
            add_devices_text(row);
        }
    }
    out_list(cli, rows, "There are no API keys. 'microvisor keys create --role ROLE' makes one.",
             list_columns, COUNT(list_columns));
    json_decref(rows);
    return CLI_OK;
}

// The secret goes into the file that was asked for, else to standard output, once.
static int keep_secret(const struct cli *cli, json_t *key)
{
    const char *file = cli_value(cli, "secret-out");
    const char *secret = json_string_value(json_object_get(key, "secret"));
    if (secret == NULL) {
        return CLI_OK;
    }
    if (file != NULL) {
        int status = file_write(cli, file, secret, strlen(secret), 0600);
        json_object_del(key, "secret");
        return status;
    }
    if (!cli->json && !cli->tsv) {
        printf("%-9s%s\n", "Secret", secret);
        puts("The secret is shown only now. Use it as MICROVISOR_AUTH_TOKEN, with the SID as\n"
             "MICROVISOR_ACCOUNT_SID.");
    }
    return CLI_OK;
}

// Sends a request about a key and shows the key that comes back.
static int send_and_show(const struct cli *cli, const struct http_request *request)
{
    json_t *key;
    int status = api_call(cli, request, &key);
    if (status != CLI_OK) {
        return status;
    }
    bool machine = cli->json || cli->tsv; // the secret is one more field for them
    if (!cli->json) {
        add_devices_text(key);
    }
    if (!machine) {
        out_record(cli, key, show_columns, COUNT(show_columns) - 1);
    }
    status = keep_secret(cli, key);
    if (machine && status == CLI_OK) {
        bool secret = json_object_get(key, "secret") != NULL;
        out_record(cli, key, show_columns, COUNT(show_columns) - !secret);
    }
    json_decref(key);
    return status;
}

int command_keys_show(struct cli *cli)
{
    char path[256];
    struct http_request request = {.method = "GET", .path = path};
    int status = api_path(cli, path, sizeof path, "/ext/v1/keys/%s", cli_argument(cli, 0));
    return status == CLI_OK ? send_and_show(cli, &request) : status;
}

// Adds the fields of --devices, "A,B" or "all", behind those that are there. `names` is cut up.
static bool add_devices(struct http_request *request, size_t at, char *names)
{
    if (names == NULL) {
        return true;
    }
    if (strcmp(names, "all") == 0) {
        request->fields[at] = (struct http_field){"AllDevices", "true"};
        return true;
    }
    char *rest = names;
    for (char *name; (name = strsep(&rest, ",")) != NULL; at++) {
        if (at >= HTTP_FIELDS_MAX || name[0] == '\0') {
            return false;
        }
        request->fields[at] = (struct http_field){"Device", name};
    }
    return true;
}

static int write_key(const struct cli *cli, const char *path)
{
    struct http_request request = {
        .method = "POST",
        .path = path,
        .fields = {{"Role", cli_value(cli, "role")}, {"Name", cli_value(cli, "name")}}};
    const char *devices = cli_value(cli, "devices");
    char *names = devices == NULL ? NULL : strdup(devices);
    int status;
    if (!add_devices(&request, 2, names)) {
        status = out_fail(cli, CLI_USAGE, "usage", NULL,
                          "usage: --devices takes SIDs or names with commas between them");
    } else {
        status = send_and_show(cli, &request);
    }
    free(names);
    return status;
}

int command_keys_create(struct cli *cli)
{
    if (cli_value(cli, "role") == NULL) {
        return out_fail(cli, CLI_USAGE, "usage", "run 'microvisor keys create --help'",
                        "usage: --role read, operate or admin is needed");
    }
    return write_key(cli, "/ext/v1/keys");
}

int command_keys_update(struct cli *cli)
{
    char path[256];
    if (cli_value(cli, "role") == NULL && cli_value(cli, "name") == NULL &&
        cli_value(cli, "devices") == NULL) {
        return out_fail(cli, CLI_USAGE, "usage", "run 'microvisor keys update --help'",
                        "usage: nothing to change was given");
    }
    int status = api_path(cli, path, sizeof path, "/ext/v1/keys/%s", cli_argument(cli, 0));
    return status == CLI_OK ? write_key(cli, path) : status;
}

int command_keys_rotate(struct cli *cli)
{
    char path[256];
    char key_path[256];
    struct http_request request = {.method = "POST",
                                   .path = path,
                                   .dry_run_path = key_path,
                                   .fields = {{"GraceSeconds", cli_value(cli, "grace")}}};
    int status = api_path(cli, path, sizeof path, "/ext/v1/keys/%s/rotate", cli_argument(cli, 0));
    if (status == CLI_OK) {
        status = api_path(cli, key_path, sizeof key_path, "/ext/v1/keys/%s", cli_argument(cli, 0));
    }
    return status == CLI_OK ? send_and_show(cli, &request) : status;
}

int command_keys_remove(struct cli *cli)
{
    char path[256];
    struct http_request request = {.method = "DELETE", .path = path};
    int status = api_path(cli, path, sizeof path, "/ext/v1/keys/%s", cli_argument(cli, 0));
    if (status == CLI_OK) {
        status = api_call(cli, &request, NULL);
    }
    if (status == CLI_OK) {
        out_step(cli, "Removed API key %s", cli_argument(cli, 0));
    }
    return status;
}
