// configs and secrets: list, set, show, remove; of the account, or of a device with --device.
#include "cli/commands.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/api.h"
#include "cli/file.h"
#include "cli/output.h"
#include "cli/secret.h"

// 4096 characters of UTF-8 and a newline; the cloud counts characters, so it has the last word.
enum { VALUE_SIZE_MAX = 4 * 4096 + 1, PATH_SIZE = 2560 };

static const struct out_column config_columns[] = {
    {"KEY", "key"}, {"UPDATED", "date_updated"}, {"VALUE", "value"}};
static const struct out_column secret_columns[] = {{"KEY", "key"}, {"ROTATED", "date_rotated"}};

#define COUNT(array) (sizeof(array) / sizeof(array)[0])

static bool is_secret(const struct cli *cli)
{
    return strncmp(cli->command->name, "secrets", 7) == 0;
}

static const char *noun(const struct cli *cli)
{
    return is_secret(cli) ? "secret" : "config";
}

// Path of the list, or of one key in it (key NULL: the list).
static int settings_path(const struct cli *cli, char *path, const char *key)
{
    const char *device = cli_value(cli, "device");
    const char *list = is_secret(cli) ? "Secrets" : "Configs";
    char device_part[1024] = "", key_part[1300] = "";
    bool ok = device == NULL ||
              (device[0] != '\0' && http_escape(device, device_part, sizeof device_part));
    ok = ok && (key == NULL || (key[0] != '\0' && http_escape(key, key_part, sizeof key_part)));
    if (!ok) {
        return out_fail(cli, CLI_USAGE, "usage", NULL, "usage: the device or the key is not valid");
    }
    snprintf(path, PATH_SIZE, "/v1%s%s/%s%s%s", device != NULL ? "/Devices/" : "", device_part,
             list, key != NULL ? "/" : "", key_part);
    return CLI_OK;
}

static int settings_list(struct cli *cli)
{
    char path[PATH_SIZE];
    json_t *rows;
    int status = settings_path(cli, path, NULL);
    if (status == CLI_OK) {
        status = api_list(cli, path, is_secret(cli) ? "secrets" : "configs", &rows);
    }
    if (status != CLI_OK) {
        return status;
    }
    if (is_secret(cli)) {
        out_list(cli, rows, "There are no secrets. 'microvisor secrets set KEY' makes one.",
                 secret_columns, COUNT(secret_columns));
    } else {
        out_list(cli, rows, "There are no configs. 'microvisor configs set KEY' makes one.",
                 config_columns, COUNT(config_columns));
    }
    json_decref(rows);
    return CLI_OK;
}

static int settings_show(struct cli *cli)
{
    char path[PATH_SIZE];
    json_t *setting;
    int status = settings_path(cli, path, cli_argument(cli, 0));
    if (status == CLI_OK) {
        struct http_request request = {.method = "GET", .path = path};
        status = api_call(cli, &request, &setting);
    }
    if (status != CLI_OK) {
        return status;
    }
    if (is_secret(cli)) {
        out_record(cli, setting, secret_columns, COUNT(secret_columns));
    } else if (cli_switch(cli, "raw")) { // as it was set, for other programs
        const char *value = json_string_value(json_object_get(setting, "value"));
        fputs(value == NULL ? "" : value, stdout);
    } else {
        out_record(cli, setting, config_columns, COUNT(config_columns));
    }
    json_decref(setting);
    return CLI_OK;
}

static int settings_remove(struct cli *cli)
{
    char path[PATH_SIZE];
    int status = settings_path(cli, path, cli_argument(cli, 0));
    if (status == CLI_OK) {
        struct http_request request = {.method = "DELETE", .path = path};
        status = api_call(cli, &request, NULL);
    }
    if (status == CLI_OK) {
        out_step(cli, "Removed %s %s", noun(cli), cli_argument(cli, 0));
    }
    return status;
}

// The value as text that the caller frees with file_free. One newline at the end is not part of it.
static int read_value(const struct cli *cli, const char *source, struct file_bytes *value)
{
    if (strcmp(source, "-") == 0 && isatty(STDIN_FILENO)) {
        value->bytes = calloc(1, VALUE_SIZE_MAX + 1);
        if (value->bytes == NULL ||
            !secret_read_line("Value", (char *)value->bytes, VALUE_SIZE_MAX)) {
            file_free(value);
            return out_fail(cli, CLI_FAILED, "bad_value", NULL, "there was no value");
        }
        value->size = strlen((const char *)value->bytes);
        return CLI_OK;
    }
    int status = file_read(cli, source, VALUE_SIZE_MAX, value);
    if (status != CLI_OK) {
        return status;
    }
    if (value->size > 0 && value->bytes[value->size - 1] == '\n') {
        value->bytes[--value->size] = '\0';
    }
    if (memchr(value->bytes, '\0', value->size) != NULL) {
        file_free(value);
        return out_fail(cli, CLI_FAILED, "bad_value", "encode it first, for example with base64",
                        "a value is text, '%s' is not", source);
    }
    return CLI_OK;
}

// --dry-run: says whether the key would be made or changed.
static int tell_set(const struct cli *cli, const struct profile *profile, const char *path,
                    const char *value)
{
    char list[PATH_SIZE];
    struct http_answer answer;
    struct http_request look = {.method = "GET", .path = path};
    bool there = http_send(profile, &look, &answer) && answer.status == 200;
    http_answer_free(&answer);
    struct http_request create = {.method = "POST",
                                  .path = list,
                                  .fields = {{"Key", cli_argument(cli, 0)}, {"Value", value}}};
    struct http_request update = {.method = "POST", .path = path, .fields = {{"Value", value}}};
    int status = settings_path(cli, list, NULL);
    return status == CLI_OK ? api_send(cli, profile, there ? &update : &create, NULL) : status;
}

// Changes the key if it is there, makes it if not.
static int set_value(const struct cli *cli, const char *value, json_t **setting)
{
    char path[PATH_SIZE];
    struct profile profile;
    struct http_answer answer;
    const char *key = cli_argument(cli, 0);
    int status = settings_path(cli, path, key);
    if (status == CLI_OK) {
        status = profile_load(cli, &profile);
    }
    if (status != CLI_OK) {
        return status;
    }
    if (cli->dry_run) {
        return tell_set(cli, &profile, path, value);
    }
    struct http_request update = {.method = "POST", .path = path, .fields = {{"Value", value}}};
    bool answered = http_send(&profile, &update, &answer);
    if (!answered) {
        status = api_unreachable(cli, &profile, &answer);
    } else if (answer.status == 404) {
        struct http_request create = {
            .method = "POST", .path = path, .fields = {{"Key", key}, {"Value", value}}};
        status = settings_path(cli, path, NULL);
        status = status == CLI_OK ? api_send(cli, &profile, &create, setting) : status;
    } else if (answer.status != 200) {
        status = api_refused(cli, &profile, &update, &answer);
    } else {
        *setting = json_loadb(answer.body, answer.size, 0, NULL);
    }
    http_answer_free(&answer);
    explicit_bzero(&profile, sizeof profile);
    return status;
}

static int settings_set(struct cli *cli)
{
    struct file_bytes value = {0};
    json_t *setting = NULL;
    const char *argument = is_secret(cli) ? NULL : cli_argument(cli, 1);
    const char *file = cli_value(cli, "file");
    if (argument != NULL && file != NULL) {
        return out_fail(cli, CLI_USAGE, "usage", NULL,
                        "usage: VALUE and --file exclude each other");
    }
    int status = argument != NULL ? CLI_OK : read_value(cli, file != NULL ? file : "-", &value);
    if (status == CLI_OK) {
        status = set_value(cli, argument != NULL ? argument : (const char *)value.bytes, &setting);
    }
    file_free(&value);
    if (status == CLI_OK) {
        out_done(cli, setting, "Set %s %s", noun(cli), cli_argument(cli, 0));
    }
    json_decref(setting);
    return status;
}

int command_settings(struct cli *cli)
{
    const char *verb = strchr(cli->command->name, ' ') + 1;
    if (strcmp(verb, "list") == 0) {
        return settings_list(cli);
    }
    if (strcmp(verb, "set") == 0) {
        return settings_set(cli);
    }
    return strcmp(verb, "show") == 0 ? settings_show(cli) : settings_remove(cli);
}
