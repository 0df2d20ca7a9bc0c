// doctor: looks at everything that has to be right before a deployment can work, and says what to
// do about what is not.
#include "cli/commands.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/api.h"
#include "cli/output.h"

enum verdict { GOOD, WARNING, BAD };

static const char *const verdict_names[] = {"ok", "warning", "bad"};

// Adds a line to the findings; `advice` only if something is to be done.
static void find(json_t *findings, enum verdict verdict, const char *subject, const char *text,
                 const char *advice)
{
    json_t *finding =
        json_pack("{s:s, s:s, s:s, s:s*}", "subject", subject, "verdict", verdict_names[verdict],
                  "finding", text, "advice", verdict == GOOD ? NULL : advice);
    json_array_append_new(findings, finding);
}

static void check_configuration(json_t *findings)
{
    char path[4096];
    struct stat info;
    if (!profile_path(path, sizeof path)) {
        find(findings, BAD, "configuration", "there is no home folder", "set HOME");
    } else if (stat(path, &info) != 0) {
        find(findings, GOOD, "configuration", "no file; the environment alone counts", NULL);
    } else if ((info.st_mode & 077) != 0) {
        find(findings, WARNING, "configuration", "others can read the file with the token",
             "run chmod 600 on ~/.config/microvisor/config.json");
    } else {
        find(findings, GOOD, "configuration", path, NULL);
    }
}

static bool in_path(const char *program)
{
    const char *path = getenv("PATH");
    char *copy = strdup(path == NULL ? "" : path), *rest = copy, *folder;
    bool found = false;
    while (!found && copy != NULL && (folder = strsep(&rest, ":")) != NULL) {
        char file[4096];
        snprintf(file, sizeof file, "%s/%s", folder, program);
        found = access(file, X_OK) == 0;
    }
    free(copy);
    return found;
}

static void check_tools(json_t *findings)
{
    static const char *const programs[] = {"cmake", "arm-none-eabi-gcc"};
    for (size_t i = 0; i < sizeof programs / sizeof programs[0]; i++) {
        bool found = in_path(programs[i]);
        find(findings, found ? GOOD : WARNING, programs[i],
             found ? "is installed" : "is not installed; projects cannot be built here",
             "install it, or deploy finished .elf and .bin files");
    }
}

static bool check_profile(const struct profile *profile, json_t *findings)
{
    const char *missing = profile->url[0] == '\0'           ? "the cloud's URL"
                          : profile->account_sid[0] == '\0' ? "the account SID"
                          : profile->auth_token[0] == '\0'  ? "the auth token"
                                                            : NULL;
    char text[128];
    if (missing != NULL) {
        snprintf(text, sizeof text, "%s is not known", missing);
        find(findings, BAD, "login", text, "run 'microvisor login --url URL --account SID'");
        return false;
    }
    snprintf(text, sizeof text, "profile %s", profile->name);
    find(findings, GOOD, "login", text, NULL);
    return true;
}

// True if the cloud answers, so that more can be asked of it.
static bool check_cloud(const struct profile *profile, json_t *findings)
{
    struct profile nobody = *profile;
    struct http_request request = {.method = "GET", .path = "/healthz", .timeout_ms = 5000};
    struct http_answer answer;
    char text[1024];
    nobody.account_sid[0] = '\0'; // health is public: no credentials are sent
    bool answers = http_send(&nobody, &request, &answer);
    bool healthy = answers && answer.status == 200;
    json_t *health = answer.body == NULL ? NULL : json_loads(answer.body, 0, NULL);
    const char *version = json_string_value(json_object_get(health, "version"));
    if (!answers) {
        snprintf(text, sizeof text, "%s does not answer: %s", profile->url, answer.error);
        find(findings, BAD, "cloud", text, "start microvisord, or correct the URL");
    } else if (!healthy || version == NULL) {
        snprintf(text, sizeof text, "%s answers, but not like a healthy cloud (status %ld)",
                 profile->url, answer.status);
        find(findings, BAD, "cloud", text, "look into the cloud's log");
    } else {
        bool same = strcmp(version, MV_VERSION) == 0;
        snprintf(text, sizeof text, "%s has version %s, this program %s", profile->url, version,
                 MV_VERSION);
        find(findings, same ? GOOD : WARNING, "cloud", text, "use the same version on both sides");
    }
    json_decref(health);
    http_answer_free(&answer);
    explicit_bzero(&nobody, sizeof nobody);
    return healthy;
}

static void check_credentials(const struct profile *profile, json_t *findings)
{
    struct http_request request = {.method = "GET", .path = "/v1/Devices?PageSize=1"};
    struct http_answer answer;
    bool answered = http_send(profile, &request, &answer);
    if (answered && answer.status == 200) {
        find(findings, GOOD, "credentials", "are accepted", NULL);
    } else {
        find(findings, BAD, "credentials", "are not accepted",
             "run 'microvisor login' with the right SID and token");
    }
    http_answer_free(&answer);
}

static int show(const struct cli *cli, json_t *findings)
{
    static const struct out_column columns[] = {{"SUBJECT", "subject"},
                                                {"VERDICT", "verdict"},
                                                {"FINDING", "finding"},
                                                {"ADVICE", "advice"}};
    bool bad = false;
    size_t index;
    json_t *finding;
    json_array_foreach(findings, index, finding)
    {
        bad = bad || strcmp(json_string_value(json_object_get(finding, "verdict")), "bad") == 0;
    }
    out_list(cli, findings, "", columns, sizeof columns / sizeof columns[0]);
    return bad ? CLI_FAILED : CLI_OK;
}

int command_doctor(struct cli *cli)
{
    struct profile profile;
    int status = profile_peek(cli, &profile);
    if (status != CLI_OK) {
        return status;
    }
    json_t *findings = json_array();
    check_configuration(findings);
    if (check_profile(&profile, findings) && check_cloud(&profile, findings)) {
        check_credentials(&profile, findings);
    }
    check_tools(findings);
    status = show(cli, findings);
    json_decref(findings);
    explicit_bzero(&profile, sizeof profile);
    return status;
}
