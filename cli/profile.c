// See profile.h.
#include "cli/profile.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <jansson.h>

#include "cli/file.h"
#include "cli/output.h"

enum { CONFIG_SIZE_MAX = 256 * 1024 };

bool profile_path(char *path, size_t size)
{
    const char *base = getenv("XDG_CONFIG_HOME");
    const char *home = getenv("HOME");
    int length;
    if (base != NULL && base[0] == '/') {
        length = snprintf(path, size, "%s/microvisor/config.json", base);
    } else if (home != NULL && home[0] != '\0') {
        length = snprintf(path, size, "%s/.config/microvisor/config.json", home);
    } else {
        return false;
    }
    return length > 0 && (size_t)length < size;
}

// The profile that counts: --profile, the environment, the one that `profiles use` chose.
static const char *profile_name(const struct cli *cli, const json_t *config)
{
    const char *from_environment = getenv("MICROVISOR_PROFILE");
    const char *chosen = json_string_value(json_object_get(config, "current"));
    if (cli->profile != NULL) {
        return cli->profile;
    }
    if (from_environment != NULL && from_environment[0] != '\0') {
        return from_environment;
    }
    return chosen != NULL && chosen[0] != '\0' ? chosen : "default";
}

// Reads the configuration file; *config is NULL if there is none.
static int load_config(const struct cli *cli, json_t **config)
{
    char path[4096];
    struct stat info;
    struct file_bytes file;
    *config = NULL;
    if (!profile_path(path, sizeof path) || stat(path, &info) != 0) {
        return CLI_OK;
    }
    if ((info.st_mode & 077) != 0) {
        out_warn(cli, "'%s' holds a token and can be read by others; run: chmod 600 '%s'", path,
                 path);
    }
    int status = file_read(cli, path, CONFIG_SIZE_MAX, &file);
    if (status != CLI_OK) {
        return status;
    }
    json_error_t error;
    *config = json_loadb((const char *)file.bytes, file.size, 0, &error);
    file_free(&file);
    if (*config == NULL) {
        return out_fail(cli, CLI_FAILED, "config",
                        "correct the file, or remove it and log in again", "'%s' line %d: %s", path,
                        error.line, error.text);
    }
    return CLI_OK;
}

// Takes the first value that is there and not empty. False if it does not fit.
static bool take_first(char *to, size_t size, const char *a, const char *b, const char *c,
                       const char *d)
{
    const char *sources[] = {a, b, c, d};
    to[0] = '\0';
    for (size_t i = 0; i < 4; i++) {
        if (sources[i] != NULL && sources[i][0] != '\0') {
            return snprintf(to, size, "%s", sources[i]) < (int)size;
        }
    }
    return true;
}

static const char *config_text(const json_t *config, const char *name, const char *field)
{
    return json_string_value(
        json_object_get(json_object_get(json_object_get(config, "profiles"), name), field));
}

int profile_peek(const struct cli *cli, struct profile *profile)
{
    memset(profile, 0, sizeof *profile);
    json_t *config;
    int status = load_config(cli, &config);
    if (status != CLI_OK) {
        return status;
    }
    const char *name = profile_name(cli, config);
    bool fits =
        snprintf(profile->name, sizeof profile->name, "%s", name) < (int)sizeof profile->name;
    if (cli->profile != NULL &&
        json_object_get(json_object_get(config, "profiles"), cli->profile) == NULL &&
        (cli->command == NULL || strcmp(cli->command->name, "login") != 0)) {
        json_decref(config);
        return out_fail(cli, CLI_FAILED, "config",
                        "run 'microvisor login --profile NAME --url URL'",
                        "there is no profile '%s'", cli->profile);
    }
    // A profile that was asked for by name wins over the environment.
    bool named = cli->profile != NULL;
    fits = fits &&
           take_first(profile->url, sizeof profile->url, cli->url,
                      named ? config_text(config, name, "url") : NULL, getenv("MICROVISOR_URL"),
                      config_text(config, name, "url")) &&
           take_first(profile->account_sid, sizeof profile->account_sid,
                      named ? config_text(config, name, "account_sid") : NULL,
                      getenv("MICROVISOR_ACCOUNT_SID"), config_text(config, name, "account_sid"),
                      getenv("TWILIO_ACCOUNT_SID")) &&
           take_first(profile->auth_token, sizeof profile->auth_token,
                      named ? config_text(config, name, "auth_token") : NULL,
                      getenv("MICROVISOR_AUTH_TOKEN"), config_text(config, name, "auth_token"),
                      getenv("TWILIO_AUTH_TOKEN"));
    fits = fits &&
           take_first(profile->ca_file, sizeof profile->ca_file,
                      named ? config_text(config, name, "ca_file") : NULL,
                      getenv("MICROVISOR_CA_FILE"), config_text(config, name, "ca_file"), NULL);
    json_decref(config);
    if (!fits) {
        return out_fail(cli, CLI_FAILED, "config", NULL, "a URL, account or token is too long");
    }
    for (size_t length = strlen(profile->url); length > 0 && profile->url[length - 1] == '/';) {
        profile->url[--length] = '\0';
    }
    return CLI_OK;
}

static bool is_this_machine(const char *host)
{
    static const char *const names[] = {"127.0.0.1", "localhost", "[::1]"};
    size_t length = strcspn(host, host[0] == '[' ? "]" : ":/");
    length += host[0] == '[' && host[length] == ']';
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        if (strlen(names[i]) == length && strncmp(host, names[i], length) == 0) {
            return host[length] == '\0' || host[length] == ':' || host[length] == '/';
        }
    }
    return false;
}

int profile_check_url(const struct cli *cli, const char *url)
{
    if (strncmp(url, "https://", 8) == 0 && url[8] != '\0') {
        return CLI_OK;
    }
    if (strncmp(url, "http://", 7) != 0) {
        return out_fail(cli, CLI_USAGE, "usage", "write it like https://cloud.example",
                        "usage: '%s' is not the URL of a cloud", url);
    }
    if (!is_this_machine(url + 7)) {
        return out_fail(cli, CLI_FAILED, "insecure_url", "use https, or a tunnel to this machine",
                        "the token is not sent over plain http to another machine ('%s')", url);
    }
    return CLI_OK;
}

int profile_load(const struct cli *cli, struct profile *profile)
{
    int status = profile_peek(cli, profile);
    if (status != CLI_OK) {
        return status;
    }
    const char *missing = NULL;
    if (profile->url[0] == '\0') {
        missing = "MICROVISOR_URL";
    } else if (profile->account_sid[0] == '\0') {
        missing = "MICROVISOR_ACCOUNT_SID";
    } else if (profile->auth_token[0] == '\0') {
        missing = "MICROVISOR_AUTH_TOKEN";
    }
    if (missing != NULL) {
        char hint[160];
        snprintf(hint, sizeof hint, "run 'microvisor login --url URL', or set %s", missing);
        return out_fail(cli, CLI_FAILED, "not_logged_in", hint,
                        "it is not known which cloud and account to use: %s is missing", missing);
    }
    return profile_check_url(cli, profile->url);
}

// Writes the configuration file; it holds tokens.
static int save_config(const struct cli *cli, const json_t *config)
{
    char path[4096];
    if (!profile_path(path, sizeof path)) {
        return out_fail(cli, CLI_FAILED, "config", "set HOME or XDG_CONFIG_HOME",
                        "there is no folder for the configuration file");
    }
    int status = file_make_parents(cli, path);
    char *text = status == CLI_OK ? json_dumps(config, JSON_INDENT(2)) : NULL;
    if (status == CLI_OK && text == NULL) {
        return out_fail(cli, CLI_FAILED, "config", NULL, "the profile cannot be written as JSON");
    }
    if (status == CLI_OK) {
        status = file_write(cli, path, text, strlen(text), 0600);
        explicit_bzero(text, strlen(text));
    }
    free(text);
    return status;
}

int profile_save(const struct cli *cli, const struct profile *profile)
{
    json_t *config;
    int status = load_config(cli, &config);
    if (status != CLI_OK) {
        return status;
    }
    if (!json_is_object(config)) {
        json_decref(config);
        config = json_object();
    }
    json_t *profiles = json_object_get(config, "profiles");
    if (!json_is_object(profiles)) {
        profiles = json_object();
        json_object_set_new(config, "profiles", profiles);
    }
    json_object_set_new(profiles, profile->name,
                        json_pack("{s:s, s:s, s:s, s:s*}", "url", profile->url, "account_sid",
                                  profile->account_sid, "auth_token", profile->auth_token,
                                  "ca_file",
                                  profile->ca_file[0] == '\0' ? NULL : profile->ca_file));
    status = save_config(cli, config);
    json_decref(config);
    return status;
}

json_t *profile_names(const struct cli *cli)
{
    json_t *config, *value, *names = json_array();
    const char *name;
    if (load_config(cli, &config) == CLI_OK) {
        json_object_foreach(json_object_get(config, "profiles"), name, value)
        {
            json_array_append_new(names, json_string(name));
        }
        json_decref(config);
    }
    return names;
}

json_t *profile_list(const struct cli *cli)
{
    json_t *config, *value, *rows = json_array();
    const char *name;
    if (load_config(cli, &config) != CLI_OK) {
        json_decref(rows);
        return NULL;
    }
    const char *used = profile_name(cli, config);
    json_object_foreach(json_object_get(config, "profiles"), name, value)
    {
        json_array_append_new(rows, json_pack("{s:s, s:O?, s:O?, s:b}", "name", name, "url",
                                              json_object_get(value, "url"), "account_sid",
                                              json_object_get(value, "account_sid"), "used",
                                              strcmp(name, used) == 0));
    }
    json_decref(config);
    return rows;
}

static int no_profile(const struct cli *cli, const char *name)
{
    return out_fail(cli, CLI_FAILED, "config", "'microvisor profiles list' shows what there is",
                    "there is no profile '%s'", name);
}

int profile_use(const struct cli *cli, const char *name)
{
    json_t *config;
    int status = load_config(cli, &config);
    if (status == CLI_OK && json_object_get(json_object_get(config, "profiles"), name) == NULL) {
        status = no_profile(cli, name);
    }
    if (status == CLI_OK) {
        json_object_set_new(config, "current", json_string(name));
        status = save_config(cli, config);
    }
    json_decref(config);
    return status;
}

int profile_remove(const struct cli *cli, const char *name, char *removed, size_t size)
{
    json_t *config;
    int status = load_config(cli, &config);
    snprintf(removed, size, "%s", name != NULL ? name : profile_name(cli, config));
    json_t *profiles = json_object_get(config, "profiles");
    if (status == CLI_OK && json_object_del(profiles, removed) != 0) {
        status = no_profile(cli, removed);
    }
    const char *current = json_string_value(json_object_get(config, "current"));
    if (status == CLI_OK && current != NULL && strcmp(current, removed) == 0) {
        json_object_del(config, "current");
    }
    if (status == CLI_OK) {
        status = save_config(cli, config);
    }
    json_decref(config);
    return status;
}
