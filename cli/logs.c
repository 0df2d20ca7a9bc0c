// logs: kept records, then a stream of server-sent events with reconnecting and a cursor.
#include "cli/logs.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "cli/api.h"
#include "cli/commands.h"
#include "cli/output.h"
#include "cli/sse.h"

enum { HISTORY_MAX = 1000, TYPE_WIDTH = 12, BACKOFF_FIRST_MS = 250, BACKOFF_MOST_MS = 10000 };

struct stream {
    const struct cli *cli;
    struct logs_options *options;
    unsigned long printed;
    bool connected;  // at least once: from then on a lost connection is made anew
    long backoff_ms; // before the next connection; reset when a record arrives
    struct sse sse;
};

static const char *type_colour(const char *type)
{
    if (strcmp(type, "crash") == 0) {
        return "\033[31m";
    }
    return strcmp(type, "app_logging") == 0 ? "\033[32m" : "\033[36m";
}

static const char *text_of(const json_t *record, const char *field)
{
    const char *text = json_string_value(json_object_get(record, field));
    return text == NULL ? "" : text;
}

static void print_tsv_record(const json_t *record)
{
    static const char *const fields[] = {"time", "type", "message"};
    for (size_t i = 0; i < 3; i++) {
        out_tsv_text(text_of(record, fields[i]));
        putchar(i < 2 ? '\t' : '\n');
    }
    fflush(stdout);
}

void logs_print(const struct cli *cli, const json_t *record)
{
    if (cli->json) {
        out_json(record);
        return;
    }
    const char *type = text_of(record, "type");
    if (cli->tsv) {
        print_tsv_record(record);
        return;
    }
    bool colour = out_coloured(stdout);
    size_t indent = strlen(text_of(record, "time")) + 4;
    out_text(stdout, text_of(record, "time"), 0);
    fputs(" [", stdout);
    fputs(colour ? type_colour(type) : "", stdout);
    out_text(stdout, type, 0);
    fputs(colour ? "\033[0m" : "", stdout);
    size_t width = strlen(type);
    for (; width < TYPE_WIDTH; width++) {
        putchar(' ');
    }
    fputs("] ", stdout);
    out_text(stdout, text_of(record, "message"), indent + width);
    putchar('\n');
    fflush(stdout);
}

static bool wanted(const struct logs_options *options, const json_t *record)
{
    return options->type == NULL || strcmp(options->type, text_of(record, "type")) == 0;
}

static bool on_event(void *context, const char *event, const char *id, const char *data)
{
    struct stream *stream = context;
    (void)event;
    json_t *record = json_loads(data, 0, NULL);
    if (id[0] != '\0') {
        snprintf(stream->options->cursor, sizeof stream->options->cursor, "%s", id);
    }
    stream->backoff_ms = BACKOFF_FIRST_MS;
    if (json_is_object(record) && wanted(stream->options, record)) {
        logs_print(stream->cli, record);
        stream->printed++;
    }
    json_decref(record);
    return stream->options->lines == 0 || stream->printed < stream->options->lines;
}

static bool on_bytes(void *context, const char *bytes, size_t size)
{
    struct stream *stream = context;
    out_progress(stream->cli, NULL);
    return sse_feed(&stream->sse, bytes, size);
}

static long long now_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (long long)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static void sleep_ms(long ms)
{
    struct timespec pause = {.tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000};
    nanosleep(&pause, NULL);
}

static int stream_path(const struct cli *cli, const struct logs_options *options, char *path,
                       size_t size)
{
    int status = api_path(cli, path, size, "/ext/v1/devices/%s/logs/stream", options->device);
    if (status == CLI_OK && options->cursor[0] != '\0') {
        size_t length = strlen(path);
        snprintf(path + length, size - length, "?from=%s", options->cursor);
    }
    return status;
}

static int no_more_time(const struct stream *stream)
{
    return out_fail(stream->cli, CLI_TRY_AGAIN, "timeout", NULL,
                    "%lu s have passed; %lu records came", stream->options->timeout_s,
                    stream->printed);
}

// One connection. CLI_TRY_AGAIN: it ended and may be made anew.
static int stream_once(struct stream *stream, const struct profile *profile, long timeout_ms,
                       bool *finished)
{
    char path[1024];
    struct http_answer answer;
    int status = stream_path(stream->cli, stream->options, path, sizeof path);
    if (status != CLI_OK) {
        return status;
    }
    sse_reset(&stream->sse);
    struct http_request request = {.method = "GET",
                                   .path = path,
                                   .stream = on_bytes,
                                   .stream_context = stream,
                                   .timeout_ms = timeout_ms};
    http_send(profile, &request, &answer);
    *finished = answer.stream_ended;
    status = CLI_TRY_AGAIN;
    stream->connected = stream->connected || answer.status == 200;
    if (answer.status >= 400 && (!stream->connected || answer.status < 500)) {
        status = api_refused(stream->cli, profile, &request, &answer);
        *finished = true;
    } else if (!stream->connected) {
        status = api_unreachable(stream->cli, profile, &answer);
        *finished = true;
    } else if (!*finished) {
        char text[400];
        snprintf(text, sizeof text, "connection to the cloud lost, trying again … (%s)",
                 answer.error[0] != '\0' ? answer.error : "it was closed");
        out_progress(stream->cli, text);
    }
    http_answer_free(&answer);
    return answer.stream_ended ? CLI_OK : status;
}

int logs_stream(const struct cli *cli, const struct profile *profile, struct logs_options *options)
{
    struct stream *stream = calloc(1, sizeof *stream);
    if (stream == NULL) {
        return out_fail(cli, CLI_FAILED, "memory", NULL, "there is not enough memory");
    }
    *stream = (struct stream){.cli = cli, .options = options, .backoff_ms = BACKOFF_FIRST_MS};
    sse_init(&stream->sse, on_event, stream);
    long long end = options->timeout_s == 0 ? 0 : now_ms() + (long long)options->timeout_s * 1000;
    int status = CLI_TRY_AGAIN;
    bool finished = false;
    while (status == CLI_TRY_AGAIN && !finished) {
        long left = end == 0 ? 0 : (long)(end - now_ms());
        if (end != 0 && left <= 0) {
            status = no_more_time(stream);
            break;
        }
        status = stream_once(stream, profile, left, &finished);
        if (status == CLI_TRY_AGAIN && (end == 0 || now_ms() + stream->backoff_ms < end)) {
            sleep_ms(stream->backoff_ms);
            stream->backoff_ms =
                stream->backoff_ms * 2 < BACKOFF_MOST_MS ? stream->backoff_ms * 2 : BACKOFF_MOST_MS;
        }
    }
    free(stream);
    return status;
}

// The last `count` kept records, oldest first.
static int fetch_history(const struct cli *cli, const struct profile *profile, const char *device,
                         unsigned long count, json_t **records)
{
    char path[1024];
    json_t *answer;
    *records = NULL;
    int status = api_path(cli, path, sizeof path, "/ext/v1/devices/%s/logs", device);
    if (status != CLI_OK) {
        return status;
    }
    size_t length = strlen(path);
    snprintf(path + length, sizeof path - length, "?limit=%lu", count);
    struct http_request request = {.method = "GET", .path = path};
    status = api_send(cli, profile, &request, &answer);
    if (status == CLI_OK) {
        *records = json_incref(json_object_get(answer, "logs"));
        json_decref(answer);
    }
    return status;
}

static void cursor_behind(const json_t *records, char *cursor, size_t size)
{
    size_t count = json_array_size(records);
    const json_t *last = count == 0 ? NULL : json_array_get(records, count - 1);
    snprintf(cursor, size, "%lld",
             (long long)json_integer_value(json_object_get(last, "sequence")));
}

int logs_newest(const struct cli *cli, const struct profile *profile, const char *device,
                char *cursor, size_t size)
{
    json_t *records;
    int status = fetch_history(cli, profile, device, 1, &records);
    if (status == CLI_OK) {
        cursor_behind(records, cursor, size);
        json_decref(records);
    }
    return status;
}

static int print_history(const struct cli *cli, const struct profile *profile,
                         struct logs_options *options, unsigned long count)
{
    json_t *records;
    int status = fetch_history(cli, profile, options->device, count, &records);
    if (status != CLI_OK) {
        return status;
    }
    size_t index;
    json_t *record;
    json_array_foreach(records, index, record)
    {
        if (wanted(options, record)) {
            logs_print(cli, record);
        }
    }
    cursor_behind(records, options->cursor, sizeof options->cursor);
    json_decref(records);
    return CLI_OK;
}

int command_logs(struct cli *cli)
{
    struct profile profile;
    struct logs_options options = {.device = cli_argument(cli, 0), .type = cli_value(cli, "type")};
    unsigned long history, replay;
    if (!cli_number(cli, "history", 1, HISTORY_MAX, 0, &history) ||
        !cli_number(cli, "replay", 1, HISTORY_MAX, 0, &replay) ||
        !cli_number(cli, "lines", 1, 1000000000, 0, &options.lines) ||
        !cli_number(cli, "timeout", 1, 31536000, 0, &options.timeout_s)) {
        return CLI_USAGE;
    }
    int status = profile_load(cli, &profile);
    if (status == CLI_OK && (history > 0 || replay > 0)) {
        status = print_history(cli, &profile, &options, history > 0 ? history : replay);
    }
    if (status != CLI_OK || history > 0) {
        return status;
    }
    return logs_stream(cli, &profile, &options);
}
