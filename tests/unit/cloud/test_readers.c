/* Live readers of a log with a real store: fast ones, one that replays, and one that takes nothing.
 */
#include "support.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <uv.h>

#include "cloud/logs/reader.h"
#include "cloud/logs/text.h"

#define RECORDS 7000 /* more than a reader may fall behind */
#define FAST    20
#define BATCH   100
#define DEVICE  1
#define SID     "UV00000000000000000000000000000001"

struct client {
    struct log_reader *reader;
    char *got; /* everything that came, as text */
    size_t size;
    bool takes, ended;
};

struct appending {
    struct store_job job;
    struct store_log logs[BATCH];
    bool done;
};

static uv_loop_t loop;
static struct store *store;
static struct store_queue *queue;
static struct bus bus;
static struct log_readers *readers;
static char folder[] = "/tmp/mv-readers-XXXXXX";

/* As the REST server does: takes what there is, until nothing or the end comes. */
static void take(struct client *client)
{
    char piece[4096];
    ssize_t got;
    while (!client->ended && (got = log_reader_take(client->reader, piece, sizeof piece)) != 0) {
        client->ended = got < 0;
        if (got < 0)
            break;
        client->got = realloc(client->got, client->size + (size_t)got + 1);
        assert_non_null(client->got);
        memcpy(client->got + client->size, piece, (size_t)got);
        client->size += (size_t)got;
        client->got[client->size] = '\0';
    }
}

static void on_wake(void *context)
{
    struct client *client = context;
    if (client->takes)
        take(client);
}

static void open_client(struct client *client, int64_t after, bool takes)
{
    memset(client, 0, sizeof *client);
    client->takes = takes;
    client->reader = log_reader_open(readers, SID, DEVICE, after, client);
    assert_non_null(client->reader);
    if (takes)
        take(client);
}

static void close_client(struct client *client)
{
    log_reader_close(client->reader);
    free(client->got);
}

static bool run_append(struct store_job *job, struct store *in)
{
    struct appending *appending = (struct appending *)job;
    return store_log_append(in, DEVICE, appending->logs, BATCH) == STORE_OK;
}

static void done_append(struct store_job *job, bool failed)
{
    struct appending *appending = (struct appending *)job;
    struct bus_event event = {
        .topic = BUS_LOG_APPENDED, .device_sid = SID, .logs = appending->logs, .log_count = BATCH};
    assert_false(failed);
    bus_publish(&bus, &event);
    log_release(appending->logs, BATCH);
    appending->done = true;
}

static void append(int first)
{
    struct appending appending = {.job = {.run = run_append, .done = done_append}};
    for (int i = 0; i < BATCH; i++) {
        char text[64];
        snprintf(text, sizeof text, "record %d of many", first + i);
        log_make(&appending.logs[i], "app_logging", 1, text);
    }
    assert_true(store_queue_submit(queue, &appending.job, true));
    while (!appending.done)
        uv_run(&loop, UV_RUN_ONCE);
}

/* Whether the text is in the last event. */
static bool ends_with(const struct client *client, const char *text)
{
    size_t tail = client->size < 200 ? client->size : 200;
    return client->got && strstr(client->got + client->size - tail, text);
}

/* Runs the loop until the client has the text. */
static void wait_for(struct client *client, const char *text)
{
    for (int i = 0; i < 20000 && !ends_with(client, text); i++)
        uv_run(&loop, UV_RUN_ONCE);
    assert_true(ends_with(client, text));
}

/* The number in the record of a line; 0 if it has none. */
static int record_of(const char *line, const char *end)
{
    char text[256];
    snprintf(text, sizeof text, "%.*s", (int)(end - line), line);
    const char *record = strstr(text, "\"record ");
    return record ? atoi(record + strlen("\"record ")) : 0;
}

/* Every record from first to last, each once and in order. Line by line, because the sanitizer
 * makes a search in a long text slow. */
static void assert_complete(const struct client *client, int first, int last)
{
    int expected = first;
    for (const char *line = client->got, *end; (end = strchr(line, '\n')); line = end + 1) {
        int number = record_of(line, end);
        if (number != 0)
            assert_int_equal(number, expected++);
    }
    assert_int_equal(expected, last + 1);
}

static void streams(void **state)
{
    static struct client fast[FAST], slow, replay, again;
    char last[64];
    (void)state;
    open_client(&slow, 0, false);
    for (int i = 0; i < FAST; i++)
        open_client(&fast[i], 0, true);
    for (int i = 1; i <= RECORDS; i += BATCH) {
        append(i);
        if (i == 3501)
            open_client(&replay, 0, true); /* while new records come */
    }
    snprintf(last, sizeof last, "record %d of many", RECORDS);
    for (int i = 0; i < FAST; i++) {
        wait_for(&fast[i], last);
        assert_complete(&fast[i], 1, RECORDS);
        assert_null(strstr(fast[i].got, "event: dropped"));
    }
    wait_for(&replay, last);
    assert_complete(&replay, 1, RECORDS);

    /* The slow one gets what its buffer held, then the notice, then the end. */
    take(&slow);
    assert_true(slow.ended);
    const char *notice = strstr(slow.got, "event: dropped\ndata: {");
    assert_non_null(notice);
    assert_string_equal(notice + strlen(notice) - 3, "}\n\n");
    long long cursor = atoll(strstr(notice, "\"sequence\":") + strlen("\"sequence\":"));
    assert_true(cursor > 0 && cursor < RECORDS);
    assert_complete(&slow, 1, (int)cursor);

    /* Nothing is lost to it, if it comes again with that cursor. */
    open_client(&again, cursor, true);
    wait_for(&again, last);
    assert_complete(&again, (int)cursor + 1, RECORDS);
    close_client(&again);
    close_client(&slow);
    close_client(&replay);
    for (int i = 0; i < FAST; i++)
        close_client(&fast[i]);
}

static void limit(void **state)
{
    static struct client many[LOG_READERS_MAX];
    char last[64];
    (void)state;
    snprintf(last, sizeof last, "record %d of many", RECORDS + BATCH);
    for (int i = 0; i < LOG_READERS_MAX; i++)
        open_client(&many[i], RECORDS, true);
    assert_null(log_reader_open(readers, SID, DEVICE, 0, &many[0]));
    append(RECORDS + 1);
    for (int i = 0; i < LOG_READERS_MAX; i++) {
        wait_for(&many[i], last);
        assert_complete(&many[i], RECORDS + 1, RECORDS + BATCH);
    }
    log_readers_end(readers);
    for (int i = 0; i < LOG_READERS_MAX; i++) {
        take(&many[i]);
        assert_true(many[i].ended);
        close_client(&many[i]);
    }
}

static int start(void **state)
{
    (void)state;
    assert_non_null(mkdtemp(folder));
    uv_loop_init(&loop);
    store = store_open(folder, "", STORE_SERVE);
    assert_non_null(store);
    queue = store_queue_start(&loop, store);
    readers = log_readers_start(&loop, queue, &bus, on_wake);
    return 0;
}

static int stop(void **state)
{
    char command[64];
    (void)state;
    log_readers_stop(readers);
    store_queue_stop(queue);
    uv_run(&loop, UV_RUN_DEFAULT);
    uv_loop_close(&loop);
    store_close(store);
    snprintf(command, sizeof command, "rm -rf %s", folder);
    return system(command);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(streams), cmocka_unit_test(limit)};
    return cmocka_run_group_tests(tests, start, stop);
}
