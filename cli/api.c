// See api.h.
#include "cli/api.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/output.h"

enum { PAGE_SIZE = 200, PAGES_MAX = 1000 };

static const char *error_message(const json_t *error)
{
    const char *message = json_string_value(json_object_get(error, "message"));
    return message == NULL || message[0] == '\0' ? "the cloud gave no reason" : message;
}

static int show_refusal(const struct cli *cli, const struct profile *profile, long status,
                        const char *message)
{
    switch (status) {
    case 403:
        return out_fail(cli, CLI_FAILED, "forbidden",
                        "use the account itself, or an API key with another role or reach", "%s",
                        message);
    case 401:
        return out_fail(cli, CLI_FAILED, "authentication",
                        "check the account SID and auth token, or run 'microvisor login'",
                        "authentication failed for account %s at %s: %s", profile->account_sid,
                        profile->url, message);
    case 404:
        return out_fail(cli, CLI_FAILED, "not_found",
                        "'microvisor devices list' and 'microvisor apps list' show what there is",
                        "not found: %s", message);
    case 409:
        return out_fail(cli, CLI_FAILED, "conflict", NULL, "%s", message);
    case 413:
        return out_fail(cli, CLI_FAILED, "too_large", NULL, "%s", message);
    case 429:
        return out_fail(cli, CLI_TRY_AGAIN, "rate_limited", "wait a moment and try again", "%s",
                        message);
    case 501:
        return out_fail(cli, CLI_FAILED, "not_implemented", NULL, "%s", message);
    default:
        break;
    }
    if (status >= 500) {
        return out_fail(cli, CLI_TRY_AGAIN, "cloud", "try again; the cloud's log says more",
                        "the cloud failed with status %ld: %s", status, message);
    }
    return out_fail(cli, CLI_FAILED, "refused", NULL, "%s", message);
}

int api_refused(const struct cli *cli, const struct profile *profile,
                const struct http_request *request, const struct http_answer *answer)
{
    (void)request;
    json_t *error = json_loadb(answer->body, answer->size, 0, NULL);
    int status = show_refusal(cli, profile, answer->status, error_message(error));
    json_decref(error);
    return status;
}

int api_unreachable(const struct cli *cli, const struct profile *profile,
                    const struct http_answer *answer)
{
    return out_fail(cli, CLI_TRY_AGAIN, answer->timed_out ? "timeout" : "unreachable",
                    "check that the cloud runs and that the URL is right",
                    "cannot reach the cloud at %s: %s", profile->url, answer->error);
}

// Values of configs and secrets are told by their length only.
static json_t *fields_told(const struct http_request *request)
{
    json_t *fields = json_object();
    for (size_t i = 0; i < HTTP_FIELDS_MAX && request->fields[i].name != NULL; i++) {
        const char *name = request->fields[i].name, *value = request->fields[i].value;
        char length[48];
        if (value != NULL && (strcmp(name, "Value") == 0 || strcmp(name, "Csr") == 0)) {
            snprintf(length, sizeof length, "(%zu bytes)", strlen(value));
            value = length;
        }
        if (value != NULL) {
            json_object_set_new(fields, name, json_string(value));
        }
    }
    return fields;
}

void api_tell_dry_run(const struct cli *cli, const struct http_request *request)
{
    json_t *fields = fields_told(request);
    char *text = json_dumps(fields, JSON_ENCODE_ANY);
    json_t *told = json_pack("{s:b, s:s, s:s, s:o}", "dry_run", 1, "method", request->method,
                             "path", request->path, "fields", fields);
    bool deletion = strcmp(request->method, "DELETE") == 0;
    out_done(cli, told, "Would send %s %s %s", request->method, request->path,
             deletion || text == NULL ? "" : text);
    free(text);
    json_decref(told);
}

// Sees that the cloud, the credentials and the object are there, and says what would be sent.
static int dry_run(const struct cli *cli, const struct profile *profile,
                   const struct http_request *request)
{
    struct http_request look = {.method = "GET", .path = request->path};
    if (request->dry_run_path != NULL) {
        look.path = request->dry_run_path;
    }
    int status = api_send(cli, profile, &look, NULL);
    if (status == CLI_OK) {
        api_tell_dry_run(cli, request);
        status = CLI_DRY_RUN;
    }
    return status;
}

int api_send(const struct cli *cli, const struct profile *profile,
             const struct http_request *request, json_t **result)
{
    struct http_answer answer;
    int status = CLI_OK;
    if (result != NULL) {
        *result = NULL;
    }
    if (cli->dry_run && strcmp(request->method, "GET") != 0) {
        return dry_run(cli, profile, request);
    }
    if (!http_send(profile, request, &answer)) {
        status = api_unreachable(cli, profile, &answer);
    } else if (answer.status < 200 || answer.status > 299) {
        status = api_refused(cli, profile, request, &answer);
    } else if (result != NULL && answer.size > 0) {
        *result = json_loadb(answer.body, answer.size, 0, NULL);
        if (*result == NULL) {
            status = out_fail(cli, CLI_FAILED, "bad_answer", "check the URL of the cloud",
                              "the answer of %s is not JSON", profile->url);
        }
    }
    http_answer_free(&answer);
    return status;
}

int api_call(const struct cli *cli, const struct http_request *request, json_t **result)
{
    struct profile profile;
    int status = profile_load(cli, &profile);
    return status == CLI_OK ? api_send(cli, &profile, request, result) : status;
}

// The path of meta.next_page_url, if it is on the same cloud; NULL after the last page.
static const char *next_page(const struct profile *profile, const json_t *page)
{
    const char *url =
        json_string_value(json_object_get(json_object_get(page, "meta"), "next_page_url"));
    size_t length = strlen(profile->url);
    if (url == NULL) {
        return NULL;
    }
    if (strncmp(url, profile->url, length) == 0 && url[length] == '/') {
        return url + length;
    }
    const char *scheme_end = strstr(url, "://"); // the cloud may know itself by another name
    return scheme_end == NULL ? NULL : strchr(scheme_end + 3, '/');
}

int api_list(const struct cli *cli, const char *path, const char *key, json_t **rows)
{
    struct profile profile;
    char page_path[2048];
    *rows = NULL;
    int status = profile_load(cli, &profile);
    if (status != CLI_OK) {
        return status;
    }
    *rows = json_array();
    snprintf(page_path, sizeof page_path, "%s?PageSize=%d", path, PAGE_SIZE);
    for (int pages = 0; status == CLI_OK && page_path[0] != '\0' && pages < PAGES_MAX; pages++) {
        struct http_request request = {.method = "GET", .path = page_path};
        json_t *page;
        status = api_send(cli, &profile, &request, &page);
        if (status != CLI_OK) {
            break;
        }
        json_array_extend(*rows, json_object_get(page, key));
        const char *next = next_page(&profile, page);
        snprintf(page_path, sizeof page_path, "%s", next == NULL ? "" : next);
        json_decref(page);
    }
    if (status != CLI_OK) {
        json_decref(*rows);
        *rows = NULL;
    }
    return status;
}

int api_path(const struct cli *cli, char *path, size_t size, const char *format, const char *name)
{
    char escaped[512];
    const char *at = strstr(format, "%s");
    if (name[0] == '\0' || !http_escape(name, escaped, sizeof escaped) || at == NULL ||
        snprintf(path, size, "%.*s%s%s", (int)(at - format), format, escaped, at + 2) >=
            (int)size) {
        return out_fail(cli, CLI_USAGE, "usage", NULL, "usage: '%s' is not a SID or unique name",
                        name);
    }
    return CLI_OK;
}
