// See wait.h.
#include "cli/wait.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "cli/api.h"
#include "cli/output.h"

enum { WAIT_S = 180, WAIT_MOST_S = 86400, POLL_MS = 250 };

// What the device reports when it refuses an update, by its number in the REST API.
static const char *const update_errors[] = {
    "no error",
    "the manifest could not be fetched",
    "the manifest does not have the announced hash",
    "the manifest cannot be parsed",
    "the manifest is signed by a key that the device does not know",
    "the manifest's signature is wrong",
    "a layer is encrypted or for flash that the device does not have",
    "a layer is too large",
    "a layer could not be fetched",
    "a layer does not have its hash",
    "the external flash for staging failed",
    "the internal flash failed",
    "the installed application does not have its measurement hash",
    "the application wants a newer kernel",
    "the application cannot be started: its vector table is unusable",
};

// What a device does on the way, in this order; the names are those of its status.
static const char *const stages[] = {"fetching-manifest", "fetching-layers", "verifying", "waiting",
                                     "installing",        "starting",        "complete"};

#define COUNT(array) (sizeof(array) / sizeof(array)[0])

struct wait {
    const struct cli *cli;
    const struct profile *profile;
    const char *device_sid, *app_sid;
    char away[300]; // why the cloud did not answer the last time; or empty
};

bool wait_timeout(const struct cli *cli, unsigned long *timeout_s)
{
    return cli_number(cli, "timeout", 1, WAIT_MOST_S, WAIT_S, timeout_s);
}

// Fetches a record of the device. CLI_TRY_AGAIN: not now; nothing was shown then.
static int fetch(struct wait *wait, const char *format, json_t **record)
{
    char path[256];
    struct http_answer answer;
    struct http_request request = {.method = "GET", .path = path, .timeout_ms = 10000};
    int status = api_path(wait->cli, path, sizeof path, format, wait->device_sid);
    *record = NULL;
    if (status != CLI_OK) {
        return status;
    }
    bool answered = http_send(wait->profile, &request, &answer);
    if (!answered || answer.status == 429 || answer.status >= 500) {
        snprintf(wait->away, sizeof wait->away, "%s", answered ? "it is busy" : answer.error);
        status = CLI_TRY_AGAIN;
    } else if (answer.status != 200) {
        status = api_refused(wait->cli, wait->profile, &request, &answer);
    } else {
        wait->away[0] = '\0';
        *record = json_loadb(answer.body, answer.size, 0, NULL);
        status = *record == NULL ? CLI_TRY_AGAIN : CLI_OK;
    }
    http_answer_free(&answer);
    return status;
}

static int refused_by_device(const struct wait *wait, json_int_t error)
{
    bool known = error > 0 && error < (json_int_t)COUNT(update_errors);
    return out_fail(
        wait->cli, CLI_FAILED, "update_failed", "the application that ran before goes on running",
        "device %s did not install app %s: %s (update error %lld)", wait->device_sid, wait->app_sid,
        known ? update_errors[error] : "unknown reason", (long long)error);
}

// Asks once. CLI_TRY_AGAIN: nothing is decided yet.
static int ask_device(struct wait *wait)
{
    json_t *device;
    int status = fetch(wait, "/v1/Devices/%s", &device);
    if (status != CLI_OK) {
        return status;
    }
    const json_t *app = json_object_get(device, "app");
    const char *update = json_string_value(json_object_get(app, "update_status"));
    const char *target = json_string_value(json_object_get(app, "target_sid"));
    if (target == NULL || strcmp(target, wait->app_sid) != 0) {
        status = out_fail(wait->cli, CLI_FAILED, "superseded", NULL,
                          "device %s was given another application meanwhile", wait->device_sid);
    } else if (update != NULL && strcmp(update, "error") == 0) {
        status =
            refused_by_device(wait, json_integer_value(json_object_get(app, "update_error_code")));
    } else if (update == NULL || strcmp(update, "up-to-date") != 0) {
        status = CLI_TRY_AGAIN;
    }
    json_decref(device);
    return status;
}

// A bar of the stages on a terminal. It costs one more request, so it is not made for programs.
static void show_stage(struct wait *wait, unsigned long passed_s)
{
    char text[360];
    json_t *record = NULL;
    if (!out_is_terminal(wait->cli)) {
        return;
    }
    if (wait->away[0] == '\0') {
        fetch(wait, "/ext/v1/devices/%s/status", &record);
    }
    const json_t *update = json_object_get(record, "update");
    const char *state = json_string_value(json_object_get(update, "state"));
    size_t stage = 0;
    while (state != NULL && stage < COUNT(stages) && strcmp(state, stages[stage]) != 0) {
        stage++;
    }
    if (wait->away[0] != '\0') {
        snprintf(text, sizeof text, "the cloud does not answer: %s", wait->away);
        out_progress(wait->cli, text);
    } else {
        bool known = state != NULL && stage < COUNT(stages);
        snprintf(text, sizeof text, "%s, %lu s", known ? state : "waiting", passed_s);
        out_bar(wait->cli, known ? stage + 1 : 0, COUNT(stages), text);
    }
    json_decref(record);
}

static int time_passed(const struct wait *wait, unsigned long timeout_s)
{
    return out_fail(wait->cli, CLI_TRY_AGAIN, "timeout",
                    "'microvisor status DEVICE' says what it is doing; it will go on when it is "
                    "online",
                    "device %s does not run the application yet after %lu s%s%s", wait->device_sid,
                    timeout_s,
                    wait->away[0] == '\0' ? "" : "; the cloud does not answer: ", wait->away);
}

int wait_for_app(const struct cli *cli, const struct profile *profile, const char *device_sid,
                 const char *app_sid, unsigned long timeout_s)
{
    const struct timespec pause = {.tv_nsec = POLL_MS * 1000000L};
    struct wait wait = {
        .cli = cli, .profile = profile, .device_sid = device_sid, .app_sid = app_sid};
    struct timespec start, now;
    int status;
    clock_gettime(CLOCK_MONOTONIC, &start);
    out_step(cli, "Waiting for device %s to run it …", device_sid);
    while ((status = ask_device(&wait)) == CLI_TRY_AGAIN) {
        clock_gettime(CLOCK_MONOTONIC, &now);
        unsigned long passed_s = (unsigned long)(now.tv_sec - start.tv_sec);
        if (passed_s >= timeout_s) {
            return time_passed(&wait, timeout_s);
        }
        show_stage(&wait, passed_s);
        nanosleep(&pause, NULL);
    }
    if (status == CLI_OK) {
        out_step(cli, "Device %s runs app %s", device_sid, app_sid);
    }
    return status;
}
