// devices list, show, update, retire; status; audit.
#include "cli/commands.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/api.h"
#include "cli/output.h"
#include "cli/resource.h"
#include "cli/wait.h"

static const struct out_column list_columns[] = {{"SID", "sid"},
                                                 {"UNIQUE NAME", "unique_name"},
                                                 {"UPDATE", "app.update_status"},
                                                 {"TARGET APP", "app.target_sid"}};
static const struct out_column show_columns[] = {{"SID", "sid"},
                                                 {"Unique name", "unique_name"},
                                                 {"Target app", "app.target_sid"},
                                                 {"Targeted", "app.date_targeted"},
                                                 {"Update", "app.update_status"},
                                                 {"Update error", "app.update_error_code"},
                                                 {"Running app", "app.reported_sid"},
                                                 {"Reported", "app.date_reported"},
                                                 {"Logging", "logging.enabled"},
                                                 {"Logging until", "logging.date_expires"},
                                                 {"Created", "date_created"},
                                                 {"Updated", "date_updated"}};
static const struct out_column status_columns[] = {{"SID", "sid"},
                                                   {"Unique name", "unique_name"},
                                                   {"Connected", "connected"},
                                                   {"Since", "connected_since"},
                                                   {"Last seen", "last_seen"},
                                                   {"Kernel", "kernel_version"},
                                                   {"Update", "update.status"},
                                                   {"Why", "update.reason"}};

#define COUNT(array) (sizeof(array) / sizeof(array)[0])

int command_devices_list(struct cli *cli)
{
    return resource_list(cli, "/v1/Devices", "devices",
                         "There are no devices. 'microvisor devices provision' makes one.",
                         list_columns, COUNT(list_columns));
}

int command_devices_show(struct cli *cli)
{
    return resource_show(cli, "/v1/Devices/%s", show_columns, COUNT(show_columns));
}

int command_audit(struct cli *cli)
{
    static const struct out_column columns[] = {{"TIME", "time"},
                                                {"ACTOR", "actor"},
                                                {"OPERATION", "operation"},
                                                {"PATH", "path"},
                                                {"OBJECT", "object"}};
    return resource_list(cli, "/ext/v1/audit", "records", "Nothing was changed yet.", columns,
                         COUNT(columns));
}

// How many devices are up to date, on their way, failed, or without a target.
static int status_of_all(const struct cli *cli)
{
    static const struct out_column columns[] = {{"Devices", "devices"},
                                                {"Up to date", "up-to-date"},
                                                {"Pending", "pending"},
                                                {"Failed", "error"},
                                                {"No target", "none"}};
    json_t *rows, *row;
    size_t index;
    int status = api_list(cli, "/v1/Devices", "devices", &rows);
    if (status != CLI_OK) {
        return status;
    }
    json_t *counts = json_pack("{s:i, s:i, s:i, s:i, s:i}", "devices", (int)json_array_size(rows),
                               "up-to-date", 0, "pending", 0, "error", 0, "none", 0);
    json_array_foreach(rows, index, row)
    {
        const json_t *app = json_object_get(row, "app");
        const char *state = json_string_value(json_object_get(app, "update_status"));
        const char *name = state == NULL ? "none" : state;
        json_int_t count = json_integer_value(json_object_get(counts, name));
        json_object_set_new(counts, name, json_integer(count + 1));
    }
    out_record(cli, counts, columns, COUNT(columns));
    json_decref(counts);
    json_decref(rows);
    return CLI_OK;
}

int command_status(struct cli *cli)
{
    if (cli_argument(cli, 0) == NULL) {
        return status_of_all(cli);
    }
    return resource_show(cli, "/ext/v1/devices/%s/status", status_columns, COUNT(status_columns));
}

int command_devices_retire(struct cli *cli)
{
    char path[1024], device[1024];
    struct http_request request = {.method = "DELETE", .path = path, .dry_run_path = device};
    int status = api_path(cli, path, sizeof path, "/ext/v1/devices/%s", cli_argument(cli, 0));
    if (status == CLI_OK) {
        status = api_path(cli, device, sizeof device, "/v1/Devices/%s", cli_argument(cli, 0));
    }
    if (status == CLI_OK) {
        status = api_call(cli, &request, NULL);
    }
    if (status == CLI_OK) {
        out_step(cli, "Retired device %s: it can no longer connect", cli_argument(cli, 0));
    }
    return status;
}

static bool is_boolean(const char *text)
{
    return text == NULL || strcmp(text, "true") == 0 || strcmp(text, "false") == 0;
}

// --dry-run: whether the application that the device would be given is there.
static int check_target(const struct cli *cli)
{
    char path[1024];
    const char *app = cli_value(cli, "target-app");
    struct http_request request = {.method = "GET", .path = path};
    if (!cli->dry_run || app == NULL || app[0] == '\0') {
        return CLI_OK;
    }
    int status = api_path(cli, path, sizeof path, "/v1/Apps/%s", app);
    return status == CLI_OK ? api_call(cli, &request, NULL) : status;
}

// --wait: until the device runs the application that the cloud's answer names.
static int wait_for_target(const struct cli *cli, const json_t *device, unsigned long timeout_s)
{
    struct profile profile;
    const char *target =
        json_string_value(json_object_get(json_object_get(device, "app"), "target_sid"));
    const char *sid = json_string_value(json_object_get(device, "sid"));
    if (!cli_switch(cli, "wait") || target == NULL || sid == NULL) {
        return CLI_OK;
    }
    int status = profile_load(cli, &profile);
    if (status == CLI_OK) {
        status = wait_for_app(cli, &profile, sid, target, timeout_s);
    }
    explicit_bzero(&profile, sizeof profile);
    return status;
}

int command_devices_update(struct cli *cli)
{
    char path[1024];
    json_t *device;
    unsigned long timeout_s;
    struct http_request request = {
        .method = "POST",
        .path = path,
        .fields = {{"UniqueName", cli_value(cli, "unique-name")},
                   {"TargetApp", cli_value(cli, "target-app")},
                   {"LoggingEnabled", cli_value(cli, "logging-enabled")},
                   {"RestartApp", cli_switch(cli, "restart-app") ? "true" : NULL}}};
    bool anything = false;
    if (!wait_timeout(cli, &timeout_s)) {
        return CLI_USAGE;
    }
    for (size_t i = 0; i < 4; i++) {
        anything = anything || request.fields[i].value != NULL;
    }
    if (!anything || !is_boolean(cli_value(cli, "logging-enabled"))) {
        return out_fail(cli, CLI_USAGE, "usage", "run 'microvisor devices update --help'",
                        anything ? "usage: --logging-enabled takes true or false"
                                 : "usage: nothing to change was given");
    }
    int status = api_path(cli, path, sizeof path, "/v1/Devices/%s", cli_argument(cli, 0));
    if (status == CLI_OK) {
        status = check_target(cli);
    }
    if (status == CLI_OK) {
        status = api_call(cli, &request, &device);
    }
    if (status != CLI_OK) {
        return status;
    }
    out_step(cli, "Updated device %s", json_string_value(json_object_get(device, "sid")));
    status = wait_for_target(cli, device, timeout_s);
    if (status == CLI_OK && (cli->json || cli->tsv)) {
        out_record(cli, device, show_columns, COUNT(show_columns));
    }
    json_decref(device);
    return status;
}
