// login and info: what this program knows about the cloud and the account.
#include "cli/commands.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/api.h"
#include "cli/file.h"
#include "cli/output.h"
#include "cli/secret.h"

enum { STATE_FILE_MAX = 64 * 1024 };

static int read_state_file(const struct cli *cli, const char *folder, const char *name,
                           json_t **json)
{
    char path[4096];
    struct file_bytes file;
    snprintf(path, sizeof path, "%s/%s", folder, name);
    int status = file_read(cli, path, STATE_FILE_MAX, &file);
    if (status != CLI_OK) {
        return status;
    }
    *json = json_loadb((const char *)file.bytes, file.size, 0, NULL);
    file_free(&file);
    if (*json == NULL) {
        return out_fail(cli, CLI_FAILED, "config", NULL, "'%s' is not JSON", path);
    }
    return CLI_OK;
}

static bool take(char *to, size_t size, const json_t *json, const char *field)
{
    const char *text = json_string_value(json_object_get(json, field));
    return text != NULL && text[0] != '\0' && snprintf(to, size, "%s", text) < (int)size;
}

// A cloud with a certificate of its own making: its CA is in the state folder.
static int take_ca_file(const struct cli *cli, const char *folder, struct profile *profile)
{
    char path[4096 + 16], resolved[PATH_MAX];
    profile->ca_file[0] = '\0';
    if (strncmp(profile->url, "https://", 8) != 0) {
        return CLI_OK;
    }
    snprintf(path, sizeof path, "%s/ca.cert.pem", folder);
    if (realpath(path, resolved) == NULL || strlen(resolved) >= sizeof profile->ca_file) {
        return out_fail(cli, CLI_FAILED, "config", NULL, "there is no '%s'", path);
    }
    memcpy(profile->ca_file, resolved, strlen(resolved) + 1);
    return CLI_OK;
}

// URL, account and token of a cloud that runs on this machine.
static int from_state(const struct cli *cli, const char *folder, struct profile *profile)
{
    json_t *account = NULL, *run = NULL;
    int status = read_state_file(cli, folder, "account.json", &account);
    if (status == CLI_OK) {
        status = read_state_file(cli, folder, "run.json", &run);
    }
    if (status == CLI_OK &&
        (!take(profile->url, sizeof profile->url, run, "api_url") ||
         !take(profile->account_sid, sizeof profile->account_sid, account, "account_sid") ||
         !take(profile->auth_token, sizeof profile->auth_token, account, "auth_token"))) {
        status = out_fail(cli, CLI_FAILED, "config", NULL,
                          "'%s' is not the state folder of a running microvisord", folder);
    }
    if (status == CLI_OK) {
        status = take_ca_file(cli, folder, profile);
    }
    json_decref(account);
    json_decref(run);
    return status;
}

// A line from the terminal; an empty one keeps what is there. False: there was none.
static bool ask_line(const char *prompt, char *to, size_t size)
{
    char line[PROFILE_URL_SIZE];
    fprintf(stderr, to[0] == '\0' ? "%s: " : "%s [%s]: ", prompt, to);
    if (fgets(line, sizeof line, stdin) == NULL) {
        fputc('\n', stderr);
        return false;
    }
    line[strcspn(line, "\r\n")] = '\0';
    return line[0] == '\0' ? to[0] != '\0' : snprintf(to, size, "%s", line) < (int)size;
}

static int ask(const struct cli *cli, struct profile *profile)
{
    const char *account = cli_value(cli, "account");
    char resolved[PATH_MAX];
    const char *ca_file = cli_value(cli, "ca-file");
    if (ca_file != NULL &&
        (realpath(ca_file, resolved) == NULL || strlen(resolved) >= sizeof profile->ca_file)) {
        return out_fail(cli, CLI_FAILED, "file", NULL, "cannot find '%s'", ca_file);
    }
    if (ca_file != NULL) {
        memcpy(profile->ca_file, resolved, strlen(resolved) + 1);
    }
    if (account != NULL) {
        snprintf(profile->account_sid, sizeof profile->account_sid, "%s", account);
    }
    bool terminal = isatty(STDIN_FILENO);
    if (terminal && cli->url == NULL &&
        !ask_line("URL of the cloud", profile->url, sizeof profile->url)) {
        profile->url[0] = '\0';
    }
    if (terminal && account == NULL && profile->url[0] != '\0' &&
        !ask_line("Account SID", profile->account_sid, sizeof profile->account_sid)) {
        profile->account_sid[0] = '\0';
    }
    if (profile->url[0] == '\0' || profile->account_sid[0] == '\0') {
        return out_fail(cli, CLI_USAGE, "usage", "run 'microvisor login --help'",
                        "usage: --url URL and --account SID are needed");
    }
    if (!secret_read_line("Auth token", profile->auth_token, sizeof profile->auth_token)) {
        return out_fail(cli, CLI_FAILED, "not_logged_in", "type it, or pipe it in",
                        "there was no auth token on standard input");
    }
    return CLI_OK;
}

int command_login(struct cli *cli)
{
    struct profile profile;
    const char *folder = cli_value(cli, "from");
    int status = profile_peek(cli, &profile);
    if (status == CLI_OK) {
        status = folder != NULL ? from_state(cli, folder, &profile) : ask(cli, &profile);
    }
    if (status == CLI_OK) {
        status = profile_check_url(cli, profile.url);
    }
    if (status == CLI_OK) { // credentials that do not work are not kept
        struct http_request request = {.method = "GET", .path = "/v1/Apps?PageSize=1"};
        status = api_send(cli, &profile, &request, NULL);
    }
    if (status == CLI_OK) {
        status = profile_save(cli, &profile);
    }
    if (status == CLI_OK) {
        json_t *record = json_pack("{s:s, s:s, s:s}", "name", profile.name, "url", profile.url,
                                   "account_sid", profile.account_sid);
        out_done(cli, record, "Logged in to %s as %s (profile '%s')", profile.url,
                 profile.account_sid, profile.name);
        json_decref(record);
    }
    explicit_bzero(&profile, sizeof profile);
    return status;
}

static const struct out_column info_columns[] = {{"Version", "version"},
                                                 {"Configuration", "config"},
                                                 {"Profile", "profile"},
                                                 {"Cloud", "url"},
                                                 {"Account", "account_sid"},
                                                 {"Cloud answers", "reachable"},
                                                 {"Cloud version", "cloud_version"}};

int command_info(struct cli *cli)
{
    struct profile profile;
    char path[4096] = "";
    int status = profile_peek(cli, &profile);
    if (status != CLI_OK) {
        return status;
    }
    profile_path(path, sizeof path);
    json_t *info =
        json_pack("{s:s, s:s, s:s, s:s, s:s}", "version", MV_VERSION, "config", path, "profile",
                  profile.name, "url", profile.url, "account_sid", profile.account_sid);
    if (profile.url[0] != '\0') {
        struct http_request request = {.method = "GET", .path = "/healthz", .timeout_ms = 5000};
        struct http_answer answer;
        profile.account_sid[0] = '\0'; // health is public: no credentials are sent
        bool answers = http_send(&profile, &request, &answer) && answer.status == 200;
        json_object_set_new(info, "reachable", json_boolean(answers));
        json_t *health = answer.body == NULL ? NULL : json_loads(answer.body, 0, NULL);
        json_object_set(info, "cloud_version", json_object_get(health, "version"));
        json_decref(health);
        http_answer_free(&answer);
    }
    explicit_bzero(&profile, sizeof profile);
    out_record(cli, info, info_columns, sizeof info_columns / sizeof info_columns[0]);
    json_decref(info);
    return CLI_OK;
}
