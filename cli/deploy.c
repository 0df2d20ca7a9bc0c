// deploy: from a project folder or file to an application assigned to (and running on) a device.
#include "cli/commands.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "cli/api.h"
#include "cli/image.h"
#include "cli/keypair.h"
#include "cli/logs.h"
#include "cli/output.h"
#include "cli/project.h"
#include "cli/upload.h"
#include "cli/wait.h"

struct deployment {
    struct cli *cli;
    struct profile profile;
    const char *device; // as it was given
    char device_sid[64];
    char program[PROJECT_PATH_MAX];
    char zip[PROJECT_PATH_MAX + 8]; // where the bundle is kept; empty for a plain file
    char public_key[PROJECT_PATH_MAX + 32];
    char cursor[32]; // of the log, before the assignment
    json_t *app;
};

static const char *sid_of(const json_t *resource)
{
    const char *sid = json_string_value(json_object_get(resource, "sid"));
    return sid == NULL ? "" : sid;
}

static const char *base_name(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash == NULL ? path : slash + 1;
}

// The bundle of a project is kept beside its program, as projects' scripts expect.
static void name_zip(struct deployment *deployment)
{
    char *end;
    snprintf(deployment->zip, sizeof deployment->zip, "%s", deployment->program);
    end = strrchr(deployment->zip, '.');
    if (end == NULL || strchr(end, '/') != NULL) {
        end = deployment->zip + strlen(deployment->zip);
    }
    snprintf(end, sizeof deployment->zip - (size_t)(end - deployment->zip), ".zip");
}

static int make_keys(struct deployment *deployment, const struct project *project)
{
    char private_key[PROJECT_PATH_MAX + 32];
    const struct cli *cli = deployment->cli;
    const char *private_file = cli_value(cli, "debug-auth-privkey");
    const char *public_file = cli_value(cli, "debug-auth-pubkey");
    bool ours = private_file == NULL && public_file == NULL; // may be overwritten each time
    snprintf(private_key, sizeof private_key, "%s%s", private_file != NULL ? "" : project->build,
             private_file != NULL ? private_file : "/debug_auth_priv_key.pem");
    snprintf(deployment->public_key, sizeof deployment->public_key, "%s%s",
             public_file != NULL ? "" : project->build,
             public_file != NULL ? public_file : "/debug_auth_pub_key.pem");
    if (cli->dry_run) { // the bundle goes without a key then, because there is none
        out_step(cli, "Would make debug keys %s and %s", private_key, deployment->public_key);
        deployment->public_key[0] = '\0';
        return CLI_OK;
    }
    int status = keypair_write(cli, private_key, deployment->public_key, ours);
    if (status == CLI_OK) {
        out_step(deployment->cli, "Wrote debug keys %s and %s", private_key,
                 deployment->public_key);
    }
    return status;
}

static int find_program(struct deployment *deployment)
{
    struct cli *cli = deployment->cli;
    const char *path = cli_argument(cli, 0) == NULL ? "." : cli_argument(cli, 0);
    struct stat info;
    struct project project;
    if (stat(path, &info) == 0 && !S_ISDIR(info.st_mode)) {
        snprintf(deployment->program, sizeof deployment->program, "%s", path);
        return CLI_OK;
    }
    int status = cli_switch(cli, "deploy")
                     ? project_find(cli, path, &project)
                     : project_build(cli, path, cli_switch(cli, "clean"), &project);
    if (status == CLI_OK) {
        memcpy(deployment->program, project.program, sizeof deployment->program);
        name_zip(deployment);
        status = cli_switch(cli, "genkeys") ? make_keys(deployment, &project) : CLI_OK;
    }
    return status;
}

// Makes the bundle with the options of the command line, or with the keys just made.
static int make_bundle(struct deployment *deployment, struct bundle *bundle)
{
    struct cli *cli = deployment->cli;
    struct image_options options;
    for (int i = 0; i < CLI_OPTIONS_MAX && deployment->public_key[0] != '\0'; i++) {
        const char *name = cli->command->options[i].name;
        if (name != NULL && strcmp(name, "debug-auth-pubkey") == 0) {
            cli->values[i] = deployment->public_key;
        }
    }
    int status = image_options(cli, &options);
    if (status != CLI_OK) {
        return status;
    }
    out_step(cli, "Bundling %s …", base_name(deployment->program));
    status = image_load(cli, deployment->program, &options, bundle);
    if (status == CLI_OK && deployment->zip[0] != '\0') {
        status = upload_write_bundle(cli, deployment->zip, bundle);
    }
    return status == CLI_DRY_RUN ? CLI_OK : status;
}

static int device_call(struct deployment *deployment, const struct http_request *request,
                       json_t **device)
{
    char path[1024];
    struct http_request with_path = *request;
    int status = api_path(deployment->cli, path, sizeof path, "/v1/Devices/%s", deployment->device);
    with_path.path = path;
    return status == CLI_OK ? api_send(deployment->cli, &deployment->profile, &with_path, device)
                            : status;
}

// Looks the device up first: a wrong name should cost no upload.
static int find_device(struct deployment *deployment)
{
    struct cli *cli = deployment->cli;
    deployment->device = cli_value(cli, "device");
    if (deployment->device == NULL) {
        deployment->device = getenv("MV_DEVICE_SID");
    }
    if (deployment->device == NULL || deployment->device[0] == '\0') {
        return out_fail(cli, CLI_USAGE, "usage", "'microvisor devices list' shows the devices",
                        "usage: --device DEVICE (or MV_DEVICE_SID) is needed");
    }
    json_t *device;
    struct http_request request = {.method = "GET"};
    int status = profile_load(cli, &deployment->profile);
    if (status == CLI_OK) {
        status = device_call(deployment, &request, &device);
    }
    if (status == CLI_OK) {
        snprintf(deployment->device_sid, sizeof deployment->device_sid, "%s", sid_of(device));
        json_decref(device);
    }
    return status;
}

static int assign(struct deployment *deployment)
{
    struct cli *cli = deployment->cli;
    const char *app_sid = sid_of(deployment->app);
    json_t *device;
    out_step(cli, "Assigning app %s to device %s", app_sid, deployment->device_sid);
    int status = logs_newest(cli, &deployment->profile, deployment->device_sid, deployment->cursor,
                             sizeof deployment->cursor);
    struct http_request request = {.method = "POST", .fields = {{"TargetApp", app_sid}}};
    if (status == CLI_OK) {
        status = device_call(deployment, &request, &device);
    }
    if (status == CLI_OK) {
        json_decref(device);
    }
    return status;
}

static int upload_and_assign(struct deployment *deployment, const struct bundle *bundle)
{
    struct cli *cli = deployment->cli;
    out_step(cli, "Uploading %s …",
             base_name(deployment->zip[0] != '\0' ? deployment->zip : deployment->program));
    int status = upload_bundle(cli, &deployment->profile, bundle, cli_value(cli, "unique-name"),
                               &deployment->app);
    if (status == CLI_DRY_RUN) {
        char path[1024];
        struct http_request request = {
            .method = "POST", .path = path, .fields = {{"TargetApp", "the new app"}}};
        snprintf(path, sizeof path, "/v1/Devices/%s", deployment->device_sid);
        api_tell_dry_run(cli, &request);
    }
    return status == CLI_OK ? assign(deployment) : status;
}

static int stream_log(struct deployment *deployment)
{
    struct logs_options options = {.device = deployment->device_sid};
    memcpy(options.cursor, deployment->cursor, sizeof options.cursor);
    out_step(deployment->cli, "Logging from %s", deployment->device_sid);
    return logs_stream(deployment->cli, &deployment->profile, &options);
}

static void show_result(const struct deployment *deployment, bool waited)
{
    if (deployment->cli->json || deployment->cli->tsv) {
        json_t *json = json_pack("{s:s, s:s, s:b}", "app_sid", sid_of(deployment->app),
                                 "device_sid", deployment->device_sid, "running", waited);
        out_done(deployment->cli, json, "%s", "");
        json_decref(json);
    }
}

static int deploy(struct deployment *deployment, unsigned long timeout_s)
{
    struct cli *cli = deployment->cli;
    struct bundle *bundle = calloc(1, sizeof *bundle);
    bool only_build = cli_switch(cli, "build");
    int status = bundle == NULL ? CLI_FAILED : CLI_OK;
    if (status == CLI_OK && !only_build) {
        status = find_device(deployment);
    }
    if (status == CLI_OK) {
        status = find_program(deployment);
    }
    if (status == CLI_OK) {
        status = make_bundle(deployment, bundle);
    }
    if (status == CLI_OK && !only_build) {
        status = upload_and_assign(deployment, bundle);
    }
    bundle_free(bundle);
    free(bundle);
    if (status != CLI_OK || only_build) {
        return status;
    }
    if (cli_switch(cli, "wait")) {
        status = wait_for_app(cli, &deployment->profile, deployment->device_sid,
                              sid_of(deployment->app), timeout_s);
    }
    if (status == CLI_OK) {
        show_result(deployment, cli_switch(cli, "wait"));
    }
    return status;
}

int command_deploy(struct cli *cli)
{
    unsigned long timeout_s;
    if (!wait_timeout(cli, &timeout_s)) {
        return CLI_USAGE;
    }
    struct deployment *deployment = calloc(1, sizeof *deployment);
    if (deployment == NULL) {
        return out_fail(cli, CLI_FAILED, "memory", NULL, "there is not enough memory");
    }
    deployment->cli = cli;
    int status;
    if (cli_switch(cli, "logonly")) {
        status = find_device(deployment);
    } else {
        status = deploy(deployment, timeout_s);
    }
    if (status == CLI_OK && (cli_switch(cli, "log") || cli_switch(cli, "logonly"))) {
        status = stream_log(deployment);
    }
    json_decref(deployment->app);
    explicit_bzero(&deployment->profile, sizeof deployment->profile);
    free(deployment);
    return status;
}
